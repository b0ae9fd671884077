import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RedBlocks, readRed } from "./red.ts";

/** A packet as browsers send it. */
function write(payloadType: number, copies: readonly { readonly offset: number; readonly data: Uint8Array }[], newest: Uint8Array): Uint8Array {
  const headers = copies.flatMap(({ offset, data }) => [0x80 | payloadType, offset >> 6, ((offset & 63) << 2) | (data.length >> 8), data.length & 255]);
  return Uint8Array.from([...headers, payloadType, ...copies.flatMap(({ data }) => [...data]), ...newest]);
}

const bytes = (maxLength: number) => fc.uint8Array({ minLength: 1, maxLength });

test("every copy and the newest are found where the sender put them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 127 }),
      fc.array(fc.record({ offset: fc.integer({ min: 0, max: 16_383 }), data: bytes(1_023) }), { maxLength: 4 }),
      bytes(1_275),
      (payloadType, copies, newest) => {
        const packet = write(payloadType, copies, newest);
        const blocks = new RedBlocks();
        assert.equal(readRed(packet, blocks), copies.length);
        const parts = [...copies, { offset: 0, data: newest }];
        for (const [index, { offset, data }] of parts.entries()) {
          assert.equal(blocks.offsets[index], offset);
          assert.deepEqual([...packet.subarray(blocks.starts[index], blocks.ends[index])], [...data]);
        }
      },
    ),
  );
});

test("a packet that claims more than it holds, mixes payload types or has no newest part is refused", () => {
  const blocks = new RedBlocks();
  const good = write(111, [{ offset: 960, data: new Uint8Array(30).fill(1) }], new Uint8Array(40).fill(2));
  assert.equal(readRed(good, blocks), 1);
  assert.ok(readRed(good.subarray(0, 35), blocks) < 0, "cut off in the newest part");
  assert.ok(readRed(good.subarray(0, 3), blocks) < 0, "cut off in a header");
  assert.ok(readRed(new Uint8Array(0), blocks) < 0, "empty");
  assert.ok(readRed(Uint8Array.of(111), blocks) < 0, "nothing but a header");
  assert.ok(readRed(good.with(4, 112), blocks) < 0, "two payload types");
  assert.ok(readRed(new Uint8Array(64).fill(0xef), blocks) < 0, "headers without end");
});

test("no bytes at all make it read outside the packet", () => {
  const blocks = new RedBlocks();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (packet) => {
      const count = readRed(packet, blocks);
      if (count < 0) return;
      let last = 0;
      for (let index = 0; index <= count; index++) {
        assert.ok((blocks.starts[index] as number) >= Math.max(last, 1));
        assert.ok((blocks.starts[index] as number) < (blocks.ends[index] as number) && (blocks.ends[index] as number) <= packet.length);
        last = blocks.ends[index] as number;
      }
    }),
    { numRuns: 5_000 },
  );
});
