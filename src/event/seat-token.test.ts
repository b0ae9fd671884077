import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { ROLES } from "../wire/room.ts";
import { mintSeatToken, type SeatClaims, verifySeatToken } from "./seat-token.ts";

const KEY = new Uint8Array(32).fill(7);
const CLAIMS: SeatClaims = { eventId: "0199", seatId: "s1", role: "speaker", name: "Ada Löwe 🎤", expires: 2_000 };
const NOW_MS = 1_999_000;

/** Signs any payload with the house key: what only a fault in the house itself could make. */
const signed = (payload: string) => `es1.${payload}.${createHmac("sha256", KEY).update(`es1.${payload}`).digest("base64url")}`;

test("what was minted is what the stage reads", () => {
  fc.assert(
    fc.property(
      fc.record(
        {
          eventId: fc.string(),
          seatId: fc.string(),
          role: fc.constantFrom(...ROLES),
          name: fc.string({ unit: "grapheme", maxLength: 60 }),
          expires: fc.integer({ min: 2_000 }),
        },
        { noNullPrototype: true },
      ),
      (claims) => {
        for (const each of [claims, { ...claims, generation: 3, arrivesMuted: true, askedBy: claims.name }])
          assert.deepEqual(verifySeatToken(mintSeatToken(each, KEY), KEY, NOW_MS), { ok: true, claims: each });
      },
    ),
  );
});

test("a token changed in any one character is refused", () => {
  const token = mintSeatToken(CLAIMS, KEY);
  for (let at = 0; at < token.length; at++) {
    for (const character of ["A", "_", ".", "="]) {
      if (token[at] === character) continue;
      const changed = token.slice(0, at) + character + token.slice(at + 1);
      assert.equal(verifySeatToken(changed, KEY, NOW_MS).ok, false, `character ${at} as ${character}`);
    }
    assert.equal(verifySeatToken(token.slice(0, at), KEY, NOW_MS).ok, false, `cut at ${at}`);
  }
  assert.equal(verifySeatToken(`${token}=`, KEY, NOW_MS).ok, false, "no second spelling");
});

test("a speaker's token with the host's claims pasted in is forged", () => {
  const [, , mac] = mintSeatToken(CLAIMS, KEY).split(".");
  const [, payload] = mintSeatToken({ ...CLAIMS, role: "host" }, KEY).split(".");
  assert.deepEqual(verifySeatToken(`es1.${payload}.${mac}`, KEY, NOW_MS), { ok: false, code: "token-forged" });
});

test("another house's token is forged", () => {
  assert.deepEqual(verifySeatToken(mintSeatToken(CLAIMS, new Uint8Array(32).fill(8)), KEY, NOW_MS), { ok: false, code: "token-forged" });
});

test("a token ends with the second it names", () => {
  const token = mintSeatToken(CLAIMS, KEY);
  assert.equal(verifySeatToken(token, KEY, 2_000_000).ok, true);
  assert.deepEqual(verifySeatToken(token, KEY, 2_000_001), { ok: false, code: "token-expired" });
});

test("a signed payload that is no seat is malformed, and one without an end never opens a door", () => {
  const base = { e: "0199", s: "s1", r: "speaker", n: "Ada", x: 2_000 };
  for (const value of [null, 1, [], {}, { ...base, r: "admin" }, { ...base, x: undefined }, { ...base, x: "2000" }, { ...base, s: 1 }, { ...base, n: null }]) {
    assert.deepEqual(verifySeatToken(signed(Buffer.from(JSON.stringify(value)).toString("base64url")), KEY, NOW_MS), { ok: false, code: "token-malformed" });
  }
  assert.deepEqual(verifySeatToken(signed("bm90IGpzb24"), KEY, NOW_MS), { ok: false, code: "token-malformed" });
});

test("nothing a stranger sends makes the check throw", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `es1.${text}.${text}`),
      ),
      (token) => !verifySeatToken(token, KEY, NOW_MS).ok,
    ),
  );
});
