import { createDecipheriv, createECDH, createPublicKey, type ECDH, hkdfSync, randomBytes, verify } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { PushSubscription } from "./push-sender.ts";

/** A message as the push service got it, and as the browser reads it. */
export interface ReceivedPush {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** The payload, decrypted with the browser's keys. */
  readonly text: string;
  /** Claims of the VAPID token, whose signature held. */
  readonly claims: { readonly aud: string; readonly exp: number; readonly sub: string };
  /** Public key the house signed with. */
  readonly key: string;
}

/** A push service and the browsers behind it: checks signatures and decrypts as RFC 8291 has it, by other code than sends. */
export class TestPushService {
  readonly received: ReceivedPush[] = [];
  /** Answers by path; absent: 201. */
  readonly answers = new Map<string, { readonly status: number; readonly retryAfter?: number }>();
  readonly #browsers = new Map<string, { readonly ecdh: ECDH; readonly auth: Buffer }>();
  readonly #server: Server;
  /** What was wrong with a request; empty when nothing was. */
  readonly wrong: string[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (bytes: Buffer) => chunks.push(bytes));
      request.on("end", () => {
        const path = request.url ?? "";
        const { status, retryAfter } = this.answers.get(path) ?? { status: 201 };
        try {
          const read = this.#read(path, request, Buffer.concat(chunks));
          if (status === 201) this.received.push(read);
        } catch (error) {
          this.wrong.push(String(error));
        }
        response.writeHead(status, retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }).end();
      });
    });
  }

  static async open(): Promise<TestPushService> {
    const service = new TestPushService();
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** A browser subscribes. */
  subscribe(path: string): PushSubscription {
    const ecdh = createECDH("prime256v1");
    ecdh.generateKeys();
    const auth = randomBytes(16);
    this.#browsers.set(path, { ecdh, auth });
    return { endpoint: `${this.url}${path}`, p256dh: ecdh.getPublicKey("base64url"), auth: auth.toString("base64url") };
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #read(path: string, { headers }: IncomingMessage, body: Buffer): ReceivedPush {
    const browser = this.#browsers.get(path);
    if (browser === undefined) throw new Error(`no subscription ${path}`);
    if (headers["content-encoding"] !== "aes128gcm") throw new Error(`encoding ${headers["content-encoding"]}`);
    const [, token = "", key = ""] = /^vapid t=([\w.-]+), ?k=([\w-]+)$/.exec(headers.authorization ?? "") ?? [];
    return { path, headers, text: decrypt(body, browser.ecdh, browser.auth), claims: readVapid(token, key), key };
  }
}

/** @spec RFC 8188 §2, RFC 8291 §3.4 */
function decrypt(body: Buffer, browser: ECDH, auth: Buffer): string {
  const salt = body.subarray(0, 16);
  const recordSize = body.readUInt32BE(16);
  const sender = body.subarray(21, 21 + body.readUInt8(20));
  const record = body.subarray(21 + sender.length);
  if (record.length > recordSize) throw new Error("more than one record");
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), browser.getPublicKey(), sender]);
  const secret = Buffer.from(hkdfSync("sha256", browser.computeSecret(sender), auth, info, 32));
  const contentKey = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: aes128gcm\0", 16));
  const nonce = Buffer.from(hkdfSync("sha256", secret, salt, "Content-Encoding: nonce\0", 12));
  const decipher = createDecipheriv("aes-128-gcm", contentKey, nonce).setAuthTag(record.subarray(-16));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()]);
  const end = padded.lastIndexOf(2);
  if (end < 0) throw new Error("no delimiter of the last record");
  return padded.subarray(0, end).toString("utf8");
}

/** @spec RFC 8292 §2, §3 */
function readVapid(token: string, key: string): ReceivedPush["claims"] {
  const point = Buffer.from(key, "base64url");
  const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
  const [head = "", claims = "", signature = ""] = token.split(".");
  const signed = Buffer.from(`${head}.${claims}`);
  const publicKey = createPublicKey({ key: jwk, format: "jwk" });
  if (!verify("sha256", signed, { key: publicKey, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"))) throw new Error("the signature is wrong");
  return JSON.parse(Buffer.from(claims, "base64url").toString("utf8")) as ReceivedPush["claims"];
}
