import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FRAME_SAMPLES } from "../src/core/units.ts";
import { openReturnEncoder } from "../src/stage/codecs.ts";
import { HowlGuard } from "../src/stage/howl/howl-guard.ts";
import { Mixer } from "../src/stage/mixer.ts";
import { SeatVoice } from "../src/stage/seat-voice.ts";
import { Master } from "../src/stage/sound/master.ts";
import { TalkTime } from "../src/stage/talk/talk-time.ts";
import { decode, speak } from "../test/material/speech.ts";
import type { Bench } from "./harness.ts";
import { percentile } from "./harness.ts";

/** Said by everyone from another word on, in another voice, or the howl guard would rightly take them for each other's echo. */
const WORDS = "tonight thirteen people talk at the same time and nobody listens to anybody while the rain falls on the old station roof".split(" ");
const VOICES = ["en-gb", "en-us", "en-gb-scotland", "de", "en-gb-x-rp"];
/** Seats on stage in every case. */
const SEATS = 13;
const TALKING = [0, 2, 5, 13] as const;
/** Ticks before measuring, and measured. 250 are 5 s of sound. */
const WARM_UP = 250;
const TICKS = 750;
const VOICE_SECONDS = 20;

/** What one tick of 20 ms costs on a full stage, by how many talk: voices, howl guard, mix, return feeds encoded, programme levelled and limited; without network and decoding. */
export const bench: Bench = {
  name: "mixer",
  rounds: 3,
  figures: Object.fromEntries(
    TALKING.flatMap((count) => [
      [`tick_us_${count}_talking`, { unit: "µs per tick, median" }],
      [`tick_us_p95_${count}_talking`, { unit: "µs per tick" }],
      [`encodes_${count}_talking`, { unit: "return feeds encoded per tick" }],
    ]),
  ),
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-mixer-"));
    try {
      const voices = Array.from({ length: SEATS }, (_, seat) => {
        const text = [...WORDS.slice(seat), ...WORDS.slice(0, seat)].join(" ");
        return decode(speak(folder, `voice-${seat}`, `${VOICES[seat % VOICES.length]}+${seat % 2 === 0 ? "m" : "f"}${1 + (seat % 4)}`, text, VOICE_SECONDS));
      });
      const result: Record<string, number> = {};
      for (const count of TALKING) {
        const { times, encodes } = await run(voices, count);
        result[`tick_us_${count}_talking`] = percentile(times, 0.5);
        result[`tick_us_p95_${count}_talking`] = percentile(times, 0.95);
        result[`encodes_${count}_talking`] = encodes;
        progress(`${count} talking: ${Math.round(percentile(times, 0.5))} µs`);
      }
      return result;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function run(voices: readonly Float32Array[], talking: number) {
  const mixer = await Mixer.open();
  const talk = new TalkTime();
  const howl = new HowlGuard(() => {});
  const master = new Master();
  for (let seat = 0; seat < SEATS; seat++) {
    const name = `seat ${seat}`;
    mixer.add(name, {
      source: sourceOf(seat < talking ? voices[seat] : undefined),
      gain: 1,
      muted: false,
      voice: new SeatVoice(name, talk, howl.watch(name)),
      feed: { encoder: await openReturnEncoder(), send: () => {}, lossy: false },
    });
  }
  const programme = new Float32Array(FRAME_SAMPLES);
  const times: number[] = [];
  let encoded = 0;
  for (let tick = 0; tick < WARM_UP + TICKS; tick++) {
    if (tick === WARM_UP) encoded = mixer.encoded;
    const before = performance.now();
    mixer.tick(programme);
    howl.advance(programme);
    master.apply(programme);
    talk.advance();
    if (tick >= WARM_UP) times.push((performance.now() - before) * 1000);
  }
  const encodes = (mixer.encoded - encoded) / TICKS;
  mixer.close();
  return { times: times.sort((a, b) => a - b), encodes };
}

/** A voice again and again, or silence. */
function sourceOf(voice: Float32Array | undefined) {
  let at = 0;
  return {
    pull(out: Float32Array): void {
      if (voice === undefined) {
        out.fill(0);
        return;
      }
      if (at + FRAME_SAMPLES > voice.length) at = 0;
      out.set(voice.subarray(at, at + FRAME_SAMPLES));
      at += FRAME_SAMPLES;
    },
  };
}
