import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import type { PcmSource } from "../mixer.ts";
import type { FrameRing } from "./frame-ring.ts";

/** How far a sound goes down while somebody talks. dB. */
export const DUCK_DB = -12;
/** How fast it goes down and comes back. dB per frame: 160 ms down, so that the first word is heard; 1.2 s up, so that a breath does not bring it back. */
const DUCK_STEP_DB = 1.5;
const RETURN_STEP_DB = 0.2;
/** How fast a change of level is followed. dB per frame. */
const LEVEL_STEP_DB = 1;
/** Length of the fade when a sound is stopped. Frames; 400 ms. */
const FADE_OUT_FRAMES = 400 / FRAME_MS;
/** Frames a sound has ahead before it begins, or goes on after it ran dry: 100 ms of a file, 2 s of a stream. */
const AHEAD = { file: 5, stream: 100 } as const;

/** A sound in the mix: takes frames from its ring, fades, ducks, and never waits. */
export class FeedSource implements PcmSource {
  readonly #ring: FrameRing;
  readonly #ahead: number;
  readonly #someoneTalks: () => boolean;
  /** Whether it goes down while somebody talks. */
  ducks: boolean;
  /** Level wanted. dB; 0 is the programme's loudness. */
  levelDb: number;
  #appliedDb: number;
  #duckDb = 0;
  /** Gain the last frame ended with. Linear. */
  #gain = 1;
  #flowing = false;
  #stopping = false;
  #fade = 1;
  #done = false;
  /** Frames given so far. */
  #played = 0;

  constructor(ring: FrameRing, options: { kind: keyof typeof AHEAD; levelDb: number; ducks: boolean; someoneTalks: () => boolean }) {
    this.#ring = ring;
    this.#ahead = AHEAD[options.kind];
    this.#someoneTalks = options.someoneTalks;
    this.ducks = options.ducks;
    this.levelDb = options.levelDb;
    this.#appliedDb = options.levelDb;
    // A stream begins in the middle of something.
    if (options.kind === "stream") this.#gain = 0;
    this.#duckDb = options.ducks && options.someoneTalks() ? DUCK_DB : 0;
    if (options.kind === "file") this.#gain = 10 ** ((this.#appliedDb + this.#duckDb) / 20);
  }

  /** Time it has been heard. Seconds. */
  get elapsedSeconds(): number {
    return (this.#played * FRAME_MS) / 1000;
  }

  /** Whether it can be heard now. */
  get flowing(): boolean {
    return this.#flowing;
  }

  /** Whether nothing more comes of it. */
  get done(): boolean {
    return this.#done;
  }

  /** Fades it out; then it is done. */
  stop(): void {
    this.#stopping = true;
    if (!this.#flowing) this.#done = true;
  }

  /** @hot */
  pull(out: Float32Array): void {
    const fill = this.#ring.fill;
    if (!this.#flowing && (fill >= this.#ahead || this.#ring.ended)) this.#flowing = true;
    if (!this.#flowing || this.#done || !this.#ring.read(out)) return this.#giveSilence(out);
    this.#played++;
    const dry = fill === 1 && !this.#ring.ended;
    const gain = dry ? 0 : this.#nextGain();
    const slope = (gain - this.#gain) / FRAME_SAMPLES;
    for (let index = 0; index < FRAME_SAMPLES; index++) out[index] = (out[index] as number) * (this.#gain + slope * (index + 1));
    this.#gain = gain;
    if (dry) this.#flowing = false;
    if (this.#fade === 0 || (this.#stopping && dry)) this.#done = true;
  }

  #giveSilence(out: Float32Array): void {
    out.fill(0);
    if (this.#flowing && this.#ring.ended) this.#done = true;
    this.#flowing = false;
    this.#gain = 0;
  }

  #nextGain(): number {
    const wanted = this.ducks && this.#someoneTalks() ? DUCK_DB : 0;
    this.#duckDb = wanted < this.#duckDb ? Math.max(wanted, this.#duckDb - DUCK_STEP_DB) : Math.min(wanted, this.#duckDb + RETURN_STEP_DB);
    this.#appliedDb += Math.max(-LEVEL_STEP_DB, Math.min(LEVEL_STEP_DB, this.levelDb - this.#appliedDb));
    if (this.#stopping) this.#fade = Math.max(0, this.#fade - 1 / FADE_OUT_FRAMES);
    return 10 ** ((this.#appliedDb + this.#duckDb) / 20) * this.#fade;
  }
}
