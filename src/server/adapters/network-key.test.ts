import assert from "node:assert/strict";
import { test } from "node:test";
import { networkKeyOf } from "./network-key.ts";

test("a house's networks have the same key at every start, and every house another", () => {
  const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
  assert.equal(networkKeyOf(one), networkKeyOf(Buffer.from(one)));
  assert.notEqual(networkKeyOf(one), networkKeyOf(other));
  for (const key of [one, other]) assert.ok(Number.isInteger(networkKeyOf(key)) && networkKeyOf(key) >= 0 && networkKeyOf(key) < 2 ** 32);
});
