import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "../../audience/mod.ts";
import { EarshotError, ERRORS } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { errorInWords } from "../../wire/error-words.ts";
import { problem } from "../../wire/problem.ts";
import type { HouseLook } from "../../wire/house.ts";
import { PLAIN_LOOK, pageLanguage } from "../adapters/house-look.ts";
import { type Asset, compressed, pageHeaders, type Pages, type PageTexts, pick } from "../adapters/pages.ts";
import { answerFields } from "./answer-head.ts";
import { readByteRange } from "./byte-range.ts";
import { problemFields } from "./shared-answers.ts";

/** Rendered pages kept. There are a handful of pages per event and language. */
const MAX_RENDERED_PAGES = 500;

/** How long caches may keep a page that tells how an event stands. Seconds. */
const PAGE_SECONDS = 1;

/** The time of day in a page's state. */
const CLOCK = /"serverUnixMs":\d+/;

/** Writes a front's answers: pages, files, made bodies, refusals. */
export class Sender {
  readonly #pages: Pages;
  readonly #log: Log;
  readonly #rendered = new Map<string, { readonly timeless: string; readonly madeMs: number; readonly asset: Asset }>();
  /** Bytes of bodies written so far. */
  bytesOut = 0;
  /** How the house looks now. */
  look: HouseLook = PLAIN_LOOK;

  constructor(pages: Pages, log: Log) {
    this.#pages = pages;
    this.#log = log;
  }

  /** A page of the house in the language of who asks. `status` is not 200 when it tells of an error. */
  page(
    request: IncomingMessage,
    response: ServerResponse,
    name: string,
    texts: PageTexts & { readonly framed?: boolean; readonly connect?: string; readonly maxAge?: number },
    state: unknown,
    status = 200,
  ): void {
    const lang = this.languageOf(request);
    const html = this.#pages.render(name, { ...texts, lang }, state, this.look);
    const key = `${name} ${lang} ${texts.title}`;
    let entry = this.#rendered.get(key);
    // Two requests see two times of day: to pack the page for each of them costs a thousand times more than to send it.
    const timeless = html.replace(CLOCK, "");
    const nowMs = performance.now();
    if (entry?.timeless !== timeless || nowMs - entry.madeMs >= PAGE_SECONDS * 1_000) {
      entry = { timeless, madeMs: nowMs, asset: compressed("text/html; charset=utf-8", Buffer.from(html)) };
      this.#rendered.set(key, entry);
      if (this.#rendered.size > MAX_RENDERED_PAGES) this.#rendered.delete(this.#rendered.keys().next().value as string);
    }
    this.#sendAsset(request, response, entry.asset, status, {
      ...pageHeaders(texts.connect, texts.framed),
      "cache-control": `public, max-age=${texts.maxAge ?? PAGE_SECONDS}`,
      vary: "accept-language, accept-encoding",
    });
  }

  /** The language a page is made in: `?lang=`, else what the browser asks for, of those the house speaks. */
  languageOf({ url, headers }: IncomingMessage): "en" | "de" {
    return pageLanguage(/[?&]lang=(\w+)/.exec(url ?? "")?.[1] ?? headers["accept-language"], this.look.languages);
  }

  /** A file the pages are made of. @throws `not-found` */
  asset(request: IncomingMessage, response: ServerResponse, name: string, keep = "public, max-age=31536000, immutable"): void {
    const asset = this.#pages.asset(name);
    if (asset === undefined) throw new EarshotError("not-found", { path: `/assets/${name}` });
    this.#sendAsset(request, response, asset, 200, {
      "cache-control": keep,
      "x-content-type-options": "nosniff",
      vary: "accept-encoding",
    });
  }

  #sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset, status: number, headers: Record<string, string>): void {
    const { body, encoding } = pick(asset, String(request.headers["accept-encoding"] ?? ""));
    response.writeHead(status, {
      ...headers,
      "content-type": asset.type,
      "content-length": body.length,
      ...(encoding === undefined ? {} : { "content-encoding": encoding }),
    });
    this.bytesOut += body.length;
    response.end(request.method === "HEAD" ? undefined : body);
  }

  /** An answer made elsewhere, or the range of it that was asked for; `onWhole` is told the bytes once the last has left, of a range only when it brings the end. */
  send(request: IncomingMessage, response: ServerResponse, answer: Answer, onWhole: (bytes: number) => void = () => {}): void {
    if (response.destroyed) return;
    if (answer.etag !== undefined && hasAlready(request, answer.etag)) {
      const { "content-length": _, "content-type": __, "content-encoding": ___, ...fields } = answerFields(answer, 0);
      return void response.writeHead(304, fields).end();
    }
    const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
    const range = answer.immutable === true ? readByteRange(request.headers.range, body.length) : undefined;
    if (range === "unsatisfiable")
      return void response.writeHead(416, { "content-range": `bytes */${body.length}`, "content-length": 0, "access-control-allow-origin": "*" }).end();
    const part = range === undefined ? body : body.subarray(range.start, range.end + 1);
    response.writeHead(range === undefined ? answer.status : 206, {
      ...answerFields(answer, part.length),
      ...(range === undefined ? {} : { "content-range": `bytes ${range.start}-${range.end}/${body.length}` }),
    });
    this.bytesOut += part.length;
    const endsFile = range === undefined || range.end + 1 === body.length;
    response.end(request.method === "HEAD" ? undefined : part, () => answer.status === 200 && endsFile && onWhole(part.length));
  }

  /** Programs get problem details; people get a page that says what to do. */
  refuse(request: IncomingMessage, response: ServerResponse, cause: unknown): void {
    const error = cause instanceof EarshotError ? cause : new EarshotError("internal", {}, cause);
    if (error.code === "internal") this.#log.error("request failed", { path: (request.url ?? "").replace(/\?.*/, ""), cause });
    if (response.headersSent || response.destroyed) return void response.destroy();
    const { status, headers, body } = problem(error);
    if (String(request.headers.accept ?? "").includes("text/html")) {
      const { code } = error;
      const { meaning, action } = ERRORS[code];
      const words = errorInWords({ code, title: meaning, action }, this.languageOf(request));
      return this.page(request, response, "not-found.html", { title: words.title, description: words.action }, { code, ...words }, status);
    }
    response
      .writeHead(status, {
        ...headers,
        ...problemFields(error),
      })
      .end(body);
  }
}

/** Whether who asks has this content already; a weak comparison, because a cache may have packed it. @spec RFC 9110 §13.1.2 */
export function hasAlready({ headers }: IncomingMessage, etag: string): boolean {
  const known = headers["if-none-match"];
  return known?.split(",").some((one) => one.trim().replace(/^W\//, "") === etag) === true;
}

/** Aborts when whoever asked is gone. */
export function untilClosed(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort(new Error("the listener left")));
  return gone.signal;
}
