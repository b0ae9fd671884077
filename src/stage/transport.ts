import type { IceCredentials } from "./ice-fragment.ts";
import type { Offer } from "./offer.ts";

/** Figures of one peer since it connected. */
export interface PeerStats {
  readonly packetsReceived: number;
  readonly bytesReceived: number;
  readonly packetsSent: number;
  /** What the speaker's device says of its own level; absent when it does not say. dBov, 0 to -127. @spec RFC 6464 §3 */
  readonly audioLevel: number | undefined;
  /** Share of our packets the peer reported lost, lately. 0 to 1. @spec RFC 3550 §6.4.1 */
  readonly lossTowardsPeer: number;
}

/** One media connection of a seat. Closed by the stage. */
export interface Peer {
  /** Answer to the offer, candidates included. */
  readonly answer: string;
  readonly stats: PeerStats;
  /** Sends one Opus packet of 20 ms back; nothing happens before the connection is up. */
  send(packet: Uint8Array): void;
  /** Begins a new ICE session on the same media: new credentials of ours; the sound moves when the peer names its new path. @spec RFC 8445 §9 */
  restartIce(): IceCredentials;
  close(): Promise<void>;
}

/** What a peer reports. */
export interface PeerEvents {
  /** A packet of media or of its control (RTCP) arrived that nobody has decrypted yet; false: it is one too many, and dropped as it is. @hot */
  readonly onArrival: (isControl: boolean) => boolean;
  /** An Opus packet arrived. `rtpTimestamp`: samples at 48 kHz, modulo 2^32; `isRed`: it carries copies of the ones before it. @spec RFC 7587, RFC 2198 @hot */
  readonly onPacket: (sequenceNumber: number, rtpTimestamp: number, payload: Uint8Array, isRed: boolean) => void;
  /** The connection is over for good; not called after {@link Peer.close}. */
  readonly onGone: (reason: string) => void;
}

/** Hides the WebRTC component. */
export interface StageTransport {
  readonly name: "werift" | "fake";
  /** Answers an offer. @throws `sdp-invalid` when the component refuses it, `port-in-use` when no port of the range is free. */
  accept(offer: Offer, events: PeerEvents): Promise<Peer>;
}
