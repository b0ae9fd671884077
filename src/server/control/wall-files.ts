import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { type ModerationDesk, moderationFile, type SocialStore, type WallDesk, wallPages } from "../../social/mod.ts";
import { PAGES_MAX } from "../../wire/wall.ts";
import { writeDurably } from "../adapters/durable-file.ts";
import { Rounds } from "./rounds.ts";
import type { WallGate } from "./wall-gate.ts";

/** Least time between two versions of a wall, however much is written. Milliseconds. */
const PUBLISH_MS = 2_000;
/** Time between two rounds. Milliseconds. */
const ROUND_MS = 1_000;

/** What the files are made from. */
export interface WallFilesOptions {
  readonly dataFolder: string;
  readonly store: SocialStore;
  readonly wall: WallDesk;
  readonly moderation: ModerationDesk;
  readonly gate: WallGate;
  readonly houseKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for events in which a suspension came to its end: seats open again. */
  readonly onFreed: (eventIds: readonly string[]) => Promise<void>;
}

/**
 * Keeps `events/<id>/wall/<page>.json`, which fronts give to everybody, and `events/<id>/moderation.json`, which the ledger enters, in step with the database.
 * However many write, each wall is made anew at most every two seconds.
 */
export class WallFiles {
  readonly #options: WallFilesOptions;
  readonly #rounds: Rounds;
  readonly #changed = new Set<string>();
  readonly #publishedMs = new Map<string, number>();
  readonly #ledgers = new Map<string, string>();
  /** Reactions to the moment as each wall shows them. */
  readonly #moments = new Map<string, string | undefined>();
  #lookedMs: number;
  #turn: Promise<void> = Promise.resolve();
  /** Files that could not be written since the start. */
  failures = 0;

  constructor(options: WallFilesOptions) {
    this.#options = options;
    this.#lookedMs = options.clock.wallMs();
    this.#rounds = new Rounds({
      clock: options.clock,
      everyMs: ROUND_MS,
      round: () => this.#makeRound(),
      onFault: (cause) => options.log.error("a round of walls failed; the next one follows", { cause }),
    });
  }

  /** Starts the rounds; {@link close} ends them. */
  start(): void {
    this.#rounds.start();
  }

  /** Says that something was written, voted or reacted to. */
  mark(eventId: string): void {
    this.#changed.add(eventId);
  }

  /** Makes an event's files now: what moderators did is to be seen at once. Never rejects; what fails is tried again. */
  publish(eventId: string): Promise<void> {
    this.#changed.add(eventId);
    this.#turn = this.#turn.then(() => this.#attempt(eventId));
    return this.#turn;
  }

  /** A page as everybody reads it; undefined when there is none. */
  async read(eventId: string, page: number): Promise<Buffer | undefined> {
    return await readFile(this.#path(eventId, page)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  /** One round: suspensions that came to their end, and walls whose time has come. Never rejects. */
  round(): Promise<void> {
    return this.#rounds.once();
  }

  async #makeRound(): Promise<void> {
    const { clock, gate, moderation, onFreed, log, wall } = this.#options;
    gate.look();
    try {
      const nowMs = clock.wallMs();
      const freed = await moderation.endedBetween(this.#lookedMs, nowMs);
      if (freed.length > 0) await onFreed(freed);
      for (const eventId of freed) this.#changed.add(eventId);
      this.#lookedMs = nowMs;
    } catch (cause) {
      this.failures++;
      log.error("the ends of suspensions could not be read; it is tried again", { cause });
    }
    for (const eventId of wall.moments.events) {
      // Reactions that are over go by themselves.
      if (JSON.stringify(wall.moments.counts(eventId)) !== this.#moments.get(eventId)) this.#changed.add(eventId);
    }
    const steadyMs = clock.steadyMs();
    for (const eventId of [...this.#changed]) {
      if (steadyMs - (this.#publishedMs.get(eventId) ?? Number.NEGATIVE_INFINITY) >= PUBLISH_MS) await this.publish(eventId);
    }
  }

  async close(): Promise<void> {
    await this.#rounds.close();
    await this.#turn;
  }

  #path(eventId: string, page: number): string {
    return join(this.#options.dataFolder, "events", eventId, "wall", `${page}.json`);
  }

  async #attempt(eventId: string): Promise<void> {
    if (!this.#changed.delete(eventId)) return;
    try {
      await this.#write(eventId);
      this.#publishedMs.set(eventId, this.#options.clock.steadyMs());
    } catch (cause) {
      this.#changed.add(eventId);
      this.failures++;
      this.#options.log.error("a wall could not be written; the old one stands and it is tried again", { cause });
    }
  }

  async #write(eventId: string): Promise<void> {
    const { dataFolder, clock, wall: desk } = this.#options;
    const folder = join(dataFolder, "events", eventId);
    await mkdir(join(folder, "wall"), { recursive: true });
    const ledger = JSON.stringify(await moderationFile({ ...this.#options, eventId }));
    // The ledger's file first and for good: what is seen on the wall has been entered or will be.
    if (ledger !== (this.#ledgers.get(eventId) ?? "[]")) await writeDurably(join(folder, "moderation.json"), `${ledger}\n`);
    this.#ledgers.set(eventId, ledger);
    const moment = desk.moments.counts(eventId);
    const pages = await wallPages({ ...this.#options, eventId, nowMs: clock.wallMs(), moment });
    for (let page = PAGES_MAX; page >= 1; page--) {
      const path = this.#path(eventId, page);
      const wall = pages[page - 1];
      if (wall === undefined) await rm(path, { force: true });
      else await replace(path, asText(wall));
    }
    this.#moments.set(eventId, JSON.stringify(moment));
  }
}

/** JSON in which nothing can be taken for markup, whoever reads it as what. */
function asText(value: unknown): string {
  return `${JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll(">", "\\u003e").replaceAll("&", "\\u0026")}\n`;
}

/** Replaces a file in one step. Not flushed: the database has it all, and a flush every two seconds would be taken from the recording's disk. */
async function replace(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
