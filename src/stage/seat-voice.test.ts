import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { decode, speak } from "../../test/material/speech.ts";
import { TEST_DISK } from "../core/test-disk.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { HowlGuard, type SeatVerdict } from "./howl/howl-guard.ts";
import { Mixer, type PcmSource } from "./mixer.ts";
import { SeatVoice } from "./seat-voice.ts";
import { TalkTime } from "./talk/talk-time.ts";

const TEXT =
  "Good evening and welcome. My name is Ada, and tonight we talk about sound that arrives on time. It left a studio by the river and came to a kitchen.";

/** Plays a sound again and again. */
function again(sound: Float32Array): PcmSource {
  let at = 0;
  return {
    pull(out) {
      for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = sound[at++ % sound.length] as number;
    },
  };
}

test("who is muted and plays the same again and again, as an encoder does before its turn, is not taken for an echo of themselves", async () => {
  const folder = await mkdtemp(join(TEST_DISK, "earshot-seat-voice-"));
  const voice = decode(speak(folder, "ada", "en-gb", TEXT, 16)).map((value) => value * 0.4);
  const listen = async (muted: boolean, language?: string) => {
    const verdicts: SeatVerdict[] = [];
    const guard = new HowlGuard((verdict) => verdicts.push(verdict));
    const mixer = await Mixer.open();
    const talk = new TalkTime();
    const add = (name: string, source: PcmSource, more: object = {}) =>
      mixer.add(name, { source, gain: 1, muted: false, voice: new SeatVoice(name, talk, guard.watch(name)), ...more });
    add("encoder", again(voice.subarray(0, Math.round(3.4 * SAMPLE_RATE))), { muted, language });
    // Somebody else, who does not repeat themselves so soon: the same voice, run backwards.
    add("ada", again(voice.toReversed()));
    const programme = new Float32Array(FRAME_SAMPLES);
    for (let at = 0; at < 60 * SAMPLE_RATE && verdicts.length === 0; at += FRAME_SAMPLES) {
      mixer.tick(programme);
      guard.advance(programme);
    }
    mixer.close();
    return verdicts.map(({ seatId, kind }) => `${seatId} ${kind}`);
  };
  try {
    assert.deepEqual(await listen(true), []);
    assert.deepEqual(await listen(false, "de"), [], "nor is an interpreter");
  } finally {
    await rm(folder, { recursive: true });
  }
});
