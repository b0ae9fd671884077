import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import { SoundHistory } from "./echo-finder.ts";
import { Notch } from "./notch.ts";
import { Spectrum } from "./spectrum.ts";
import { ToneWatch } from "./tone-watch.ts";

/** First duck, and the deeper one when the tone goes on. dB. */
const DUCK_DB = -12;
const DEEP_DB = -30;
/** A tone that lasts this long after the duck is not yet broken; this long after the deep one, the input is muted. Frames. */
const DEEPER_AFTER_FRAMES = 400 / FRAME_MS;
const MUTE_AFTER_FRAMES = 1_500 / FRAME_MS;
/** Quiet it takes before the gain comes back. Frames; 2.5 s: a loop that was ducked hides behind the voice. */
const CALM_FRAMES = 2_500 / FRAME_MS;
/** How fast the gain comes back. dB per frame; 6 dB/s: a loop shows itself again before it hurts. */
const RETURN_DB = (6 * FRAME_MS) / 1000;
/** What each finding takes off the gain that comes back, what one that took the deep duck does, the most it takes, and how long it is remembered. dB, frames; an input that howls again and again is simply too loud in its room. */
const LEARNED_DB = -6;
const LEARNED_DEEP_DB = -12;
const LEARNED_MOST_DB = -24;
const FORGET_FRAMES = 120_000 / FRAME_MS;
/** Notches of one input, and how long each stays. Frames; 5 minutes. */
const NOTCHES = 6;
const NOTCH_FRAMES = 300_000 / FRAME_MS;
/** Howls nearer to a notch than this part of its frequency are the same. */
const SAME_TONE = 0.06;
/** Level under which an input has nothing to be looked at. Linear peak; -52 dBFS. */
const AUDIBLE_PEAK = 0.0025;

/** What is held against an input. */
export type HowlKind = "tonal-loop" | "delayed-copy";
/** What was done about it. */
export type HowlAct = "duck" | "notch" | "mute" | "release";

/** Something the guard did, for the people concerned and the event's record. */
export interface HowlVerdict {
  readonly kind: HowlKind;
  readonly act: HowlAct;
  /** Frequency of a loop. Hertz. */
  readonly hertz?: number;
  /** By how much a copy is later than what it copies. Milliseconds. */
  readonly delayMs?: number;
}

/** One input under watch: hears it before anything is done to it, treats it afterwards. */
export class HowlWatch {
  readonly spectrum = new Spectrum();
  /** What came in and what went on to the mix, for comparing. */
  readonly heard = new SoundHistory();
  readonly sent = new SoundHistory();
  readonly #tone = new ToneWatch();
  readonly #notches: { readonly notch: Notch; readonly since: number }[] = [];
  readonly #onVerdict: (verdict: HowlVerdict) => void;
  #frame = 0;
  #kind: HowlKind = "tonal-loop";
  #hertz = 0;
  #sinceDuck = -1;
  #calm = 0;
  #copied = false;
  #targetDb = 0;
  #gainDb = 0;
  #learnedDb = 0;
  #learnedAt = 0;
  #muted = false;
  #trustedUntil = 0;
  /** Whether the newest frame had anything to hear. */
  audible = false;

  constructor(onVerdict: (verdict: HowlVerdict) => void) {
    this.#onVerdict = onVerdict;
  }

  /** Gain the guard puts on the input. dB; -Infinity when it muted it. */
  get gainDb(): number {
    return this.#muted ? Number.NEGATIVE_INFINITY : this.#gainDb;
  }

  /** Whether the input howls or copies now: its level says nothing about a voice. */
  get suspected(): boolean {
    return this.#sinceDuck >= 0;
  }

  get muted(): boolean {
    return this.#muted;
  }

  /** Takes everything back and looks away for a while: the host knows better. `frames`: for how long. */
  forgive(frames: number): void {
    this.#trustedUntil = this.#frame + frames;
    this.#notches.length = 0;
    this.#learnedDb = 0;
    this.#muted = false;
    this.#sinceDuck = -1;
    this.#targetDb = 0;
  }

