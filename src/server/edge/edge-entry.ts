import { keyPairOf } from "../../ledger/signer.ts";

/** What stands under `edges:` in a house's settings for the edge with this key, as YAML in one line. `seed`: the edge's 32 secret bytes. */
export function edgeEntry(name: string, seed: Uint8Array): string {
  return `- { name: "${name}", key: "${Buffer.from(keyPairOf(seed).publicKey).toString("base64")}" }`;
}
