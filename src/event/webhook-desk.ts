import { createHmac } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { LoggedAct } from "../wire/acts.ts";
import type { DeliveryState, WebhookType } from "../wire/access.ts";
import type { PublicEvent } from "../wire/public-state.ts";
import { type ActEntry, ActLog } from "./act-log.ts";
import type { EventStore, Step } from "./store.ts";
import type { DeliveryTable, WebhookTable } from "./tables.ts";

/** Waits after each failed attempt, in order; then the message is given up. Milliseconds: quick for a restart over there, slow for a long night. */
const RETRY_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000, 3_600_000, 6 * 3_600_000, 24 * 3_600_000];
/** Acts turned into messages in one transaction. */
const ACTS_AT_ONCE = 100;
/** Deliveries shown per webhook. */
const SHOWN_MAX = 100;
/** Deliveries sent in one round. */
const DUE_AT_ONCE = 20;
/** How long a message is kept after it was delivered or given up. Milliseconds; 30 days. */
const KEEP_MS = 30 * 86_400_000;
/** Keeps signing keys apart from every other use of the house key. */
const KEY_CONTEXT = "earshot webhook v1";

/** What each act is called outside. */
const TYPES: Readonly<Record<LoggedAct, WebhookType>> = {
  make: "event.made",
  import: "event.made",
  edit: "event.edited",
  postpone: "event.postponed",
  reschedule: "event.rescheduled",
  cancel: "event.cancelled",
  undo: "event.restored",
  notice: "event.notice",
  "open-doors": "event.doors",
  "go-live": "event.live",
  end: "event.ended",
  "edit-people": "event.people",
  invite: "event.people",
  revoke: "event.people",
  "renew-link": "event.people",
  "give-encoder": "event.people",
  "hand-over": "event.people",
  "set-task": "event.people",
  "step-down": "event.people",
  "to-audience": "event.people",
  "bring-on-stage": "event.people",
  "take-aside": "event.people",
  "open-hands": "event.hands",
  "close-hands": "event.hands",
  "lower-hand": "event.hands",
  "set-wall": "event.wall",
  "pin-post": "event.wall",
  "unpin-post": "event.wall",
  "hold-post": "event.moderation",
  "release-post": "event.moderation",
  "remove-post": "event.moderation",
  "restore-post": "event.moderation",
  suspend: "event.moderation",
  reinstate: "event.moderation",
  appeal: "event.moderation",
  "settle-appeal": "event.moderation",
  "edit-recording": "event.recording",
  "delete-recording": "event.recording",
  "invite-listeners": "event.listeners",
  "revoke-listener": "event.listeners",
};

/** An address that is told of what happens. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  /** Empty: everything. */
  readonly types: readonly WebhookType[];
  readonly position: number;
  readonly createdMs: number;
}

/** One message to one address. Instants are Unix milliseconds. */
export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  readonly type: string;
  readonly body: string;
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly nextMs: number;
  readonly status: number | null;
  readonly failure: string;
  readonly createdMs: number;
}

/** What the desk works with. */
export interface WebhookDeskOptions {
  readonly store: EventStore;
  readonly clock: Clock;
  /** Signing keys are derived from it, so that a copy of the database signs nothing. 32 bytes. */
  readonly houseKey: Uint8Array;
  /** An event as the public may know it. */
  readonly describe: (eventId: string) => Promise<PublicEvent>;
}

/** Who is told of what happens, and what is still to be told. The log of acts is the source: whatever is in it is told, also after a crash. */
export class WebhookDesk {
  readonly #options: WebhookDeskOptions;
  readonly #log: ActLog;

  constructor(options: WebhookDeskOptions) {
    this.#options = options;
    this.#log = new ActLog(options.store);
  }

  /** Adds an address; it is told of what happens from now on. */
  async add(url: string, types: readonly WebhookType[]): Promise<Webhook> {
    const { store, clock } = this.#options;
    const [last] = await store.read(store.sql.selectFrom("event_act").select("number").orderBy("number", "desc").limit(1));
    const nowMs = clock.wallMs();
    const row: WebhookTable = { id: newId(nowMs), url, types: types.join(" "), position: last?.number ?? 0, created_ms: nowMs, ended_ms: null };
    await store.write([{ query: store.sql.insertInto("webhook").values(row) }]);
    return toWebhook(row);
  }

