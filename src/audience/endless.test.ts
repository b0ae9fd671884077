import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../core/clock.ts";
import { GRIDS, headerLength, partSamples, readChunk, scanChunks, writeHeader } from "../programme/mod.ts";
import { EndlessStreams, type StreamSink } from "./endless.ts";
import type { EndlessKind } from "./endless-form.ts";
import { PartStore } from "./part-store.ts";
import { StepClock } from "../core/step-clock.ts";
import { testChunks, testPart, testStore } from "./test-parts.ts";

class Sink implements StreamSink {
  readonly written: Uint8Array[] = [];
  backlog = 0;
  ended = false;
  destroyed = false;
  write(bytes: Uint8Array): void {
    this.written.push(bytes);
  }
  together(act: () => void): void {
    act();
  }
  end(): void {
    this.ended = true;
  }
  destroy(): void {
    this.destroyed = true;
  }
}

const RENDITION = { "mp4-opus": "opus", "mp4-aac": "aac", "mp4-low": "low", mp3: "mp3", aac: "aac", opus: "opus" } as const;
const KINDS = Object.keys(RENDITION) as EndlessKind[];

test("who tunes in late gets the newest seconds at once and then every part", () => {
  for (const kind of KINDS) {
    const store = testStore(100);
    const streams = new EndlessStreams(store, "Evening", systemClock);
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

test("a programme of two channels is told as such to radios", () => {
  for (const numberOfChannels of [1, 2]) {
    const store = testStore(20);
    for (const rendition of ["opus", "aac"] as const) store.setHeader(rendition, writeHeader({ rendition, numberOfChannels }), rendition);
    const streams = new EndlessStreams(store, "Evening", systemClock);
    const [ogg, adts] = (["opus", "aac"] as const).map((kind) => {
      const sink = new Sink();
      streams.open(kind, sink);
      return Buffer.from(sink.written[0] ?? []);
    }) as [Buffer, Buffer];
    // @spec RFC 7845 §5.1; ISO/IEC 13818-7 §6.2: the channel configuration lies across the third and the fourth byte.
    assert.deepEqual([ogg[ogg.indexOf("OpusHead") + 9], (adts.readUInt16BE(2) >> 6) & 7], [numberOfChannels, numberOfChannels]);
  }
});

test("an <audio> element is given the whole block of 32 KB it waits for, a radio about three seconds", () => {
  for (const kind of ["mp3", "aac", "opus"] as const) {
    const { bitrate } = GRIDS[kind];
    const seconds = (element: boolean) => {
      const store = testStore(100);
      const streams = new EndlessStreams(store, "Evening", systemClock);
      const sink = new Sink();
      streams.open(kind, sink, { element });
      const header = new Sink();
      new EndlessStreams(testStore(0), "Evening", systemClock).open(kind, header, { element });
      store.put(testPart(kind, 100));
      const sent = (sink.written[0]?.length ?? 0) - (header.written[0]?.length ?? 0);
      return (Math.round(sent / (sink.written[1]?.length ?? 1)) * partSamples(kind)) / 48_000;
    };
    assert.ok((seconds(true) * bitrate) / 8 > 32_768, kind);
    assert.ok(seconds(false) >= 3 && seconds(false) < 3.6, kind);
  }
});

test("a part is put into a stream's form once: a thousand listeners share one buffer", () => {
  for (const kind of KINDS) {
    const store = testStore(20);
    const streams = new EndlessStreams(store, "Evening", systemClock);
    const [one, other] = [new Sink(), new Sink()];
    streams.open(kind, one);
    streams.open(kind, other);
    store.put(testPart(RENDITION[kind], 20));
    assert.equal(one.written.at(-1), other.written.at(-1), kind);
  }
});

test("who reads too slowly loses parts instead of filling our memory, is let go after half a minute, and holds up nobody", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening", systemClock);
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
  const streams = new EndlessStreams(store, "Evening", systemClock);
  const [own, radio] = [new Sink(), new Sink()];
  streams.open("mp4-opus", own);
  streams.open("opus", radio);
  store.put(testPart("opus", 20, { filler: true }));
  assert.deepEqual([own.written.length, radio.written.length], [2, 1]);
});

test("the end of the event ends the stream after its last part, and who comes later is not left hanging", () => {
  for (const kind of KINDS) {
    const store = testStore(20);
    const streams = new EndlessStreams(store, "Evening", systemClock);
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
  const streams = new EndlessStreams(store, "Evening", systemClock);
  const sink = new Sink();
  const leave = streams.open("aac", sink);
  leave();
  store.put(testPart("aac", 20));
  assert.deepEqual([sink.written.length, streams.listeners("aac")], [1, 0]);
});

/** Frames of the programme a container stream was sent, by number, in the order they came. */
function framesSent(sink: Sink, rendition: "opus" | "aac"): number[] {
  const stream = Buffer.concat(sink.written);
  const bytes = stream.subarray(headerLength(stream));
  return scanChunks(bytes).flatMap(({ start, end, timestamp }) => {
    const chunk = readChunk(bytes.subarray(start, end));
    assert.ok(chunk.ok);
    return chunk.packets.map((_, index) => timestamp / GRIDS[rendition].frameSamples + index);
  });
}

const FOLLOWERS = [
  ["mp4-opus", "opus"],
  ["mp4-aac", "aac"],
] as const;

test("our own player hears a tenth of a second after it was said, not half a second, and nothing twice", () => {
  for (const [kind, rendition] of FOLLOWERS) {
    const store = testStore(4);
    const sink = new Sink();
    new EndlessStreams(store, "Evening", systemClock).open(kind, sink);
    const before = sink.written.length;
    for (let number = 4; number < 8; number++) {
      const chunks = testChunks(rendition, number);
      for (const chunk of chunks) {
        store.putChunk(chunk);
        assert.equal(sink.written.at(-1), chunk.data, "the one buffer all share");
      }
      store.put(testPart(rendition, number));
      assert.equal(sink.written.length, before + (number - 3) * chunks.length);
    }
    const sent = framesSent(sink, rendition);
    const from = sent[0] ?? -1;
    assert.deepEqual(
      sent,
      Array.from({ length: 8 * GRIDS[rendition].framesPerPart - from }, (_, index) => from + index),
    );
  }
});

test("who tunes in between two parts gets what is already known of the next", () => {
  const store = testStore(4);
  for (const chunk of testChunks("opus", 4).slice(0, 3)) store.putChunk(chunk);
  const sink = new Sink();
  new EndlessStreams(store, "Evening", systemClock).open("mp4-opus", sink);
  assert.equal(framesSent(sink, "opus").at(-1), 4 * 25 + 14);
});

test("whatever gets lost or late between stage and front, our own player's timeline has no hole", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ arrives: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), partLate: fc.integer({ min: 0, max: 12 }), slow: fc.boolean() }), {
        minLength: 1,
        maxLength: 12,
      }),
      (steps) => {
        const store = testStore(2);
        const sink = new Sink();
        new EndlessStreams(store, "Evening", systemClock).open("mp4-opus", sink);
        let number = 2;
        let due: { at: number; number: number }[] = [];
        let now = 0;
        const deliver = () => {
          while ((due[0]?.at ?? Number.POSITIVE_INFINITY) <= now) store.put(testPart("opus", (due.shift() as { number: number }).number));
        };
        for (const { arrives, partLate, slow } of steps) {
          sink.backlog = slow ? 10_000_000 : 0;
          for (const [piece, chunk] of testChunks("opus", number).entries()) {
            now++;
            if (arrives[piece] === true) store.putChunk(chunk);
            deliver();
          }
          // Parts keep their order: one that waits for the disk holds up those behind it.
          due.push({ at: Math.max(now + partLate, due.at(-1)?.at ?? 0), number: number++ });
          deliver();
        }
        sink.backlog = 0;
        now = Number.MAX_SAFE_INTEGER;
        deliver();
        store.put(testPart("opus", number));
        due = [];
        const sent = framesSent(sink, "opus");
        assert.equal(Math.max(...sent), (number + 1) * 25 - 1, "caught up to the newest");
        // Who does not read is skipped forward; nobody else is.
        if (!steps.some((step) => step.slow))
          for (let at = 1; at < sent.length; at++) assert.ok((sent[at] ?? 0) <= (sent[at - 1] ?? 0) + 1, "never a frame left out");
      },
    ),
    { numRuns: 300 },
  );
});

