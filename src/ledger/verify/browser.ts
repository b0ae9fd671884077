import type { CheckSignature } from "./checkpoint.ts";
import { sha256 } from "./sha256.ts";
import { urlSource } from "./source.ts";
import type { Inflate } from "./uniques.ts";
import type { Verdict } from "./verdict.ts";
import { verifyLedger, type VerifyOptions } from "./verify.ts";

export { FINDINGS, type FindingCode } from "./finding.ts";
export type { Verdict } from "./verdict.ts";

/** The same checks as `verify.mjs`, with what a browser has. Rejects when the ledger cannot be reached or the browser knows no Ed25519. */
export async function verifyInBrowser(address: string, options: Pick<VerifyOptions, "replay" | "progress">): Promise<Verdict> {
  return await verifyLedger({ source: urlSource(address, fetch.bind(globalThis)), sha256, check: webSignatureCheck(), inflate: webInflate, ...options });
}

/** Ed25519 by the browser. Keeps keys it has seen ready. @spec W3C Web Cryptography Level 2 §25 */
function webSignatureCheck(): CheckSignature {
  const ready = new Map<string, ReturnType<typeof importKey>>();
  return async (publicKey, message, signature) => {
    const name = publicKey.join();
    const key = ready.get(name) ?? importKey(publicKey);
    ready.set(name, key);
    return await crypto.subtle.verify("Ed25519", await key, Uint8Array.from(signature), Uint8Array.from(message));
  };
}

async function importKey(publicKey: Uint8Array) {
  return await crypto.subtle.importKey("raw", Uint8Array.from(publicKey), "Ed25519", false, ["verify"]);
}

const webInflate: Inflate = async (deflated, most) => {
  const reader = new Blob([Uint8Array.from(deflated)]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const bytes = new Uint8Array(most);
  let length = 0;
  for (;;) {
    const { done, value } = (await reader.read()) as { readonly done: boolean; readonly value?: Uint8Array };
    if (done || value === undefined) return bytes.subarray(0, length);
    if (length + value.length > most) throw new RangeError(`more than ${most} bytes`);
    bytes.set(value, length);
    length += value.length;
  }
};
