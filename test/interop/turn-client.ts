import { createHash, createHmac, randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";

const COOKIE = 0x2112_a442;
const HEADER_BYTES = 20;
/** Methods with the class bits of a request. @spec RFC 8656 §17 */
const ALLOCATE = 0x0003;
const CREATE_PERMISSION = 0x0008;
const CHANNEL_BIND = 0x0009;
const SEND_INDICATION = 0x0016;
const ERROR_CLASS = 0x0110;
/** Attributes. @spec RFC 8489 §18.3, RFC 8656 §18 */
const USERNAME = 0x0006;
const INTEGRITY = 0x0008;
const ERROR_CODE = 0x0009;
const CHANNEL_NUMBER = 0x000c;
const PEER_ADDRESS = 0x0012;
const DATA = 0x0013;
const REALM = 0x0014;
const NONCE = 0x0015;
const FAMILY = 0x0017;
const TRANSPORT = 0x0019;
const UDP = 17;
/** How long an answer may take on a busy machine. Milliseconds. */
const PATIENCE_MS = 10_000;

type Attribute = readonly [type: number, value: Uint8Array];

/** A stranger at a relay: asks for a relayed address and for leave to reach others, and tells what the relay answered. Closed by the test. */
export class TurnClient {
  readonly #socket: Socket = createSocket("udp4");
  readonly #server: { readonly port: number; readonly username: string; readonly credential: string };
  #realm = "";
  #nonce: Buffer = Buffer.alloc(0);

  constructor(server: { readonly port: number; readonly username: string; readonly credential: string }) {
    this.#server = server;
  }

  /** Asks for a relayed address; resolves to 0, or the relay's error code. */
  async allocate(family: 4 | 6 = 4): Promise<number> {
    const wanted: Attribute[] = [[TRANSPORT, Uint8Array.of(UDP, 0, 0, 0)]];
    if (family === 6) wanted.push([FAMILY, Uint8Array.of(2, 0, 0, 0)]);
    const first = await this.#request(ALLOCATE, wanted, false);
    if (first !== 401) return first;
    return await this.#request(ALLOCATE, wanted, true);
  }

  /** Asks for leave to reach an address; resolves to 0, or the relay's error code. */
  permit(address: string): Promise<number> {
    return this.#request(CREATE_PERMISSION, [[PEER_ADDRESS, peer(address, 9)]], true);
  }

  /** Asks for a channel to an address and port; resolves to 0, or the relay's error code. */
  bind(address: string, port: number): Promise<number> {
    const number: Attribute = [CHANNEL_NUMBER, Uint8Array.of(0x40, port & 15, 0, 0)];
    return this.#request(CHANNEL_BIND, [number, [PEER_ADDRESS, peer(address, port)]], true);
  }

  /** Has the relay send something; it answers nothing. */
  async send(address: string, port: number, data: Uint8Array): Promise<void> {
    await this.#send(
      message(SEND_INDICATION, randomBytes(12), [
        [PEER_ADDRESS, peer(address, port)],
        [DATA, data],
      ]),
    );
  }

  close(): void {
    this.#socket.close();
  }

  #send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => this.#socket.send(bytes, this.#server.port, "127.0.0.1", (error) => (error === null ? resolve() : reject(error))));
  }

  async #request(method: number, attributes: readonly Attribute[], signed: boolean): Promise<number> {
    const { username, credential } = this.#server;
    const id = randomBytes(12);
    let bytes: Uint8Array;
    if (signed) {
      const named: Attribute[] = [...attributes, [USERNAME, Buffer.from(username)], [REALM, Buffer.from(this.#realm)], [NONCE, this.#nonce]];
      const key = createHash("md5").update(`${username}:${this.#realm}:${credential}`).digest();
      // The length in the header counts the signature, which is made without it. @spec RFC 8489 §14.5
      const whole = Buffer.from(message(method, id, [...named, [INTEGRITY, new Uint8Array(20)]]));
      createHmac("sha1", key)
        .update(whole.subarray(0, -24))
        .digest()
        .copy(whole, whole.length - 20);
      bytes = whole;
    } else bytes = message(method, id, attributes);
    const answer = await this.#ask(bytes, id);
    const found = readAttributes(answer);
    this.#realm = found.get(REALM)?.toString() ?? this.#realm;
    this.#nonce = found.get(NONCE) ?? this.#nonce;
    const error = found.get(ERROR_CODE);
    if ((answer.readUInt16BE(0) & ERROR_CLASS) !== ERROR_CLASS || error === undefined) return 0;
    return (error[2] as number) * 100 + (error[3] as number);
  }

  /** Repeats the request until its answer comes. */
  #ask(bytes: Uint8Array, id: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const again = setInterval(() => void this.#send(bytes).catch(() => {}), 500);
      const late = setTimeout(() => done(() => reject(new Error("the relay does not answer"))), PATIENCE_MS);
      const done = (end: () => void) => {
        clearInterval(again);
        clearTimeout(late);
        this.#socket.off("message", hear);
        end();
      };
      const hear = (answer: Buffer) => {
        if (answer.length >= HEADER_BYTES && answer.subarray(8, HEADER_BYTES).equals(id)) done(() => resolve(answer));
      };
      this.#socket.on("message", hear);
      void this.#send(bytes).catch(() => {});
    });
  }
}

/** An address as the relay reads it: XORed with the cookie. @spec RFC 8489 §14.2 */
function peer(address: string, port: number): Uint8Array {
  const bytes = isIPv6(address) ? v6(address) : address.split(".").map(Number);
  const out = Buffer.alloc(4 + bytes.length);
  out[1] = isIPv6(address) ? 2 : 1;
  out.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  const mask = Buffer.alloc(4);
  mask.writeUInt32BE(COOKIE);
  // Of an IPv6 address the last twelve bytes are XORed with the transaction's id, which {@link message} does when it knows it.
  bytes.forEach((byte, index) => {
    out[4 + index] = byte ^ (mask[index] ?? 0);
  });
  return out;
}

function v6(address: string): number[] {
  const [head = "", tail] = address.split("::");
  const words = (text: string) => (text === "" ? [] : text.split(":").map((word) => Number.parseInt(word, 16)));
  const [first, last] = [words(head), words(tail ?? "")];
  const all = tail === undefined ? first : [...first, ...new Array<number>(8 - first.length - last.length).fill(0), ...last];
  return all.flatMap((word) => [word >> 8, word & 255]);
}

function message(type: number, id: Buffer, attributes: readonly Attribute[]): Uint8Array {
  const parts = attributes.map(([kind, value]) => {
    const part = Buffer.alloc(4 + Math.ceil(value.length / 4) * 4);
    part.writeUInt16BE(kind, 0);
    part.writeUInt16BE(value.length, 2);
    part.set(value, 4);
    if (kind === PEER_ADDRESS && value.length === 20)
      for (let index = 0; index < 12; index++) part[12 + index] = (part[12 + index] as number) ^ (id[index] as number);
    return part;
  });
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(body.length, 2);
  head.writeUInt32BE(COOKIE, 4);
  return Buffer.concat([head, id, body]);
}

function readAttributes(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = HEADER_BYTES; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2);
    found.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return found;
}
