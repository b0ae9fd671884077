/** How often a record is written while the stage runs. Milliseconds; what a kill may cost of it. */
const KEEP_MS = 10_000;

/** Writes a record again and again, one time after the other, until it is closed. */
export class Keeping {
  readonly #write: () => Promise<void>;
  readonly #timer: NodeJS.Timeout;
  #writing: Promise<void> = Promise.resolve();

  /** `write`: never rejects; a disk that refuses a record does not stop the event. */
  constructor(write: () => Promise<void>) {
    this.#write = write;
    this.#timer = setInterval(() => void this.keep(), KEEP_MS);
  }

  /** Writes the record as it is now; resolves when it is written. */
  keep(): Promise<void> {
    this.#writing = this.#writing.then(this.#write);
    return this.#writing;
  }

  /** Stops, when what is being written is written. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writing;
  }
}