test("after the stage died in the middle of a part, the silence in its place follows without a hole", () => {
  const store = testStore(4);
  const sink = new Sink();
  new EndlessStreams(store, "Evening", systemClock).open("mp4-opus", sink);
  for (const chunk of testChunks("opus", 4).slice(0, 2)) store.putChunk(chunk);
  for (const chunk of testChunks("opus", 9, 2).slice(0, 2)) store.putChunk(chunk);
  for (let number = 4; number < 9; number++) store.put(testPart("opus", number, { filler: true }));
  const sent = framesSent(sink, "opus");
  assert.equal(sent.at(-1), 9 * 25 + 9, "and then at once what the new stage already said");
  for (let at = 1; at < sent.length; at++) assert.ok((sent[at] ?? 0) <= (sent[at - 1] ?? 0) + 1);
  assert.equal(store.chunksAhead("opus").length, 2);
  store.putChunk(testChunks("opus", 3, 2)[0] as ReturnType<typeof testChunks>[number]);
  assert.equal(store.chunksAhead("opus").length, 2, "a piece of a part that is here already is of no use");
  for (let count = 0; count < 1_000; count++) store.putChunk(testChunks("opus", 10 + count, 2)[0] as ReturnType<typeof testChunks>[number]);
  assert.ok(store.chunksAhead("opus").length <= 50, "a hanging disk does not fill the memory");
});

