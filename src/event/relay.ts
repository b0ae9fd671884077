import { createHmac } from "node:crypto";

/** How long a relay's credentials are good. Seconds; a connection once made keeps its own, and an evening is shorter. */
const CREDENTIAL_S = 6 * 3_600;

/** A TURN server of the operator's, for speakers whose network lets nothing else through. */
export interface RelaySettings {
  /** `turn:` and `turns:` addresses. @spec RFC 7065 */
  readonly urls: readonly string[];
  /** Shared with the server; coturn calls it static-auth-secret. */
  readonly secret: string;
}

/** What a browser is told of a relay. @spec WebRTC §4.2.3, RTCIceServer */
export interface RelayServer {
  readonly urls: readonly string[];
  readonly username: string;
  readonly credential: string;
}

/** Credentials of a seat for the relay: a time and a signature of it, so that relay and house need no common database. @spec draft-uberti-behave-turn-rest-00 §2.2 */
export function relayServers(relay: RelaySettings | undefined, seatId: string, nowMs: number): readonly RelayServer[] {
  if (relay === undefined) return [];
  const username = `${Math.floor(nowMs / 1_000) + CREDENTIAL_S}:${seatId}`;
  return [{ urls: relay.urls, username, credential: createHmac("sha1", relay.secret).update(username).digest("base64") }];
}
