import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import type { OpusDecoderHandle } from "libopus-wasm";
import { FRAME_SAMPLES } from "../core/units.ts";
import { openDecoder, openReturnEncoder } from "./codecs.ts";
import { Mixer } from "./mixer.ts";
import { toneLevel } from "./test-tone.ts";

let decoder: OpusDecoderHandle;
before(async () => {
  decoder = await openDecoder();
});
after(() => decoder.free());

/** A source that plays a tone at a level that a test may change. */
function tone(hertz: number, amplitude = 0.2) {
  let at = 0;
  return {
    amplitude,
    pull(out: Float32Array) {
      for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = this.amplitude * Math.sin((2 * Math.PI * hertz * at++) / 48_000);
    },
  };
}

async function withFeed(mixer: Mixer, name: string, source: { pull(out: Float32Array): void }): Promise<Uint8Array[]> {
  const sent: Uint8Array[] = [];
  mixer.add(name, { source, gain: 1, muted: false, feed: { encoder: await openReturnEncoder(), send: (packet) => sent.push(packet), lossy: false } });
  return sent;
}

function decode(packets: readonly Uint8Array[]): Float32Array {
  let last = new Float32Array(FRAME_SAMPLES);
  for (const packet of packets) last = new Float32Array(decoder.decodeFloat(packet));
  return last;
}

test("everyone gets everyone but themselves", async () => {
  const mixer = await Mixer.open();
  const feeds = [await withFeed(mixer, "a", tone(400)), await withFeed(mixer, "b", tone(1_000)), await withFeed(mixer, "c", tone(2_000))];
  const programme = new Float32Array(FRAME_SAMPLES);
  for (let count = 0; count < 25; count++) mixer.tick(programme);
  for (const [index, own] of [400, 1_000, 2_000].entries()) {
    const heard = decode(feeds[index] ?? []);
    for (const hertz of [400, 1_000, 2_000]) assert.equal(toneLevel(heard, hertz) > -30, hertz !== own, `${hertz} Hz in the return feed of ${own} Hz`);
    assert.ok(toneLevel(programme, own) > -20);
  }
  mixer.close();
});

test("silent seats share one encode: cost follows those who talk", async () => {
  const mixer = await Mixer.open();
  const feeds: Uint8Array[][] = [];
  for (let seat = 0; seat < 13; seat++) feeds.push(await withFeed(mixer, `seat ${seat}`, tone(300 + seat * 50, seat < 2 ? 0.2 : 0)));
  const programme = new Float32Array(FRAME_SAMPLES);
  mixer.tick(programme);
  assert.equal(mixer.encoded, 3, "two talk, eleven share");
  assert.equal(feeds[5]?.[0], feeds[12]?.[0], "the very same packet");
  assert.ok(feeds.every((sent) => sent.length === 1));
  mixer.close();
});

test("who falls silent goes over to the shared feed without a gap in what they hear", async () => {
  const mixer = await Mixer.open();
  const own = tone(300);
  const sent = await withFeed(mixer, "a", own);
  mixer.add("b", { source: tone(1_000), gain: 1, muted: false });
  const programme = new Float32Array(FRAME_SAMPLES);
  const levels: number[] = [];
  const listener = await openDecoder();
  for (let count = 0; count < 150; count++) {
    if (count === 40) own.amplitude = 0;
    if (count === 110) own.amplitude = 0.2;
    mixer.tick(programme);
    levels.push(toneLevel(new Float32Array(listener.decodeFloat(sent.at(-1) as Uint8Array)), 1_000));
  }
  listener.free();
  assert.ok(
    Math.min(...levels.slice(10)) > Math.max(...levels.slice(10)) - 6,
    `from ${Math.min(...levels.slice(10))} to ${Math.max(...levels.slice(10))} dBFS`,
  );
  mixer.close();
});

test("gain and mute hold for one voice alone", async () => {
  const mixer = await Mixer.open();
  mixer.add("a", { source: tone(400), gain: 1, muted: false });
  mixer.add("b", { source: tone(1_000), gain: 1, muted: true });
  const programme = new Float32Array(FRAME_SAMPLES);
  mixer.tick(programme);
  mixer.setGain("a", 0.5);
  mixer.mute("b", false);
  mixer.tick(programme);
  mixer.tick(programme);
  assert.ok(Math.abs(toneLevel(programme, 400) - toneLevel(programme, 1_000) + 6.02) < 0.1);
  assert.ok(Math.abs(mixer.level("b") - mixer.level("a") - 6.02) < 0.1);
  mixer.mute("b", true);
  mixer.tick(programme);
  mixer.tick(programme);
  assert.equal(mixer.level("b"), -99);
  mixer.close();
});

test("the programme is the sum of those who are not muted, at any gain", async () => {
  const mixer = await Mixer.open();
  fc.assert(
    fc.property(
      fc.array(fc.record({ value: fc.double({ min: -0.1, max: 0.1, noNaN: true }), gain: fc.double({ min: 0, max: 1, noNaN: true }), muted: fc.boolean() }), {
        maxLength: 8,
      }),
      (voices) => {
        for (const [index, { value, gain, muted }] of voices.entries()) mixer.add(`${index}`, { source: { pull: (out) => void out.fill(value) }, gain, muted });
        const programme = new Float32Array(FRAME_SAMPLES);
        mixer.tick(programme);
        const sum = voices.reduce((total, { value, gain, muted }) => total + (muted ? 0 : value * gain), 0);
        assert.ok(programme.every((sample) => Math.abs(sample - sum) < 1e-5));
        for (const index of voices.keys()) mixer.remove(`${index}`);
      },
    ),
  );
  mixer.close();
});