test("closeness is for a few: in a full house who comes later is served part by part and told so, and a place that is left is given away again", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening", systemClock);
  const leaves = Array.from({ length: 300 }, () => streams.open("mp4-opus", new Sink()));
  assert.equal(streams.cadenceMs("mp4-opus"), 500);
  const late = new Sink();
  streams.open("mp4-opus", late);
  const before = late.written.length;
  for (const chunk of testChunks("opus", 20)) store.putChunk(chunk);
  assert.equal(late.written.length, before);
  store.put(testPart("opus", 20));
  assert.equal(late.written.length, before + 1);
  leaves[0]?.();
  assert.equal(streams.cadenceMs("mp4-opus"), 100);
  assert.equal(streams.cadenceMs("mp3"), 2_016);
});

test("places near the stage are there when the usual close ones are taken, are as many as the operator says, and go to nobody in a crowd", () => {
  const streams = new EndlessStreams(testStore(20), "Evening", systemClock);
  streams.nearPlaces = 2;
  for (let listener = 0; listener < 300; listener++) streams.open("mp4-opus", new Sink());
  assert.equal(streams.cadenceMs("mp4-opus"), 500);
  assert.equal(streams.cadenceMs("mp4-opus", { near: true }), 100);
  assert.equal(streams.hasRoomNear("mp3"), false, "radios have no chunks");
  const leave = streams.open("mp4-opus", new Sink(), { near: true });
  streams.open("mp4-opus", new Sink(), { near: true });
  assert.deepEqual([streams.nearListeners, streams.hasRoomNear("mp4-opus"), streams.cadenceMs("mp4-opus", { near: true })], [2, false, 500]);
  leave();
  leave();
  assert.deepEqual([streams.nearListeners, streams.hasRoomNear("mp4-opus")], [1, true]);
  streams.crowded = true;
  assert.equal(streams.hasRoomNear("mp4-opus"), false);
});

test("in a crowd whoever is near the stage is told first, gets parts thirty seconds later, and misses no sound", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening", systemClock);
  const [near, usual] = [new Sink(), new Sink()];
  const leave = streams.open("mp4-opus", near, { near: true });
  streams.open("mp4-opus", usual);
  const begun = near.written.length;
  streams.crowded = true;
  const notices: number[] = [];
  let chunks = 0;
  for (let number = 20; number < 90; number++) {
    for (const chunk of testChunks("opus", number)) store.putChunk(chunk);
    const before = near.written.length;
    store.put(testPart("opus", number));
    const text = near.written.slice(before).map((bytes) => Buffer.from(bytes).toString("latin1"));
    if (text.some((bytes) => bytes.includes('{"w":500}'))) notices.push(number);
    if (number < 80) chunks = near.written.length - begun;
  }
  assert.deepEqual(notices, [20], "told once, after the first part");
  assert.ok(chunks >= 60 * 5, "chunk by chunk until then");
  const heard = near.written.slice(begun).flatMap((bytes) => scanChunks(stripNotice(bytes)));
  const ends = heard.map(({ timestamp, frames }) => timestamp + frames * GRIDS.opus.frameSamples);
  heard.forEach(({ timestamp }, index) => assert.ok(index === 0 || timestamp === ends[index - 1], `no hole at ${timestamp}`));
  assert.equal(ends.at(-1), 90 * partSamples("opus"));
  assert.equal(heard.at(-1)?.frames, GRIDS.opus.framesPerPart, "a whole part at a time in the end");
  assert.equal(usual.written.length > near.written.length, true, "the others go on chunk by chunk");
  leave();
  const after = near.written.length;
  store.put(testPart("opus", 90));
  assert.equal(near.written.length, after, "who left after stepping back is sent nothing");
});

