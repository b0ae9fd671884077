import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";

/** Addresses of this machine a speaker may be told, by family; the first of each is the one its sockets are known by. */
export interface HostAddresses {
  readonly v4: readonly string[];
  readonly v6: readonly string[];
}

/** The machine's own addresses without link-local ones; loopback addresses come last, and only when asked for. @spec RFC 8445 §5.1.1.1 */
export function hostAddresses(loopback: boolean, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): HostAddresses {
  const all = Object.values(interfaces).flatMap((each) => each ?? []);
  const told = all.filter(({ address, internal }) => !address.startsWith("169.254.") && !/^fe[89ab]/i.test(address) && (loopback || !internal));
  const ofFamily = (family: string) => [
    ...new Set(
      told
        .filter((each) => each.family === family)
        .toSorted((a, b) => Number(a.internal) - Number(b.internal))
        .map(({ address }) => address),
    ),
  ];
  return { v4: ofFamily("IPv4"), v6: ofFamily("IPv6") };
}
