import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncoderOptions, FrameEncoder } from "./encoder.ts";
import { openLate } from "./late-encoder.ts";

/** A late encoder whose inner one is opened by the test, and what came out of it. */
function openByHand() {
  const { promise: opened, resolve: open, reject: fail } = Promise.withResolvers<FrameEncoder>();
  const heard: number[] = [];
  const faults: unknown[] = [];
  let closed = 0;
  const options: EncoderOptions = { rendition: "aac", numberOfChannels: 1, onPacket: () => {}, onFault: (error) => faults.push(error) };
  const inside: FrameEncoder = {
    queueDepth: 2,
    push: ([block]) => void heard.push(block?.[0] ?? Number.NaN),
    flush: async () => void heard.push(-1),
    close: async () => void closed++,
  };
  return { encoder: openLate(options, () => opened), open: () => open(inside), fail, heard, faults, closed: () => closed };
}

test("what an encoder is given before it is loaded is encoded all the same, in order, as it was then", async () => {
  const { encoder, open, heard } = openByHand();
  const block = new Float32Array([1]);
  encoder.push([block]);
  block[0] = 2;
  encoder.push([block]);
  block[0] = 3;
  assert.equal(encoder.queueDepth, 2);
  const flushed = encoder.flush();
  open();
  await flushed;
  encoder.push([block]);
  assert.deepEqual(heard, [1, 2, -1, 3]);
  assert.equal(encoder.queueDepth, 2, "the inner one's own queue");
});

test("an encoder that cannot be loaded says so once, and one that was closed before it was loaded is closed then, in silence", async () => {
  const broken = openByHand();
  broken.encoder.push([new Float32Array(1)]);
  broken.fail(new Error("no such library"));
  await broken.encoder.flush();
  assert.equal(broken.faults.length, 1);
  const early = openByHand();
  early.encoder.push([new Float32Array(1)]);
  await early.encoder.close();
  early.open();
  await early.encoder.flush();
  assert.deepEqual([early.heard, early.faults, early.closed()], [[], [], 1]);
});