test("under pressure a newcomer gets half the data, and in the same answer the usual stream again, without a hole, when the door says so", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening", systemClock);
  const [usual, reduced] = [new Sink(), new Sink()];
  streams.open("mp4-opus", usual);
  const leave = streams.open("mp4-opus", reduced, { cheaper: true, near: true });
  assert.deepEqual([streams.listeners("mp4-opus"), streams.listeners("mp4-low"), streams.cheaperListeners, streams.nearListeners], [1, 1, 1, 0]);
  assert.ok(Buffer.from(reduced.written[0] ?? []).includes(Buffer.from(testPart("low", 19).data)), "it begins with the other rendition");
  const put = (number: number) => {
    for (const rendition of ["low", "opus"] as const) {
      if (rendition === "opus") for (const chunk of testChunks("opus", number)) store.putChunk(chunk);
      store.put(testPart(rendition, number));
    }
  };
  put(20);
  streams.giveBack();
  assert.equal(streams.cheaperListeners, 0);
  const before = reduced.written.length;
  for (let number = 21; number < 26; number++) put(number);
  const rest = Buffer.concat(reduced.written.slice(before));
  const header = Buffer.from(store.header("opus"));
  const at = rest.indexOf(header);
  assert.equal(rest.indexOf(testPart("low", 21).data), 0, "the part it was about to get comes first");
  assert.ok(at > 0 && rest.indexOf(header, at + 1) < 0, "one header");
  const told = rest.subarray(at + header.length);
  assert.match(told.toString("latin1"), /\{"q":48\}/);
  const heard = Buffer.concat([rest.subarray(0, at), told.subarray(told.indexOf("moof") - 4)]);
  assert.deepEqual(
    scanChunks(heard).map(({ timestamp }) => timestamp / partSamples("opus")),
    [21, 22, 23, 24, 25],
  );
  assert.ok(told.includes(Buffer.from(testPart("opus", 22).data)));
  assert.deepEqual([streams.listeners("mp4-opus"), streams.listeners("mp4-low")], [2, 0]);
  leave();
  const after = reduced.written.length;
  put(26);
  assert.equal(reduced.written.length, after, "who left is sent nothing in either form");
  assert.equal(streams.listeners("mp4-opus"), 1);
});

test("the usual stream comes back to a few at a time, and never to those who asked for half the data themselves; radios keep what they ask for", async () => {
  const store = testStore(20);
  const clock = new StepClock();
  const streams = new EndlessStreams(store, "Evening", clock);
  const sinks = Array.from({ length: 1_000 }, () => new Sink());
  for (const sink of sinks) streams.open("mp4-opus", sink, { cheaper: true });
  for (const kind of ["mp3", "aac", "opus", "mp4-aac", "mp4-low"] as const) {
    streams.open(kind, new Sink(), { cheaper: true });
    assert.equal(streams.listeners(kind), kind === "mp4-low" ? 1_001 : 1, kind);
  }
  streams.giveBack();
  assert.equal(streams.cheaperListeners, 980);
  let rounds = 1;
  for (; streams.cheaperListeners > 0; rounds++) streams.giveBack();
  assert.ok(rounds > 60 && rounds < 240, `${rounds} seconds`);
  for (let number = 20; number < 24; number++) {
    for (const rendition of ["opus", "low"] as const) store.put(testPart(rendition, number, { last: number === 23 }));
    for (let step = 0; step < 8; step++) await clock.advance(63);
  }
  assert.deepEqual([streams.listeners("mp4-opus"), streams.listeners("mp4-low")], [1_000, 1]);
  assert.ok(sinks.every(({ ended }) => ended));
});

test("where there is no cheaper stream everybody gets the usual one", () => {
  const store = new PartStore();
  store.live = testStore(0).live;
  store.setHeader("opus", writeHeader({ rendition: "opus", numberOfChannels: 2 }), "opus");
  for (let number = 0; number < 4; number++) store.put(testPart("opus", number));
  const streams = new EndlessStreams(store, "Evening", systemClock);
  assert.equal(streams.hasCheaper("mp4-opus"), false);
  streams.open("mp4-opus", new Sink(), { cheaper: true });
  assert.deepEqual([streams.listeners("mp4-opus"), streams.cheaperListeners], [1, 0]);
});

/** Leaves out what is no audio. */
function stripNotice(bytes: Uint8Array): Uint8Array {
  return Buffer.from(bytes).toString("latin1").includes('{"w":') ? new Uint8Array(0) : bytes;
}
