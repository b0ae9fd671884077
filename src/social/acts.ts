import { EarshotError } from "../core/errors.ts";
import { keyList, type PersonKeys, type Step } from "../event/mod.ts";
import type { ModerationAct, ModerationTally } from "../wire/wall.ts";
import type { SocialStore } from "./store.ts";
import type { AppealTable, ModerationTable } from "./tables.ts";

/** An act of moderation as stored, with how it stands. */
export interface ActRow extends Omit<ModerationTable, "number"> {
  readonly number: number;
  /** The act that took it back. */
  readonly undone: string | null;
  readonly appeal: Omit<AppealTable, "act_id" | "event_id"> | undefined;
}

/** A new act, before it has its number. */
export type NewModeration = Omit<ModerationTable, "number">;

/** What each act is taken back by. */
export const TAKEN_BACK_BY = { hold: "release", remove: "restore", suspend: "reinstate" } as const satisfies Partial<Record<ModerationAct, ModerationAct>>;

/** Acts of moderation: only ever added. What holds at a moment follows from them alone, so that no order of taking back can leave anything behind. */
export class Acts {
  readonly #store: SocialStore;

  constructor(store: SocialStore) {
    this.#store = store;
  }

  async find(eventId: string, id: string): Promise<ActRow | undefined> {
    return (await this.#read(this.#table.where("moderation.event_id", "=", eventId).where("moderation.id", "=", id)))[0];
  }

  /** The latest acts of an event by people, or of anybody, the newest first. */
  async latest(eventId: string, limit: number): Promise<readonly ActRow[]> {
    const query = this.#table.where("moderation.event_id", "=", eventId).where("moderation.automated", "=", 0);
    return await this.#read(query.orderBy("moderation.number", "desc").limit(limit));
  }

  /** Acts that concern somebody, the newest first. */
  async concerning(eventId: string, keys: PersonKeys, limit: number): Promise<readonly ActRow[]> {
    const own = keyList(keys);
    const query = this.#table
      .where("moderation.event_id", "=", eventId)
      .where((where) =>
        where.or([where("moderation.author_key", "in", own), where("moderation.device_key", "in", own), where("moderation.listener_key", "in", own)]),
      );
    return await this.#read(query.orderBy("moderation.number", "desc").limit(limit));
  }

  /** Acts in force upon these posts. */
  async upon(postIds: readonly string[]): Promise<readonly ActRow[]> {
    if (postIds.length === 0) return [];
    const rows = await this.#read(this.#table.where("moderation.post_id", "in", [...postIds]).orderBy("moderation.number"));
    return rows.filter(({ undone }) => undone === null);
  }

  /** Suspensions of an event that hold at this moment. Unix milliseconds. */
  async suspensions(eventId: string, nowMs: number): Promise<readonly ActRow[]> {
    const query = this.#table.where("moderation.event_id", "=", eventId).where("moderation.act", "=", "suspend");
    return (await this.#read(query.orderBy("moderation.number"))).filter((act) => isInForce(act, nowMs));
  }

  /** Events in which a suspension came to its end in this span. Unix milliseconds. */
  async endedBetween(fromMs: number, toMs: number): Promise<readonly string[]> {
    const query = this.#store.sql.selectFrom("moderation").select("event_id").distinct().where("until_ms", ">", fromMs).where("until_ms", "<=", toMs);
    return (await this.#store.read(query)).map(({ event_id }) => event_id);
  }

  /** Appeals that wait, the oldest first. */
  async openAppeals(eventId: string, limit: number): Promise<readonly ActRow[]> {
    const query = this.#table.where("moderation.event_id", "=", eventId).where("appeal.state", "=", "open");
    return await this.#read(query.orderBy("appeal.at_ms").limit(limit));
  }

  /** Everything that the ledger enters, the oldest first: what people did, and what they took back. */
  async forLedger(eventId: string, limit: number): Promise<readonly ActRow[]> {
    const query = this.#table.where("moderation.event_id", "=", eventId).where("moderation.automated", "=", 0);
    return await this.#read(query.orderBy("moderation.number").limit(limit));
  }

  async tally(eventId: string): Promise<ModerationTally> {
    const { sql } = this.#store;
    const acts = await this.#store.read(
      sql
        .selectFrom("moderation")
        .select(["act", sql.fn.countAll<number>().as("n")])
        .where("event_id", "=", eventId)
        .groupBy("act"),
    );
    const appeals = await this.#store.read(
      sql
        .selectFrom("appeal")
        .select(["state", sql.fn.countAll<number>().as("n")])
        .where("event_id", "=", eventId)
        .groupBy("state"),
    );
    const of = (name: ModerationAct) => Number(acts.find(({ act }) => act === name)?.n ?? 0);
    const takenBack = of("release") + of("restore") + of("reinstate");
    const granted = Number(appeals.find(({ state }) => state === "granted")?.n ?? 0);
    return {
      held: of("hold"),
      removed: of("remove"),
      suspended: of("suspend"),
      takenBack,
      appeals: appeals.reduce((sum, { n }) => sum + Number(n), 0),
      granted,
    };
  }

  /** Step: a new act; one that takes back what was taken back already is refused with `conflict`. */
  insert(act: NewModeration): Step {
    return { query: this.#store.sql.insertInto("moderation").values(act), otherwise: "conflict" };
  }

  /** Step: an appeal; a second one against the same act is refused with `conflict`. */
  insertAppeal(eventId: string, actId: string, text: string, atMs: number): Step {
    const row = { act_id: actId, event_id: eventId, text, at_ms: atMs, state: "open", answer: "", settled_ms: null } as const;
    return { query: this.#store.sql.insertInto("appeal").values(row), otherwise: "conflict" };
  }

  /** Step: an appeal is decided, once. */
  settleAppeal(actId: string, state: "granted" | "refused", answer: string, atMs: number): Step {
    const query = this.#store.sql.updateTable("appeal").set({ state, answer, settled_ms: atMs }).where("act_id", "=", actId).where("state", "=", "open");
    return { query, changes: 1, otherwise: "conflict" };
  }

  get #table() {
    return standing(this.#store.sql);
  }

  async #read(query: ReturnType<typeof standing>): Promise<readonly ActRow[]> {
    return (await this.#store.read(query)).map(({ appeal_state, appeal_text, appeal_ms, appeal_answer, appeal_settled_ms, ...act }) => ({
      ...act,
      appeal:
        appeal_state === null
          ? undefined
          : { state: appeal_state, text: appeal_text ?? "", at_ms: appeal_ms ?? 0, answer: appeal_answer ?? "", settled_ms: appeal_settled_ms },
    }));
  }
}

