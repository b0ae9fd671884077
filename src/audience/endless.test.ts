import assert from "node:assert/strict";
import { test } from "node:test";
import { GRIDS } from "../programme/mod.ts";
import { type EndlessKind, EndlessStreams, type StreamSink } from "./endless.ts";
import { testPart, testStore } from "./test-parts.ts";

class Sink implements StreamSink {
  readonly written: Uint8Array[] = [];
  backlog = 0;
  ended = false;
  destroyed = false;
  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

const RENDITION = { "mp4-opus": "opus", "mp4-aac": "aac", mp3: "mp3", aac: "aac", opus: "opus" } as const;
const KINDS = Object.keys(RENDITION) as EndlessKind[];

test("who tunes in late gets the newest seconds at once and then every part", () => {
  for (const kind of KINDS) {
    const store = testStore(100);
    const streams = new EndlessStreams(store, "Evening");
    const sink = new Sink();
    streams.open(kind, sink);
    assert.ok((sink.written[0]?.length ?? 0) > 0, kind);
    const burst = sink.written.length;
    store.put(testPart(RENDITION[kind], 100));
    store.put(testPart(RENDITION[kind], 101));
    assert.equal(sink.written.length, burst + 2, kind);
    assert.equal(streams.listeners(kind), 1);
  }
});

test("a part is put into a stream's form once: a thousand listeners share one buffer", () => {
  for (const kind of KINDS) {
    const store = testStore(20);
    const streams = new EndlessStreams(store, "Evening");
    const [one, other] = [new Sink(), new Sink()];
    streams.open(kind, one);
    streams.open(kind, other);
    store.put(testPart(RENDITION[kind], 20));
    assert.equal(one.written.at(-1), other.written.at(-1), kind);
  }
});

test("who reads too slowly loses parts instead of filling our memory, is let go after half a minute, and holds up nobody", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening");
  const [slow, quick] = [new Sink(), new Sink()];
  streams.open("mp3", slow);
  streams.open("mp3", quick);
  slow.backlog = 10_000_000;
  for (let number = 20; number < 50; number++) store.put(testPart("mp3", number));
  assert.deepEqual([slow.written.length, quick.written.length, slow.destroyed], [1, 31, false]);
  slow.backlog = 0;
  store.put(testPart("mp3", 50));
  assert.equal(slow.written.length, 2, "a reader who has caught up goes on at the live edge");
  slow.backlog = 10_000_000;
  for (let number = 51; number < 120; number++) store.put(testPart("mp3", number));
  assert.equal(slow.destroyed, true);
  assert.ok(streams.skippedParts > 60);
});

test("silence that stands for lost time keeps our own player's timeline whole and delays no other player", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening");
  const [own, radio] = [new Sink(), new Sink()];
  streams.open("mp4-opus", own);
  streams.open("opus", radio);
  store.put(testPart("opus", 20, { filler: true }));
  assert.deepEqual([own.written.length, radio.written.length], [2, 1]);
});

test("the end of the event ends the stream after its last part, and who comes later is not left hanging", () => {
  for (const kind of KINDS) {
    const store = testStore(20);
    const streams = new EndlessStreams(store, "Evening");
    const sink = new Sink();
    streams.open(kind, sink);
    store.put(testPart(RENDITION[kind], 20, { last: true, frames: Math.ceil(GRIDS[RENDITION[kind]].framesPerPart / 2) }));
    assert.deepEqual([sink.written.length, sink.ended], [2, true], kind);
    const late = new Sink();
    streams.open(kind, late);
    assert.equal(late.ended, true, kind);
  }
});

test("who leaves is counted no more and written to no more", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening");
  const sink = new Sink();
  const leave = streams.open("aac", sink);
  leave();
  store.put(testPart("aac", 20));
  assert.deepEqual([sink.written.length, streams.listeners("aac")], [1, 0]);
});
