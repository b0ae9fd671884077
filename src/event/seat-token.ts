import { createHmac, timingSafeEqual } from "node:crypto";
import { ROLES, type Role } from "../wire/room.ts";

/** What a seat token says; signed by the house, checked by the stage alone. */
export interface SeatClaims {
  readonly eventId: string;
  readonly seatId: string;
  readonly role: Role;
  readonly name: string;
  /** Unix seconds after which the token is worth nothing. */
  readonly expires: number;
}

/** Why a token was refused; nothing more is told to whoever sent it. */
export type SeatTokenResult =
  | { readonly ok: true; readonly claims: SeatClaims }
  | { readonly ok: false; readonly code: "token-malformed" | "token-forged" | "token-expired" };

const PREFIX = "es1";

const sign = (payload: string, key: Uint8Array): Buffer => createHmac("sha256", key).update(`${PREFIX}.${payload}`).digest();

/** Makes a seat token: `es1.<payload>.<mac>`, both base64url. */
export function mintSeatToken(claims: SeatClaims, key: Uint8Array): string {
  const { eventId, seatId, role, name, expires } = claims;
  const payload = Buffer.from(JSON.stringify({ e: eventId, s: seatId, r: role, n: name, x: expires })).toString("base64url");
  return `${PREFIX}.${payload}.${sign(payload, key).toString("base64url")}`;
}

/** Checks a seat token. Never throws, compares in constant time. */
export function verifySeatToken(token: string, key: Uint8Array, nowMs: number): SeatTokenResult {
  const [prefix, payload, mac, ...rest] = token.split(".");
  if (prefix !== PREFIX || payload === undefined || mac === undefined || rest.length > 0) return { ok: false, code: "token-malformed" };
  const expected = sign(payload, key);
  const given = Buffer.from(mac, "base64url");
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { ok: false, code: "token-forged" };
  const { e, s, r, n, x } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as { e: string; s: string; r: Role; n: string; x: number };
  if (!ROLES.includes(r)) return { ok: false, code: "token-malformed" };
  if (x * 1000 < nowMs) return { ok: false, code: "token-expired" };
  return { ok: true, claims: { eventId: e, seatId: s, role: r, name: n, expires: x } };
}
