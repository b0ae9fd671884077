import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { inTwentyMs, joinHalves, opusFrames } from "./opus-frames.ts";

/** First byte of a packet: configuration, mono, code. */
const toc = (configuration: number, code: number) => (configuration << 3) | code;
const frame = (length: number, fill: number) => new Uint8Array(length).fill(fill);
const packet = (...parts: (number | Uint8Array)[]) => Uint8Array.from(parts.flatMap((part) => (typeof part === "number" ? [part] : [...part])));

test("a packet of 60 ms made of three frames becomes three of 20 ms with the same bytes", () => {
  const made = inTwentyMs(packet(toc(31, 3), 0x80 | 3, 5, 7, frame(5, 1), frame(7, 2), frame(9, 3)));
  assert.deepEqual(made, { half: false, packets: [packet(toc(31, 0), frame(5, 1)), packet(toc(31, 0), frame(7, 2)), packet(toc(31, 0), frame(9, 3))] });
});

test("a packet of 20 ms stays what it is, of one frame or of two", () => {
  for (const whole of [packet(toc(31, 0), frame(80, 4)), packet(toc(30, 1), frame(40, 5)), packet(toc(30, 2), 3, frame(3, 6), frame(9, 7))])
    assert.deepEqual(inTwentyMs(whole), { half: false, packets: [whole] });
});

test("two packets of 10 ms make one of 20 ms that holds both frames, short or long", () => {
  for (const length of [1, 251, 252, 253, 600, 1_275]) {
    const joined = joinHalves(packet(toc(30, 0), frame(length, 1)), packet(toc(30, 0), frame(17, 2)));
    assert.deepEqual(opusFrames(joined as Uint8Array), [frame(length, 1), frame(17, 2)]);
  }
  assert.equal(joinHalves(packet(toc(30, 0), frame(9, 1)), packet(toc(26, 0), frame(9, 2))), undefined, "of another bandwidth");
});

test("one frame of 60 ms cannot be taken apart, and padding is no sound", () => {
  assert.equal(inTwentyMs(packet(toc(11, 0), frame(50, 1))), undefined);
  assert.deepEqual(opusFrames(packet(toc(31, 3), 0x40 | 2, 4, frame(6, 1), frame(6, 2), frame(4, 0))), [frame(6, 1), frame(6, 2)]);
});

test("whatever bytes come as a packet, nothing is read past its end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const frames = opusFrames(bytes);
      if (frames !== undefined) assert.ok(frames.reduce((sum, { length }) => sum + length, 0) < Math.max(1, bytes.length));
      inTwentyMs(bytes);
    }),
    { numRuns: 20_000 },
  );
});
