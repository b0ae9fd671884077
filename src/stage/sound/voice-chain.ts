import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { loudnessOf } from "./k-weighting.ts";
import { PhaseRotator } from "./phase-rotator.ts";
import { VoiceActivity } from "./voice-activity.ts";

/** Loudness every voice is brought to while it talks. LUFS; the programme's target, and what pauses between words take from its mean. */
export const VOICE_TARGET = -17.2;
/** Furthest a voice is turned up and down. dB; more than 30 up is a broken microphone, whose noise nobody wants at full level. */
const GAIN_UP_DB = 30;
const GAIN_DOWN_DB = -20;
/** How fast the gain moves up and down while its voice is being learned, and later. dB per second: quick at first, unnoticed afterwards. */
const LEARN_DB_PER_SECOND = 40;
const UP_DB_PER_SECOND = 3;
const DOWN_DB_PER_SECOND = 8;
/** Voice it takes to know a voice. Frames of voice; 1.2 s. */
const LEARN_FRAMES = 1_200 / FRAME_MS;
/** Memory of the level once it is known. Frames of voice; 4 s: a speaker who moves is followed, a loud word is not. */
const MEMORY_FRAMES = 4_000 / FRAME_MS;
/** Peaks are kept below this, so that the limiter has little to do. Linear; +3 dBFS: only the loudest syllables meet it. */
const PEAK_ROOM = 1.41;
/** How fast the memory of the peak fades. Per frame; half in 3.5 s. */
const PEAK_FADE = 0.996;
/** Deepest the gate goes in a pause. dB; gentle: the room gets quieter and does not vanish. */
const GATE_DB = -10;
/** Gate opening (within one frame) and closing. dB per frame; closing takes 400 ms. */
const GATE_OPEN_DB = 10;
const GATE_CLOSE_DB = 0.5;

/** What a speaker's frames go through before the mix: voice activity, gate, leveller and phase rotator. It belongs to the seat, so that a new connection begins at the level the old one had. */
export class VoiceChain {
  readonly activity = new VoiceActivity();
  // Here and not in the programme alone: return feeds, programme and the howl guard's memory of the mix must be the same sound, or the guard does not know the broadcast again.
  readonly #rotator = new PhaseRotator();
  #heardFrames = 0;
  #meanSquare = 0;
  #peak = 0;
  #levelDb = 0;
  #gateDb = 0;
  #applied = 1;

  /** Gain of the leveller now. dB. */
  get levelDb(): number {
    return this.#levelDb;
  }

  /** Gain of the gate now. dB, at most 0. */
  get gateDb(): number {
    return this.#gateDb;
  }

  /** Levels one frame in place. `foreign`: what comes in is not the voice alone (it howls), and says nothing about its level. @hot */
  process(frame: Float32Array, foreign = false): void {
    const { activity } = this;
    activity.push(frame);
    if (activity.voiced && activity.talking && !foreign) this.#learn(frame);
    this.#gateDb = activity.talking ? Math.min(0, this.#gateDb + GATE_OPEN_DB) : Math.max(GATE_DB, this.#gateDb - GATE_CLOSE_DB);
    const gain = 10 ** ((this.#levelDb + this.#gateDb) / 20);
    const from = this.#applied;
    const step = (gain - from) / FRAME_SAMPLES;
    for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = (frame[index] as number) * (from + step * (index + 1));
    this.#applied = gain;
    this.#rotator.apply(frame);
  }

  /** Follows the voice; a pause changes nothing, so that no noise is ever pumped up. */
  #learn(frame: Float32Array): void {
    let peak = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++) peak = Math.max(peak, Math.abs(frame[index] as number));
    this.#peak = Math.max(peak, this.#peak * PEAK_FADE);
    this.#heardFrames++;
    const share = 1 / Math.min(this.#heardFrames, MEMORY_FRAMES);
    this.#meanSquare += (this.activity.meanSquare - this.#meanSquare) * share;
    const wanted = Math.min(VOICE_TARGET - loudnessOf(this.#meanSquare), 20 * Math.log10(PEAK_ROOM / Math.max(this.#peak, 1e-6)));
    const target = Math.min(GAIN_UP_DB, Math.max(GAIN_DOWN_DB, wanted));
    const learning = this.#heardFrames < LEARN_FRAMES;
    const up = ((learning ? LEARN_DB_PER_SECOND : UP_DB_PER_SECOND) * FRAME_MS) / 1000;
    const down = ((learning ? LEARN_DB_PER_SECOND : DOWN_DB_PER_SECOND) * FRAME_MS) / 1000;
    this.#levelDb += Math.min(up, Math.max(-down, target - this.#levelDb));
  }
}
