import { sql } from "kysely";
import type { Clock } from "../core/clock.ts";
import { newId } from "../core/ids.ts";
import type { LoggedAct } from "../wire/acts.ts";
import type { ReminderTopic } from "../wire/reminders.ts";
import { type ActEntry, ActLog } from "./act-log.ts";
import type { LiveEvent } from "./live-event.ts";
import {
  AFTER_CANCEL_MS,
  AFTER_END_MS,
  DOORS_AHEAD_MS,
  LIVE_TRY_MS,
  NEVER_BEGAN_MS,
  NEWS_TRY_MS,
  OUTCOME_KEEP_MS,
  POSTPONED_KEEP_MS,
  PUSHES_PER_SECOND,
  UNCONFIRMED_MS,
} from "./reminder-terms.ts";
import type { EventStore, Step } from "./store.ts";
import type { ReminderWaveTable } from "./tables.ts";

/** Acts turned into notices in one transaction. */
const ACTS_AT_ONCE = 100;
/** What each act says to those who want to be reminded; the rest is not their business. */
const TOPICS: Readonly<Partial<Record<LoggedAct, ReminderTopic>>> = {
  postpone: "postponed",
  reschedule: "moved",
  cancel: "cancelled",
  undo: "restored",
  "go-live": "live",
};
/** Acts after which no older notice holds. */
const OVERTAKES: ReadonlySet<LoggedAct> = new Set(["postpone", "reschedule", "cancel", "undo", "go-live", "end"]);
/** Acts whose undoing is news. */
const MOVES: ReadonlySet<LoggedAct> = new Set(["postpone", "reschedule", "cancel"]);

/** What turns acts and times into notices. */
export interface ReminderWavesOptions {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly mailsPerMinute: number;
  /** Whether what was recorded can be heard. */
  readonly isReplayReady: (event: LiveEvent) => Promise<boolean>;
}

type WaveDraft = Pick<ReminderWaveTable, "event_id" | "topic" | "mark" | "reason" | "previous_ms" | "ends_ms"> & {
  /** The first notice goes out then. Unix milliseconds. */
  readonly fromMs: number;
  /** Only those who confirmed by then. Unix milliseconds. */
  readonly knownMs: number;
};

/**
 * Says what is to be told to everybody who wants to be reminded. One wave is one thing told; its rows name one reminder each, so that nobody is told it twice.
 * The log of acts is the source: what is in it is told, also after a kill; what a newer act overtook is dropped in the same transaction.
 */
export class ReminderWaves {
  readonly #options: ReminderWavesOptions;
  readonly #log: ActLog;

  constructor(options: ReminderWavesOptions) {
    this.#options = options;
    this.#log = new ActLog(options.store);
  }

