import { createHmac, timingSafeEqual } from "node:crypto";
import { ROLES, type Role } from "../wire/room.ts";

/** What a seat token says; signed by the house, checked by the stage alone. */
export interface SeatClaims {
  readonly eventId: string;
  readonly seatId: string;
  readonly role: Role;
  readonly name: string;
  /** Which of the person's links it came from: 1 for the first; a newer link ends it. */
  readonly generation?: number;
  /** Whether the seat is muted until its owner unmutes. */
  readonly arrivesMuted?: boolean;
  /** Seat of whoever had it made for another's encoder, or "operator": they answer for what it sends. */
  readonly askedBy?: string;
  /** Language the person interprets into, BCP 47. Never in a token: the stage adds it from its manifest. */
  readonly interprets?: string;
  /** Whether they are taken aside. Never in a token: the stage adds it from its manifest. */
  readonly aside?: true;
  /** Unix seconds after which the token is worth nothing. */
  readonly expires: number;
}

/** Why a token was refused; nothing more is told to whoever sent it. */
export type SeatTokenResult =
  | { readonly ok: true; readonly claims: SeatClaims }
  | { readonly ok: false; readonly code: "token-malformed" | "token-forged" | "token-expired" | "seat-removed" };

const PREFIX = "es1";
/** Longest token looked at. Characters; what the room's `hello` takes. */
const MAX_TOKEN_CHARACTERS = 1024;

const sign = (payload: string, key: Uint8Array): string => createHmac("sha256", key).update(`${PREFIX}.${payload}`).digest("base64url");

/** Makes a seat token: `es1.<payload>.<mac>`, both base64url. */
export function mintSeatToken(claims: SeatClaims, key: Uint8Array): string {
  const { eventId, seatId, role, name, expires, generation = 1, arrivesMuted = false, askedBy } = claims;
  const more = { ...(generation === 1 ? {} : { g: generation }), ...(arrivesMuted ? { m: 1 } : {}), ...(askedBy === undefined ? {} : { b: askedBy }) };
  const payload = Buffer.from(JSON.stringify({ e: eventId, s: seatId, r: role, n: name, x: expires, ...more })).toString("base64url");
  return `${PREFIX}.${payload}.${sign(payload, key)}`;
}

/** Checks a seat token. Never throws, compares in constant time; only the one spelling that was minted is taken. */
export function verifySeatToken(token: string, key: Uint8Array, nowMs: number): SeatTokenResult {
  if (token.length > MAX_TOKEN_CHARACTERS) return { ok: false, code: "token-malformed" };
  const [prefix, payload, mac, ...rest] = token.split(".");
  if (prefix !== PREFIX || payload === undefined || mac === undefined || rest.length > 0) return { ok: false, code: "token-malformed" };
  const [given, expected] = [Buffer.from(mac), Buffer.from(sign(payload, key))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { ok: false, code: "token-forged" };
  const claims = readClaims(payload);
  if (claims === undefined) return { ok: false, code: "token-malformed" };
  return claims.expires * 1000 < nowMs ? { ok: false, code: "token-expired" } : { ok: true, claims };
}

function readClaims(payload: string): SeatClaims | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  const { e, s, r, n, x, g, m, b } = value as Record<string, unknown>;
  const role = ROLES.find((known) => known === r);
  if (typeof e !== "string" || typeof s !== "string" || typeof n !== "string" || typeof x !== "number" || !Number.isFinite(x) || role === undefined)
    return undefined;
  const renewed = typeof g === "number" && Number.isSafeInteger(g) && g > 1 ? { generation: g } : {};
  return {
    eventId: e,
    seatId: s,
    role,
    name: n,
    expires: x,
    ...renewed,
    ...(m === 1 ? { arrivesMuted: true } : {}),
    ...(typeof b === "string" ? { askedBy: b } : {}),
  };
}
