import { createHash, timingSafeEqual } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { PushRenewal, ReminderKind, ReminderProgress, ReminderTopic } from "../wire/reminders.ts";
import { checkTimeZone } from "./draft.ts";
import type { LiveEvent } from "./live-event.ts";
import { addressHash, openAddress, readReminderToken, reminderToken, sealAddress } from "./reminder-secret.ts";
import { CONFIRM_AGAIN_MS, CONFIRM_MAILS_MAX, CONFIRM_TRY_MS, REMINDERS_MAX, UNCONFIRMED_MAX } from "./reminder-terms.ts";
import type { EventStore, Step } from "./store.ts";
import type { ReminderNoticeTable, ReminderTable, ReminderWaveTable } from "./tables.ts";

/** Notices shown to the host, the newest. */
const SHOWN_WAVES = 20;
/** States in which an event has something to be reminded of. */
const OPEN = new Set<LiveEvent["status"]>(["scheduled", "doors", "postponed"]);

/** Somebody who wants to be reminded. `address`: a mail address, or a push subscription as JSON. */
export interface Asking {
  readonly kind: ReminderKind;
  readonly address: string;
  /** What tells it from another: the mail box, or the subscription's endpoint. */
  readonly identity: string;
  readonly language: "en" | "de";
  readonly timeZone: string;
}

/** What the desk works with. */
export interface ReminderDeskOptions {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Addresses are sealed with a key derived from it, so that a copy of the database holds none. 32 bytes. */
  readonly houseKey: Uint8Array;
}

/** Who wants to be reminded of an event: without an account, by an address that is kept sealed and only as long as it is needed. */
export class ReminderDesk {
  readonly #options: ReminderDeskOptions;

  constructor(options: ReminderDeskOptions) {
    this.#options = options;
  }

  /**
   * Takes an address down. A mail address is asked to confirm first; what it did before is never told. A browser is told at once.
   * @throws `transition-invalid` when nothing is to come, `forbidden` for the permanent event, `event-unknown` for one that is for invited listeners, `invalid-field`, `reminders-full`
   */
  async ask(event: LiveEvent, asking: Asking): Promise<{ readonly state: "asked" | "confirmed"; readonly token?: string }> {
    // Whoever is not invited does not learn that there is such an event.
    if (event.visibility === "invited") throw new EarshotError("event-unknown", { slug: event.slug });
    if (event.permanent) throw new EarshotError("forbidden", { rule: "an event that begins" });
    if (!OPEN.has(event.status)) throw new EarshotError("transition-invalid", { act: "remind", status: event.status });
    checkTimeZone(asking.timeZone);
    const { houseKey } = this.#options;
    const mail = asking.kind === "mail";
    const hash = addressHash(houseKey, event.id, asking.kind, mail ? asking.identity.toLowerCase() : asking.identity);
    const known = await this.#byHash(event.id, hash);
    if (known === undefined) await this.#checkRoom(event.id, mail);
    const row = known ?? this.#newRow(event.id, asking, hash);
    if (!mail) {
      if (known === undefined) await this.#insert(row, []);
      else await this.#renew(known, asking);
      return { state: "confirmed", token: reminderToken(houseKey, row.id) };
    }
    if (known === undefined) await this.#insert(row, this.#confirmSteps(row));
    else await this.#askAgain(known);
    return { state: "asked" };
  }