  /** Turns acts that were written down since into notices. */
  async followActs(): Promise<void> {
    const { store } = this.#options;
    const [at] = await store.read(store.sql.selectFrom("reminder_position").select("number"));
    const acts = await this.#log.after(at?.number ?? 0, ACTS_AT_ONCE);
    const last = acts.at(-1);
    if (at === undefined || last === undefined) return;
    const steps: Step[] = [];
    for (const act of acts) {
      if (OVERTAKES.has(act.act)) steps.push(this.#drop(act.eventId));
      const wave = await this.#ofAct(act);
      if (wave !== undefined) steps.push(...this.#waveSteps(wave));
    }
    const query = store.sql.updateTable("reminder_position").set({ number: last.number }).where("number", "=", at.number);
    await store.write([...steps, { query, changes: 1 }]);
  }

  /** Looks at the clock: doors that are near, replays that are ready. `events`: all of them. */
  async followTimes(events: readonly LiveEvent[]): Promise<void> {
    const { clock, isReplayReady } = this.#options;
    const nowMs = clock.wallMs();
    const wanted = new Map<string, number>();
    for (const row of await this.#counts()) wanted.set(row.event_id, Math.max(wanted.get(row.event_id) ?? 0, this.#spreadMs(row.kind, Number(row.count))));
    for (const event of events) {
      const spreadMs = wanted.get(event.id);
      if (spreadMs === undefined) continue;
      const base = { event_id: event.id, reason: "", previous_ms: null, fromMs: nowMs, knownMs: nowMs };
      const near = nowMs >= event.doorMs - DOORS_AHEAD_MS - spreadMs && nowMs < event.startMs;
      if ((event.status === "scheduled" || event.status === "doors") && near)
        await this.#tellOnce({ ...base, topic: "doors", mark: `doors:${event.startMs}:${event.doorMs}`, ends_ms: event.startMs });
      else if (event.status === "ended" && event.liveMs !== null && (await isReplayReady(event)))
        await this.#tellOnce({ ...base, topic: "replay", mark: "replay", ends_ms: nowMs + NEWS_TRY_MS });
    }
  }

  /** Deletes addresses whose term is over: those never confirmed, and all of an event that is. `events`: all of them. */
  async forgetOld(events: readonly LiveEvent[]): Promise<void> {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    const unconfirmed = store.sql
      .deleteFrom("reminder")
      .where("state", "=", "asked")
      .where("asked_ms", "<", nowMs - UNCONFIRMED_MS);
    const outcomes = store.sql.deleteFrom("reminder_notice").where("done_ms", "<", nowMs - OUTCOME_KEEP_MS);
    await store.write([{ query: unconfirmed }, { query: outcomes }]);
    const held = new Set((await store.read(store.sql.selectFrom("reminder").select("event_id").distinct())).map((row) => row.event_id));
    for (const event of events.filter(({ id }) => held.has(id))) {
      if (!isOver(event, nowMs) && !(event.status === "ended" && (await this.#isReplayTold(event.id)))) continue;
      await store.write([this.#drop(event.id), { query: store.sql.deleteFrom("reminder").where("event_id", "=", event.id) }]);
    }
  }

  async #tellOnce(draft: WaveDraft): Promise<void> {
    if ((await this.#waveOf(draft.event_id, draft.mark)) === undefined) await this.#options.store.write(this.#waveSteps(draft));
  }

  async #waveOf(eventId: string, mark: string): Promise<{ readonly id: string } | undefined> {
    const { store } = this.#options;
    return (await store.read(store.sql.selectFrom("reminder_wave").select("id").where("event_id", "=", eventId).where("mark", "=", mark)))[0];
  }

  async #anybody(eventId: string): Promise<boolean> {
    const { store } = this.#options;
    const query = store.sql.selectFrom("reminder").select("id").where("state", "=", "confirmed").where("event_id", "=", eventId).limit(1);
    return (await store.read(query)).length > 0;
  }

  async #isReplayTold(eventId: string): Promise<boolean> {
    const { store } = this.#options;
    const wave = await this.#waveOf(eventId, "replay");
    if (wave === undefined) return false;
    const open = store.sql.selectFrom("reminder_notice").select("wave_id").where("wave_id", "=", wave.id).where("state", "in", ["pending", "sending"]).limit(1);
    return (await store.read(open)).length === 0;
  }

  async #counts() {
    const { store } = this.#options;
    return await store.read(
      store.sql
        .selectFrom("reminder")
        .select(["event_id", "kind", ({ fn }) => fn.countAll<number>().as("count")])
        .where("state", "=", "confirmed")
        .groupBy(["event_id", "kind"]),
    );
  }

  /** How long it takes to tell so many. Milliseconds. */
  #spreadMs(kind: string, count: number): number {
    return kind === "mail" ? (count * 60_000) / this.#options.mailsPerMinute : (count * 1_000) / PUSHES_PER_SECOND;
  }

  async #ofAct(act: ActEntry): Promise<WaveDraft | undefined> {
    const topic = TOPICS[act.act];
    const nowMs = this.#options.clock.wallMs();
    const ends_ms = act.atMs + (topic === "live" ? LIVE_TRY_MS : NEWS_TRY_MS);
    if (topic === undefined || ends_ms <= nowMs || !(await this.#anybody(act.eventId))) return undefined;
    if (act.act === "undo") {
      const undone = (await this.#log.of(act.eventId)).find(({ number }) => number === act.undoes);
      if (undone === undefined || !MOVES.has(undone.act)) return undefined;
    }
    const previous_ms = act.before.start_ms ?? null;
    return { event_id: act.eventId, topic, mark: `act:${act.number}`, reason: act.reason, previous_ms, ends_ms, fromMs: nowMs, knownMs: act.atMs };
  }

  /** Step: nothing older of this event is sent any more. */
  #drop(eventId: string): Step {
    const { store, clock } = this.#options;
    const waves = store.sql.selectFrom("reminder_wave").select("id").where("event_id", "=", eventId).where("topic", "<>", "confirm");
    const query = store.sql
      .updateTable("reminder_notice")
      .set({ state: "dropped", done_ms: clock.wallMs() })
      .where("state", "=", "pending")
      .where("wave_id", "in", waves);
    return { query };
  }

  /** Steps: the wave, and a notice for everybody, each with a place in the spread. Nothing when this was told before. */
  #waveSteps({ fromMs, knownMs, ...draft }: WaveDraft): readonly Step[] {
    const { store, clock, mailsPerMinute } = this.#options;
    const wave: ReminderWaveTable = { ...draft, id: newId(clock.wallMs()), created_ms: clock.wallMs() };
    // Whole numbers in every dialect: the place in the row of its kind, divided by the kind's rate.
    const place = sql<number>`(row_number() over (partition by kind order by id) - 1)`;
    const slot = sql<number>`${sql.lit(fromMs)} + case when kind = 'mail' then ${place} * 60000 / ${sql.lit(mailsPerMinute)} else ${place} * 1000 / ${sql.lit(PUSHES_PER_SECOND)} end`;
    // Only below a wave that is really there: one that was told before adds nothing.
    const made = store.sql.selectFrom("reminder_wave").select("id").where("id", "=", wave.id);
    const everybody = store.sql
      .selectFrom("reminder")
      .select([
        sql<string>`${sql.lit(wave.id)}`.as("wave_id"),
        "id as reminder_id",
        sql<"pending">`'pending'`.as("state"),
        sql<number>`0`.as("attempts"),
        slot.as("next_ms"),
        sql<string>`''`.as("failure"),
      ])
      .where("event_id", "=", wave.event_id)
      .where("state", "=", "confirmed")
      .where("confirmed_ms", "<=", knownMs)
      .where(({ exists }) => exists(made));
    return [
      {
        query: store.sql
          .insertInto("reminder_wave")
          .values(wave)
          .onConflict((conflict) => conflict.columns(["event_id", "mark"]).doNothing()),
      },
      {
        query: store.sql.insertInto("reminder_notice").columns(["wave_id", "reminder_id", "state", "attempts", "next_ms", "failure"]).expression(everybody),
      },
    ];
  }
}

/** Whether nothing is to come of an event that its listeners would be told. */
function isOver({ status, startMs, endedMs, updatedMs }: LiveEvent, nowMs: number): boolean {
  if (status === "ended") return nowMs >= (endedMs ?? startMs) + AFTER_END_MS;
  if (status === "cancelled") return nowMs >= updatedMs + AFTER_CANCEL_MS;
  if (status === "postponed") return nowMs >= updatedMs + POSTPONED_KEEP_MS;
  return status !== "live" && nowMs >= startMs + NEVER_BEGAN_MS;
}
