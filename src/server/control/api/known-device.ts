import { createHmac, timingSafeEqual } from "node:crypto";

/** Keeps this seal apart from every other use of the house key. */
const CONTEXT = "earshot known device v1";
/** Bytes of the seal. */
const SEAL_BYTES = 18;

/** What a device is given when somebody signed in on it: its own share of attempts, so that strangers who guess do not lock its owner out. It signs nobody in. base64url, 24 characters. */
export function sealDevice(houseKey: Uint8Array, device: string): string {
  return createHmac("sha256", houseKey).update(`${CONTEXT}\0${device}`).digest().subarray(0, SEAL_BYTES).toString("base64url");
}

/** Whether somebody has signed in on this device before. */
export function isKnownDevice(houseKey: Uint8Array, device: string | undefined, seal: string | undefined): device is string {
  if (device === undefined || seal === undefined) return false;
  const [given, expected] = [Buffer.from(seal), Buffer.from(sealDevice(houseKey, device))];
  return given.length === expected.length && timingSafeEqual(given, expected);
}
