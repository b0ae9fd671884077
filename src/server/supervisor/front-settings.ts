import { randomBytes } from "node:crypto";
import type { Config } from "../../core/config.ts";
import type { FrontConfig } from "../front/config.ts";

/** Key of TLS session tickets. Bytes; one for all fronts, because the kernel deals a listener who comes back to any of them. @spec RFC 5077 */
const TICKET_KEY_BYTES = 48;

/** What all fronts of this machine are told alike, from its own settings; the key of their tickets is new at each call. */
export function sharedByFronts(
  { dataFolder, front, trustedProxies, tls }: Config,
  webFolder: string,
): Omit<FrontConfig, "name" | "networkKey" | "publicUrl" | "backstageUrl" | "listenerKey" | "storage"> {
  return {
    fronts: front.processes,
    dataFolder,
    frontPort: front.port,
    frontHost: front.host,
    joinsPerSecond: front.joinsPerSecond / front.processes,
    uplinkBytesPerSecond: front.uplinkBytesPerSecond,
    cdn: front.cdn,
    nearPlaces: front.nearPlaces,
    webFolder,
    trustedProxies,
    tls,
    ticketKeys: tls === undefined ? undefined : randomBytes(TICKET_KEY_BYTES).toString("base64"),
  };
}
