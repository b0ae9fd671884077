import type { Selectable } from "kysely";
import type { LoggedAct } from "../wire/acts.ts";
import type { Role } from "../wire/room.ts";
import type { EventStore, Step } from "./store.ts";
import type { EventActTable, LiveEventTable } from "./tables.ts";

/** Acts that {@link lastUndoable} finds. */
const UNDOABLE: ReadonlySet<LoggedAct> = new Set(["edit", "postpone", "reschedule", "cancel"]);

/** Columns of an event that acts change. */
export type EventFields = Partial<Omit<LiveEventTable, "id" | "slug" | "revision">>;

/** Who did it: a person by name and role, the operator, or the house by itself. */
export interface Actor {
  readonly name: string;
  readonly role: Role | "operator" | "listener" | "token" | "house";
}
/** The house itself: doors that open by the clock, what a stage reports. */
export const HOUSE: Actor = { name: "", role: "house" };

/** An act to be written down. */
export interface NewAct {
  readonly act: LoggedAct;
  readonly by: Actor;
  readonly reason?: string;
  readonly before?: EventFields | Readonly<Record<string, string>>;
  readonly after?: EventFields | Readonly<Record<string, string>>;
  readonly undoes?: number;
}

/** An act as it was written down. Instants are Unix milliseconds. */
export interface ActEntry {
  /** Position in the house's log; rises. */
  readonly number: number;
  readonly eventId: string;
  readonly atMs: number;
  readonly act: LoggedAct;
  readonly by: Actor;
  readonly reason: string;
  readonly before: EventFields;
  readonly after: EventFields;
  /** Number of the act this one takes back. */
  readonly undoes: number | null;
}

/** What was done to events, in order. Nothing in it is ever changed or removed. */
export class ActLog {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  /** Step: writes an act down; an act that was taken back already is refused with `conflict`. */
  insert(eventId: string, atMs: number, { act, by, reason = "", before = {}, after = {}, undoes }: NewAct): Step {
    const json = { before_json: JSON.stringify(before), after_json: JSON.stringify(after) };
    const row = { event_id: eventId, at_ms: atMs, act, actor_name: by.name, actor_role: by.role, reason, ...json, undoes: undoes ?? null };
    return { query: this.#store.sql.insertInto("event_act").values(row), otherwise: "conflict" };
  }

  /** Everything done to one event, oldest first. */
  async of(eventId: string): Promise<readonly ActEntry[]> {
    return (await this.#store.read(this.#store.sql.selectFrom("event_act").selectAll().where("event_id", "=", eventId).orderBy("number"))).map(toEntry);
  }

  /** Acts of every event after a position, oldest first, at most `limit`. */
  async after(number: number, limit: number): Promise<readonly ActEntry[]> {
    const query = this.#store.sql.selectFrom("event_act").selectAll().where("number", ">", number).orderBy("number").limit(limit);
    return (await this.#store.read(query)).map(toEntry);
  }
}

/** The act that an undo would take back now: the latest that changed what is announced and still stands. */
export function lastUndoable(entries: readonly ActEntry[]): ActEntry | undefined {
  const undone = new Set(entries.map((entry) => entry.undoes));
  return entries.findLast((entry) => UNDOABLE.has(entry.act) && !undone.has(entry.number));
}

function toEntry(row: Selectable<EventActTable>): ActEntry {
  return {
    number: row.number,
    eventId: row.event_id,
    atMs: row.at_ms,
    act: row.act as LoggedAct,
    by: { name: row.actor_name, role: row.actor_role as Actor["role"] },
    reason: row.reason,
    before: JSON.parse(row.before_json) as EventFields,
    after: JSON.parse(row.after_json) as EventFields,
    undoes: row.undoes,
  };
}
