import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { openDecoder, openReturnEncoder } from "./codecs.ts";
import { Mixer } from "./mixer.ts";
import { toneLevel } from "./test-tone.ts";

/** The tone everybody hears; a whole number of its periods fills a frame, so that its phase is the same in each. */
const HEARD_HZ = 1_000;
const OWN_HZ = 300;
/** Opus configurations that transform the whole band, and those of its speech mode that carry copies. @spec RFC 6716 §3.1 */
const FULL_BAND = 31;
const SPEECH = 15;

/** A tone at a level that a test may change. */
function tone(hertz: number, amplitude: number) {
  let at = 0;
  return {
    amplitude,
    pull(out: Float32Array) {
      for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = this.amplitude * Math.sin((2 * Math.PI * hertz * at++) / SAMPLE_RATE);
    },
  };
}

async function hearer(mixer: Mixer, name: string, source: ReturnType<typeof tone>) {
  const packets: Uint8Array[] = [];
  const feed = { encoder: await openReturnEncoder(), send: (packet: Uint8Array) => void packets.push(packet), lossy: false };
  mixer.add(name, { source, gain: 1, muted: false, feed });
  return { packets, feed };
}

const configuration = (packet: Uint8Array | undefined) => (packet?.[0] ?? 0) >> 3;

/** What is left of a frame without its tone of {@link HEARD_HZ}, against that tone. dB, the worst 5 ms. */
function worstResidueDb(frame: Float32Array): number {
  const block = SAMPLE_RATE / 200;
  let worst = Number.NEGATIVE_INFINITY;
  let [re, im] = [0, 0];
  for (let index = 0; index < FRAME_SAMPLES; index++) {
    re += ((2 * (frame[index] as number)) / FRAME_SAMPLES) * Math.cos((2 * Math.PI * HEARD_HZ * index) / SAMPLE_RATE);
    im += ((2 * (frame[index] as number)) / FRAME_SAMPLES) * Math.sin((2 * Math.PI * HEARD_HZ * index) / SAMPLE_RATE);
  }
  for (let from = 0; from < FRAME_SAMPLES; from += block) {
    let residue = 0;
    for (let index = from; index < from + block; index++) {
      const angle = (2 * Math.PI * HEARD_HZ * index) / SAMPLE_RATE;
      residue += ((frame[index] as number) - re * Math.cos(angle) - im * Math.sin(angle)) ** 2 / block;
    }
    worst = Math.max(worst, 10 * Math.log10(residue / ((re * re + im * im) / 2 + 1e-12) + 1e-12));
  }
  return worst;
}

test("who begins and stops talking hears no click when their feed changes encoder, and never hears themselves", async () => {
  const mixer = await Mixer.open();
  const own = tone(OWN_HZ, 0.2);
  const { packets } = await hearer(mixer, "a", own);
  await hearer(mixer, "silent", tone(500, 0));
  mixer.add("b", { source: tone(HEARD_HZ, 0.2), gain: 1, muted: false });
  const decoder = await openDecoder();
  const programme = new Float32Array(FRAME_SAMPLES);
  const residues: number[] = [];
  for (let count = 0; count < 400; count++) {
    // The voice stops and returns at full level and in the middle of a wave: it is in nobody's feed but the others'.
    own.amplitude = (count >= 60 && count < 140) || (count >= 200 && count < 203) ? 0 : count >= 290 ? 0 : 0.2;
    mixer.tick(programme);
    const frame = new Float32Array(decoder.decodeFloat(packets.at(-1) as Uint8Array));
    if (count < 10) continue;
    residues.push(worstResidueDb(frame));
    assert.ok(toneLevel(frame, OWN_HZ) < -55, `frame ${count}: own voice at ${toneLevel(frame, OWN_HZ)} dBFS`);
  }
  assert.equal(packets.length, 400, "one packet a frame, whoever encoded it");
  assert.ok(Math.max(...residues) < -30, `${Math.max(...residues)} dB at frame ${10 + residues.indexOf(Math.max(...residues))}`);
  decoder.free();
  mixer.close();
});

test("a line that loses packets gets copies in them, and nobody else's sound pays for it", async () => {
  const mixer = await Mixer.open();
  const good = await hearer(mixer, "good", tone(500, 0));
  const weak = await hearer(mixer, "weak", tone(600, 0));
  const talker = await hearer(mixer, "talker", tone(700, 0.2));
  mixer.add("b", { source: tone(HEARD_HZ, 0.2), gain: 1, muted: false });
  const programme = new Float32Array(FRAME_SAMPLES);
  for (let count = 0; count < 10; count++) mixer.tick(programme);
  assert.equal(good.packets.at(-1), weak.packets.at(-1), "one packet for both");
  weak.feed.lossy = true;
  talker.feed.lossy = true;
  for (let count = 0; count < 10; count++) mixer.tick(programme);
  assert.equal(configuration(good.packets.at(-1)), FULL_BAND);
  assert.equal(configuration(weak.packets.at(-1)), SPEECH);
  assert.equal(configuration(talker.packets.at(-1)), SPEECH);
  weak.feed.lossy = false;
  talker.feed.lossy = false;
  for (let count = 0; count < 10; count++) mixer.tick(programme);
  assert.equal(weak.packets.at(-1), good.packets.at(-1));
  assert.equal(configuration(talker.packets.at(-1)), FULL_BAND);
  mixer.close();
});
