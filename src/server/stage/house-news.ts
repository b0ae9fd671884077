import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { COUNT_WINDOW_MS } from "../../wire/audience.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { type PackedAudience, packAudience } from "../../wire/timed-metadata.ts";
import type { AudienceFile } from "../adapters/audience-file.ts";

/** Waits after the end of a counting window until the fronts' lines are there. Milliseconds; this machine's are written at once, those of edges come over the network. */
const LINES_AFTER_MS = [2_000, 5_500];
/** Bytes of the hash that tell two states of the announcement apart; as a number it takes at most eight digits of every segment. */
const REVISION_BYTES = 3;

/** Where the news come from. */
export interface HouseNewsOptions {
  readonly dataFolder: string;
  readonly eventId: string;
  readonly slug: string;
  readonly state: () => LiveState;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What the rest of the house knows and listeners are told with the sound, so that they need not ask: how many listen, and that the event's page has
 * changed. Looked at twice per counting window, in files that are there anyway. Closed by the stage process.
 */
export class HouseNews {
  readonly #options: HouseNewsOptions;
  readonly #stop = new AbortController();
  #file: AudienceFile | undefined;
  #audience: PackedAudience | undefined;
  #revision = 0;

  constructor(options: HouseNewsOptions) {
    this.#options = options;
    void this.#run();
  }

  /** How many listen, by the newest closed window; undefined until one has closed and where no lines are kept. */
  get audience(): PackedAudience | undefined {
    return this.#audience;
  }

  /** Another number whenever the announced event or its languages are others. */
  get revision(): number {
    return this.#revision;
  }

  /** Looks at the files now. */
  async look(): Promise<void> {
    const { dataFolder, eventId, slug, state, clock, log } = this.#options;
    // What reads the lines is not needed in the first seconds of a stage, and takes a while to load.
    this.#file ??= new (await import("../adapters/audience-file.ts")).AudienceFile(join(dataFolder, "events", eventId), log);
    await this.#file.readMore();
    const audience = this.#file.sum.publicAudience(clock.wallMs());
    this.#audience = audience === undefined ? undefined : packAudience(audience);
    const announced = await readFile(join(dataFolder, "public", `${slug}.json`)).catch(() => new Uint8Array(0));
    const hash = createHash("sha256")
      .update(announced)
      .update(JSON.stringify(state().interpretation ?? null));
    this.#revision = hash.digest().readUIntBE(0, REVISION_BYTES);
  }

  close(): void {
    this.#stop.abort(new Error("the stage closes"));
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const nowMs = clock.wallMs();
        await clock.sleep(Math.min(...LINES_AFTER_MS.map((afterMs) => COUNT_WINDOW_MS - ((nowMs - afterMs) % COUNT_WINDOW_MS))), signal);
        await this.look();
      } catch (cause) {
        if (!signal.aborted) log.warn("the house's news could not be read; listeners ask themselves", { cause });
      }
    }
  }
}
