import type { Clock } from "../../core/clock.ts";

/** What is done in rounds. */
export interface RoundsOptions {
  readonly clock: Pick<Clock, "sleep">;
  /** Time from the end of a round to the next. Milliseconds. */
  readonly everyMs: number;
  readonly round: () => Promise<void>;
  /** Hears of a round that failed; the next one follows all the same. Not of one that was ended by {@link Rounds.close}. */
  readonly onFault: (cause: unknown) => void;
}

/** Work that is done again and again, one round after the other, whoever asks for one. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #end = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #turn: Promise<void> = Promise.resolve();

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Aborted once the rounds are to end. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Starts the rounds; {@link close} ends them. */
  start(): void {
    this.#running = this.#run();
  }

  /** One round now, after the one under way. Never rejects. */
  once(): Promise<void> {
    const { round, onFault } = this.#options;
    this.#turn = this.#turn.then(round).catch((cause: unknown) => {
      if (!this.signal.aborted) onFault(cause);
    });
    return this.#turn;
  }

  /** Ends the rounds; the one under way is waited for. */
  async close(): Promise<void> {
    this.#end.abort(new Error("control closes"));
    await this.#running;
    await this.#turn;
  }

  async #run(): Promise<void> {
    const { clock, everyMs } = this.#options;
    while (!this.signal.aborted) {
      await this.once();
      await clock.sleep(everyMs, this.signal).catch(() => {});
    }
  }
}
