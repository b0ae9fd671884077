import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../core/clock.ts";
import { samples } from "../core/units.ts";
import { GRIDS, type Part, partSamples, writeChunk } from "../programme/mod.ts";
import { METADATA_SCHEME, type TimedMetadata } from "../wire/timed-metadata.ts";
import { EndlessStreams, type StreamSink } from "./endless.ts";
import { ICY_INTERVAL_BYTES, icyBlock, IcyLine, IcySink } from "./icy.ts";
import { testPart, testStore } from "./test-parts.ts";

class Sink implements StreamSink {
  readonly written: Uint8Array[] = [];
  samples = 0;
  backlog = 0;
  write(bytes: Uint8Array, from: number, to: number): void {
    this.written.push(bytes);
    this.samples += to - from;
  }
  together(act: () => void): void {
    act();
  }
  end(): void {}
  destroy(): void {}
}

/** A part of AAC that says who is on stage and what this is. */
function told(sequenceNumber: number, metadata: TimedMetadata | string): Part {
  const packets = Array.from({ length: GRIDS.aac.framesPerPart }, () => Uint8Array.of(1));
  const timestamp = samples(sequenceNumber * partSamples("aac"));
  const message = new TextEncoder().encode(typeof metadata === "string" ? metadata : JSON.stringify(metadata));
  const data = writeChunk({ rendition: "aac", sequenceNumber, timestamp, packets, metadata: [{ scheme: METADATA_SCHEME, message }] });
  return { ...testPart("aac", sequenceNumber), data };
}

/** What a radio makes of the bytes: the audio, and the titles in order. */
function strip(bytes: Buffer): { readonly audio: Buffer; readonly titles: readonly string[] } {
  const audio: Buffer[] = [];
  const titles: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    audio.push(bytes.subarray(at, at + ICY_INTERVAL_BYTES));
    at += ICY_INTERVAL_BYTES;
    if (at >= bytes.length) break;
    const length = bytes.readUInt8(at) * 16;
    if (length > 0) titles.push(/^StreamTitle='(.*)';\0*$/s.exec(bytes.toString("utf8", at + 1, at + 1 + length))?.[1] ?? "no title");
    at += 1 + length;
  }
  return { audio: Buffer.concat(audio), titles };
}

test("however the audio is cut, a radio that takes the blocks out has the same bytes and each title once", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 12 }), (sizes) => {
      const line = new IcyLine("Evening");
      const [radio, plain] = [new Sink(), new Sink()];
      const sink = new IcySink(radio, line);
      let value = 0;
      for (const size of sizes) {
        const bytes = Uint8Array.from({ length: size }, () => value++ & 255);
        for (const each of [sink, plain]) each.write(bytes, 0, 24);
      }
      const { audio, titles } = strip(Buffer.concat(radio.written));
      assert.deepEqual(audio, Buffer.concat(plain.written));
      assert.deepEqual(titles, audio.length < ICY_INTERVAL_BYTES ? [] : ["Evening"]);
      assert.equal(radio.samples, plain.samples);
    }),
  );
});

test("who speaks and another title are told with the next block, the same bytes to everybody; nonsense changes nothing", () => {
  const line = new IcyLine("evening");
  const sinks = [new Sink(), new Sink()];
  const radios = sinks.map((sink) => new IcySink(sink, line));
  const pass = () => {
    for (const radio of radios) radio.write(new Uint8Array(ICY_INTERVAL_BYTES), 0, 0);
  };
  pass();
  const steps: readonly (TimedMetadata | string)[] = [
    {
      s: [
        ["a", "Ada", "host", 0],
        ["b", "Ben", "speaker", 1],
      ],
      t: "It's the evening",
    },
    { l: [[-20]] },
    {
      s: [
        ["a", "Ada", "host", 0],
        ["b", "Ben", "speaker", 0],
      ],
    },
    "no JSON",
    "null",
    { t: "Later" },
  ];
  for (const [index, step] of steps.entries()) {
    line.take(told(index, step));
    pass();
  }
  line.take({ ...testPart("aac", 9), data: Uint8Array.of(1) });
  pass();
  const { titles } = strip(Buffer.concat(sinks[0]?.written ?? []));
  assert.deepEqual(titles, ["evening", "Ada – It’s the evening", "Ada, Ben – It’s the evening", "Ada, Ben – Later"]);
  assert.ok(sinks[0]?.written.every((bytes, index) => bytes.length === ICY_INTERVAL_BYTES || bytes === sinks[1]?.written[index]));
});

test("a title can be any text: a block is whole units, ends no line early and cuts no character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 800 }), (title) => {
      const block = Buffer.from(icyBlock(title));
      assert.equal(block.length, 1 + block.readUInt8(0) * 16);
      const text = block.toString("utf8", 1).replace(/\0+$/, "");
      assert.match(text, /^StreamTitle='[^'\p{Cc}]*';$/u);
      assert.doesNotMatch(text, /�$/);
    }),
  );
  assert.ok(icyBlock("ü".repeat(1_000)).length < 450);
});

test("who does not ask gets the shared bytes as they are; a container is never torn apart", () => {
  const store = testStore(20);
  const streams = new EndlessStreams(store, "Evening", systemClock);
  const [asked, plain, ogg, own] = [new Sink(), new Sink(), new Sink(), new Sink()];
  streams.open("mp3", asked, { icy: true });
  streams.open("mp3", plain);
  streams.open("opus", ogg, { icy: true });
  streams.open("mp4-opus", own, { icy: true });
  const big = new Uint8Array(ICY_INTERVAL_BYTES).fill(7);
  store.put({ ...testPart("mp3", 20), data: big });
  assert.equal(plain.written.at(-1), big);
  assert.equal(strip(Buffer.concat(asked.written)).titles[0], "Evening");
  for (let number = 20; number < 25; number++) store.put(testPart("opus", number));
  for (const sink of [ogg, own]) assert.equal(Buffer.concat(sink.written).indexOf("StreamTitle"), -1);
});
