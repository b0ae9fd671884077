import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type LineCounters, LineWatch, STEP_MS } from "./line-watch.ts";
import { codedBandwidth, packetLength } from "./opus-packet.ts";
import { PacketWatch } from "./packet-watch.ts";

/** First bytes of packets of 20 ms. @spec RFC 6716 §3.1 */
const NARROW = 1 << 3;
const WIDE = 9 << 3;
const FULL = 15 << 3;
const PACKETS_PER_STEP = STEP_MS / 20;

const all = () => true;

/** A line whose packets a test sends; all figures but theirs can be set. */
function line() {
  const packets = new PacketWatch();
  const watch = new LineWatch();
  const figures = { late: 0, copies: 0, underruns: 0, concealed: 0, repaired: 0, broken: 0 };
  let sequenceNumber = 65_500;
  return {
    watch,
    figures,
    /** Lets time pass; `arrives` says which packets of each step come. */
    pass(steps: number, { toc = FULL, talk = true, arrives = all }: { toc?: number; talk?: boolean; arrives?: (packet: number) => boolean } = {}) {
      for (let step = 0; step < steps; step++) {
        for (let packet = 0; packet < PACKETS_PER_STEP; packet++) {
          sequenceNumber = (sequenceNumber + 1) % 65_536;
          if (arrives(packet)) packets.note(sequenceNumber, Uint8Array.of(toc, 1, 2));
        }
        watch.step({ packets, ...figures } satisfies LineCounters, talk);
      }
    },
  };
}

test("the first byte of a packet tells bandwidth and length", () => {
  assert.deepEqual([NARROW, 5 << 3, WIDE, 13 << 3, FULL, 19 << 3, 31 << 3].map(codedBandwidth), [4_000, 6_000, 8_000, 12_000, 20_000, 4_000, 20_000]);
  assert.deepEqual(
    [[FULL], [FULL | 1], [FULL | 3, 3], [28 << 3], [11 << 3], [FULL | 3]].map((bytes) => packetLength(Uint8Array.from(bytes))),
    [20, 40, 60, 2.5, 60, 0],
  );
});

test("packets are counted by their numbers, also past 65,535, in any order and after a new stream", () => {
  fc.assert(
    fc.property(fc.nat(65_535), fc.array(fc.boolean(), { minLength: 1, maxLength: 400 }), fc.array(fc.nat(3), { maxLength: 400 }), (first, kept, shifts) => {
      const packets = new PacketWatch();
      packets.note(first, Uint8Array.of(FULL));
      const order = kept.flatMap((keep, index) => (keep ? [{ index: index + 1, at: index + (shifts[index] ?? 0) }] : [])).sort((a, b) => a.at - b.at);
      for (const { index } of order) packets.note((first + index) % 65_536, Uint8Array.of(FULL));
      const highest = Math.max(0, ...order.map(({ index }) => index));
      assert.deepEqual([packets.expected, packets.received], [highest + 1, order.length + 1]);
    }),
  );
  const packets = new PacketWatch();
  for (const sequenceNumber of [100, 101, 40_000, 40_001, 7, 8]) packets.note(sequenceNumber, Uint8Array.of(FULL));
  assert.equal(packets.expected, 6, "a jump is a new stream, not ten thousand lost packets");
});

test("three per cent over five seconds is a loss, single packets are not, and it ends five seconds after the last", () => {
  const { watch, pass } = line();
  pass(50, { arrives: (packet) => packet !== 3 });
  assert.ok(Math.abs(watch.lossShare - 0.1) < 0.01);
  assert.equal(watch.lossAgoMs, 50 * STEP_MS);
  pass(24);
  assert.ok(watch.lossShare > 0);
  assert.equal(watch.lastLossAgoMs, 24 * STEP_MS);
  pass(1);
  assert.equal(watch.lossShare, 0);
  pass(1, { arrives: (packet) => packet !== 3 });
  pass(30);
  assert.equal(watch.lossShare, 0);
});

test("a burst of four packets is a loss at once", () => {
  const { watch, pass } = line();
  pass(25);
  pass(1, { arrives: (packet) => packet < 6 });
  pass(1);
  assert.ok(watch.lossShare > 0);
});

test("a packet whose copy came in time is not lost; one that came too late is", () => {
  const { watch, figures, pass } = line();
  pass(25);
  figures.copies = 4;
  pass(2, { arrives: (packet) => packet > 1 });
  assert.equal(watch.lossShare, 0);
  figures.late = 8;
  pass(1);
  assert.ok(watch.lossShare > 0);
});

test("an encoder that begins narrow, or narrows silence, is no news; one that stays narrow is", () => {
  const { watch, pass } = line();
  pass(5, { toc: NARROW });
  assert.equal(watch.codedHertz, 0);
  pass(1);
  assert.equal(watch.codedHertz, 20_000);
  pass(50, { toc: NARROW, talk: false });
  assert.equal(watch.codedHertz, 20_000);
  pass(5, { toc: WIDE });
  assert.deepEqual([watch.codedHertz, watch.codedSinceMs], [8_000, 5 * STEP_MS]);
});

test("a line is out after a second without a packet, counted from the last one", () => {
  const { watch, pass } = line();
  pass(10, { arrives: () => false });
  assert.equal(watch.outMs, 0, "nothing was there yet");
  pass(1);
  pass(4, { arrives: () => false });
  assert.equal(watch.outMs, 0);
  pass(6, { arrives: () => false });
  assert.equal(watch.outMs, 2_000);
  pass(1);
  assert.equal(watch.outMs, 0);
});

test("sound that was invented counts only where something was missing", () => {
  const { watch, figures, pass } = line();
  pass(25);
  figures.concealed += 30;
  pass(1);
  assert.equal(watch.invented, 0, "the jitter buffer spends time in silence");
  figures.underruns += 3;
  pass(1);
  assert.ok(watch.invented > 0.1 && watch.dry === 3);
});

test("a new connection of the seat begins its own count", () => {
  const first = line();
  first.pass(10);
  const other = line();
  other.pass(3);
  const packets = new PacketWatch();
  first.watch.step({ packets, late: 0, copies: 0, underruns: 0, concealed: 0, repaired: 0, broken: 0 }, true);
  assert.deepEqual([first.watch.totals.packets, first.watch.lossShare], [100, 0]);
});

test("a host reads the last five seconds of a line: its rate, what was lost, invented and rebuilt; nothing of one that is out", () => {
  const { watch, figures, pass } = line();
  assert.equal(line().watch.figures, undefined);
  pass(5);
  assert.equal(watch.figures?.bitrate, 1_200, "a line that has just begun is not slow");
  pass(20);
  assert.deepEqual(watch.figures, { packetMs: 20, bitrate: 1_200, lossShare: 0, concealedShare: 0, repairedShare: 0 });
  figures.concealed = 5;
  figures.repaired = 10;
  pass(25, { arrives: (packet) => packet !== 9 });
  // A packet in ten: the last of the newest step is not missed before the next one comes.
  assert.deepEqual(watch.figures, { packetMs: 20, bitrate: 1_080, lossShare: 0.096, concealedShare: 0.02, repairedShare: 0.04 });
  pass(25, { arrives: () => false });
  assert.equal(watch.figures, undefined);
});
