import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { JitterBuffer } from "./jitter-buffer.ts";

const FRAME = 960;
const packet = (sequenceNumber: number) => Uint8Array.of((sequenceNumber >> 8) & 0xff, sequenceNumber & 0xff);
const put = (buffer: JitterBuffer, index: number) => buffer.put(index % 65_536, (index * FRAME) % 2 ** 32, packet(index % 65_536));
const numberOf = (payload: Uint8Array | undefined) => (payload === undefined ? undefined : ((payload[0] as number) << 8) | (payload[1] as number));

test("playing starts when 40 ms are there", () => {
  const buffer = new JitterBuffer();
  put(buffer, 10);
  assert.equal(buffer.pull(false), "empty");
  put(buffer, 11);
  assert.equal(buffer.pull(false), "packet");
  assert.equal(numberOf(buffer.payload), 10);
});

test("sequence numbers wrap without a gap and reordered packets come out in order", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 65_535 }),
      fc.integer({ min: 10, max: 300 }),
      fc.array(fc.boolean(), { minLength: 300, maxLength: 300 }),
      (start, count, swaps) => {
        const order = Array.from({ length: count }, (_, index) => start + index);
        for (let index = 1; index + 1 < count; index += 2)
          if (swaps[index]) [order[index], order[index + 1]] = [order[index + 1] as number, order[index] as number];
        const buffer = new JitterBuffer();
        const heard: (number | undefined)[] = [];
        put(buffer, order[0] as number);
        put(buffer, order[1] as number);
        for (const index of order.slice(2)) {
          put(buffer, index);
          if (buffer.pull(false) === "packet") heard.push(numberOf(buffer.payload));
        }
        assert.deepEqual(
          heard,
          Array.from({ length: heard.length }, (_, index) => (start + index) % 65_536),
        );
        assert.ok(heard.length >= count - 3);
      },
    ),
  );
});

test("a lost packet is reported together with the one that may repair it", () => {
  const buffer = new JitterBuffer();
  for (const index of [0, 1, 3, 4]) put(buffer, index);
  assert.deepEqual([buffer.pull(false), buffer.pull(false), buffer.pull(false)], ["packet", "packet", "lost"]);
  assert.equal(numberOf(buffer.payload), 3);
  assert.equal(buffer.pull(false), "packet");
  assert.equal(numberOf(buffer.payload), 3);
  assert.equal(buffer.lost, 1);
});

test("a line that runs dry in speech is given more depth, a speaker who was silent (DTX) is not", () => {
  for (const { step, target } of [
    { step: FRAME, target: 3 },
    { step: 20 * FRAME, target: 2 },
  ]) {
    const buffer = new JitterBuffer();
    put(buffer, 0);
    put(buffer, 1);
    for (let pull = 0; pull < 12; pull++) buffer.pull(false);
    buffer.put(2, FRAME + step, packet(2));
    assert.equal(buffer.target, target);
  }
});

test("eight seconds without network cost no delay afterwards", () => {
  const buffer = new JitterBuffer();
  put(buffer, 0);
  put(buffer, 1);
  for (let pull = 0; pull < 400; pull++) buffer.pull(false);
  for (let index = 400; index < 420; index++) {
    put(buffer, index);
    buffer.pull(false);
  }
  assert.ok(buffer.depth <= buffer.target, `depth ${buffer.depth}`);
  assert.equal(buffer.lost, 0, "what was missed in silence is not concealed again");
});

test("what a stalled line delivers a second late is left out at once", () => {
  const buffer = new JitterBuffer();
  for (let index = 0; index < 3; index++) put(buffer, index);
  for (let pull = 0; pull < 50; pull++) buffer.pull(false);
  for (let index = 3; index < 53; index++) put(buffer, index);
  buffer.pull(false);
  assert.ok(buffer.depth <= buffer.target + 1, `depth ${buffer.depth}`);
  assert.ok(buffer.dropped > 40);
});

test("spare depth is given back in silence, speech is left whole", () => {
  const run = (quiet: boolean) => {
    const buffer = new JitterBuffer();
    for (let index = 0; index < 14; index++) put(buffer, index);
    for (let index = 14; index < 64; index++) {
      put(buffer, index);
      buffer.pull(quiet);
    }
    return buffer;
  };
  assert.equal(run(false).dropped, 0);
  assert.ok(run(true).depth < 14);
});

