import { FRAME_SAMPLES, SAMPLE_RATE } from "../../src/core/units.ts";
import { HowlGuard } from "../../src/stage/howl/howl-guard.ts";
import { Convolver, TAPS } from "./room.ts";

/** A microphone whose own voice comes back through a loudspeaker in its room. */
export interface LoopOptions {
  readonly taps: Float64Array;
  /** Gain of the loop's electric part. dB. */
  readonly gainDb: number;
  /** Time through network and buffers, once round. Milliseconds, a multiple of 20, at least 80. */
  readonly delayMs: number;
  /** What is said. Mono f32 at 48 kHz. */
  readonly voice: Float32Array;
  readonly seconds: number;
  /** When the loudspeaker is turned on. Seconds. */
  readonly closesAt: number;
  readonly guarded: boolean;
}

/** What came of it. */
export interface LoopResult {
  /** Level of the last four seconds. dBFS. */
  readonly endDb: number;
  /** Level of its loudest frame after the loudspeaker was turned on. dBFS. */
  readonly loudestDb: number;
  /** When the line that howls first stood at -40 dBFS in the microphone, and when the input was first ducked. Seconds; NaN when never. */
  readonly audibleAt: number;
  readonly duckedAt: number;
  /** Gain the guard ended with. dB. */
  readonly gainDb: number;
}

/** Frames the room answers at a time: what they answer to was sent long before. */
const BLOCK_FRAMES = Math.floor(TAPS / FRAME_SAMPLES);
/** Audible and clearly no voice. dBFS, of one line. */
const AUDIBLE_DB = -40;

/** Runs the loop frame by frame: voice + room × what was sent `delayMs` ago, clipped as microphones clip, with or without the guard. */
export function runLoop(options: LoopOptions): LoopResult {
  const { voice, seconds, closesAt } = options;
  const room = new Convolver(options.taps);
  const late = Math.round(options.delayMs / 20);
  const sent = Array.from({ length: late }, () => new Float32Array(FRAME_SAMPLES));
  const frame = new Float32Array(FRAME_SAMPLES);
  const echo = new Float32Array(BLOCK_FRAMES * FRAME_SAMPLES);
  const block = new Float32Array(BLOCK_FRAMES * FRAME_SAMPLES);
  const gain = 10 ** (options.gainDb / 20);
  let duckedAt = Number.NaN;
  let audibleAt = Number.NaN;
  let second = 0;
  const guard = new HowlGuard(({ act }) => {
    if (act === "duck" && Number.isNaN(duckedAt)) duckedAt = second;
  });
  const watch = guard.watch("seat");
  let loudest = 1e-12;
  let energy = 0;
  let counted = 0;
  const frames = (seconds * SAMPLE_RATE) / FRAME_SAMPLES;
  for (let index = 0; index < frames; index++) {
    second = (index * FRAME_SAMPLES) / SAMPLE_RATE;
    const back = sent[index % late] as Float32Array;
    const from = (index % BLOCK_FRAMES) * FRAME_SAMPLES;
    if (from === 0) {
      for (let ahead = 0; ahead < BLOCK_FRAMES; ahead++) block.set(sent[(index + ahead) % late] as Float32Array, ahead * FRAME_SAMPLES);
      room.process(block, echo);
    }
    for (let at = 0; at < FRAME_SAMPLES; at++) {
      const said = voice[(index * FRAME_SAMPLES + at) % voice.length] as number;
      frame[at] = Math.max(-1, Math.min(1, said + (second >= closesAt ? gain * (echo[from + at] as number) : 0)));
    }
    watch.hear(frame);
    if (Number.isNaN(audibleAt) && second > closesAt && howlLevel(watch.spectrum.powers) > AUDIBLE_DB) audibleAt = second;
    if (options.guarded) watch.treat(frame);
    guard.advance(frame);
    back.set(frame);
    let own = 0;
    for (let at = 0; at < FRAME_SAMPLES; at++) own += (frame[at] as number) ** 2;
    if (second >= closesAt) loudest = Math.max(loudest, own / FRAME_SAMPLES);
    if (second < seconds - 4) continue;
    energy += own;
    counted += FRAME_SAMPLES;
  }
  return { endDb: 10 * Math.log10(energy / counted + 1e-12), loudestDb: 10 * Math.log10(loudest), audibleAt, duckedAt, gainDb: watch.gainDb };
}

/** Level of the strongest line that stands 20 dB above the lines a little away from it. dBFS. */
function howlLevel(powers: Float64Array): number {
  let most = 1e-14;
  for (let bin = 10; bin < 340; bin++) {
    const power = powers[bin] as number;
    if (power > most && power > 100 * (powers[bin - 6] as number) && power > 100 * (powers[bin + 6] as number)) most = power;
  }
  return 10 * Math.log10(most);
}
