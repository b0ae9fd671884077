import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a browser has to answer. Milliseconds; five minutes: people look for their key, and for their glasses. */
export const CHALLENGE_MS = 300_000;
/** Bytes of chance. @spec WebAuthn Level 3 §13.4.3: at least 16. */
const RANDOM_BYTES = 16;
/** Bytes of the time at which it ends. */
const TIME_BYTES = 6;
/** Bytes of an account's id. */
const ID_BYTES = 16;
/** Bytes of the seal: an HMAC-SHA256 cut to 128 bits. */
const SEAL_BYTES = 16;
const BODY_BYTES = RANDOM_BYTES + TIME_BYTES + ID_BYTES;
/** Keeps the seal apart from every other use of the house key. */
const CONTEXT = "earshot passkey challenge v1";
/** Stands where a challenge is for no account in particular. */
const NO_ACCOUNT = "00000000-0000-0000-0000-000000000000";

/** What a challenge was made for. */
export interface ChallengePurpose {
  readonly act: "sign-in" | "register" | "provider";
  /** What only the browser that asked has: hash of its session, or its device's secret; empty where there is neither. */
  readonly session: string;
}

/** What a challenge says, or that it says nothing. */
export type ChallengeResult = { readonly ok: true; readonly accountId: string | undefined; readonly expiresMs: number } | { readonly ok: false };

/** Makes a challenge that carries its own term and seal, so that asking for one costs no memory however many ask. base64url. */
export function mintChallenge(houseKey: Uint8Array, purpose: ChallengePurpose, options: { readonly nowMs: number; readonly accountId?: string }): string {
  const body = Buffer.alloc(BODY_BYTES);
  randomBytes(RANDOM_BYTES).copy(body);
  body.writeUIntBE(Math.floor(options.nowMs) + CHALLENGE_MS, RANDOM_BYTES, TIME_BYTES);
  Buffer.from((options.accountId ?? NO_ACCOUNT).replaceAll("-", ""), "hex").copy(body, RANDOM_BYTES + TIME_BYTES);
  return Buffer.concat([body, seal(houseKey, purpose, body)]).toString("base64url");
}

/** Reads a challenge back. Untrusted: never throws. */
export function readChallenge(houseKey: Uint8Array, purpose: ChallengePurpose, challenge: string, nowMs: number): ChallengeResult {
  const bytes = Buffer.from(challenge, "base64url");
  if (bytes.length !== BODY_BYTES + SEAL_BYTES || bytes.toString("base64url") !== challenge) return { ok: false };
  const body = bytes.subarray(0, BODY_BYTES);
  if (!timingSafeEqual(seal(houseKey, purpose, body), bytes.subarray(BODY_BYTES))) return { ok: false };
  const expiresMs = body.readUIntBE(RANDOM_BYTES, TIME_BYTES);
  if (expiresMs <= nowMs) return { ok: false };
  const hex = body.subarray(RANDOM_BYTES + TIME_BYTES).toString("hex");
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  return { ok: true, accountId: id === NO_ACCOUNT ? undefined : id, expiresMs };
}

function seal(houseKey: Uint8Array, { act, session }: ChallengePurpose, body: Uint8Array): Buffer {
  return createHmac("sha256", houseKey).update(`${CONTEXT}\0${act}\0${session}\0`).update(body).digest().subarray(0, SEAL_BYTES);
}
