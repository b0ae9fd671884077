/** State of a peer as the stage sees it: `live` means media arrives, never ICE alone. */
export type PeerState = "connecting" | "live" | "gone";

/** One media connection of a seat. */
export interface Peer {
  /** Answer to the offer, candidates included. */
  readonly answer: string;
  /** Sends one Opus packet of 20 ms back. */
  send(packet: Uint8Array): void;
  close(): Promise<void>;
}

/** What a peer reports. */
export interface PeerEvents {
  /** An Opus packet arrived. */
  readonly onPacket: (sequenceNumber: number, payload: Uint8Array) => void;
  readonly onState: (state: PeerState) => void;
}

/** Hides the WebRTC component. */
export interface StageTransport {
  readonly name: string;
  /** Takes an offer that was checked. @throws `sdp-invalid` when the component refuses it. */
  accept(offer: string, events: PeerEvents): Promise<Peer>;
}
