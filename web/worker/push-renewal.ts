import type { PushRenewal } from "../../src/wire/reminders.ts";

/** Where the browser keeps what a renewal needs: a worker has no other memory. The worker leaves this cache alone. */
export const PUSH_SHELF = "earshot-push-1";
/** Name of the one thing in it. */
const PLACE = "/push-subscription";
/** Waits before the server is asked again. Milliseconds; together within the half minute a browser gives a worker. */
const RETRY_MS: readonly number[] = [2_000, 8_000];

/** A subscription the server knows, and where it does. */
export interface KeptPush {
  /** Address of the API, without a slash at its end. */
  readonly at: string;
  /** Public VAPID key, base64url. */
  readonly key: string;
  readonly subscription: PushRenewal["old"];
}

/** What a renewal works with. */
export interface RenewalOptions {
  readonly caches: Pick<CacheStorage, "open">;
  readonly pushManager: Pick<PushManager, "getSubscription" | "subscribe">;
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** A subscription as the server takes it; undefined for one without keys. */
export function readSubscription(subscription: Pick<PushSubscription, "toJSON">): PushRenewal["old"] | undefined {
  const { endpoint, keys } = subscription.toJSON();
  const { p256dh, auth } = keys ?? {};
  return endpoint === undefined || p256dh === undefined || auth === undefined ? undefined : { endpoint, p256dh, auth };
}

/** The house's public key as a browser wants it. */
export function serverKey(key: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

/** Notes what the server knows, for the day the browser gives the subscription up. */
export async function keepPush(caches: Pick<CacheStorage, "open">, kept: KeptPush): Promise<void> {
  await (await caches.open(PUSH_SHELF)).put(PLACE, new Response(JSON.stringify(kept)));
}

/** Makes the server know the subscription the browser has now, without the listener. Does nothing where nobody asked to be reminded, or nothing changed. Never rejects. */
export async function renewPush({ caches, pushManager, fetch, sleep }: RenewalOptions): Promise<"renewed" | "same" | "failed"> {
  try {
    const found = await (await caches.open(PUSH_SHELF)).match(PLACE);
    if (found === undefined) return "same";
    const kept = (await found.json()) as KeptPush;
    const subscription =
      (await pushManager.getSubscription()) ?? (await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: serverKey(kept.key) }));
    const fresh = readSubscription(subscription);
    if (fresh === undefined) return "failed";
    if (fresh.endpoint === kept.subscription.endpoint && fresh.p256dh === kept.subscription.p256dh && fresh.auth === kept.subscription.auth) return "same";
    const body = JSON.stringify({ old: kept.subscription, new: fresh } satisfies PushRenewal);
    const init: RequestInit = { method: "POST", credentials: "omit", headers: { "content-type": "application/json" }, body };
    for (const wait of [...RETRY_MS, undefined]) {
      const status = await fetch(`${kept.at}/api/reminders/renew`, init).then(
        (response) => response.status,
        () => 0,
      );
      if (status === 204) {
        await keepPush(caches, { ...kept, subscription: fresh });
        return "renewed";
      }
      // The server is away or has much to do; anything else stays as it is.
      if (status !== 0 && status !== 429 && status < 500) return "failed";
      if (wait !== undefined) await sleep(wait);
    }
  } catch {
    // No permission any more, or no push service: the page says so when the listener comes again.
  }
  return "failed";
}