  /**
   * Puts a browser's new push subscription in the place of one that ended, at every event it is reminded of; tokens given out before still end them.
   * @throws `reminder-unknown` when nobody is reminded there, or the keys are others
   */
  async exchange({ old, new: fresh }: PushRenewal): Promise<void> {
    const { store, houseKey } = this.#options;
    const events = await store.read(store.sql.selectFrom("reminder").select("event_id").where("kind", "=", "push").distinct());
    const steps: Step[] = [];
    for (const { event_id } of events) {
      const row = await this.#byHash(event_id, addressHash(houseKey, event_id, "push", old.endpoint));
      const address = row === undefined ? undefined : openAddress(houseKey, row.id, row.address_sealed);
      if (row === undefined || address === undefined || !sameKeys(address, old)) continue;
      const hash = addressHash(houseKey, event_id, "push", fresh.endpoint);
      if (fresh.endpoint !== old.endpoint && (await this.#byHash(event_id, hash)) !== undefined) steps.push(...this.#forgetSteps(row.id));
      else {
        const values = { address_hash: hash, address_sealed: sealAddress(houseKey, row.id, JSON.stringify(fresh)) };
        steps.push({ query: store.sql.updateTable("reminder").set(values).where("id", "=", row.id) });
      }
    }
    if (steps.length === 0) throw new EarshotError("reminder-unknown");
    await store.write(steps);
  }

  /** What a link opens; undefined when there is no such reminder any more. @throws `reminder-unknown` for a token we never gave out */
  async find(token: string): Promise<{ readonly eventId: string; readonly state: "asked" | "confirmed" } | undefined> {
    const row = await this.#byToken(token);
    return row === undefined ? undefined : { eventId: row.event_id, state: row.state };
  }

  /** Confirms an address; once more does nothing. @throws `reminder-unknown` */
  async confirm(token: string): Promise<void> {
    const row = await this.#byToken(token);
    if (row === undefined) throw new EarshotError("reminder-unknown");
    const { store, clock } = this.#options;
    const values = { state: "confirmed" as const, confirmed_ms: clock.wallMs() };
    await store.write([{ query: store.sql.updateTable("reminder").set(values).where("id", "=", row.id).where("state", "=", "asked") }]);
  }

  /** Ends a reminder and forgets its address; once more does nothing. @throws `reminder-unknown` for a token we never gave out */
  async end(token: string): Promise<void> {
    const read = readReminderToken(this.#options.houseKey, token);
    if (!read.ok) throw new EarshotError(read.code);
    await this.forget(read.id);
  }

  /** Forgets a reminder: its address is deleted, what was still to be sent is dropped. */
  async forget(reminderId: string): Promise<void> {
    await this.#options.store.write(this.#forgetSteps(reminderId));
  }

  #forgetSteps(reminderId: string): readonly Step[] {
    const { store, clock } = this.#options;
    const values = { state: "dropped" as const, done_ms: clock.wallMs() };
    const notices = store.sql.updateTable("reminder_notice").set(values).where("reminder_id", "=", reminderId).where("state", "=", "pending");
    return [{ query: notices }, { query: store.sql.deleteFrom("reminder").where("id", "=", reminderId) }];
  }

  /** The token of a reminder's links. */
  tokenOf(reminderId: string): string {
    return reminderToken(this.#options.houseKey, reminderId);
  }

  /** The address of a reminder; undefined when it cannot be opened with this house's key. */
  addressOf(reminderId: string, sealed: Uint8Array): string | undefined {
    return openAddress(this.#options.houseKey, reminderId, sealed);
  }

  /** Who is reminded of an event, and how far each notice is. */
  async progress(eventId: string): Promise<ReminderProgress> {
    const { store } = this.#options;
    const people = await store.read(
      store.sql
        .selectFrom("reminder")
        .select(["kind", "state", ({ fn }) => fn.countAll<number>().as("count")])
        .where("event_id", "=", eventId)
        .groupBy(["kind", "state"]),
    );
    const number = (kind: ReminderKind, state: string) => Number(people.find((row) => row.kind === kind && row.state === state)?.count ?? 0);
    const waves = await store.read(
      store.sql
        .selectFrom("reminder_wave")
        .select(["id", "topic", "created_ms"])
        .where("event_id", "=", eventId)
        .where("topic", "<>", "confirm")
        .orderBy("id", "desc")
        .limit(SHOWN_WAVES),
    );
    const outcomes =
      waves.length === 0
        ? []
        : await store.read(
            store.sql
              .selectFrom("reminder_notice")
              .select(["wave_id", "state", ({ fn }) => fn.countAll<number>().as("count")])
              .where(
                "wave_id",
                "in",
                waves.map(({ id }) => id),
              )
              .groupBy(["wave_id", "state"]),
          );
    const of = (waveId: string, ...states: readonly string[]) =>
      outcomes.filter((row) => row.wave_id === waveId && states.includes(row.state)).reduce((sum, row) => sum + Number(row.count), 0);
    return {
      mail: number("mail", "confirmed"),
      push: number("push", "confirmed"),
      unconfirmed: number("mail", "asked"),
      notices: waves.map(({ id, topic, created_ms }) => ({
        topic: topic as ReminderTopic,
        date: new Date(created_ms).toISOString(),
        waiting: of(id, "pending", "sending"),
        sent: of(id, "sent"),
        failed: of(id, "failed"),
        dropped: of(id, "dropped"),
      })),
    };
  }

  async #byHash(eventId: string, hash: Uint8Array): Promise<ReminderTable | undefined> {
    const { store } = this.#options;
    const [row] = await store.read(store.sql.selectFrom("reminder").selectAll().where("event_id", "=", eventId).where("address_hash", "=", hash));
    return row;
  }

  async #byToken(token: string): Promise<ReminderTable | undefined> {
    const { store, houseKey } = this.#options;
    const read = readReminderToken(houseKey, token);
    if (!read.ok) throw new EarshotError(read.code);
    const [row] = await store.read(store.sql.selectFrom("reminder").selectAll().where("id", "=", read.id));
    return row;
  }

  #newRow(eventId: string, { kind, address, language, timeZone }: Asking, hash: Uint8Array): ReminderTable {
    const nowMs = this.#options.clock.wallMs();
    const id = newId(nowMs);
    return {
      id,
      event_id: eventId,
      kind,
      address_hash: hash,
      address_sealed: sealAddress(this.#options.houseKey, id, address),
      language,
      time_zone: timeZone,
      state: kind === "push" ? "confirmed" : "asked",
      asks: 1,
      asked_ms: nowMs,
      confirmed_ms: kind === "push" ? nowMs : null,
    };
  }

  /** A browser that asks again may have new keys, and a reader another language. */
  async #renew({ id }: ReminderTable, { address, language, timeZone }: Asking): Promise<void> {
    const { store, houseKey } = this.#options;
    const values = { address_sealed: sealAddress(houseKey, id, address), language, time_zone: timeZone };
    await store.write([{ query: store.sql.updateTable("reminder").set(values).where("id", "=", id) }]);
  }

  /** Who asks twice at the same moment is taken down once. */
  async #insert(row: ReminderTable, steps: readonly Step[]): Promise<void> {
    const { store } = this.#options;
    await store.write([{ query: store.sql.insertInto("reminder").values(row) }, ...steps]).catch((error: unknown) => {
      if (!(error instanceof EarshotError) || error.code !== "conflict") throw error;
    });
  }

