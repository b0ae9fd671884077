import { sign } from "node:crypto";
import { Agent as PlainAgent, type IncomingMessage, request as askPlain } from "node:http";
import { Agent as TlsAgent, request as askTls } from "node:https";
import type { Clock } from "../../core/clock.ts";
import { EarshotError, type ErrorCode, ERRORS } from "../../core/errors.ts";
import { keyPairOf } from "../../ledger/signer.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import { signRequest } from "../adapters/edge-signature.ts";

/** Longest that the house may take to begin its answer, and to finish one that has an end. Milliseconds; a second is long. */
const ANSWER_LIMIT_MS = 10_000;
/** Longest answer that is read whole. Bytes; receipts and refusals have under 1 KB. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** Whose edge asks whom. */
export interface SignedLineOptions {
  /** The edge's name in the house's settings. */
  readonly name: string;
  /** The house's backstage address, no trailing slash. */
  readonly house: string;
  /** The edge's Ed25519 key: 32 secret bytes. */
  readonly seed: Uint8Array;
  readonly clock: Clock;
}

/** The way to the house: every request carries the edge's signature. */
export class SignedLine {
  readonly name: string;
  readonly #options: SignedLineOptions;
  readonly #sign: (message: Uint8Array) => Uint8Array;
  readonly #agent: PlainAgent;

  constructor(options: SignedLineOptions) {
    this.name = options.name;
    this.#options = options;
    const { privateKey } = keyPairOf(options.seed);
    this.#sign = (message) => sign(null, message, privateKey);
    this.#agent = new (options.house.startsWith("https:") ? TlsAgent : PlainAgent)({ keepAlive: true });
  }

  /** Asks for an answer without an end, over a connection of its own. The caller reads it or destroys it. @throws what the house refused with, or `house-away` */
  async stream(path: string, signal: AbortSignal): Promise<IncomingMessage> {
    return await this.#ask(path, { signal });
  }

  /** Tells the house something and resolves with its answer. @throws what the house refused with, or `house-away` */
  async tell(path: string, value: unknown, signal: AbortSignal): Promise<unknown> {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]);
    return await readJson(await this.#ask(path, { signal: limited, body: Buffer.from(JSON.stringify(value)) }));
  }

  close(): void {
    this.#agent.destroy();
  }

  async #ask(path: string, { signal, body }: { readonly signal: AbortSignal; readonly body?: Buffer }): Promise<IncomingMessage> {
    const { name, house, clock } = this.#options;
    const url = new URL(`${house}${path}`);
    const method = body === undefined ? "GET" : "POST";
    const signed = signRequest(
      { method, path: `${url.pathname}${url.search}`, body: body ?? new Uint8Array() },
      { name, nowUnixMs: clock.wallMs(), sign: this.#sign },
    );
    const headers = body === undefined ? signed : { ...signed, "content-type": "application/json", "content-length": String(body.length) };
    let response: IncomingMessage;
    try {
      response = await new Promise<IncomingMessage>((resolve, reject) => {
        const ask = url.protocol === "https:" ? askTls : askPlain;
        const asked = ask(url, { method, headers, signal, agent: body === undefined ? false : this.#agent });
        const late = setTimeout(() => asked.destroy(new Error(`no answer within ${ANSWER_LIMIT_MS} ms`)), ANSWER_LIMIT_MS);
        asked.once("close", () => clearTimeout(late));
        asked.once("response", (answer) => {
          clearTimeout(late);
          resolve(answer);
        });
        asked.on("error", reject);
        asked.end(body);
      });
    } catch (cause) {
      throw new EarshotError("house-away", { house, reason: cause instanceof Error ? cause.message : String(cause) }, cause);
    }
    if (response.statusCode === 200) return response;
    throw await refusalOf(response, house);
  }
}

/** What a house's refusal means here; whatever is no refusal of an Earshot comes from somebody before it. */
async function refusalOf(response: IncomingMessage, house: string): Promise<EarshotError> {
  response.setTimeout(ANSWER_LIMIT_MS, () => response.destroy());
  const answer = (await readJson(response).catch(() => undefined)) as Partial<ProblemDetails> | undefined;
  const code = answer?.code;
  if (code !== undefined && Object.hasOwn(ERRORS, code)) return new EarshotError(code as ErrorCode, { ...answer?.details, house });
  return new EarshotError("house-away", { house, reason: `answered with ${response.statusCode}` });
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) {
    text += chunk;
    if (text.length > MAX_ANSWER_BYTES) throw new Error(`an answer of more than ${MAX_ANSWER_BYTES} bytes`);
  }
  return JSON.parse(text) as unknown;
}