  /** Looks at a frame as it came in. @hot */
  hear(frame: Float32Array): void {
    this.#frame++;
    let peak = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++) peak = Math.max(peak, Math.abs(frame[index] as number));
    this.audible = peak > AUDIBLE_PEAK;
    this.heard.push(frame);
    if (!this.audible) return this.#judge(0);
    this.spectrum.push(frame);
    this.#tone.look(this.spectrum);
    this.#judge(this.#frame < this.#trustedUntil ? 0 : this.#tone.hertz);
  }

  /** Says whether this input was found to hold an echo; `strong`: so clearly that the duck before was not enough. */
  echoes(delayMs: number | undefined, strong: boolean): void {
    if (this.#frame < this.#trustedUntil) return;
    const began = delayMs !== undefined && !this.#copied && this.#sinceDuck < 0;
    this.#copied = delayMs !== undefined;
    if (this.#copied && strong && this.#sinceDuck > DEEPER_AFTER_FRAMES && this.#targetDb > DEEP_DB) {
      this.#targetDb = DEEP_DB;
      this.#learn(LEARNED_DEEP_DB);
    }
    if (!began) return;
    this.#learn(LEARNED_DB);
    this.#kind = "delayed-copy";
    this.#sinceDuck = 0;
    this.#targetDb = Math.min(this.#targetDb, DUCK_DB);
    this.#onVerdict({ kind: "delayed-copy", act: "duck", delayMs: Math.round(delayMs) });
  }

  /** Notches and ducks a frame in place, after everything else was done to it. @hot */
  treat(frame: Float32Array): void {
    for (const { notch } of this.#notches) notch.apply(frame);
    const from = this.#muted ? 0 : 10 ** (this.#gainDb / 20);
    // Down within a frame, up slowly.
    this.#gainDb = this.#targetDb < this.#gainDb ? this.#targetDb : Math.min(this.#targetDb, this.#gainDb + RETURN_DB);
    const to = this.#muted ? 0 : 10 ** (this.#gainDb / 20);
    const step = (to - from) / FRAME_SAMPLES;
    if (from !== 1 || to !== 1) for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = (frame[index] as number) * (from + step * (index + 1));
    this.sent.push(frame);
  }

  #judge(hertz: number): void {
    if (this.#learnedDb < 0 && this.#frame - this.#learnedAt > FORGET_FRAMES) this.#learnedDb = 0;
    if ((this.#notches[0]?.since ?? Number.POSITIVE_INFINITY) < this.#frame - NOTCH_FRAMES) this.#notches.shift();
    if (hertz > 0) this.#howls(hertz);
    else if (this.#sinceDuck >= 0) {
      this.#sinceDuck++;
      this.#quiet();
    }
  }

  #howls(hertz: number): void {
    this.#calm = 0;
    if (this.#sinceDuck < 0 || this.#kind !== "tonal-loop") {
      this.#kind = "tonal-loop";
      this.#hertz = hertz;
      this.#sinceDuck = 0;
      this.#targetDb = Math.min(this.#targetDb, DUCK_DB);
      this.#learn(LEARNED_DB);
      this.#onVerdict({ kind: "tonal-loop", act: "duck", hertz: Math.round(hertz) });
    }
    this.#notch(hertz);
    this.#sinceDuck++;
    if (this.#sinceDuck === DEEPER_AFTER_FRAMES) this.#targetDb = DEEP_DB;
    if (this.#sinceDuck === MUTE_AFTER_FRAMES && !this.#muted) {
      this.#muted = true;
      this.#onVerdict({ kind: "tonal-loop", act: "mute", hertz: Math.round(hertz) });
    }
  }

  #learn(db: number): void {
    this.#learnedDb = Math.max(LEARNED_MOST_DB, this.#learnedDb + db);
    this.#learnedAt = this.#frame;
  }

  #notch(hertz: number): void {
    if (this.#notches.some(({ notch }) => Math.abs(notch.hertz - hertz) < SAME_TONE * hertz)) return;
    if (this.#notches.length === NOTCHES) this.#notches.shift();
    this.#notches.push({ notch: new Notch(hertz), since: this.#frame });
    this.#onVerdict({ kind: "tonal-loop", act: "notch", hertz: Math.round(hertz) });
  }

  #quiet(): void {
    if (this.#copied) {
      this.#calm = 0;
      return;
    }
    if (++this.#calm < CALM_FRAMES) return;
    this.#calm = 0;
    this.#sinceDuck = -1;
    this.#targetDb = this.#learnedDb;
    if (!this.#muted) this.#onVerdict({ kind: this.#kind, act: "release", ...(this.#kind === "tonal-loop" ? { hertz: Math.round(this.#hertz) } : {}) });
  }
}
