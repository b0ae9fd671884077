import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { Assertion, Registration } from "../../../wire/accounts.ts";

/** What a test makes an authenticator do wrong. */
export interface Faults {
  readonly origin?: string;
  readonly rpId?: string;
  readonly type?: string;
  /** Challenge to answer instead of the one that was asked. */
  readonly challenge?: string;
  /** Flags of the authenticator data: 0x01 present, 0x04 verified, 0x40 with a new key. */
  readonly flags?: number;
  readonly counter?: number;
  readonly userHandle?: string;
  readonly crossOrigin?: boolean;
}

/** Options as the API gives them. */
export interface AskedOptions {
  readonly options: { readonly challenge: string; readonly rpId?: string; readonly rp?: { readonly id: string }; readonly user?: { readonly id: string } };
}

const PRESENT = 0x01;
const VERIFIED = 0x04;
const NEW_KEY = 0x40;

/** An authenticator in software with one P-256 passkey: what a phone does, and whatever a phone would never do. @spec WebAuthn Level 3 §6 */
export class TestAuthenticator {
  readonly id = randomBytes(32);
  readonly #origin: string;
  readonly #privateKey: KeyObject;
  readonly #publicKey: Buffer;
  #userHandle = "";
  counter = 0;

  constructor(origin: string) {
    this.#origin = origin;
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#privateKey = privateKey;
    // COSE: { 1: 2, 3: -7, -1: 1, -2: x, -3: y }
    const head = Buffer.from("a5010203262001215820", "hex");
    this.#publicKey = Buffer.concat([head, Buffer.from(x, "base64url"), Buffer.from("225820", "hex"), Buffer.from(y, "base64url")]);
  }

  /** Makes its passkey. */
  register({ options }: AskedOptions, faults: Faults = {}): Registration {
    this.#userHandle = options.user?.id ?? "";
    const idLength = Buffer.from([0, this.id.length]);
    const key = Buffer.concat([Buffer.alloc(16), idLength, this.id, this.#publicKey]);
    const data = Buffer.concat([this.#data(faults.rpId ?? options.rp?.id ?? "", faults, NEW_KEY), key]);
    // CBOR: { "fmt": "none", "attStmt": {}, "authData": data }
    const length = Buffer.from([0x59, data.length >> 8, data.length & 0xff]);
    const object = Buffer.concat([Buffer.from("a363666d74646e6f6e656761747453746d74a0686175746844617461", "hex"), length, data]);
    const response = {
      clientDataJSON: this.#client("webauthn.create", options, faults).toString("base64url"),
      attestationObject: object.toString("base64url"),
    };
    return { id: this.#name, rawId: this.#name, type: "public-key", clientExtensionResults: {}, response: { ...response, transports: ["internal"] } };
  }

  /** Answers a challenge. */
  answer({ options }: AskedOptions, faults: Faults = {}): Assertion {
    const client = this.#client("webauthn.get", options, faults);
    const data = this.#data(faults.rpId ?? options.rpId ?? "", faults, 0);
    const signature = sign("sha256", Buffer.concat([data, createHash("sha256").update(client).digest()]), this.#privateKey);
    const response = {
      clientDataJSON: client.toString("base64url"),
      authenticatorData: data.toString("base64url"),
      signature: signature.toString("base64url"),
    };
    const named = { id: this.#name, rawId: this.#name, type: "public-key" as const, clientExtensionResults: {} };
    return { ...named, response: { ...response, userHandle: faults.userHandle ?? this.#userHandle } };
  }

  get #name(): string {
    return this.id.toString("base64url");
  }

  #client(type: string, { challenge }: AskedOptions["options"], faults: Faults): Buffer {
    const { origin = this.#origin, crossOrigin = false } = faults;
    return Buffer.from(JSON.stringify({ type: faults.type ?? type, challenge: faults.challenge ?? challenge, origin, crossOrigin }));
  }

  #data(rpId: string, faults: Faults, extra: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(faults.counter ?? this.counter);
    return Buffer.concat([createHash("sha256").update(rpId).digest(), Buffer.from([faults.flags ?? PRESENT | VERIFIED | extra]), counter]);
  }
}
