import type { Clock } from "../core/clock.ts";
import type { ReminderKind, ReminderTopic } from "../wire/reminders.ts";
import { OUTCOME_KEEP_MS, RETRY_MS } from "./reminder-terms.ts";
import type { EventStore } from "./store.ts";

/** One notice to one person, about to be sent. Instants are Unix milliseconds. */
export interface DueNotice {
  readonly waveId: string;
  readonly reminderId: string;
  readonly eventId: string;
  readonly kind: ReminderKind;
  readonly topic: ReminderTopic;
  readonly reason: string;
  /** Start that was announced before, where that changed. */
  readonly previousMs: number | null;
  readonly sealed: Uint8Array;
  readonly language: "en" | "de";
  readonly timeZone: string;
  readonly attempts: number;
  /** Its place in the spread. */
  readonly slotMs: number;
  /** After this it is worth nothing. */
  readonly endsMs: number;
}

/** How an attempt went: taken; to be tried again, not before `afterMs` where the other side said so; given up; the address is gone; or it holds no longer. */
export type NoticeOutcome =
  | { readonly type: "sent" }
  | { readonly type: "again"; readonly failure: string; readonly afterMs?: number }
  | { readonly type: "failed" | "gone"; readonly failure: string }
  | { readonly type: "dropped" };

/** What the outbox works with. */
export interface ReminderOutboxOptions {
  readonly store: EventStore;
  readonly clock: Clock;
}

/** What is still to be sent. A notice is claimed on disk before it leaves: a kill in between loses it rather than tells it twice. */
export class ReminderOutbox {
  readonly #options: ReminderOutboxOptions;

  constructor(options: ReminderOutboxOptions) {
    this.#options = options;
  }

  /** Closes what an earlier process was sending when it died: nobody knows whether it arrived. */
  async closeInterrupted(): Promise<void> {
    const { store, clock } = this.#options;
    const values = { state: "failed" as const, failure: "interrupted", done_ms: clock.wallMs() };
    await store.write([{ query: store.sql.updateTable("reminder_notice").set(values).where("state", "=", "sending") }]);
  }

  /** Takes notices of one kind whose place in the spread has come, at most `limit`, and gives up those that came too late. */
  async claim(kind: ReminderKind, limit: number): Promise<readonly DueNotice[]> {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    const query = store.sql
      .selectFrom("reminder_notice as notice")
      .innerJoin("reminder_wave as wave", "wave.id", "notice.wave_id")
      .innerJoin("reminder", "reminder.id", "notice.reminder_id")
      .select(["notice.wave_id", "notice.reminder_id", "notice.attempts", "notice.next_ms", "wave.topic", "wave.reason", "wave.previous_ms", "wave.ends_ms"])
      .select(["reminder.event_id", "reminder.kind", "reminder.address_sealed", "reminder.language", "reminder.time_zone"])
      .where("notice.state", "=", "pending")
      .where("notice.next_ms", "<=", nowMs)
      .where("reminder.kind", "=", kind)
      .orderBy("notice.next_ms")
      .orderBy("notice.reminder_id")
      .limit(limit);
    const rows = await store.read(query);
    if (rows.length === 0) return [];
    const changed = await store.write(
      rows.map(({ wave_id, reminder_id, attempts, ends_ms }) => {
        const late = ends_ms <= nowMs;
        const values = late ? { state: "failed" as const, failure: "too late", done_ms: nowMs } : { state: "sending" as const, attempts: attempts + 1 };
        const update = store.sql.updateTable("reminder_notice").set(values);
        return { query: update.where("wave_id", "=", wave_id).where("reminder_id", "=", reminder_id).where("state", "=", "pending") };
      }),
    );
    return rows
      .filter((row, index) => changed[index] === 1 && row.ends_ms > nowMs)
      .map((row) => ({
        waveId: row.wave_id,
        reminderId: row.reminder_id,
        eventId: row.event_id,
        kind: row.kind,
        topic: row.topic as ReminderTopic,
        reason: row.reason,
        previousMs: row.previous_ms,
        sealed: row.address_sealed,
        language: row.language,
        timeZone: row.time_zone,
        attempts: row.attempts + 1,
        slotMs: row.next_ms,
        endsMs: row.ends_ms,
      }));
  }

  /** Notes how an attempt went; resolves with what became of the notice. `jitter` in [0, 1): spreads the next attempt over a fifth of the wait. */
  async note({ waveId, reminderId, attempts, endsMs }: DueNotice, outcome: NoticeOutcome, jitter: number): Promise<"sent" | "pending" | "failed" | "dropped"> {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    const wait = RETRY_MS[attempts - 1];
    const next_ms = nowMs + Math.max(Math.round((wait ?? 0) * (1 + jitter / 5)), outcome.type === "again" ? (outcome.afterMs ?? 0) : 0);
    const again = outcome.type === "again" && wait !== undefined && next_ms < endsMs;
    const state: "sent" | "pending" | "failed" | "dropped" =
      outcome.type === "sent" || outcome.type === "dropped" ? outcome.type : again ? "pending" : "failed";
    const failure = "failure" in outcome ? outcome.failure : "";
    const values = { state, failure, ...(state === "pending" ? { next_ms } : { done_ms: nowMs }) };
    const update = store.sql.updateTable("reminder_notice").set(values).where("wave_id", "=", waveId).where("reminder_id", "=", reminderId);
    const gone = store.sql.deleteFrom("reminder").where("id", "=", reminderId);
    await store.write([{ query: update.where("state", "=", "sending") }, ...(outcome.type === "gone" ? [{ query: gone }] : [])]);
    return state;
  }

  /** How many are still to be sent. */
  async waiting(): Promise<number> {
    const { store } = this.#options;
    const query = store.sql.selectFrom("reminder_notice").select(({ fn }) => fn.countAll<number>().as("count"));
    const [row] = await store.read(query.where("state", "in", ["pending", "sending"]));
    return Number(row?.count ?? 0);
  }

  /** Gives up what nobody could claim in time, and forgets requests to confirm whose outcome was forgotten. */
  async tidy(): Promise<void> {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    const over = store.sql.selectFrom("reminder_wave").select("id").where("ends_ms", "<=", nowMs);
    const late = store.sql
      .updateTable("reminder_notice")
      .set({ state: "failed", failure: "too late", done_ms: nowMs })
      .where("state", "=", "pending")
      .where("wave_id", "in", over);
    // A wave of news stays: it keeps the same from being told again.
    const kept = store.sql.selectFrom("reminder_notice").select("wave_id");
    const forgotten = store.sql
      .deleteFrom("reminder_wave")
      .where("topic", "=", "confirm")
      .where("ends_ms", "<", nowMs - OUTCOME_KEEP_MS)
      .where("id", "not in", kept);
    await store.write([{ query: late }, { query: forgotten }]);
  }
}
