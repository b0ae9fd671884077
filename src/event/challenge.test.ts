import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CHALLENGE_MS, mintChallenge, readChallenge } from "./challenge.ts";
import { newId } from "../core/ids.ts";

const KEY = new Uint8Array(32).fill(3);
const NOW_MS = Date.parse("2026-10-03T18:00:00Z");
const PURPOSE = { act: "register", session: "of-this-browser" } as const;

test("a challenge says whom it is for and how long, and is good to its last millisecond", () => {
  const accountId = newId(NOW_MS);
  const challenge = mintChallenge(KEY, PURPOSE, { nowMs: NOW_MS, accountId });
  assert.deepEqual(readChallenge(KEY, PURPOSE, challenge, NOW_MS + CHALLENGE_MS - 1), { ok: true, accountId, expiresMs: NOW_MS + CHALLENGE_MS });
  assert.deepEqual(readChallenge(KEY, PURPOSE, challenge, NOW_MS + CHALLENGE_MS), { ok: false });
  const forNobody = readChallenge(KEY, PURPOSE, mintChallenge(KEY, PURPOSE, { nowMs: NOW_MS }), NOW_MS);
  assert.deepEqual(forNobody, { ok: true, accountId: undefined, expiresMs: NOW_MS + CHALLENGE_MS });
});

test("a challenge of another browser, another act or another house is none", () => {
  const challenge = mintChallenge(KEY, PURPOSE, { nowMs: NOW_MS });
  assert.equal(readChallenge(KEY, { ...PURPOSE, session: "another" }, challenge, NOW_MS).ok, false);
  assert.equal(readChallenge(KEY, { ...PURPOSE, act: "sign-in" }, challenge, NOW_MS).ok, false);
  assert.equal(readChallenge(new Uint8Array(32), PURPOSE, challenge, NOW_MS).ok, false);
});

test("no changed character and no invented text is taken for a challenge, and none breaks the reader", () => {
  const challenge = mintChallenge(KEY, PURPOSE, { nowMs: NOW_MS });
  fc.assert(
    fc.property(fc.nat(challenge.length - 1), fc.constantFrom(..."ABCabc019-_"), (at, letter) => {
      const bent = challenge.slice(0, at) + letter + challenge.slice(at + 1);
      assert.equal(readChallenge(KEY, PURPOSE, bent, NOW_MS).ok, bent === challenge);
    }),
  );
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.base64String(), fc.string({ unit: "binary", maxLength: 200 })),
      (text) => !readChallenge(KEY, PURPOSE, text, NOW_MS).ok,
    ),
  );
});
