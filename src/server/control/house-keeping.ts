import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Accounts, EventDesk, Sessions } from "../../event/mod.ts";
import type { WantedStage } from "../supervisor/ipc.ts";
import type { Imports } from "./imports.ts";
import type { Recordings } from "./recordings.ts";
import type { Pictures } from "./pictures.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Stages } from "./stages.ts";

/** Time between two rounds. Milliseconds: doors open and phases follow within about a second. */
const ROUND_MS = 1_000;
/** Time between two removals of old sessions and of recordings that are kept no longer. Milliseconds. */
const PRUNE_MS = 3_600_000;
/** How long the first round waits for the supervisor's list of running stages: without it an ended event's stage would be sent away. Milliseconds. */
const FIRST_LIST_MS = 1_000;

/** What a round works on. */
export interface HouseKeepingOptions {
  readonly desk: EventDesk;
  readonly sessions: Sessions;
  readonly accounts: Accounts;
  readonly recordings: Recordings;
  readonly pictures: Pictures;
  /** File of the house's logo, if there is one. */
  readonly logo: () => string | undefined;
  readonly imports: Imports;
  readonly snapshots: Snapshots;
  readonly stages: Stages;
  readonly clock: Clock;
  readonly log: Log;
  /** Told the whole list whenever it changes. */
  readonly wantStages: (stages: readonly WantedStage[]) => void;
}

/** The round control makes every second: doors, stages, files, wishes. */
export class HouseKeeping {
  readonly #options: HouseKeepingOptions;
  readonly #end = new AbortController();
  #lastWanted = "";
  #prunedMs = Number.NEGATIVE_INFINITY;
  #listKnown = false;
  #looked = false;
  #round: Promise<void> = Promise.resolve();
  #publishing: Promise<void> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();
  #onList: () => void = () => {};
  /** Rounds that failed since the start. */
  failures = 0;

  constructor(options: HouseKeepingOptions) {
    this.#options = options;
  }

  /** Starts the rounds; {@link close} ends them. */
  start(): void {
    this.#running = this.#run();
  }

  /** Says that the supervisor's list of running stages is known. */
  listKnown(): void {
    this.#listKnown = true;
    this.#onList();
  }

  /** Brings files and wishes up to date after a change, without looking at the stages. Never rejects. */
  settle(): Promise<void> {
    this.#publishing = this.#publishing.then(() => this.#publish()).catch(this.#count);
    return this.#publishing;
  }

  /** One whole round. Never rejects: what fails is logged and done again a second later. */
  round(): Promise<void> {
    this.#round = this.#round.then(() => this.#makeRound()).catch(this.#count);
    return this.#round;
  }

  /** Ends the rounds; resolves when the last one is over. */
  async close(): Promise<void> {
    this.#end.abort();
    await this.#running;
    await this.#round;
    await this.#publishing;
  }

  async #makeRound(): Promise<void> {
    const { desk, stages, clock, sessions, accounts, recordings, imports, pictures, logo } = this.#options;
    await desk.openDueDoors();
    await imports.adopt();
    await stages.look(await desk.all());
    this.#looked = this.#listKnown;
    await this.settle();
    if (clock.steadyMs() - this.#prunedMs < PRUNE_MS) return;
    await sessions.prune();
    await accounts.prune();
    await recordings.prune();
    await pictures.prune(new Set((await desk.all()).flatMap(({ artwork, cover }) => [artwork, cover]).concat(logo() ?? [])));
    this.#prunedMs = clock.steadyMs();
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    const { clock } = this.#options;
    try {
      if (!this.#listKnown) {
        const list = new Promise<void>((resolve) => {
          this.#onList = resolve;
        });
        await Promise.race([list, clock.sleep(FIRST_LIST_MS, signal)]);
        this.#listKnown = true;
      }
      while (!signal.aborted) {
        await this.round();
        await clock.sleep(ROUND_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #publish(): Promise<void> {
    const { desk, snapshots, stages, clock, wantStages } = this.#options;
    await snapshots.flush();
    // Before the first look at the stages a wish would send away those that still have work.
    if (!this.#looked) return;
    const wanted = stages.wanted(await desk.all(), clock.wallMs()).filter((stage) => snapshots.isPublished(stage.eventId));
    const text = JSON.stringify(wanted);
    if (text === this.#lastWanted) return;
    this.#lastWanted = text;
    wantStages(wanted);
  }

  readonly #count = (cause: unknown): void => {
    this.failures++;
    this.#options.log.error("a round of control failed; the next one follows", { cause });
  };
}
