import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { LoggedAct } from "../wire/acts.ts";
import type { HandAct, HandState } from "../wire/hands.ts";
import type { Actor } from "./act-log.ts";
import type { Changes } from "./changes.ts";
import { secretHash } from "./invitation.ts";
import type { LiveEvent, Person } from "./live-event.ts";
import type { SeatDesk } from "./seat-desk.ts";
import type { Step } from "./store.ts";
import { type Comer, keyList, type PersonKeys, personKeys, type Suspended, suspensionKey } from "./suspended.ts";
import type { HandTable } from "./tables.ts";

/** Hands up at the same time in one event. More than any host can take in an evening; bounds what strangers may write. */
const HANDS_MAX = 500;

/** What the ledger calls an act; the others it does not tell of. */
const TOLD: Readonly<Partial<Record<LoggedAct, HandAct["act"]>>> = {
  "open-hands": "open",
  "close-hands": "close",
  "bring-on-stage": "invite",
  "lower-hand": "lower",
  "to-audience": "send-back",
  "step-down": "step-down",
};

/** A listener who asked to speak. */
export interface Hand {
  readonly id: string;
  readonly eventId: string;
  readonly name: string;
  readonly topic: string;
  /** Unix milliseconds. */
  readonly raisedMs: number;
  readonly state: HandState;
  /** The seat they were given. */
  readonly personId: string | null;
}

/** A listener who comes to ask, or to take up what they were asked. */
export interface Asker extends Comer {
  /** Whether they may know of an event by invitation; of any other everybody may. */
  readonly invited: boolean;
}

/** Listeners who ask to speak: a queue in the order of arrival, and the way from it to the stage and back. */
export class HandDesk {
  readonly #changes: Changes;
  readonly #seats: SeatDesk;
  readonly #suspended: Suspended;

  constructor(changes: Changes, seats: SeatDesk, suspended: Suspended) {
    this.#changes = changes;
    this.#seats = seats;
    this.#suspended = suspended;
  }

