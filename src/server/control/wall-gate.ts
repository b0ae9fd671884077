import { Ladder, Pressure, type PressureReadings } from "../../audience/mod.ts";
import { EarshotError } from "../../core/errors.ts";

/** After how long whoever was refused comes back. Seconds, plus as much jitter. */
const BUSY_SECONDS = 30;

/** Shuts the wall of every event while this process has more to do than it can: seats, hands and the host's commands come first. */
export class WallGate {
  readonly #read: () => PressureReadings;
  readonly #pressure = new Pressure();
  readonly #ladder = new Ladder();
  /** Requests refused since the start. */
  refused = 0;

  /** `read`: what the last second was like. */
  constructor(read: () => PressureReadings) {
    this.#read = read;
  }

  /** Looks how full the process is; called once a second. */
  look(): void {
    this.#ladder.follow(this.#pressure.take(this.#read()));
  }

  /** Lets a post, vote or reaction pass. @throws `busy` */
  pass(): void {
    if (!this.#ladder.does("no-posts")) return;
    this.refused++;
    throw new EarshotError("busy", { retry_after_seconds: Math.ceil(BUSY_SECONDS * (1 + Math.random())) });
  }
}
