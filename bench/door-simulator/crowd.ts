import { NetworkHash } from "../../src/audience/mod.ts";

/** Addresses of a crowd: a fifth behind carriers' addresses that many share, the others spread over sixty thousand networks. */
export function crowdAddress(random: () => number): string {
  if (random() < 0.2) return `100.64.${Math.floor(random() * 40)}.${1 + Math.floor(random() * 4)}`;
  const network = Math.floor(random() * 60_000);
  return `${11 + (network % 80)}.${Math.floor(network / 80) % 256}.${network % 251}.${1 + Math.floor(random() * 250)}`;
}

const hash = new NetworkHash(0x5eed);

/** An address' networks, to be kept. */
export function networksOf(address: string): Uint32Array {
  return Uint32Array.from(hash.of(address));
}
