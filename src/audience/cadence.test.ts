import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { partsPerSend, type Seated, Timetable } from "./cadence.ts";
import { EndlessStreams, type StreamSink } from "./endless.ts";
import { StepClock } from "./step-clock.ts";
import { testPart, testStore } from "./test-parts.ts";

class Sink implements StreamSink {
  readonly written: Uint8Array[] = [];
  backlog = 0;
  ended = false;
  write(bytes: Uint8Array): void {
    this.written.push(bytes);
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
