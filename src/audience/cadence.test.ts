import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partSamples, scanChunks } from "../programme/mod.ts";
import type { TimedMetadata } from "../wire/timed-metadata.ts";
import { partsPerSend, type Seated, Timetable } from "./cadence.ts";
import { EndlessStreams, type StreamSink } from "./endless.ts";
import { StepClock } from "../core/step-clock.ts";
import { testPart, testStore } from "./test-parts.ts";

class Sink implements StreamSink {
  readonly written: Uint8Array[] = [];
  backlog = 0;
  ended = false;
  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }
  together(act: () => void): void {
    act();
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {}
}

test("a small house hears at once; a large one is spread so evenly that no moment has more than its share", () => {
  const table = new Timetable<Seated>("mp3", 2);
  for (let count = 0; count < 200; count++) table.seat({ slot: 0, place: 0 });
  assert.equal(table.slots[0]?.length, 200);
  for (let count = 200; count < 16_000; count++) table.seat({ slot: 0, place: 0 });
  const sizes = table.slots.map((readers) => readers.length);
  assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, String(sizes));
});

test("whoever comes and goes in whatever order, everyone still here stands in exactly one place", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30 }), { maxLength: 200 }), (moves) => {
      const table = new Timetable<Seated & { readonly name: number }>("opus", 2);
      let here: (Seated & { readonly name: number })[] = [];
      for (const [name, move] of moves.entries()) {
        const leaver = here[move];
        if (move < 15 && leaver !== undefined) {
          table.leave(leaver);
          here = here.filter((reader) => reader !== leaver);
        } else {
          const reader = { name, slot: 0, place: 0 };
          table.seat(reader);
          here.push(reader);
        }
      }
      assert.deepEqual(
        table.slots
          .flat()
          .map(({ name }) => name)
          .sort((a, b) => a - b),
        here.map(({ name }) => name).sort((a, b) => a - b),
      );
      for (const reader of here) assert.equal(table.slots[reader.slot]?.[reader.place], reader);
    }),
  );
});

test("a radio in a full house is sent four parts at a time, our own player is kept close for longer", () => {
  assert.deepEqual(
    ["mp3", "mp4-opus"].map((kind) => [49, 50, 250, 4_000].map((listening) => partsPerSend(kind as "mp3" | "mp4-opus", listening))),
    [
      [1, 2, 4, 4],
      [1, 1, 1, 2],
    ],
  );
});

test("in a full house everyone is sent every part, in order, in a quarter of the sends, and the end at once", async () => {
  const store = testStore(20);
  const clock = new StepClock();
  const streams = new EndlessStreams(store, "Evening", clock);
  const sinks = Array.from({ length: 4_000 }, () => new Sink());
  for (const sink of sinks) streams.open("mp3", sink);
  const part = testPart("mp3", 20).data.length;
  for (let number = 20; number < 30; number++) {
    store.put(testPart("mp3", number));
    for (let step = 0; step < 8; step++) await clock.advance(63);
  }
  store.put(testPart("mp3", 30, { last: true }));
  for (const [index, sink] of sinks.entries()) {
    const bytes = Buffer.concat(sink.written.slice(1));
    assert.deepEqual([bytes.length, sink.ended], [11 * part, true], String(index));
    assert.deepEqual(bytes, Buffer.concat(Array.from({ length: 11 }, (_, at) => testPart("mp3", 20 + at).data)));
  }
  const late = sinks.at(-1) as Sink;
  assert.ok((late.written[0]?.length ?? 0) >= (sinks[0]?.written[0]?.length ?? 0) + 3 * part, "the longer wait is given in advance");
  assert.ok(late.written.length <= 5, `${late.written.length - 1} sends for eleven parts`);
  const buffers = new Set(sinks.flatMap((sink) => sink.written));
  assert.ok(buffers.size <= 50, `${buffers.size} buffers for everybody`);
});

/** The rhythms a listener was told of. */
function cadencesOf({ written }: Sink): readonly number[] {
  const notices = written.map((bytes) => Buffer.from(bytes).toString("latin1")).filter((text) => text.startsWith("emsg", 4));
  return notices.map((text) => (JSON.parse(text.slice(text.indexOf('{"'))) as TimedMetadata).w ?? 0);
}

