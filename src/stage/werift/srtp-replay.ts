import { guardFigures } from "./ice-guard.ts";
import { PacketWindow } from "./packet-window.ts";

/**
 * werift takes every SRTP and SRTCP packet as often as it comes: whoever recorded a second of a voice could play it
 * again, or throw the jitter buffer back with one packet. And it counts a wrapped sequence number only when one of the
 * hundred packets around the wrap arrives: a line that is down for two seconds at that moment is silent for good.
 * Here the packet index is found as the RFC has it, and each is taken once.
 * @spec RFC 3711 §3.3.1, §3.3.2, appendix A
 */

/** Sources one peer may send from: a browser has one voice, and a few more after changes of its own. */
const MAX_SOURCES = 8;
/** Half of the sequence numbers. */
const HALF_WRAP = 32_768;
/** Bytes at the end of an SRTCP packet, after its index, by profile; that of AES-GCM has its tag before the index. @spec RFC 3711 §3.4, RFC 7714 §9 */
const AES_GCM = 7;
const CTR_TAG_BYTES = 10;
const INDEX_BYTES = 4;
/** Smallest SRTCP packet: header, index, tag. Bytes. */
const MIN_SRTCP_BYTES = 8 + INDEX_BYTES + CTR_TAG_BYTES;

/** What was taken, by context of a direction and by source. */
const sources = new WeakMap<object, Map<number, PacketWindow>>();

/** What was taken of a source that is known to a context; undefined before its first packet. */
export function windowOf(context: object, ssrc: number): PacketWindow | undefined {
  return sources.get(context)?.get(ssrc);
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

  const seenOf = (context: Context, ssrc: number): { readonly seen: PacketWindow; readonly all: Map<number, PacketWindow> } => {
    const all = sources.get(context) ?? new Map<number, PacketWindow>();
    sources.set(context, all);
    return { seen: all.get(ssrc) ?? new PacketWindow(), all };
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
    let index = seen.indexOf(header.sequenceNumber);
    if (!seen.admits(index) || (seen.empty && all.size >= MAX_SOURCES)) return refuse();
    let plain: unknown;
    try {
      plain = this.cipher.decryptRtp(packet, PacketWindow.rolloverCount(index), header);
    } catch (error) {
      // A sender that began shortly before its first wrap, and whose packets before it came too early for us.
      if (!seen.empty || index >= HALF_WRAP) throw error;
      index = PacketWindow.roundLater(index);
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
    if (!seen.admits(index) || (seen.empty && all.size >= MAX_SOURCES)) return refuse();
    const plain = decryptRTCP.call(this, packet);
    seen.take(index);
    all.set(ssrc, seen);
    return plain;
  };
}
