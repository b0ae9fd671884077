import { ECDH } from "node:crypto";
import { lookup as lookupName } from "node:dns/promises";
import { Agent as PlainAgent, type IncomingMessage, request as plainRequest } from "node:http";
import { Agent, request } from "node:https";
import { isIP } from "node:net";
import webPush from "web-push";
import { EarshotError } from "../../core/errors.ts";
import { isPublic } from "../../core/public-address.ts";
import type { VapidKeys } from "./vapid-keys.ts";

/** Time the push service has to answer. Milliseconds. */
const ANSWER_MS = 10_000;
/** Connections per push service at the same time. */
const CONNECTIONS = 20;
/** Longest answer that is read to its end, so that its connection can be used again. Bytes. */
const ANSWER_BYTES = 16 * 1024;
/** Longest wait that a push service may ask of us. Milliseconds. */
const RETRY_AFTER_MAX_MS = 3_600_000;

/** A browser's subscription as it made it. @spec W3C Push API §8 */
export interface PushSubscription {
  readonly endpoint: string;
  /** Public key and secret of the browser, base64url. */
  readonly p256dh: string;
  readonly auth: string;
}

/** What a push message is. */
export interface PushMessage {
  readonly payload: string;
  /** How long the push service keeps it for a browser that is away. Whole seconds. @spec RFC 8030 §5.2 */
  readonly ttlSeconds: number;
  readonly urgency: "normal" | "high";
  /** A newer message with the same topic replaces an undelivered one; at most 32 characters of base64url. @spec RFC 8030 §5.4 */
  readonly topic: string;
}

/** How a push service answered: `gone` means that the browser has given the subscription up. */
export type PushOutcome =
  | { readonly type: "sent" }
  | { readonly type: "again"; readonly failure: string; readonly afterMs?: number }
  | { readonly type: "failed" | "gone"; readonly failure: string };

/** What the sender works with. */
export interface PushSenderOptions {
  readonly keys: VapidKeys;
  /** How push services reach the operator: `mailto:` or `https:`. @spec RFC 8292 §2.1 */
  readonly contact: string;
  /** Whether push services in our own network, plain HTTP and other ports are allowed. */
  readonly allowPrivate: boolean;
  /** Asks for all addresses of a host. Default: the machine's resolver. */
  readonly lookup?: (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;
}

/** Sends push messages, encrypted for one browser and signed by the house. One attempt each. The caller closes it. @spec RFC 8030, RFC 8188, RFC 8291, RFC 8292 */
export class PushSender {
  readonly #options: PushSenderOptions;
  readonly #agent: Agent;
  readonly #plainAgent: PlainAgent;

  constructor(options: PushSenderOptions) {
    this.#options = options;
    const pool = { keepAlive: true, maxSockets: CONNECTIONS };
    this.#agent = new Agent(pool);
    this.#plainAgent = new PlainAgent(pool);
  }

  get publicKey(): string {
    return this.#options.keys.publicKey;
  }

  /** Refuses a subscription that no push service of a browser would hand out. @throws `push-address-refused` naming the rule */
  check({ endpoint, p256dh }: PushSubscription): void {
    const url = URL.parse(endpoint);
    const refuse = (rule: string) => new EarshotError("push-address-refused", { rule });
    if (url === null) throw refuse("a whole address");
    if (url.username !== "" || url.password !== "") throw refuse("no user name or password in the address");
    if (!this.#options.allowPrivate) {
      if (url.protocol !== "https:") throw refuse("https");
      if (url.port !== "") throw refuse("the usual port");
      const host = url.hostname.replace(/^\[|\]$/g, "");
      if (isIP(host) !== 0 || !host.includes(".") || /\.(?:local|internal|localhost|home\.arpa)$/i.test(host))
        throw refuse("a host name on the public internet");
    } else if (url.protocol !== "https:" && url.protocol !== "http:") throw refuse("https");
    try {
      ECDH.convertKey(Buffer.from(p256dh, "base64url"), "prime256v1");
    } catch {
      throw refuse("a public key on the curve P-256");
    }
  }

  /** Sends one message. Never rejects. */
  async send(subscription: PushSubscription, message: PushMessage): Promise<PushOutcome> {
    try {
      this.check(subscription);
      return readAnswer(await this.#post(subscription, message));
    } catch (cause) {
      if (cause instanceof EarshotError) return { type: "failed", failure: "address refused" };
      return { type: "again", failure: String((cause as { code?: string }).code ?? "no answer") };
    }
  }

  close(): void {
    this.#agent.destroy();
    this.#plainAgent.destroy();
  }

  async #post({ endpoint, p256dh, auth }: PushSubscription, { payload, ttlSeconds, urgency, topic }: PushMessage): Promise<IncomingMessage> {
    const { keys, contact } = this.#options;
    const vapidDetails = { subject: contact, ...keys };
    const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, payload, { vapidDetails, TTL: ttlSeconds, urgency, topic });
    const plain = endpoint.startsWith("http:");
    return await new Promise((resolve, reject) => {
      const options = {
        method: "POST",
        headers,
        signal: AbortSignal.timeout(ANSWER_MS),
        agent: plain ? this.#plainAgent : this.#agent,
        // Looked up once and connected to what was checked: a second look could give another address.
        lookup: this.#lookup,
      };
      const asked = (plain ? plainRequest : request)(endpoint, options, (answer) => {
        let length = 0;
        answer.on("data", (bytes: Buffer) => {
          length += bytes.length;
          if (length > ANSWER_BYTES) answer.destroy();
        });
        answer.on("error", () => {});
        resolve(answer);
      });
      asked.once("error", reject);
      asked.end(body);
    });
  }

  readonly #lookup = (host: string, options: { all?: boolean | undefined }, done: (error: Error | null, address: never, family?: number) => void): void => {
    const { lookup = (name: string) => lookupName(name, { all: true }) } = this.#options;
    lookup(host).then(
      (found) => {
        const barred = !this.#options.allowPrivate && found.some(({ address }) => !isPublic(address));
        if (barred) return done(new EarshotError("push-address-refused", { rule: "a host on the public internet" }), "" as never);
        const [first] = found;
        if (options.all === true) done(null, found as never);
        else done(null, first?.address as never, first?.family);
      },
      (error: Error) => done(error, "" as never),
    );
  };
}

/** @spec RFC 8030 §5, §7.3, §8.4 */
function readAnswer({ statusCode = 0, headers }: IncomingMessage): PushOutcome {
  const failure = `answered ${statusCode}`;
  if (statusCode >= 200 && statusCode < 300) return { type: "sent" };
  if (statusCode === 404 || statusCode === 410) return { type: "gone", failure };
  if (statusCode !== 429 && statusCode < 500) return { type: "failed", failure };
  const seconds = Number(headers["retry-after"]);
  const wait = Number.isFinite(seconds) && seconds > 0 ? { afterMs: Math.min(seconds * 1_000, RETRY_AFTER_MAX_MS) } : {};
  return { type: "again", failure, ...wait };
}
