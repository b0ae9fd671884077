import { FRAME_SAMPLES } from "../core/units.ts";
import type { Offer } from "./offer.ts";
import type { Peer, PeerEvents, StageTransport } from "./transport.ts";

/** A peer without a network, driven by a test. */
export interface FakePeer {
  readonly offer: Offer;
  /** Packets of the return feed, newest last. */
  readonly sent: Uint8Array[];
  readonly closed: boolean;
  /** Lets the next packet of 20 ms arrive. */
  deliver(payload: Uint8Array): void;
  /** Loses the next packet on the way. */
  lose(): void;
  /** Reports this share of the return packets lost. 0 to 1. */
  reportLoss(share: number): void;
  /** Ends the connection from the far side. */
  leave(reason: string): void;
}

/** A transport without WebRTC, for tests of everything behind it; `answerAfter` holds back the answer of the nth exchange. */
export function createFake(answerAfter: (exchange: number) => Promise<void> = async () => {}): {
  readonly transport: StageTransport;
  readonly peers: readonly FakePeer[];
} {
  const peers: FakePeer[] = [];
  const accept = async (offer: Offer, events: PeerEvents): Promise<Peer> => {
    const exchange = peers.length;
    const sent: Uint8Array[] = [];
    let closed = false;
    let sequenceNumber = 65_530;
    let received = 0;
    let restarts = 0;
    let lossTowardsPeer = 0;
    const next = () => {
      sequenceNumber = (sequenceNumber + 1) % 65_536;
      return received++ * FRAME_SAMPLES;
    };
    peers.push({
      offer,
      sent,
      get closed() {
        return closed;
      },
      deliver(payload) {
        const timestamp = next();
        if (!closed && events.onArrival(false)) events.onPacket(sequenceNumber, timestamp, payload, false);
      },
      lose: () => void next(),
      reportLoss(share) {
        lossTowardsPeer = share;
      },
      leave(reason) {
        if (!closed) events.onGone(reason);
      },
    });
    await answerAfter(exchange);
    return {
      answer: `v=0\r\ns=answer ${exchange}\r\n`,
      get stats() {
        return { packetsReceived: received, bytesReceived: 0, packetsSent: sent.length, audioLevel: undefined, lossTowardsPeer };
      },
      send(packet) {
        if (!closed) sent.push(packet);
      },
      restartIce: () => ({ ufrag: `fake${++restarts}`, password: "0123456789abcdef01234567" }),
      async close() {
        closed = true;
      },
    };
  };
  return { transport: { name: "fake", accept }, peers };
}