/** Everything by which an act knows whom it concerns. */
export function keysOfAct({
  author_key: author,
  device_key: device,
  listener_key: listener,
}: Pick<ActRow, "author_key" | "device_key" | "listener_key">): readonly string[] {
  return keyList({ author, device, listener });
}

/** Whether an act holds at this moment: not taken back and not over. Unix milliseconds. */
export function isInForce({ undone, until_ms }: Pick<ActRow, "undone" | "until_ms">, nowMs: number): boolean {
  return undone === null && (until_ms === null || until_ms > nowMs);
}

/** The act that takes this one back. @throws `transition-invalid` when it is such an act itself */
export function takenBackBy(act: ModerationAct): ModerationAct {
  if (act === "hold" || act === "remove" || act === "suspend") return TAKEN_BACK_BY[act];
  throw new EarshotError("transition-invalid", { act });
}

/** Acts with what became of each: the one that took it back, and its appeal. */
function standing(sql: SocialStore["sql"]) {
  return sql
    .selectFrom("moderation")
    .leftJoin("moderation as later", "later.undoes", "moderation.id")
    .leftJoin("appeal", "appeal.act_id", "moderation.id")
    .selectAll("moderation")
    .select(["later.id as undone", "appeal.state as appeal_state", "appeal.text as appeal_text", "appeal.at_ms as appeal_ms"])
    .select(["appeal.answer as appeal_answer", "appeal.settled_ms as appeal_settled_ms"]);
}