/** Numbers of the parts a listener was sent after the first moment. */
function partsOf({ written }: Sink): readonly number[] {
  return scanChunks(Buffer.concat(written.slice(1))).map(({ timestamp }) => timestamp / partSamples("opus"));
}

test("under pressure those who listen are told, half a minute later get two parts at a time, spread over the moments, and miss nothing; afterwards it is as before", async () => {
  const store = testStore(20);
  const clock = new StepClock();
  const streams = new EndlessStreams(store, "Evening", clock);
  streams.thrifty = true;
  const sinks = Array.from({ length: 300 }, () => new Sink());
  const radio = new Sink();
  streams.open("opus", radio);
  for (const sink of sinks) streams.open("mp4-opus", sink);
  let number = 20;
  const play = async (parts: number, sends: (part: number) => void = () => {}) => {
    for (const end = number + parts; number < end; number++) {
      store.put(testPart("opus", number));
      for (let step = 0; step < 8; step++) await clock.advance(63);
      if (number % 2 === 0) streams.adapt();
      sends(number);
    }
  };
  await play(4);
  assert.ok(sinks.every((sink) => cadencesOf(sink).length === 0));
  streams.longer = true;
  await play(10);
  const early = sinks.filter((sink) => cadencesOf(sink).length > 0).length;
  assert.ok(early > 0 && early < 150, `${early} told in the first five seconds`);
  assert.ok(
    sinks.every((sink) => partsOf(sink).length === 14),
    "and nobody waits longer yet",
  );
  await play(110);
  const before = sinks.map((sink) => sink.written.length);
  const moments: number[] = [];
  await play(8, () => moments.push(sinks.reduce((sum, sink) => sum + sink.written.length, 0)));
  assert.ok(
    sinks.every((sink, index) => sink.written.length - (before[index] ?? 0) === 4),
    "four sends for eight parts",
  );
  const perPart = moments.slice(1).map((sum, index) => sum - (moments[index] ?? 0));
  assert.ok(Math.min(...perPart) >= 40, `every part is some listeners' turn: ${perPart.join()}`);
  assert.ok(sinks.every((sink) => cadencesOf(sink).join() === "1000"));
  streams.longer = false;
  await play(160);
  const last = sinks.map((sink) => sink.written.length);
  await play(4);
  assert.ok(
    sinks.every((sink, index) => sink.written.length - (last[index] ?? 0) === 4),
    "a part at a time again",
  );
  for (const sink of sinks) {
    assert.deepEqual(cadencesOf(sink), [1_000, 500]);
    assert.deepEqual(
      partsOf(sink),
      Array.from({ length: number - 20 }, (_, index) => 20 + index),
    );
  }
  assert.equal(cadencesOf(radio).length, 0, "a radio cannot be told and is left as it is");
});

test("pressure that ends before the change is called off, and who came close chunk by chunk gets parts", async () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening", new StepClock());
  const close = new Sink();
  streams.open("mp4-opus", close);
  streams.thrifty = true;
  const sink = new Sink();
  streams.open("mp4-opus", sink);
  assert.equal(streams.cadenceMs("mp4-opus"), 500);
  streams.longer = true;
  assert.equal(streams.cadenceMs("mp4-opus"), 1_000);
  streams.adapt();
  for (let number = 20; number < 40; number++) store.put(testPart("opus", number));
  streams.longer = false;
  streams.adapt();
  for (let number = 40; number < 90; number++) store.put(testPart("opus", number));
  assert.deepEqual(cadencesOf(sink), [1_000, 500]);
  assert.deepEqual([partsOf(sink).length, sink.written.length], [70, 73]);
  assert.deepEqual(cadencesOf(close), [1_000]);
  streams.adapt();
  for (let number = 90; number < 96; number++) store.put(testPart("opus", number));
  assert.deepEqual(cadencesOf(close), [1_000, 500]);
  assert.deepEqual(
    partsOf(close),
    Array.from({ length: 76 }, (_, index) => 20 + index),
  );
});
