import { lookup as lookupName } from "node:dns/promises";
import { BlockList, isIPv4, isIPv6 } from "node:net";
import { EarshotError } from "../../core/errors.ts";

/** A host's address as a name server gives it. */
export interface HostAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Asks for all addresses of a host. */
export type LookupHost = (host: string) => Promise<readonly HostAddress[]>;

/** Where a stream may be fetched from, and the one address it is fetched from. */
export interface FeedAddress {
  readonly url: URL;
  /** Checked; whoever connects must not look the name up again, because the next answer may be another. */
  readonly pinned: HostAddress;
}

/** Longest address of a stream. Characters. */
const MAX_URL = 2_000;

/** Networks no stranger's stream comes from: our own machine, our own network, and what is not one host. @spec IANA IPv4 Special-Purpose Address Registry, RFC 6890 */
const NOT_PUBLIC_V4 = blockList("ipv4", [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
]);
/** Where public IPv6 hosts are. @spec IANA IPv6 Global Unicast Address Assignments */
const PUBLIC_V6 = blockList("ipv6", [["2000::", 3]]);
/** Within it: addresses that carry an IPv4 address or a tunnel inside (Teredo, 6to4), and documentation. */
const NOT_PUBLIC_V6 = blockList("ipv6", [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
]);

/** Reads a stream's address as a person typed it. @throws `feed-address-refused` naming rule and value. */
export function parseFeedUrl(text: string): URL {
  const refuse = (rule: string, value: string) => new EarshotError("feed-address-refused", { rule, value: value.slice(0, 120) });
  if (text.length > MAX_URL) throw refuse(`at most ${MAX_URL} characters`, String(text.length));
  const url = URL.parse(text);
  if (url === null) throw refuse("a whole address", text);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw refuse("http or https", url.protocol);
  // Whoever may see the list of sounds would read them.
  if (url.username !== "" || url.password !== "") throw refuse("no user name or password in the address", url.host);
  url.hash = "";
  return url;
}

/** Finds where a stream is fetched from. A name counts as private when any of its addresses is. @throws `feed-address-refused`, `feed-away` when the name is unknown */
export async function resolveFeed(url: URL, options: { readonly allowPrivate: boolean; readonly lookup?: LookupHost }): Promise<FeedAddress> {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const [first, ...others] = await addressesOf(host, options.lookup ?? lookupAll);
  if (first === undefined) throw new EarshotError("feed-away", { host, reason: "no such name" });
  const barred = options.allowPrivate ? undefined : [first, ...others].find(({ address }) => !isPublic(address));
  if (barred !== undefined) throw new EarshotError("feed-address-refused", { rule: "a host on the public internet", value: `${host} (${barred.address})` });
  return { url, pinned: first };
}

async function addressesOf(host: string, lookup: LookupHost): Promise<readonly HostAddress[]> {
  if (isIPv4(host)) return [{ address: host, family: 4 }];
  if (isIPv6(host)) return [{ address: host, family: 6 }];
  try {
    return await lookup(host);
  } catch (cause) {
    throw new EarshotError("feed-away", { host, reason: "no such name" }, cause);
  }
}

const lookupAll: LookupHost = async (host) => (await lookupName(host, { all: true })) as HostAddress[];

/** Whether an address is that of one host on the public internet. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !NOT_PUBLIC_V4.check(address, "ipv4");
  return isIPv6(address) && PUBLIC_V6.check(address, "ipv6") && !NOT_PUBLIC_V6.check(address, "ipv6");
}

function blockList(family: "ipv4" | "ipv6", networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of networks) list.addSubnet(network, prefix, family);
  return list;
}