  /** A mail that asks to confirm, or once more to whoever lost it; a few times and not too often. */
  async #askAgain(known: ReminderTable): Promise<void> {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    if (known.asks >= CONFIRM_MAILS_MAX || nowMs - known.asked_ms < CONFIRM_AGAIN_MS) return;
    const row = { ...known, asks: known.asks + 1, asked_ms: nowMs };
    const query = store.sql.updateTable("reminder").set({ asks: row.asks, asked_ms: nowMs }).where("id", "=", known.id).where("asks", "=", known.asks);
    await store.write([{ query, changes: 1 }, ...this.#confirmSteps(row)]);
  }

  #confirmSteps(row: ReminderTable): readonly Step[] {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    const wave: ReminderWaveTable = {
      ...{ id: newId(nowMs), event_id: row.event_id, topic: "confirm", mark: `confirm:${row.id}:${row.asks}`, reason: "", previous_ms: null },
      ...{ created_ms: nowMs, ends_ms: nowMs + CONFIRM_TRY_MS },
    };
    const notice: ReminderNoticeTable = {
      ...{ wave_id: wave.id, reminder_id: row.id, state: "pending", attempts: 0, next_ms: nowMs, failure: "", done_ms: null },
    };
    return [{ query: store.sql.insertInto("reminder_wave").values(wave) }, { query: store.sql.insertInto("reminder_notice").values(notice) }];
  }

  async #checkRoom(eventId: string, mail: boolean): Promise<void> {
    const { store } = this.#options;
    const counted = store.sql.selectFrom("reminder").select(({ fn }) => fn.countAll<number>().as("count"));
    const [all] = await store.read(counted.where("event_id", "=", eventId));
    if (Number(all?.count ?? 0) >= REMINDERS_MAX) throw new EarshotError("reminders-full");
    if (!mail) return;
    const [unconfirmed] = await store.read(counted.where("state", "=", "asked"));
    if (Number(unconfirmed?.count ?? 0) >= UNCONFIRMED_MAX) throw new EarshotError("reminders-full");
  }
}

/** Whether a stored subscription has these keys; compared without telling how much of them is right. */
function sameKeys(address: string, { p256dh, auth }: PushRenewal["old"]): boolean {
  const stored = JSON.parse(address) as PushRenewal["old"];
  const digest = (keys: string) => createHash("sha256").update(keys).digest();
  return timingSafeEqual(digest(`${stored.p256dh}.${stored.auth}`), digest(`${p256dh}.${auth}`));
}
