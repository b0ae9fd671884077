import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES } from "../core/units.ts";
import { Mixer } from "./mixer.ts";
import { Panorama } from "./panorama.ts";
import { LoudnessMeter } from "./sound/loudness.ts";
import { Master } from "./sound/master.ts";
import { TruePeakMeter } from "./sound/true-peak.ts";
import { toneLevel } from "./test-tone.ts";

const passes = { process: () => {}, talking: true };
/** A voice of one tone, different for each seat. */
function voice(hertz: number, amplitude = 0.1) {
  let at = 0;
  return {
    pull(out: Float32Array) {
      for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = amplitude * Math.sin((2 * Math.PI * hertz * at++) / 48_000);
    },
  };
}

test("every voice is as strong wherever it stands, thirteen stand in thirteen places, and who comes back stands where they stood", () => {
  const panorama = new Panorama();
  const seats = Array.from({ length: 13 }, (_, index) => `seat ${index}`);
  const places = seats.map((seat) => panorama.placeOf(seat));
  assert.equal(places[0], 0, "the first in the middle");
  assert.equal(new Set(places).size, 13);
  assert.deepEqual(
    seats.toReversed().map((seat) => panorama.placeOf(seat)),
    places.toReversed(),
  );
  const frame = new Float32Array(FRAME_SAMPLES).fill(0.5);
  for (const place of places) {
    panorama.begin();
    panorama.add(frame, place);
    const [left = 0, right = 0] = [panorama.left[7], panorama.right[7]];
    assert.ok(Math.abs(left ** 2 + right ** 2 - 0.25) < 1e-6, "the same power");
    const lost = 20 * Math.log10(0.5 / ((left + right) * Math.SQRT1_2));
    assert.ok(lost < 0.7 && lost > -1e-6, `${lost} dB less in mono at ${place}`);
    assert.equal(Math.sign(right - left), Math.sign(place), "on its side");
  }
});

test("in stereo two voices come from two sides, the mix of one channel and everybody's return feed are what they were, and each sample is where it was", async () => {
  const [mono, stereo] = [await Mixer.open(), await Mixer.open({ stereo: true })];
  for (const mixer of [mono, stereo]) {
    for (const [index, hertz] of [400, 1_000, 2_000].entries()) mixer.add(`seat ${index}`, { source: voice(hertz), gain: 1, muted: false, voice: passes });
    mixer.add("jingle", { source: voice(3_000), gain: 1, muted: false });
  }
  const [one, other] = [new Float32Array(FRAME_SAMPLES), new Float32Array(FRAME_SAMPLES)];
  for (let count = 0; count < 10; count++) {
    mono.tick(one);
    stereo.tick(other);
    assert.deepEqual(one, other);
  }
  assert.equal(mono.panorama, undefined);
  const { left, right } = stereo.panorama as Panorama;
  const lean = (hertz: number) => toneLevel(right, hertz) - toneLevel(left, hertz);
  assert.ok(Math.abs(lean(400)) < 0.1, "the host in the middle");
  assert.ok(lean(1_000) < -3 && lean(1_000) > -8, `${lean(1_000)}`);
  assert.ok(Math.abs(lean(1_000) + lean(2_000)) < 0.2, "as far to the right as the other to the left");
  assert.ok(Math.abs(lean(3_000)) < 0.1, "the house's sounds in the middle");
  const sum = left.map((sample, index) => (sample + (right[index] as number)) * Math.SQRT1_2);
  for (const hertz of [400, 1_000, 2_000, 3_000]) assert.ok(Math.abs(toneLevel(sum, hertz) - toneLevel(one, hertz)) < 0.7, `${hertz} Hz`);
  for (const mixer of [mono, stereo]) mixer.close();
});

/** Half a minute of syllables of two voices, each at its own place, louder than the programme is to be. */
function* talk(): Generator<readonly [Float32Array, Float32Array]> {
  const panorama = new Panorama();
  const frame = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < 30 * 48_000; at += FRAME_SAMPLES) {
    panorama.begin();
    for (const [hertz, place] of [
      [190, -1],
      [310, 1],
    ] as const) {
      for (let index = 0; index < FRAME_SAMPLES; index++) {
        const time = (at + index) / 48_000;
        frame[index] =
          0.5 *
          Math.max(0, Math.sin(2 * Math.PI * 2.1 * time + place)) ** 2 *
          (Math.sin(2 * Math.PI * hertz * time) + 0.6 * Math.sin(2 * Math.PI * 7 * hertz * time));
      }
      panorama.add(frame, place);
    }
    yield [panorama.left.slice(), panorama.right.slice()];
  }
}

test("a programme of two channels leaves at -18 LUFS over both, with neither channel nor their sum over -1 dBTP, and no voice is moved", () => {
  const master = new Master();
  const loudness = new LoudnessMeter();
  const peaks = [new TruePeakMeter(), new TruePeakMeter(), new TruePeakMeter()];
  let frames = 0;
  for (const [left, right] of talk()) {
    master.apply(left, right);
    if (++frames <= 500) continue;
    loudness.push(left, right);
    const sum = left.map((sample, index) => (sample + (right[index] as number)) * Math.SQRT1_2);
    for (const [index, channel] of [left, right, sum].entries()) peaks[index]?.push(channel);
  }
  assert.ok(Math.abs(loudness.integrated + 18) < 0.5, `${loudness.integrated} LUFS`);
  for (const { highest } of peaks) assert.ok(20 * Math.log10(highest) < -1, `${20 * Math.log10(highest)} dBTP`);
  assert.ok(master.truePeakDb < -1);
});
