import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Forwarded addresses looked at per request: a chain of proxies is short, a forged header can be long. */
const MAX_HOPS = 16;

/** Tells whose request it is, behind proxies that are trusted to say so. */
export class ClientAddresses {
  readonly #trusted = new BlockList();

  /** `networks`: addresses or networks (CIDR) of the proxies in front of us; the settings have checked their form. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", prefix] = network.split("/");
      const family = isIP(address) === 6 ? "ipv6" : "ipv4";
      this.#trusted.addSubnet(address, prefix === undefined ? (family === "ipv6" ? 128 : 32) : Number(prefix), family);
    }
  }

  /** The nearest address that is no proxy of ours; a header from anybody else is not believed. */
  of(request: Pick<IncomingMessage, "headers"> & { readonly socket: { readonly remoteAddress?: string | undefined } }): string {
    let nearest = plain(request.socket.remoteAddress ?? "");
    const header = request.headers["x-forwarded-for"] ?? "";
    const hops = header.toString().split(",").slice(-MAX_HOPS);
    for (let index = hops.length - 1; index >= 0 && this.isProxy(nearest); index--) {
      const hop = plain((hops[index] ?? "").trim());
      if (isIP(hop) === 0) break;
      nearest = hop;
    }
    return nearest;
  }

  /** Whether an address is a proxy that is trusted to speak for others. */
  isProxy(address: string): boolean {
    const version = isIP(plain(address));
    return version !== 0 && this.#trusted.check(plain(address), version === 6 ? "ipv6" : "ipv4");
  }
}

/** An IPv4 address without the IPv6 clothes a dual-stack socket gives it. */
function plain(address: string): string {
  return address.startsWith("::ffff:") && isIP(address.slice(7)) === 4 ? address.slice(7) : address;
}
