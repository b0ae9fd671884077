/** Longest head read here. Bytes; players send a few hundred, and whoever sends more is left to Node's own parser and its limits. */
const MAX_HEAD_BYTES = 4_096;
const HEAD_END = Buffer.from("\r\n\r\n");
const LINE_END = Buffer.from("\r\n");
const START = "GET /";
const LISTENER_FIELDS = new Set(["user-agent", "x-forwarded-for", "x-playback-session-id", "cmcd-session"]);
/** Fields that make a request more than "give me this": such requests go to Node's own server. */
const FOREIGN_FIELDS = new Set([
  "content-length",
  "transfer-encoding",
  "upgrade",
  "expect",
  "range",
  "if-range",
  "if-none-match",
  "if-modified-since",
  "if-match",
  "if-unmodified-since",
  "proxy-connection",
  "te",
  "trailer",
]);

/** What a request may say of its sender. */
export type ListenerFields = Readonly<Partial<Record<"user-agent" | "x-forwarded-for" | "x-playback-session-id" | "cmcd-session", string>>>;

/** What the fields of a head say, without its first line: the same every time on one connection. */
export interface HeadFields {
  /** The text they were read from. */
  readonly text: string;
  readonly host: boolean;
  readonly acceptsGzip: boolean;
  /** Whether a radio asks to be told what is on between the sound. */
  readonly wantsIcy: boolean;
  readonly connection: "close" | "keep-alive" | undefined;
  /** The fields that tell listeners apart, as far as they came. */
  readonly headers: ListenerFields;
}

/** A request for one thing, without conditions. */
export interface PlainGet {
  readonly target: string;
  readonly fields: HeadFields;
  /** Whether it is HTTP/1.0, to which nothing can be sent in chunks. */
  readonly old: boolean;
  /** Whether the connection ends with the answer. */
  readonly close: boolean;
  /** Length of the head with its empty line. Bytes. */
  readonly length: number;
}

/** A head read, or why not: `incomplete` = more bytes are needed, `not-plain` = it is for Node's own server, which knows all of HTTP. */
export type HeadResult =
  | { readonly ok: true; readonly request: PlainGet }
  | { readonly ok: false; readonly code: "incomplete" | "not-plain"; readonly offset: number };

const INCOMPLETE: HeadResult = { ok: false, code: "incomplete", offset: 0 };

/**
 * Reads the head of a request from the start of `bytes` when it is as simple as players' are.
 * Accepts less than HTTP allows and nothing that HTTP forbids: in doubt it is not plain. `before`: what the connection's last head said,
 * which is not read again when it says the same. @spec RFC 9112 §3, §5
 * @hot
 */
export function readPlainGet(bytes: Buffer, before?: HeadFields): HeadResult {
  const begin = bytes.toString("latin1", 0, START.length);
  if (!START.startsWith(begin)) return notPlain(0);
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return bytes.length > MAX_HEAD_BYTES ? notPlain(MAX_HEAD_BYTES) : INCOMPLETE;
  if (end > MAX_HEAD_BYTES) return notPlain(MAX_HEAD_BYTES);
  const firstEnd = bytes.indexOf(LINE_END);
  const first = /^GET (\/[!-~]*) HTTP\/1\.([01])$/.exec(bytes.toString("latin1", 0, firstEnd));
  if (first === null) return notPlain(0);
  const text = firstEnd === end ? "" : bytes.toString("latin1", firstEnd + LINE_END.length, end);
  const fields = before?.text === text ? before : readFields(text);
  if (typeof fields === "number") return notPlain(firstEnd + LINE_END.length + fields);
  const old = first[2] === "0";
  if (!fields.host && !old) return notPlain(0);
  const close = old ? fields.connection !== "keep-alive" : fields.connection === "close";
  return { ok: true, request: { target: first[1] as string, fields, old, close, length: end + HEAD_END.length } };
}

/** The fields of a head, or where it stops being plain. */
function readFields(text: string): HeadFields | number {
  let host = false;
  let connection: HeadFields["connection"];
  let acceptsGzip = false;
  let wantsIcy = false;
  const headers: Record<string, string> = {};
  let offset = 0;
  for (const line of text === "" ? [] : text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 1 || !FIELD.test(line)) return offset;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (FOREIGN_FIELDS.has(name)) return offset;
    if (name === "host") {
      if (host) return offset;
      host = true;
    } else if (name === "connection") {
      const wish = value.toLowerCase();
      if (wish !== "keep-alive" && wish !== "close") return offset;
      connection = wish;
    } else if (name === "accept-encoding") acceptsGzip = /\bgzip\b/.test(value);
    else if (name === "icy-metadata") wantsIcy = value === "1";
    else if (LISTENER_FIELDS.has(name)) {
      // Said twice, it is for the parser that knows which ones may be joined.
      if (headers[name] !== undefined) return offset;
      headers[name] = value;
    }
    // People get failures as pages.
    else if (name === "accept" && value.includes("text/html")) return offset;
    offset += line.length + LINE_END.length;
  }
  return { text, host, acceptsGzip, wantsIcy, connection, headers };
}

/** A field's name and value: no folding, no control characters. @spec RFC 9110 §5.5, §5.6.2 */
const FIELD = /^[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*$/;

function notPlain(offset: number): HeadResult {
  return { ok: false, code: "not-plain", offset };
}
