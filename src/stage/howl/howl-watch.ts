import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import type { HowlNow } from "../../wire/room.ts";
import { Duck } from "./duck.ts";
import { SoundHistory } from "./echo-finder.ts";
import { EchoSense, type MixPhases } from "./echo-sense.ts";
import { MachineWatch } from "./machine-watch.ts";
import { Notch } from "./notch.ts";
import { Spectrum } from "./spectrum.ts";
import { SwellWatch } from "./swell-watch.ts";
import { LOOK_FRAMES, ToneWatch } from "./tone-watch.ts";

/** First duck, and the deeper one when it was not enough. dB. */
const DUCK_DB = -12;
const DEEP_DB = -30;
/** A tone that is there so long after the duck is not yet broken; one that sounds for so long in all after the deep duck is muted. Frames. */
const DEEPER_AFTER_FRAMES = 400 / FRAME_MS;
const MUTE_AFTER_FRAMES = 1_100 / FRAME_MS;
/** Quiet it takes before the gain comes back. Frames; 2.5 s: a loop that was ducked hides behind the voice. */
const CALM_FRAMES = 2_500 / FRAME_MS;
/** What each finding takes off the gain that comes back. dB. */
const LEARNED_DB = -6;
/** Contrast from which the stage is felt to come back, for how many looks in a row, and under which no more. The loudest of singing, drums and speech stay under 0.03. */
const ECHO = 0.034;
const SURE = 2;
const STILL_ECHO = 0.022;
/** How far under 0 dB the mean return is to stay. dB; a room's loudest frequency lies 10 over its mean, and a loop wants 6 to its limit to sound clean. */
const RETURN_ROOM_DB = 16;
/** Notches of one input, and how long each stays. Frames; 5 minutes. */
const NOTCHES = 6;
const NOTCH_FRAMES = 300_000 / FRAME_MS;
/** Howls nearer to a notch than this part of its frequency are the same. */
const SAME_TONE = 0.06;
/** Level under which an input has nothing to be looked at, and how long it counts after that. Linear peak, -52 dBFS; frames, 0.5 s. */
const AUDIBLE_PEAK = 0.0025;
const AWAKE_FRAMES = 500 / FRAME_MS;

/** Something the guard did, for the log and the event's record. */
export interface HowlVerdict {
  /** What is held against the input. */
  readonly kind: HowlNow["kind"];
  /** What was done about it; `release`: everything is taken back. */
  readonly act: HowlNow["act"] | "notch" | "release";
  /** Frequency of a loop. Hertz. */
  readonly hertz?: number;
  /** By how much a copy is later than what it copies. Milliseconds. */
  readonly delayMs?: number;
}

const SILENCE = new Float32Array(FRAME_SAMPLES);

/** One input under watch: hears it before anything is done to it, treats it afterwards. */
export class HowlWatch {
  readonly spectrum = new Spectrum();
  /** What came in and what went on to the mix, for comparing. */
  readonly heard = new SoundHistory();
  readonly sent = new SoundHistory();
  readonly #tone = new ToneWatch();
  readonly #sense = new EchoSense();
  readonly #swell = new SwellWatch();
  readonly #machine = new MachineWatch();
  readonly #duck = new Duck();
  readonly #notches: { readonly notch: Notch; readonly since: number }[] = [];
  readonly #onVerdict: (verdict: HowlVerdict) => void;
  #frame = 0;
  #kind: HowlNow["kind"] = "tonal-loop";
  #now: HowlNow | undefined;
  #hertz = 0;
  #sinceDuck = -1;
  /** Frames of a tone since the deep duck; -1 before it. */
  #toneSinceDeep = -1;
  #calm = 0;
  /** Whether the mix is felt to come back, and whether the slow look found it. */
  #near = false;
  #found = false;
  #sure = 0;
  #trustedUntil = 0;
  #audibleAt = -AWAKE_FRAMES;
  /** Energy since the last look: of what came in, and of what would have gone to the mix were it not ducked. */
  #heardEnergy = 0;
  #energy = 0;

  constructor(onVerdict: (verdict: HowlVerdict) => void) {
    this.#onVerdict = onVerdict;
  }

  /** Gain the guard puts on the input. dB; -Infinity when it muted it. */
  get gainDb(): number {
    return this.#duck.gainDb;
  }

