import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { type EventDesk, isStageWanted, type LiveEvent, type StageSight } from "../../event/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { readJson } from "../adapters/durable-file.ts";
import type { StageCommand } from "../stage/config.ts";
import type { RunningStage, WantedStage } from "../supervisor/ipc.ts";
import { parseLiveState } from "./live-state.ts";
import { LostStages } from "./lost-stages.ts";

/** Longest wait for a stage's answer. Milliseconds; it answers from memory on loopback, and the next look comes a second later. */
const LOOK_ANSWER_MS = 900;
/** The same for a host's command. Milliseconds; on a machine that is too busy the answer is late, and an error would be wrong: the stage does what it was told. */
const COMMAND_ANSWER_MS = 5_000;

/** What the follower works with. */
export interface StagesOptions {
  readonly dataFolder: string;
  readonly houseKey: Uint8Array;
  readonly desk: EventDesk;
  /** Whether the permanent Sound check runs. Default: it does. */
  readonly soundCheck?: boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Knows which stages run, what each says of itself, and which should run. */
export class Stages {
  readonly #options: StagesOptions;
  readonly #states = new Map<string, LiveState>();
  /** Events whose ledger is still to be told that the recording was taken away. */
  readonly #owed = new Set<string>();
  readonly #lost = new LostStages();
  /** Running stages that may not know the newest manifest: what changes while a stage starts would else be lost on it. */
  readonly #unread = new Set<string>();
  #running: ReadonlyMap<string, RunningStage> = new Map();
  /** Looks at a running stage that got no answer, since the start. */
  looksFailed = 0;

  constructor(options: StagesOptions) {
    this.#options = options;
  }

  /** Takes over the supervisor's list. */
  setRunning(stages: readonly RunningStage[]): void {
    const before = bySlug(this.#running.values());
    this.#running = new Map(stages.map((stage) => [stage.eventId, stage]));
    for (const { eventId, slug, url } of stages) if (before.get(slug)?.url !== url) void this.readManifest({ id: eventId, slug });
    this.#lost.setRunning(before, bySlug(stages), this.#options.clock.steadyMs());
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Whether an ended event's stage runs or still has something to complete. */
  holds(eventId: string): boolean {
    const { running, archiveFinal } = this.#sight(eventId);
    // Before the first look nothing is known, which is no leave to touch anything.
    return running || !archiveFinal || !this.#states.has(eventId);
  }

  /** Says that a recording was taken away: the event's stage runs once more to enter it, where a ledger was kept and does not say so yet. */
  recordingDeleted(eventId: string): void {
    const state = this.#states.get(eventId);
    if (state?.ledgerFinal !== undefined && state.deletionEntered !== true) this.#owed.add(eventId);
  }

  /** The stage of an event, when it runs. */
  bySlug(slug: string): RunningStage | undefined {
    return [...this.#running.values()].find((stage) => stage.slug === slug);
  }

  /** The stage of an event that runs, or that died and is back within a few seconds: whoever asks waits for it. Undefined when there is none to be expected, or it did not come. */
  async comingBack(slug: string): Promise<RunningStage | undefined> {
    return this.bySlug(slug) ?? (await this.#lost.comeBack(slug, this.#options.clock.steadyMs()));
  }

  /** Looks at every stage once: the running ones over their port, the others through the file they left. Takes over what they say. */
  async look(events: readonly LiveEvent[]): Promise<void> {
    this.#lost.advance(this.#options.clock.steadyMs());
    await Promise.all(
      events.map(async (event) => {
        const stage = this.#running.get(event.id);
        if (stage !== undefined && this.#unread.has(event.id)) await this.readManifest(event);
        const state = stage === undefined ? await this.#readFile(event) : await this.#ask(stage);
        if (state?.eventId === event.id) await this.#take(state);
      }),
    );
  }

  /** The stages that should run now. */
  wanted(events: readonly LiveEvent[], nowMs: number): readonly WantedStage[] {
    const { soundCheck = true } = this.#options;
    return events
      .filter((event) => (soundCheck || !event.permanent) && isStageWanted(event, this.#sight(event.id), nowMs))
      .map(({ id, slug }) => ({ eventId: id, slug }));
  }

  /** Has an event's stage read its manifest anew; one that runs and does not answer is asked again with every look, because it lets in whom it knows. */
  async readManifest(event: Pick<LiveEvent, "id" | "slug">): Promise<void> {
    this.#unread.delete(event.id);
    if (this.#running.has(event.id)) await this.command(event, { type: "read-manifest" }, LOOK_ANSWER_MS).catch(() => this.#unread.add(event.id));
  }

  /** Sends a host's command to the stage and takes over what it answers. @throws `stage-starting` while it does not answer */
  async command(event: Pick<LiveEvent, "id" | "slug">, command: { readonly type: StageCommand }, limitMs = COMMAND_ANSWER_MS): Promise<LiveState> {
    const stage = this.#running.get(event.id);
    if (stage === undefined) throw new EarshotError("stage-starting", { slug: event.slug });
    const request = {
      method: "POST",
      headers: { authorization: `Bearer ${Buffer.from(this.#options.houseKey).toString("base64url")}`, "content-type": "application/json" },
      body: JSON.stringify(command),
    };
    const response = await this.#fetch(`${stage.url}/command`, request, limitMs);
    const state = response.ok ? parseLiveState(await response.json()) : undefined;
    if (state === undefined) throw new EarshotError("internal", { stage_status: response.status });
    await this.#take(state);
    return state;
  }

  async #ask(stage: RunningStage): Promise<LiveState | undefined> {
    try {
      const response = await this.#fetch(`${stage.url}/state`, {}, LOOK_ANSWER_MS);
      return parseLiveState(await response.json());
    } catch (cause) {
      this.looksFailed++;
      this.#options.log.warn("a stage did not answer", { slug: stage.slug, cause: String(cause) });
      return undefined;
    }
  }

  async #fetch(url: string, init: RequestInit, limitMs: number): Promise<Response> {
    try {
      return await fetch(url, { ...init, signal: AbortSignal.timeout(limitMs) });
    } catch (cause) {
      throw new EarshotError("stage-starting", {}, cause);
    }
  }

  /** A stage that does not run can have left word only if somebody was backstage or the doors were open. */
  async #readFile(event: LiveEvent): Promise<LiveState | undefined> {
    const known = this.#states.get(event.id);
    const over = event.status === "ended" && known?.durationSamples !== undefined && !this.#owed.has(event.id);
    if (event.permanent || over || (event.status === "scheduled" && event.backstageMs === null)) return undefined;
    return parseLiveState(await readJson(join(this.#options.dataFolder, "events", event.id, "state.json")));
  }

  async #take(state: LiveState): Promise<void> {
    this.#states.set(state.eventId, state);
    if (state.deletionEntered === true) this.#owed.delete(state.eventId);
    await this.#options.desk.followStage(state);
  }

  #sight(eventId: string): StageSight {
    const state = this.#states.get(eventId);
    const running = this.#running.has(eventId);
    return {
      running,
      anybodyOnStage: running && (state?.onStage.length ?? 0) > 0,
      // A recording that left no word of itself cannot be completed either.
      archiveFinal: state === undefined || (state.durationSamples !== undefined && state.ledgerFinal !== false && !this.#owed.has(eventId)),
    };
  }
}

function bySlug(stages: Iterable<RunningStage>): ReadonlyMap<string, RunningStage> {
  return new Map([...stages].map((stage) => [stage.slug, stage]));
}