  /** Addresses that are told, the oldest first. */
  async all(): Promise<readonly Webhook[]> {
    const { store } = this.#options;
    return (await store.read(store.sql.selectFrom("webhook").selectAll().where("ended_ms", "is", null).orderBy("id"))).map(toWebhook);
  }

  /** Tells an address nothing more; what it was not told yet is given up. @throws `not-found` */
  async end(id: string): Promise<void> {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    const query = store.sql.updateTable("webhook").set({ ended_ms: nowMs }).where("id", "=", id).where("ended_ms", "is", null);
    const given = store.sql
      .updateTable("delivery")
      .set({ state: "dead", done_ms: nowMs, failure: "the webhook was taken away" })
      .where("webhook_id", "=", id)
      .where("state", "=", "pending");
    await store.write([{ query, changes: 1, otherwise: "not-found" }, { query: given }]);
  }

  /** The key of an address's signatures, as Standard Webhooks writes one. */
  secretOf(id: string): string {
    return `whsec_${this.#keyOf(id).toString("base64")}`;
  }

  /** Signature of a message: HMAC-SHA256 over `id.timestamp.body`. `timestamp`: Unix seconds. @spec Standard Webhooks 1.0 */
  sign({ id, webhookId, body }: Delivery, timestamp: number): string {
    return `v1,${createHmac("sha256", this.#keyOf(webhookId)).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
  }

  /** Turns acts that were written down since into messages; each act becomes one message per address, once. */
  async collect(): Promise<void> {
    const { store } = this.#options;
    for (const webhook of await this.all()) {
      const acts = await this.#log.after(webhook.position, ACTS_AT_ONCE);
      const last = acts.at(-1);
      if (last === undefined) continue;
      const steps: Step[] = [];
      for (const act of acts) {
        const type = TYPES[act.act];
        if (webhook.types.length > 0 && !webhook.types.includes(type)) continue;
        steps.push(this.#insert(webhook.id, act.number, type, await this.#body(type, act)));
      }
      const query = store.sql.updateTable("webhook").set({ position: last.number }).where("id", "=", webhook.id).where("position", "=", webhook.position);
      await store.write([...steps, { query, changes: 1 }]);
    }
  }

  /** Forgets messages that were delivered or given up long ago. */
  async prune(): Promise<void> {
    const { store, clock } = this.#options;
    const old = store.sql
      .deleteFrom("delivery")
      .where("state", "<>", "pending")
      .where("done_ms", "<", clock.wallMs() - KEEP_MS);
    await store.write([{ query: old }]);
  }

  /** Sends a trial message to one address. @throws `not-found` */
  async tryOut(id: string): Promise<void> {
    if (!(await this.all()).some((webhook) => webhook.id === id)) throw new EarshotError("not-found", { webhook: id.slice(0, 64) });
    const { store, clock } = this.#options;
    const body = JSON.stringify({ type: "house.trial", timestamp: new Date(clock.wallMs()).toISOString(), data: {} });
    await store.write([this.#insert(id, null, "house.trial", body)]);
  }

  /** Messages whose time has come, the oldest first, with their addresses. */
  async due(): Promise<readonly (Delivery & { readonly url: string })[]> {
    const { store, clock } = this.#options;
    const query = store.sql
      .selectFrom("delivery")
      .innerJoin("webhook", "webhook.id", "delivery.webhook_id")
      .selectAll("delivery")
      .select("webhook.url")
      .where("delivery.state", "=", "pending")
      .where("delivery.next_ms", "<=", clock.wallMs())
      .orderBy("delivery.next_ms")
      .orderBy("delivery.id")
      .limit(DUE_AT_ONCE);
    return (await store.read(query)).map((row) => ({ ...toDelivery(row), url: row.url }));
  }

  /** Notes how an attempt went. `jitter` in [0, 1): spreads the next one over a fifth of the wait, so that a crowd does not come back as one. */
  async note(delivery: Delivery, outcome: { readonly status: number | null; readonly failure: string }, jitter: number): Promise<DeliveryState> {
    const { store, clock } = this.#options;
    const nowMs = clock.wallMs();
    const attempts = delivery.attempts + 1;
    const wait = RETRY_MS[delivery.attempts];
    const gone = outcome.status === 410;
    const state: DeliveryState = outcome.failure === "" ? "delivered" : wait === undefined || gone ? "dead" : "pending";
    const next_ms = nowMs + Math.round((wait ?? 0) * (1 + jitter / 5));
    const values = { state, attempts, next_ms, status: outcome.status, failure: outcome.failure, done_ms: state === "pending" ? null : nowMs };
    const query = store.sql.updateTable("delivery").set(values).where("id", "=", delivery.id).where("state", "=", "pending");
    await store.write([{ query }]);
    // 410 Gone: the other side does not want to be told any more.
    if (gone) await this.end(delivery.webhookId).catch(() => {});
    return state;
  }

  /** The newest messages of an address. */
  async deliveries(webhookId: string): Promise<readonly Delivery[]> {
    const { store } = this.#options;
    const query = store.sql.selectFrom("delivery").selectAll().where("webhook_id", "=", webhookId).orderBy("id", "desc").limit(SHOWN_MAX);
    return (await store.read(query)).map(toDelivery);
  }

  /** How many messages of an address are in each state. */
  async counts(webhookId: string): Promise<Readonly<Record<DeliveryState, number>>> {
    const { store } = this.#options;
    const query = store.sql
      .selectFrom("delivery")
      .select(["state", ({ fn }) => fn.countAll<number>().as("count")])
      .where("webhook_id", "=", webhookId)
      .groupBy("state");
    return { pending: 0, delivered: 0, dead: 0, ...Object.fromEntries((await store.read(query)).map(({ state, count }) => [state, Number(count)])) };
  }

  /** Tries a message that was given up once more, from the first wait on. @throws `not-found` */
  async revive(webhookId: string, deliveryId: string): Promise<void> {
    const { store, clock } = this.#options;
    const values = { state: "pending" as const, attempts: 0, next_ms: clock.wallMs(), done_ms: null };
    const query = store.sql.updateTable("delivery").set(values).where("id", "=", deliveryId).where("webhook_id", "=", webhookId).where("state", "=", "dead");
    await store.write([{ query, changes: 1, otherwise: "not-found" }]);
  }

  #keyOf(id: string): Buffer {
    return createHmac("sha256", this.#options.houseKey).update(`${KEY_CONTEXT}\0${id}`).digest();
  }

  #insert(webhookId: string, actNumber: number | null, type: string, body: string): Step {
    const nowMs = this.#options.clock.wallMs();
    const row: DeliveryTable = {
      ...{ id: newId(nowMs), webhook_id: webhookId, act_number: actNumber, type, body, state: "pending", attempts: 0 },
      ...{ next_ms: nowMs, status: null, failure: "", created_ms: nowMs, done_ms: null },
    };
    return { query: this.#options.store.sql.insertInto("delivery").values(row) };
  }

  async #body(type: WebhookType, { number, act, atMs, by, reason, eventId }: ActEntry): Promise<string> {
    const event = await this.#options.describe(eventId);
    return JSON.stringify({ type, timestamp: new Date(atMs).toISOString(), data: { act: number, kind: act, by: by.role, reason, event } });
  }
}

function toWebhook(row: WebhookTable): Webhook {
  const types = row.types === "" ? [] : (row.types.split(" ") as WebhookType[]);
  return { id: row.id, url: row.url, types, position: row.position, createdMs: row.created_ms };
}

function toDelivery(row: DeliveryTable): Delivery {
  const { id, type, body, state, attempts, status, failure } = row;
  return { id, webhookId: row.webhook_id, type, body, state, attempts, nextMs: row.next_ms, status, failure, createdMs: row.created_ms };
}
