import { FRAME_MS } from "../../core/units.ts";
import type { HowlNow } from "../../wire/room.ts";
import { type Echo, EchoFinder, SoundHistory, STRETCHES } from "./echo-finder.ts";
import { MixPhases } from "./echo-sense.ts";
import { type HowlVerdict, HowlWatch } from "./howl-watch.ts";
import { HOP_FRAMES } from "./phasors.ts";

/** Strength from which an echo is one, under which it is none any more, and from which a duck was not enough. Standard deviations. */
const ECHO = 8.5;
const STILL_ECHO = 6.5;
const CLEAR_ECHO = 12;
const STRONG_ECHO = 16;
/** How much higher than anything else the peak must be. Held notes and rhythms give several. */
const ALONE = 1.8;
/** Weight of evidence that ducks, over short delays and over long ones: each look in a row that finds the same echo adds one, a clear one more, one of a tonal sound less (a note lasts two seconds, an echo does not end). */
const NEAR_ENOUGH = 20;
const FAR_ENOUGH = 8;
const CLEAR_WEIGHT = 2;
const STRONG_WEIGHT = 4;
const TONAL_WEIGHT = 0.3;
/** By how much the sound that agrees must be newer from one look that counts to the next. Milliseconds; an echo repeats all that is said, two people who begin a word alike do so for a moment, and that is in several looks. */
const NEWER_MS = 120;
/** Looks that must find nothing before an input is let go. */
const CLEAN = 4;
/** How far the delays of agreeing looks may differ. Milliseconds; a jitter buffer that moves shifts by 20. */
const SAME_DELAY_MS = 3;
/** Between two looks, one input each. Frames; 240 ms for short delays, 300 ms for one of the stretches of long ones. Loud returns over short delays are felt at once (echo-sense); this finds the faint ones, and those a large room blurs. */
const NEAR_EVERY = 240 / FRAME_MS;
const FAR_EVERY = 300 / FRAME_MS;
/** For how long the guard looks away from an input the host forgave. Frames; 5 minutes. */
const FORGIVEN_FRAMES = 300_000 / FRAME_MS;

/** A verdict with the seat it is about. */
export interface SeatVerdict extends HowlVerdict {
  readonly seatId: string;
}

interface Suspicion {
  readonly memory: Float64Array;
  delayMs: number;
  /** Middle of the sound that agreed when it last counted. Milliseconds since the input was first heard. */
  middleMs: number;
  found: number;
  missed: number;
}

interface Watched {
  readonly watch: HowlWatch;
  /** One per stretch of delays, the short ones first. */
  readonly suspicions: readonly Suspicion[];
}

/** Watches all inputs of a stage: for howling, and for the mix coming back through somebody's microphone. */
export class HowlGuard {
  readonly #seats: Watched[] = [];
  readonly #byId = new Map<string, Watched>();
  readonly #onVerdict: (verdict: SeatVerdict) => void;
  readonly #mix = new SoundHistory();
  readonly #finder = new EchoFinder();
  #frame = 0;
  readonly #phases = new MixPhases();
  #energy = 0;
  #nearAt = 0;
  #farAt = 0;
  #stretch = 1;

  constructor(onVerdict: (verdict: SeatVerdict) => void) {
    this.#onVerdict = onVerdict;
  }

  /** The watch of a seat; it outlives the seat's connections. */
  watch(seatId: string): HowlWatch {
    const known = this.#byId.get(seatId);
    if (known !== undefined) return known.watch;
    const watch = new HowlWatch((verdict) => this.#onVerdict({ seatId, ...verdict }));
    const watched = {
      watch,
      suspicions: Array.from({ length: STRETCHES }, () => ({ memory: EchoFinder.memory(), delayMs: 0, middleMs: 0, found: 0, missed: 0 })),
    };
    this.#byId.set(seatId, watched);
    this.#seats.push(watched);
    return watch;
  }

  /** What is done to a seat and why; undefined while it is let through. */
  now(seatId: string): HowlNow | undefined {
    return this.#byId.get(seatId)?.watch.now;
  }

  /** Takes back what was done to a seat and leaves it alone for five minutes. */
  forgive(seatId: string): void {
    this.#byId.get(seatId)?.watch.forgive(FORGIVEN_FRAMES);
  }

  /** Ends a frame with the mix it gave: feels for echoes of a moment ago in every input, and looks for those of long ago in one now and then. @hot */
  advance(mix: Float32Array): void {
    this.#mix.push(mix);
    for (let index = 0; index < mix.length; index++) this.#energy += (mix[index] as number) * (mix[index] as number);
    this.#frame++;
    if (this.#frame % HOP_FRAMES === 0) {
      let deepestDb = 0;
      for (const { watch } of this.#seats) {
        watch.feel(this.#phases);
        if (watch.suspected && !watch.muted) deepestDb = Math.min(deepestDb, watch.gainDb);
      }
      this.#phases.push(this.#mix, this.#energy, 10 ** (deepestDb / 20));
      this.#energy = 0;
    }
    if (this.#frame % NEAR_EVERY === 0) this.#look(this.#nextAwake(this.#nearAt++), 0);
    if (this.#frame % FAR_EVERY !== 0) return;
    this.#look(this.#nextAwake(this.#farAt), this.#stretch);
    // All stretches of one input, then the next input.
    if (++this.#stretch < STRETCHES) return;
    this.#stretch = 1;
    this.#farAt++;
  }

  /** The input whose turn it is, or the next one that has something to look at. */
  #nextAwake(from: number): Watched | undefined {
    for (let tries = 0; tries < this.#seats.length; tries++) {
      const seat = this.#seats[(from + tries) % this.#seats.length] as Watched;
      if (seat.watch.awake || seat.watch.suspected) return seat;
    }
    return undefined;
  }

  #look(seat: Watched | undefined, stretch: number): void {
    if (seat === undefined) return;
    const suspicion = seat.suspicions[stretch] as Suspicion;
    const enough = enoughFor(stretch);
    // Only others' voices prove anything: one's own may be a recording that plays in a loop.
    const echo = this.#finder.find({ heard: seat.watch.heard, source: this.#mix, own: seat.watch.sent }, stretch, suspicion.memory);
    weigh(suspicion, echo, enough);
    const found = seat.suspicions.find((each, index) => each.found >= enoughFor(index));
    seat.watch.echoes(found?.delayMs, echo.strength > STRONG_ECHO);
  }
}

function enoughFor(stretch: number): number {
  return stretch === 0 ? NEAR_ENOUGH : FAR_ENOUGH;
}

/** Adds a look to the evidence. */
function weigh(suspicion: Suspicion, { strength, alone, delayMs, tonal, middleMs }: Echo, enough: number): void {
  const known = suspicion.found >= enough;
  const same = Math.abs(suspicion.delayMs - delayMs) <= SAME_DELAY_MS;
  if (known ? same && strength > STILL_ECHO : strength > ECHO && alone > ALONE) {
    suspicion.missed = 0;
    // Neither for it nor against it.
    if (!known && !(middleMs > (same ? suspicion.middleMs + NEWER_MS : 0))) return;
    const weight = tonal ? TONAL_WEIGHT : strength > STRONG_ECHO ? STRONG_WEIGHT : strength > CLEAR_ECHO ? CLEAR_WEIGHT : 1;
    suspicion.found = same ? suspicion.found + weight : weight;
    suspicion.delayMs = delayMs;
    suspicion.middleMs = middleMs;
  } else if (++suspicion.missed >= CLEAN) suspicion.found = 0;
}
