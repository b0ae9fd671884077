import { lookup as lookupName } from "node:dns/promises";
import { isIPv4, isIPv6 } from "node:net";
import { EarshotError } from "../../core/errors.ts";
import { isPublic } from "../../core/public-address.ts";

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
