import { WORK_ITERATIONS, WORK_STEPS, type WorkDetails } from "../../src/wire/door.ts";

/** Where a task's nonce lies in its bytes. */
const NONCE = { from: 1, to: 13 } as const;
const TARGET_BITS = 64;

/** Does a task of the door: which step leads to the key. Undefined where the browser cannot, or the task would cost more than the door may ask: then one waits. @spec RFC 8018 §5.2, W3C Web Cryptography Level 2 §33 */
export async function solve({ work, work_target, work_steps, work_iterations }: WorkDetails): Promise<string | undefined> {
  // Pages that came without TLS have no `subtle`.
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (subtle === undefined || work_steps > WORK_STEPS || work_iterations > WORK_ITERATIONS) return undefined;
  const bytes = Uint8Array.from(atob(work.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
  const key = await subtle.importKey("raw", bytes.slice(NONCE.from, NONCE.to), "PBKDF2", false, ["deriveBits"]);
  const salt = new DataView(new ArrayBuffer(4));
  for (let step = 0; step < work_steps; step++) {
    salt.setUint32(0, step);
    const found = await subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt: salt.buffer.slice(0), iterations: work_iterations }, key, TARGET_BITS);
    if ([...new Uint8Array(found)].map((byte) => byte.toString(16).padStart(2, "0")).join("") === work_target) return `${work}.${step}`;
  }
  return undefined;
}
