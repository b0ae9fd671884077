import { createServer, type Server, type Socket } from "node:net";

/** A mail as it came over the line. */
export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Header fields by their lower-case name, unfolded, with their encoded words read. */
  readonly headers: ReadonlyMap<string, string>;
  /** Text part, decoded. */
  readonly text: string;
  readonly raw: string;
}

/** A mail server that takes everything, or answers as the test says. @spec RFC 5321 */
export class TestSmtp {
  readonly mails: ReceivedMail[] = [];
  /** Answers of `RCPT TO` by address; absent: taken. */
  readonly refusals = new Map<string, string>();
  /** While true every connection is hung up at once. */
  away = false;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(): Promise<TestSmtp> {
    const smtp = new TestSmtp();
    await new Promise<void>((resolve) => smtp.#server.listen(0, "127.0.0.1", resolve));
    return smtp;
  }

  /** `smtp://127.0.0.1:port`. */
  get url(): string {
    return `smtp://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Mails to one address, the oldest first. */
  to(address: string): readonly ReceivedMail[] {
    return this.mails.filter(({ to }) => to.includes(address));
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    if (this.away) return void socket.destroy();
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => {});
    const say = (line: string) => socket.write(`${line}\r\n`);
    let [text, from, inData] = ["", "", false];
    let to: string[] = [];
    const command = (line: string) => {
      if (/^(?:EHLO|HELO)/i.test(line)) say("250 test");
      else if (/^MAIL FROM:/i.test(line)) {
        [from, to] = [/<(.*?)>/.exec(line)?.[1] ?? "", []];
        say("250 ok");
      } else if (/^RCPT TO:/i.test(line)) {
        const address = /<(.*?)>/.exec(line)?.[1] ?? "";
        const refusal = this.refusals.get(address);
        if (refusal === undefined) to.push(address);
        say(refusal ?? "250 ok");
      } else if (/^DATA/i.test(line)) {
        inData = true;
        say("354 go on");
      } else if (/^QUIT/i.test(line)) {
        say("221 bye");
        socket.end();
      } else say("250 ok");
    };
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      for (;;) {
        const end = text.indexOf(inData ? "\r\n.\r\n" : "\r\n");
        if (end < 0) return;
        const piece = text.slice(0, end);
        text = text.slice(end + (inData ? 5 : 2));
        if (inData) {
          inData = false;
          this.mails.push(readMail(from, to, piece.replace(/^\.\./gm, ".")));
          say("250 taken");
        } else command(piece);
      }
    });
    say("220 test");
  }
}

function readMail(from: string, to: readonly string[], raw: string): ReceivedMail {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const headers = new Map(
    head
      .replace(/\r\n[ \t]+/g, " ")
      .split("\r\n")
      .map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()] as const)
      .map(([name, value]) => [name, readWords(value)] as const),
  );
  const body = rest.join("\r\n\r\n");
  const encoding = headers.get("content-transfer-encoding");
  const octets = encoding === "base64" ? Buffer.from(body, "base64") : Buffer.from(encoding === "quoted-printable" ? unquote(body) : body, "latin1");
  return { from, to, headers, text: octets.toString("utf8").replaceAll("\r\n", "\n"), raw };
}

/** @spec RFC 2047 §2, §6.2 */
function readWords(value: string): string {
  const words = value.replace(/(=\?utf-8\?[qb]\?[^?]*\?=)\s+(?==\?utf-8\?)/gi, "$1");
  return words.replace(/=\?utf-8\?([qb])\?([^?]*)\?=/gi, (_, encoding: string, text: string) => {
    const octets = encoding.toLowerCase() === "b" ? Buffer.from(text, "base64") : Buffer.from(unquote(text.replaceAll("_", " ")), "latin1");
    return octets.toString("utf8");
  });
}

/** @spec RFC 2045 §6.7 */
function unquote(text: string): string {
  return text.replace(/=\r\n/g, "").replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