  /** Lets listeners ask, or no longer; hands that are up stay up. @throws `forbidden` */
  async setOpen(eventId: string, open: boolean, by: Actor): Promise<LiveEvent> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      if (seen.handsOpen === open) return seen;
      const step = this.#changes.events.updateEvent(seen, { hands_open: open ? 1 : 0 });
      await this.#changes.commit(eventId, [step], { act: open ? "open-hands" : "close-hands", by });
      return await this.#changes.byId(eventId);
    });
  }

  /** Everybody who waits, is asked to come or is on stage, the longest waiting first. Who is suspended keeps the place and is not shown. */
  async queue(eventId: string): Promise<readonly Hand[]> {
    const query = this.#table.where("event_id", "=", eventId).where("state", "<>", "lowered").orderBy("raised_ms").orderBy("id");
    const suspended = await this.#suspended(eventId);
    return (await this.#changes.store.read(query)).filter((row) => !isMet(suspended, keysOfHand(row))).map(toHand);
  }

  /** The hand of a device that is up. */
  async of(eventId: string, device: string): Promise<Hand | undefined> {
    const query = this.#table.where("event_id", "=", eventId).where("device_hash", "=", secretHash(device)).where("state", "<>", "lowered");
    return (await this.#changes.store.read(query)).map(toHand)[0];
  }

  /** Whether whoever comes is suspended at an event, by whatever they are known under. */
  async isSuspended(eventId: string, comer: Comer): Promise<boolean> {
    return isMet(await this.#suspended(eventId), personKeys(comer));
  }

  /** Raises the hand of a device; one that is up already stays where it is. @throws `suspended`, `invitation-needed`, `hands-closed`, `event-ended`, `removed`, `rate-limited` */
  async raise(event: LiveEvent, { name, topic }: { readonly name: string; readonly topic: string }, asker: Asker): Promise<Hand> {
    const { device } = asker;
    const keys = personKeys(asker);
    await this.#requireFree(event.id, keys);
    const up = await this.of(event.id, device);
    if (up !== undefined) return up;
    // Where only the invited hear, only they ask.
    if (event.visibility === "invited" && !asker.invited) throw new EarshotError("invitation-needed");
    if (event.status === "ended" || event.status === "cancelled") throw new EarshotError("event-ended", { status: event.status });
    if (!event.handsOpen) throw new EarshotError("hands-closed");
    const deviceHash = secretHash(device);
    if (await this.#isBarred(event.id, deviceHash)) throw new EarshotError("removed");
    if ((await this.queue(event.id)).length >= HANDS_MAX) throw new EarshotError("rate-limited", { limit: HANDS_MAX });
    const { nowMs, store } = this.#changes;
    const row: HandTable = {
      ...{ id: newId(nowMs), event_id: event.id, name, topic, device_hash: deviceHash, author_key: keys.author, listener_key: keys.listener },
      ...{ raised_ms: nowMs, state: "waiting", person_id: null, changed_ms: nowMs },
    };
    try {
      await store.write([{ query: store.sql.insertInto("hand").values(row), otherwise: "conflict" }]);
    } catch (error) {
      // Two clicks at once: the other one raised it.
      const other = error instanceof EarshotError && error.code === "conflict" ? await this.of(event.id, device) : undefined;
      if (other === undefined) throw error;
      return other;
    }
    return toHand(row);
  }

  /** Takes a hand down, whoever asks; the seat it led to ends with it. @throws `not-found`, `forbidden` when that is the last host's, `conflict` when they were invited just now */
  async lower(eventId: string, handId: string, by: Actor): Promise<void> {
    const hand = await this.#byId(eventId, handId);
    if (hand.personId !== null) return await this.#seats.toAudience(eventId, hand.personId, "to-audience", by);
    // Whoever takes their own hand down has done nothing to anybody.
    const acts = by.role === "listener" ? [] : [{ act: "lower-hand", by } as const];
    await this.#changes.commit(eventId, [this.#move(hand, "lowered")], ...acts);
  }

  /** What was done with raised hands so far, oldest first, for the ledger: seats and roles, no names. */
  async acts(eventId: string): Promise<readonly HandAct[]> {
    const told = (await this.#changes.log.of(eventId)).flatMap(({ act: logged, atMs, by, before, after }) => {
      const act = TOLD[logged];
      const { person } = { ...before, ...after } as { readonly person?: string };
      return act === undefined ? [] : [{ unixMs: atMs, act, seat: person ?? "", by: by.role }];
    });
    return told.map((act, n) => ({ n, ...act }));
  }

  /** Asks a listener on stage: a seat of their own, muted, that opens on their device alone. `aside`: for a talk with the producer first, off the air. @throws `not-found`, `conflict` when they do not wait any more, `stage-full` */
  async invite(eventId: string, handId: string, by: Actor, { aside = false } = {}): Promise<Person> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const hand = await this.#byId(eventId, handId);
      if (hand.state !== "waiting") throw new EarshotError("transition-invalid", { state: hand.state });
      const [row] = await this.#changes.store.read(this.#table.where("id", "=", handId));
      if (row !== undefined) await this.#requireFree(eventId, keysOfHand(row));
      const person = await this.#seats.guest(eventId, { name: hand.name, deviceHash: row?.device_hash ?? null, aside });
      const { events, nowMs } = this.#changes;
      const steps = [events.updateEvent(seen, {}), events.insertPerson(person, nowMs), this.#move(hand, "invited", person.id)];
      await this.#changes.commit(eventId, steps, { act: aside ? "take-aside" : "bring-on-stage", by, after: { person: person.id, name: person.name } });
      return person;
    });
  }

  /** Takes an invitation up on the device that asked; returns whose seat it is. @throws `suspended`, `not-found`, `transition-invalid` when not invited */
  async accept(eventId: string, comer: Comer): Promise<Person> {
    await this.#requireFree(eventId, personKeys(comer));
    const hand = await this.of(eventId, comer.device);
    if (hand === undefined) throw new EarshotError("not-found");
    const person = (await this.#seats.of(eventId)).find(({ id }) => id === hand.personId);
    if (person === undefined || hand.state === "waiting") throw new EarshotError("transition-invalid", { state: hand.state });
    // Whoever asked from here may have signed out since.
    if ((await this.#seats.free([person])).length === 0) throw new EarshotError("suspended");
    if (hand.state === "invited") await this.#changes.commit(eventId, [this.#move(hand, "on-stage", person.id)]);
    return person;
  }

  /** Who raised a hand, by everything they are known under. @throws `not-found` */
  async keysOf(eventId: string, handId: string): Promise<PersonKeys & { readonly name: string }> {
    const [row] = await this.#changes.store.read(this.#table.where("id", "=", handId).where("event_id", "=", eventId).where("state", "<>", "lowered"));
    if (row === undefined) throw new EarshotError("not-found", { hand: handId.slice(0, 64) });
    return { ...keysOfHand(row), name: row.name };
  }

  get #table() {
    return this.#changes.store.sql.selectFrom("hand").selectAll();
  }

  async #byId(eventId: string, handId: string): Promise<Hand> {
    const query = this.#table.where("id", "=", handId).where("event_id", "=", eventId).where("state", "<>", "lowered");
    const hand = (await this.#changes.store.read(query)).map(toHand)[0];
    if (hand === undefined) throw new EarshotError("not-found", { hand: handId.slice(0, 64) });
    return hand;
  }

  /** Step: a hand as it was seen goes on to another state. */
  #move(hand: Hand, state: HandState, personId = hand.personId): Step {
    const query = this.#changes.store.sql
      .updateTable("hand")
      .set({ state, person_id: personId, changed_ms: this.#changes.nowMs })
      .where("id", "=", hand.id)
      .where("state", "=", hand.state);
    return { query, changes: 1, otherwise: "conflict" };
  }

  async #requireFree(eventId: string, keys: PersonKeys): Promise<void> {
    if (isMet(await this.#suspended(eventId), keys)) throw new EarshotError("suspended");
  }

  async #isBarred(eventId: string, deviceHash: Uint8Array): Promise<boolean> {
    // The device that asked stays known by its hand, also when the link was renewed for another one since.
    const query = this.#changes.store.sql
      .selectFrom("person")
      .leftJoin("hand", "hand.person_id", "person.id")
      .select("person.id")
      .where("person.event_id", "=", eventId)
      .where("person.barred", "=", 1)
      .where((where) => where.or([where("person.device_hash", "=", deviceHash), where("hand.device_hash", "=", deviceHash)]));
    return (await this.#changes.store.read(query)).length > 0;
  }
}

function isMet(suspended: ReadonlySet<string>, keys: PersonKeys): boolean {
  return keyList(keys).some((key) => suspended.has(key));
}

function keysOfHand({ device_hash, author_key, listener_key }: HandTable): PersonKeys {
  const device = suspensionKey(device_hash);
  return { author: author_key || device, device, listener: listener_key };
}

function toHand(row: HandTable): Hand {
  const { id, name, topic, state } = row;
  return { id, eventId: row.event_id, name, topic, raisedMs: row.raised_ms, state, personId: row.person_id };
}
