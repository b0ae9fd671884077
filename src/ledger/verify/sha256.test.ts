import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { nodeSha256 } from "./node-crypto.ts";
import { hex } from "./note.ts";
import { sha256 } from "./sha256.ts";

test("the browser's hash is the one of FIPS 180-4, at every length around a block and for any bytes", () => {
  assert.equal(hex(sha256(Buffer.from("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (let length = 0; length < 200; length++) {
    const data = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 255);
    assert.deepEqual(sha256(data), new Uint8Array(nodeSha256(data)), `${length} bytes`);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), fc.nat(63), (data, from) => hex(sha256(data.subarray(from))) === hex(nodeSha256(data.subarray(from)))),
  );
});