test("no order of packets and pulls breaks the buffer: it never holds more than it may and never plays backwards", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(fc.record({ sequenceNumber: fc.integer({ min: 0, max: 65_535 }), timestamp: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }), fc.boolean()),
        { maxLength: 400 },
      ),
      (steps) => {
        const buffer = new JitterBuffer();
        for (const step of steps) {
          if (typeof step === "boolean") {
            const pulled = buffer.pull(step);
            assert.equal(pulled === "packet", pulled === "packet" && buffer.payload !== undefined);
          } else buffer.put(step.sequenceNumber, step.timestamp, packet(step.sequenceNumber));
          assert.ok(buffer.depth >= 0 && buffer.depth <= 64, `depth ${buffer.depth}`);
        }
      },
    ),
  );
});

test("a packet that comes twice is neither late nor lost, and asks for no more delay", () => {
  const buffer = new JitterBuffer();
  put(buffer, 65_534);
  put(buffer, 65_535);
  for (let index = 65_536; index < 65_636; index++) {
    put(buffer, index);
    put(buffer, index - 1);
    put(buffer, index - 3);
    assert.equal(buffer.pull(false), "packet");
  }
  assert.deepEqual([buffer.late, buffer.lost, buffer.target], [0, 0, 2]);
});

test("a copy carried by a later packet takes the place of the lost one, never of one that came", () => {
  const buffer = new JitterBuffer();
  for (const index of [0, 1, 3]) put(buffer, index);
  buffer.putCopy(2, Uint8Array.of(9, 9));
  buffer.putCopy(1, Uint8Array.of(9, 9));
  buffer.putCopy(900, Uint8Array.of(9, 9));
  const heard = [0, 1, 2, 3].map(() => {
    buffer.pull(false);
    return numberOf(buffer.payload);
  });
  assert.deepEqual(heard, [0, 1, 0x0909, 3]);
  assert.deepEqual([buffer.copies, buffer.lost, buffer.late], [1, 0, 0]);
});

test("two packets lost in a row cost no delay: the next one is played at its own time", () => {
  const buffer = new JitterBuffer();
  put(buffer, 0);
  put(buffer, 1);
  const heard: (number | string | undefined)[] = [];
  for (let index = 2; index < 40; index++) {
    if (index % 10 !== 5 && index % 10 !== 6) put(buffer, index);
    const pulled = buffer.pull(false);
    heard.push(pulled === "packet" ? numberOf(buffer.payload) : pulled);
  }
  for (const [tick, each] of heard.entries()) if (typeof each === "number") assert.equal(each, tick);
  assert.deepEqual([buffer.target, buffer.underruns, buffer.late, buffer.lost], [2, 0, 0, 8]);
});

test("half a second of packets lost at once costs no delay either", () => {
  const buffer = new JitterBuffer();
  for (let index = 0; index < 200; index++) {
    if (index % 50 < 25 || index < 25) put(buffer, index);
    const pulled = buffer.pull(false);
    if (pulled === "packet") assert.equal(numberOf(buffer.payload), index - 1);
  }
  assert.deepEqual([buffer.underruns, buffer.late, buffer.target], [0, 0, 2]);
});

test("on a line so even that a copy comes a moment too late, one packet more is held back, and from then on copies save what is lost", () => {
  const buffer = new JitterBuffer();
  put(buffer, 0);
  put(buffer, 1);
  const pulled: string[] = [];
  for (let index = 2; index < 400; index++) {
    // Every tenth is lost; its copy comes with the next, just after it was needed.
    pulled.push(buffer.pull(false));
    if (index % 10 === 9) continue;
    put(buffer, index);
    if (index % 10 === 0) buffer.putCopy(index - 1, packet(index - 1));
    if (index === 3) buffer.pull(false);
  }
  assert.ok(buffer.copies >= 35, `${buffer.copies} of 39 copies were in time`);
  assert.ok(buffer.lost <= 3, `${buffer.lost} were lost`);
});
