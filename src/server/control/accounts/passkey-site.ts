import { isIP } from "node:net";

/** Where passkeys of this house are good. */
export interface PasskeySite {
  /** Domain they are bound to. @spec WebAuthn Level 3 §4 (RP ID) */
  readonly rpId: string;
  /** The one origin whose pages may use them. */
  readonly origin: string;
}

/**
 * What passkeys are bound to: the name listeners know when the backstage address lies under it, else the backstage name itself.
 * Undefined where browsers offer none: an address instead of a name, or plain HTTP elsewhere than on localhost.
 */
export function passkeySite(publicUrl: string, backstageUrl: string): PasskeySite | undefined {
  const [front, backstage] = [new URL(publicUrl), new URL(backstageUrl)];
  const { hostname, protocol, origin } = backstage;
  const local = hostname === "localhost" || hostname.endsWith(".localhost");
  if (isIP(hostname.replace(/^\[|\]$/g, "")) !== 0 || (protocol !== "https:" && !local)) return undefined;
  const under = hostname === front.hostname || hostname.endsWith(`.${front.hostname}`);
  return { rpId: under ? front.hostname : hostname, origin };
}
