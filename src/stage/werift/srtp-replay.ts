import { guardFigures } from "./ice-guard.ts";

/**
 * werift takes every SRTP and SRTCP packet as often as it comes: whoever recorded a second of a voice could play it
 * again, or throw the jitter buffer back with one packet. And it counts a wrapped sequence number only when one of the
 * hundred packets around the wrap arrives: a line that is down for two seconds at that moment is silent for good.
 * Here the packet index is found as the RFC has it, and each is taken once.
 * @spec RFC 3711 §3.3.1, §3.3.2, appendix A
 */

/** Packets that may come late, in any order. A power of two; twenty seconds of a voice, far more than is ever played. */
const WINDOW = 1_024;
/** Sources one peer may send from: a browser has one voice, and a few more after changes of its own. */
const MAX_SOURCES = 8;
/** Half and whole of the sequence numbers. */
const HALF_WRAP = 32_768;
const WRAP = 65_536;
/** Bytes at the end of an SRTCP packet, after its index, by profile; that of AES-GCM has its tag before the index. @spec RFC 3711 §3.4, RFC 7714 §9 */
const AES_GCM = 7;
const CTR_TAG_BYTES = 10;
const INDEX_BYTES = 4;
/** Smallest SRTCP packet: header, index, tag. Bytes. */
const MIN_SRTCP_BYTES = 8 + INDEX_BYTES + CTR_TAG_BYTES;

/** The packets of one source that were taken. */
class Seen {
  highest = -1;
  readonly #taken = new Float64Array(WINDOW).fill(-1);

  /** @hot */
  has(index: number): boolean {
    return index <= this.highest - WINDOW || this.#taken[index & (WINDOW - 1)] === index;
  }

  /** @hot */
  take(index: number): void {
    this.#taken[index & (WINDOW - 1)] = index;
    if (index > this.highest) this.highest = index;
  }
}

interface RtpHeader {
  readonly ssrc: number;
  readonly sequenceNumber: number;
}

interface Context {
  readonly profile: number;
  readonly rtpAuthTagLength: number;
  readonly cipher: { decryptRtp(packet: Buffer, rolloverCounter: number, header: RtpHeader): unknown };
  decryptRtp(packet: Buffer): unknown;
  decryptRTCP(packet: Buffer): unknown;
}

/** Makes the component take each packet once. */
export function refuseReplays(load: <Exports>(path: string) => Exports): void {
  const { SrtpContext } = load<{ SrtpContext: { prototype: Context } }>("rtp/src/srtp/context/srtp.js");
  const { SrtcpContext } = load<{ SrtcpContext: { prototype: Context } }>("rtp/src/srtp/context/srtcp.js");
  const { parseSrtpRtpHeader } = load<{ parseSrtpRtpHeader: (packet: Buffer, tagBytes: number) => RtpHeader }>("rtp/src/srtp/packet.js");
  const { SrtpAuthenticationError } = load<{ SrtpAuthenticationError: new (message: string) => Error }>("rtp/src/srtp/error.js");
  const { decryptRTCP } = SrtcpContext.prototype;
  const sources = new WeakMap<Context, Map<number, Seen>>();

  const seenOf = (context: Context, ssrc: number): { readonly seen: Seen; readonly all: Map<number, Seen> } => {
    const all = sources.get(context) ?? new Map<number, Seen>();
    sources.set(context, all);
    return { seen: all.get(ssrc) ?? new Seen(), all };
  };
  const refuse = (): never => {
    guardFigures.replayedPackets++;
    // The one kind of error for which the component drops the packet alone.
    throw new SrtpAuthenticationError("a packet for the second time, or of one source too many");
  };

  /** @hot */
  SrtpContext.prototype.decryptRtp = function (packet) {
    const header = parseSrtpRtpHeader(packet, this.rtpAuthTagLength);
    const { seen, all } = seenOf(this, header.ssrc);
    let index = packetIndex(header.sequenceNumber, seen.highest);
    if (index < 0 || seen.has(index) || (seen.highest < 0 && all.size >= MAX_SOURCES)) return refuse();
    let plain: unknown;
    try {
      plain = this.cipher.decryptRtp(packet, Math.floor(index / WRAP), header);
    } catch (error) {
      // A sender that began shortly before its first wrap, and whose packets before it came too early for us.
      if (seen.highest >= 0 || index >= HALF_WRAP) throw error;
      index += WRAP;
      plain = this.cipher.decryptRtp(packet, 1, header);
    }
    // Only what proved to be the peer's own moves the window.
    seen.take(index);
    all.set(header.ssrc, seen);
    return plain;
  };

  SrtcpContext.prototype.decryptRTCP = function (packet) {
    if (packet.length < MIN_SRTCP_BYTES) return refuse();
    const ssrc = packet.readUInt32BE(4);
    const { seen, all } = seenOf(this, ssrc);
    const index = packet.readUInt32BE(packet.length - INDEX_BYTES - (this.profile === AES_GCM ? 0 : CTR_TAG_BYTES)) & 0x7fffffff;
    if (seen.has(index) || (seen.highest < 0 && all.size >= MAX_SOURCES)) return refuse();
    const plain = decryptRTCP.call(this, packet);
    seen.take(index);
    all.set(ssrc, seen);
    return plain;
  };
}

/** Index of a packet: its sequence number and how often it wrapped, as near as may be to the highest so far; negative before the first wrap. @spec RFC 3711 appendix A @hot */
function packetIndex(sequenceNumber: number, highest: number): number {
  if (highest < 0) return sequenceNumber;
  const wraps = Math.floor(highest / WRAP);
  const ahead = sequenceNumber - (highest % WRAP);
  return (ahead > HALF_WRAP ? wraps - 1 : ahead < -HALF_WRAP ? wraps + 1 : wraps) * WRAP + sequenceNumber;
}
