import { BlockList, isIPv4, isIPv6 } from "node:net";

/** Networks of which no address is a stranger's host: our own machine, our own network, and what is not one host. @spec IANA IPv4 Special-Purpose Address Registry, RFC 6890 */
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
