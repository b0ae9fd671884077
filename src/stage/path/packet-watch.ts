import { codedBandwidth, packetLength } from "./opus-packet.ts";

/** A jump in sequence numbers larger than this is a new stream, not loss. Packets; 10 s. */
const RESTART_JUMP = 500;

/** What comes in of one connection, and what its encoder does, read from the packets themselves. */
export class PacketWatch {
  #widest = 0;
  #highest = -1;
  /** Packets that should have come so far, by their numbers. @spec RFC 3550 A.3 */
  expected = 0;
  /** Sound in the newest packet. Milliseconds. */
  packetMs = 0;
  received = 0;
  /** Payload. Bytes. */
  bytes = 0;

  /** Takes a payload that is not empty, as it came from the network. @hot */
  note(sequenceNumber: number, payload: Uint8Array): void {
    const ahead = this.#highest < 0 ? 1 : ((sequenceNumber - this.#highest + 98_304) & 65_535) - 32_768;
    // A late one fills a hole that was counted when the one after it came.
    if (ahead > 0) {
      this.expected += ahead < RESTART_JUMP ? ahead : 1;
      this.#highest = sequenceNumber;
    } else if (ahead < -RESTART_JUMP) {
      this.expected++;
      this.#highest = sequenceNumber;
    }
    this.received++;
    this.bytes += payload.length;
    this.packetMs = packetLength(payload);
    const hertz = codedBandwidth(payload[0] as number);
    if (hertz > this.#widest) this.#widest = hertz;
  }

  /** Widest bandwidth since the last call. Hertz; 0 when no packet came. An encoder narrows single packets without anybody hearing it. @hot */
  takeBandwidth(): number {
    const widest = this.#widest;
    this.#widest = 0;
    return widest;
  }
}
