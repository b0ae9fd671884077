import { secretHash } from "./invitation.ts";

/** Tells who is suspended at an event at this moment, by every key of {@link PersonKeys}. */
export type Suspended = (eventId: string) => Promise<ReadonlySet<string>>;

/** Where nobody moderates. */
export const NOBODY_SUSPENDED: Suspended = async () => new Set();

/** Everything somebody is known under at an event: whoever is suspended is so under each. */
export interface PersonKeys {
  /** The most lasting of them: `account:<id>`, `listener:<id of a personal link>`, or the device's. */
  readonly author: string;
  /** {@link suspensionKey} of their device. */
  readonly device: string;
  /** {@link listenerLinkKey} of the personal link they listen by; empty: none. */
  readonly listener: string;
}

/** Who comes: the secret of their device, and the account and personal listener link they come with, if any. */
export interface Comer {
  readonly device: string;
  readonly accountId?: string | undefined;
  readonly linkId?: string | undefined;
}

/** The keys of whoever comes; of a device's secret only the hash is kept. */
export function personKeys({ device: secret, accountId, linkId }: Comer): PersonKeys {
  const device = suspensionKey(secretHash(secret));
  const listener = linkId === undefined ? "" : listenerLinkKey(linkId);
  // Whoever forgets a cookie is still who was invited.
  return { author: accountId === undefined ? listener || device : accountKey(accountId), device, listener };
}

/** Those of the keys that are there. */
export function keyList({ author, device, listener }: PersonKeys): readonly string[] {
  return [author, device, listener].filter((key) => key !== "");
}

/** How a device stands among the suspended, by the SHA-256 of its secret. */
export function suspensionKey(deviceHash: Uint8Array): string {
  return `device:${Buffer.from(deviceHash).toString("hex")}`;
}

/** How an account stands among the suspended. */
export function accountKey(accountId: string): string {
  return `account:${accountId}`;
}

/** How a personal listener link stands among the suspended. */
export function listenerLinkKey(linkId: string): string {
  return `listener:${linkId}`;
}
