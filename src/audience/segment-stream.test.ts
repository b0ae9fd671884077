import assert from "node:assert/strict";
import { test } from "node:test";
import { concatBytes } from "../programme/mod.ts";
import { type SegmentSink, SegmentStreams } from "./segment-stream.ts";
import { StepClock } from "../core/step-clock.ts";
import { testPart, testStore } from "./test-parts.ts";

class Sink implements SegmentSink {
  readonly written: Uint8Array[] = [];
  backlog = 0;
  whole = false;
  failed = false;
  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }
  finish(): void {
    this.whole = true;
  }
  fail(): void {
    this.failed = true;
  }
}

function open(parts: number) {
  const store = testStore(parts);
  const clock = new StepClock();
  return { store, clock, segments: new SegmentStreams(store, clock) };
}

test("a segment asked for while it is made comes part by part, and is in the end what everyone gets who asks later", () => {
  const { store, segments } = open(19);
  const sink = new Sink();
  assert.equal(segments.canFollow("opus", 2), true);
  segments.open("opus", 2, sink);
  assert.equal(sink.written.length, 3, "what there is of it comes at once");
  for (let number = 19; number < 24; number++) {
    assert.equal(sink.whole, false);
    store.put(testPart("opus", number));
    assert.equal(sink.written.length, number - 15);
  }
  assert.deepEqual([sink.whole, sink.failed, segments.following], [true, false, 0]);
  const parts = Array.from({ length: 8 }, (_, index) => testPart("opus", 16 + index).data);
  assert.deepEqual(Buffer.from(concatBytes(sink.written)), Buffer.from(concatBytes(parts)));
  store.put(testPart("opus", 24));
  assert.equal(sink.written.length, 8, "nothing of the next segment gets into it");
});

test("a player asks for the next segment before it begins and loses nothing at the seam; further ahead is refused", () => {
  const { store, segments } = open(16);
  assert.deepEqual(
    [0, 1, 2, 3, 4].map((segment) => segments.canFollow("opus", segment)),
    [false, false, true, true, false],
  );
  const sink = new Sink();
  segments.open("opus", 3, sink);
  for (let number = 16; number < 25; number++) store.put(testPart("opus", number));
  assert.deepEqual([sink.written.length, sink.whole], [1, false]);
  assert.equal(sink.written[0], store.get("opus", 24)?.data, "one buffer for everybody");
});

test("who waits for a segment that does not begin is told so after three target durations", async () => {
  const { clock, segments } = open(16);
  const sink = new Sink();
  segments.open("opus", 3, sink);
  await clock.advance(11_000);
  assert.equal(sink.failed, false);
  await clock.advance(1_000);
  assert.deepEqual([sink.failed, segments.following], [true, 0]);
});

test("a segment that will never be whole is broken off, so that no cache keeps half of it", () => {
  for (const spoil of [(house: ReturnType<typeof open>) => house.store.put(testPart("opus", 40)), (house: ReturnType<typeof open>) => house.store.end()]) {
    const house = open(18);
    const sink = new Sink();
    house.segments.open("opus", 2, sink);
    spoil(house);
    assert.deepEqual([sink.failed, sink.whole, house.segments.following], [true, false, 0]);
  }
});

test("who does not read is given up instead of filling the memory", () => {
  const { store, segments } = open(18);
  const sink = new Sink();
  segments.open("opus", 2, sink);
  sink.backlog = 1_000_000;
  store.put(testPart("opus", 18));
  assert.deepEqual([sink.failed, sink.written.length], [true, 2]);
});

test("the last segment of the event is whole though it is short, and after it there is none", () => {
  const { store, segments } = open(18);
  const sink = new Sink();
  segments.open("opus", 2, sink);
  store.put(testPart("opus", 18, { last: true, frames: 7 }));
  assert.deepEqual([sink.whole, sink.written.length], [true, 3]);
  assert.equal(segments.canFollow("opus", 3), false);
});

test("thousands who follow are spread over the part's time and all get everything", async () => {
  const { store, clock, segments } = open(16);
  const sinks = Array.from({ length: 3_000 }, () => new Sink());
  for (const sink of sinks) segments.open("opus", 2, sink);
  for (let number = 16; number < 24; number++) {
    store.put(testPart("opus", number));
    const now = sinks.filter((sink) => sink.written.length === number - 15).length;
    assert.ok(now >= 256 && now <= 600, `at once: ${now}`);
    for (let step = 0; step < 8; step++) await clock.advance(62.5);
    assert.ok(sinks.every((sink) => sink.written.length === number - 15));
  }
  assert.ok(sinks.every((sink) => sink.whole));
});
