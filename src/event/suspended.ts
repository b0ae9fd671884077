/** Tells who is suspended at an event at this moment: accounts as `account:<id>`, devices as {@link suspensionKey}. */
export type Suspended = (eventId: string) => Promise<ReadonlySet<string>>;

/** Where nobody moderates. */
export const NOBODY_SUSPENDED: Suspended = async () => new Set();

/** How a device stands among the suspended, by the SHA-256 of its secret. */
export function suspensionKey(deviceHash: Uint8Array): string {
  return `device:${Buffer.from(deviceHash).toString("hex")}`;
}