  /** Whether the input howls or copies now: its level says nothing about a voice. */
  get suspected(): boolean {
    return this.#sinceDuck >= 0;
  }

  get muted(): boolean {
    return this.#duck.muted;
  }

  /** What is done to the input and why, as people were told last; undefined while it is let through. */
  get now(): HowlNow | undefined {
    return this.#now;
  }

  /** Whether there was anything to hear in the last half second. */
  get awake(): boolean {
    return this.#frame - this.#audibleAt < AWAKE_FRAMES;
  }

  /** Takes everything back and looks away for a while: the host knows better. `frames`: for how long. */
  forgive(frames: number): void {
    this.#trustedUntil = this.#frame + frames;
    this.#notches.length = 0;
    this.#duck.forget();
    this.#near = false;
    this.#found = false;
    if (this.#now !== undefined) this.#release();
  }

  /** Looks at a frame as it came in. @hot */
  hear(frame: Float32Array): void {
    this.#frame++;
    let peak = 0;
    let energy = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const value = frame[index] as number;
      peak = Math.max(peak, Math.abs(value));
      energy += value * value;
    }
    this.#heardEnergy += energy;
    this.heard.push(frame);
    let hertz = 0;
    if (peak > AUDIBLE_PEAK) {
      this.#audibleAt = this.#frame;
      this.spectrum.push(frame);
      if (this.#frame % LOOK_FRAMES === 0) {
        this.spectrum.look();
        this.#tone.look(this.spectrum);
      }
      if (this.#frame >= this.#trustedUntil) hertz = this.#tone.hertz;
    }
    if ((this.#notches[0]?.since ?? Number.POSITIVE_INFINITY) < this.#frame - NOTCH_FRAMES) this.#notches.shift();
    if (hertz > 0) this.#howls(hertz);
    else if (this.#sinceDuck >= 0) {
      this.#sinceDuck++;
      this.#quiet();
    }
  }

  /** Feels whether the mix of the last second and a half comes back. @hot */
  feel(mix: MixPhases): void {
    const sense = this.#sense;
    if (this.awake) sense.look(this.heard, this.#energy, mix);
    else sense.clear();
    this.#swell.look(this.#heardEnergy, sense.held);
    this.#machine.hear(this.#heardEnergy);
    this.#energy = 0;
    this.#heardEnergy = 0;
    if (this.#frame < this.#trustedUntil) return;
    if (this.#swell.growthDb > 0) this.#swells(this.#swell.growthDb);
    if (this.#machine.known) return;
    this.#sure = sense.contrast > ECHO ? this.#sure + 1 : 0;
    this.#near = this.#near ? sense.contrast > STILL_ECHO : this.#sure >= SURE;
    if (this.suspected && this.#machine.weigh(this.#near ? sense.returnDb : Number.NEGATIVE_INFINITY)) this.#letMachineGo();
    else if (this.#near && this.#sure > 0) {
      if (this.suspected) this.#deepen(sense.returnDb);
      else this.#comesBack(sense.delayMs);
    }
  }

  /** Says whether the slow look found the mix of a while ago in this input; `strong`: so clearly that the duck before was not enough. */
  echoes(delayMs: number | undefined, strong: boolean): void {
    if (this.#frame < this.#trustedUntil) return;
    const began = delayMs !== undefined && !this.#found;
    this.#found = delayMs !== undefined;
    if (began && this.#sinceDuck < 0) this.#comesBack(delayMs);
    else if (this.#found && strong && this.#sinceDuck > DEEPER_AFTER_FRAMES && this.#duck.targetDb > DEEP_DB) {
      this.#duck.down(DEEP_DB);
      this.#duck.learn(this.#duck.learnedDb + 2 * LEARNED_DB);
    }
  }

  /** Notches and ducks a frame in place, after everything else was done to it. `apart`: it does not go to the mix that is watched, as of somebody who is muted or interprets. @hot */
  treat(frame: Float32Array, apart = false): void {
    for (const { notch } of this.#notches) notch.apply(frame);
    let energy = 0;
    for (let index = 0; index < FRAME_SAMPLES; index++) energy += (frame[index] as number) * (frame[index] as number);
    this.#energy += energy;
    this.#duck.apply(frame);
    // What is not in the mix must not be taken out of it: its absence would look like an echo of itself.
    this.sent.push(apart ? SILENCE : frame);
  }

  #comesBack(delayMs: number): void {
    this.#kind = "delayed-copy";
    this.#machine.ducked();
    this.#begin(DUCK_DB);
    this.#duck.learn(this.#duck.learnedDb + LEARNED_DB);
    this.#tell({ kind: "delayed-copy", act: "duck", delayMs: Math.round(delayMs) });
  }

  /** Ducks as deep as the return is loud. */
  #deepen(returnDb: number): void {
    const needed = Math.max(DEEP_DB, -returnDb - RETURN_ROOM_DB);
    if (needed >= this.#duck.targetDb) return;
    this.#duck.down(needed);
    this.#duck.learn(needed);
  }

  /** Lets go of what goes on all the same, ducked or not. */
  #letMachineGo(): void {
    this.#near = false;
    this.#duck.forget();
    this.#release();
  }

  #howls(hertz: number): void {
    this.#calm = 0;
    if (this.#sinceDuck < 0 || this.#kind !== "tonal-loop") {
      this.#kind = "tonal-loop";
      this.#hertz = hertz;
      this.#begin(DUCK_DB);
      this.#duck.learn(this.#duck.learnedDb + LEARNED_DB);
      this.#tell({ kind: "tonal-loop", act: "duck", hertz: Math.round(hertz) });
    }
    this.#notch(hertz);
    this.#sinceDuck++;
    if (this.#toneSinceDeep >= 0) this.#toneSinceDeep++;
    else if (this.#sinceDuck >= DEEPER_AFTER_FRAMES) {
      this.#toneSinceDeep = 0;
      this.#duck.down(DEEP_DB);
    }
    if (this.#toneSinceDeep >= MUTE_AFTER_FRAMES && !this.#duck.muted) {
      this.#tell({ kind: "tonal-loop", act: "mute", hertz: Math.round(hertz) });
      this.#duck.muted = true;
    }
  }

  /** Ducks by so much, and lets what goes on in spite of it be met anew. dB. */
  #begin(db: number): void {
    this.#calm = 0;
    this.#sinceDuck = 0;
    this.#toneSinceDeep = -1;
    this.#duck.down(db);
  }

  /** Ducks by what it grew and a room's margin: then it falls as fast as it rose. */
  #swells(growthDb: number): void {
    this.#calm = 0;
    if (this.#sinceDuck >= 0) return;
    this.#kind = "tonal-loop";
    this.#hertz = this.#tone.strongestHertz;
    const db = Math.max(DEEP_DB, Math.min(DUCK_DB, -growthDb + LEARNED_DB));
    this.#begin(db);
    this.#duck.learn(Math.max(db, this.#duck.learnedDb - growthDb + LEARNED_DB));
    this.#tell({ kind: "tonal-loop", act: "duck", hertz: Math.round(this.#hertz) });
  }

  #notch(hertz: number): void {
    if (this.#notches.some(({ notch }) => Math.abs(notch.hertz - hertz) < SAME_TONE * hertz)) return;
    if (this.#notches.length === NOTCHES) this.#notches.shift();
    this.#notches.push({ notch: new Notch(hertz), since: this.#frame });
    this.#tell({ kind: "tonal-loop", act: "notch", hertz: Math.round(hertz) });
  }

  #quiet(): void {
    if (this.#near || this.#found) {
      this.#calm = 0;
      return;
    }
    if (++this.#calm < CALM_FRAMES) return;
    this.#duck.letGo();
    this.#release();
  }

  #release(): void {
    this.#calm = 0;
    this.#sinceDuck = -1;
    this.#tell({ kind: this.#kind, act: "release", ...(this.#kind === "tonal-loop" ? { hertz: Math.round(this.#hertz) } : {}) });
  }

  /** Tells what was done; of a muted input there is no more to tell. */
  #tell(verdict: HowlVerdict): void {
    if (this.#duck.muted) return;
    const { kind, act } = verdict;
    if (act === "release") this.#now = undefined;
    else if (act !== "notch") this.#now = { kind, act };
    this.#onVerdict(verdict);
  }
}
