import { EarshotError } from "../../core/errors.ts";
import type { RecordingTrouble } from "../../wire/room.ts";

/** How often it looks whether the disk has caught up. Milliseconds. */
const LOOK_MS = 1_000;

/** What a watch asks and tells. */
export interface RecordingWatchOptions {
  /** Parts waiting for the disk now. */
  readonly queueDepth: () => number;
  /** Called when trouble begins, changes or is over (null). */
  readonly onChange: (trouble: RecordingTrouble | null) => void;
}

/** Knows whether the disk takes the recording: trouble lasts from the first refusal until nothing waits any more. Closed by the stage process. */
export class RecordingWatch {
  readonly #options: RecordingWatchOptions;
  readonly #timer: NodeJS.Timeout;
  #trouble: RecordingTrouble | null = null;

  constructor(options: RecordingWatchOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.look(), LOOK_MS);
  }

  /** Notes that something of the recording was refused. */
  fault(cause: unknown): void {
    this.#set(cause instanceof EarshotError && cause.code === "disk-full" ? "disk-full" : "disk-failing");
  }

  /** Looks whether it is over. */
  look(): void {
    if (this.#trouble !== null && this.#options.queueDepth() === 0) this.#set(null);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #set(trouble: RecordingTrouble | null): void {
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    this.#options.onChange(trouble);
  }
}
