import assert from "node:assert/strict";
import { test } from "node:test";
import { keepPush, renewPush } from "./push-renewal.ts";

const OLD = { endpoint: "https://push.test/old", p256dh: "B1", auth: "a1" };
const FRESH = { endpoint: "https://push.test/new", p256dh: "B2", auth: "a2" };

/** A browser's memory and push service as a worker sees them. */
function browser(now: typeof OLD | undefined, statuses: readonly number[]) {
  const kept = new Map<string, Response>();
  const cache = { put: async (name: string, response: Response) => void kept.set(name, response), match: async (name: string) => kept.get(name)?.clone() };
  const caches = { open: async () => cache as unknown as Cache };
  const asSubscription = ({ endpoint, p256dh, auth }: typeof OLD) => ({ toJSON: () => ({ endpoint, keys: { p256dh, auth } }) }) as unknown as PushSubscription;
  const keys: unknown[] = [];
  const sent: { readonly address: string; readonly body: unknown }[] = [];
  const waits: number[] = [];
  const pushManager = {
    getSubscription: async () => (now === undefined ? null : asSubscription(now)),
    subscribe: async (options?: PushSubscriptionOptionsInit) => {
      keys.push(options?.applicationServerKey);
      return asSubscription(FRESH);
    },
  };
  const fetch = async (address: string, { body }: RequestInit) => {
    sent.push({ address, body: JSON.parse(String(body)) });
    const status = statuses[sent.length - 1] ?? 204;
    if (status === 0) throw new TypeError("Failed to fetch");
    return new Response(null, { status });
  };
  return { caches, keys, sent, waits, renew: async () => await renewPush({ caches, pushManager, fetch, sleep: async (ms) => void waits.push(ms) }) };
}
const known = { at: "https://stage.test", key: "AQID", subscription: OLD };

test("a browser that gives its subscription up makes another and tells the house, and the next one takes that one's place", async () => {
  const { caches, keys, sent, renew } = browser(undefined, []);
  assert.equal(await renew(), "same", "nobody asked to be reminded");
  await keepPush(caches, known);
  assert.equal(await renew(), "renewed");
  assert.deepEqual(keys, [Uint8Array.of(1, 2, 3)]);
  assert.deepEqual(sent, [{ address: "https://stage.test/api/reminders/renew", body: { old: OLD, new: FRESH } }]);
  assert.equal(await renew(), "same", "what the server knows is what is kept");
});

test("a subscription that is the same is not sent; one the browser made by itself is taken", async () => {
  const same = browser(OLD, []);
  await keepPush(same.caches, known);
  assert.deepEqual([await same.renew(), same.sent.length], ["same", 0]);
  const other = browser(FRESH, []);
  await keepPush(other.caches, known);
  assert.deepEqual([await other.renew(), other.keys.length], ["renewed", 0]);
});

test("a server that is away or busy is asked again, within the time a worker has; one that refuses is not", async () => {
  const away = browser(undefined, [0, 503]);
  await keepPush(away.caches, known);
  assert.deepEqual([await away.renew(), away.sent.length], ["renewed", 3]);
  assert.ok(away.waits.reduce((sum, wait) => sum + wait, 0) <= 15_000);
  const refused = browser(undefined, [404]);
  await keepPush(refused.caches, known);
  assert.deepEqual([await refused.renew(), refused.sent.length], ["failed", 1]);
  assert.equal(await refused.renew(), "renewed", "the old one was kept, and is told once more");
  assert.deepEqual(refused.sent[1]?.body, { old: OLD, new: FRESH });
});
