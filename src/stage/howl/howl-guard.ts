import { FRAME_MS } from "../../core/units.ts";
import { type Echo, EchoFinder, SoundHistory } from "./echo-finder.ts";
import { type HowlVerdict, HowlWatch } from "./howl-watch.ts";

/** Strength from which an echo is one, under which it is none any more, and from which a duck was not enough. Standard deviations. */
const ECHO = 9;
const STILL_ECHO = 6.5;
const CLEAR_ECHO = 12;
const STRONG_ECHO = 16;
/** How much higher than anything else the peak must be. Held notes and rhythms give several. */
const ALONE = 1.8;
/** Weight of evidence that ducks, for short delays and for long ones, which are looked for ten times less often: each look in a row that finds the same echo adds one, a clear one more. A word said twice fills the compared second once, and never comes to this. */
const ENOUGH = 14;
const FAR_ENOUGH = 4;
const CLEAR_WEIGHT = 4;
/** Looks that must find nothing before an input is let go. */
const CLEAN = 4;
/** How far the delays of agreeing looks may differ. Milliseconds; a jitter buffer that moves shifts by 20. */
const SAME_DELAY_MS = 3;
/** Between two looks, one input each. Frames; 100 ms for short delays, 1 s for the long way through the broadcast. */
const NEAR_EVERY = 100 / FRAME_MS;
const FAR_EVERY = 1_000 / FRAME_MS;
/** For how long the guard looks away from an input the host forgave. Frames; 5 minutes. */
const FORGIVEN_FRAMES = 300_000 / FRAME_MS;

/** A verdict with the seat it is about. */
export interface SeatVerdict extends HowlVerdict {
  readonly seatId: string;
}

interface Suspicion {
  readonly memory: Float64Array;
  delayMs: number;
  found: number;
  missed: number;
}

interface Watched {
  readonly watch: HowlWatch;
  readonly near: Suspicion;
  readonly far: Suspicion;
}

/** Watches all inputs of a stage: for howling, and for the mix coming back through somebody's microphone. */
export class HowlGuard {
  readonly #seats: Watched[] = [];
  readonly #byId = new Map<string, Watched>();
  readonly #onVerdict: (verdict: SeatVerdict) => void;
  readonly #mix = new SoundHistory();
  readonly #near = EchoFinder.near();
  readonly #far = EchoFinder.far();
  #frame = 0;
  #nearAt = 0;
  #farAt = 0;

  constructor(onVerdict: (verdict: SeatVerdict) => void) {
    this.#onVerdict = onVerdict;
  }

  /** The watch of a seat; it outlives the seat's connections. */
  watch(seatId: string): HowlWatch {
    const known = this.#byId.get(seatId);
    if (known !== undefined) return known.watch;
    const watch = new HowlWatch((verdict) => this.#onVerdict({ seatId, ...verdict }));
    const suspicion = (finder: EchoFinder) => ({ memory: finder.memory(), delayMs: 0, found: 0, missed: 0 });
    const watched = { watch, near: suspicion(this.#near), far: suspicion(this.#far) };
    this.#byId.set(seatId, watched);
    this.#seats.push(watched);
    return watch;
  }

  /** Takes back what was done to a seat and leaves it alone for five minutes. */
  forgive(seatId: string): void {
    this.#byId.get(seatId)?.watch.forgive(FORGIVEN_FRAMES);
  }

  /** Ends a frame with the mix it gave; looks at one input now and then. @hot */
  advance(mix: Float32Array): void {
    this.#mix.push(mix);
    this.#frame++;
    if (this.#frame % NEAR_EVERY === 0) this.#look(true);
    if (this.#frame % FAR_EVERY === 0) this.#look(false);
  }

  #look(near: boolean): void {
    for (let tries = 0; tries < this.#seats.length; tries++) {
      const seat = this.#seats[(near ? this.#nearAt++ : this.#farAt++) % this.#seats.length] as Watched;
      if (!seat.watch.audible && !seat.watch.suspected) continue;
      const suspicion = near ? seat.near : seat.far;
      this.#judge(seat, suspicion, (near ? this.#near : this.#far).find(seat.watch.heard, this.#mix, suspicion.memory));
      return;
    }
  }

  #judge({ watch, near, far }: Watched, suspicion: Suspicion, { strength, alone, delayMs }: Echo): void {
    const known = suspicion.found >= (suspicion === far ? FAR_ENOUGH : ENOUGH);
    const same = Math.abs(suspicion.delayMs - delayMs) <= SAME_DELAY_MS;
    if (known ? same && strength > STILL_ECHO : strength > ECHO && alone > ALONE) {
      const weight = strength > STRONG_ECHO ? CLEAR_WEIGHT : strength > CLEAR_ECHO ? 2 : 1;
      suspicion.found = same ? suspicion.found + weight : weight;
      suspicion.delayMs = delayMs;
      suspicion.missed = 0;
    } else if (++suspicion.missed >= CLEAN) suspicion.found = 0;
    const echoing = near.found >= ENOUGH ? near : far.found >= FAR_ENOUGH ? far : undefined;
    watch.echoes(echoing?.delayMs, strength > STRONG_ECHO);
  }
}
