import { randomBytes } from "node:crypto";
import { FRAME_SAMPLES } from "../../core/units.ts";
import type { MediaAgent, RtpSender, SrtpContext } from "./component.ts";
import { type SrtpTransform, transformOf } from "./srtp-transform.ts";

const MID = "urn:ietf:params:rtp-hdrext:sdes:mid";
/** Fixed part of an RTP header. Bytes. @spec RFC 3550 §5.1 */
const FIXED_BYTES = 12;
/** First byte of a packet: RTP version 2, without and with extensions. */
const PLAIN = 0x80;
const EXTENDED = 0x90;
/** Mark of extensions with a head of one byte. @spec RFC 8285 §4.2 */
const ONE_BYTE_HEADS = 0xbede;
/** Longest value behind a head of one byte. Bytes; a longer name goes without. @spec RFC 8285 §4.2 */
const MAX_VALUE_BYTES = 16;
/** Between two readings of the clock for sender reports. Packets; 200 ms. */
const REPORT_EVERY = 10;
/** From the beginning of NTP time to that of Unix time. Seconds. @spec RFC 5905 §6 */
const NTP_TO_UNIX_S = 2_208_988_800;

/** Sends a packet the component's own way. */
type LongWay = (packet: Uint8Array, sequenceNumber: number, timestamp: number) => void;

/** Writes the packets of one return feed and gives them straight to the socket in use. What it does not know, any cipher but the two browsers choose, goes the component's way. */
export class OutgoingMedia {
  readonly #sender: RtpSender;
  readonly #longWay: LongWay;
  #sequenceNumber = randomBytes(2).readUInt16BE();
  #timestamp = randomBytes(4).readUInt32BE();
  #header: Buffer | undefined;
  #context: SrtpContext | undefined;
  #transform: SrtpTransform | undefined;
  /** Packets sent so far. */
  packets = 0;

  constructor(sender: RtpSender, longWay: LongWay) {
    this.#sender = sender;
    this.#longWay = longWay;
  }

  /** Lets 20 ms pass in which nothing can be sent. @hot */
  skip(): void {
    this.#sequenceNumber = (this.#sequenceNumber + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + FRAME_SAMPLES) >>> 0;
  }

  /** Sends the next 20 ms over a connection that is up. @hot */
  send(packet: Uint8Array): void {
    this.skip();
    this.packets++;
    const sender = this.#sender;
    const context = sender.dtlsTransport?.srtp?.localContext;
    const transform = context === undefined ? undefined : this.#transformOf(context);
    if (context === undefined || transform === undefined || sender.codec === undefined) {
      this.#longWay(packet, this.#sequenceNumber, this.#timestamp);
      return;
    }
    const agent = sender.dtlsTransport?.iceTransport.connection as MediaAgent;
    const header = this.#writeHeader(sender.codec.payloadType);
    const state = context.getSrtpSsrcState(sender.ssrc);
    context.updateRolloverCount(this.#sequenceNumber, state);
    this.#count(packet.length);
    transmit(agent, transform.seal(header, packet, state.rolloverCounter));
  }

  /** The header with everything that never changes, and what does. */
  #writeHeader(payloadType: number): Buffer {
    this.#header ??= makeHeader(this.#sender);
    const header = this.#header;
    header[1] = payloadType;
    header.writeUInt16BE(this.#sequenceNumber, 2);
    header.writeUInt32BE(this.#timestamp, 4);
    return header;
  }

  /** For sender reports, which name one moment by two clocks. @spec RFC 3550 §6.4.1 */
  #count(bytes: number): void {
    const sender = this.#sender;
    sender.octetCount += bytes;
    sender.packetCount = (sender.packetCount + 1) >>> 0;
    if (this.packets % REPORT_EVERY === 1) {
      sender.ntpTimestamp = ntpOf(performance.timeOrigin + performance.now());
      sender.rtpTimestamp = this.#timestamp;
    }
    if (this.packets === 1) void sender.runRtcp();
  }

  #transformOf(context: SrtpContext): SrtpTransform | undefined {
    if (this.#context === context) return this.#transform;
    this.#context = context;
    this.#transform = transformOf(context);
    return this.#transform;
  }
}

/** Hands a datagram to the socket of the pair in use. */
function transmit({ nominated, state }: MediaAgent, datagram: Buffer): void {
  if (nominated === undefined || state === "closed" || state === "failed") return;
  const { protocol, remoteAddr } = nominated;
  const { transport } = protocol;
  if (transport?.type !== "udp") void protocol.sendData(datagram, remoteAddr).catch(() => {});
  else if (!transport.closed) transport.socket.send(datagram, remoteAddr[1], remoteAddr[0]);
}

/** Header of every packet of a stream, with its one extension: to which section of the description it belongs. @spec RFC 8843 §9.2, RFC 8285 §4.2 */
function makeHeader({ ssrc, mid, headerExtensions }: RtpSender): Buffer {
  const id = headerExtensions.find(({ uri }) => uri === MID)?.id;
  const name = Buffer.from(mid ?? "");
  const extension = id === undefined || name.length === 0 || name.length > MAX_VALUE_BYTES ? 0 : 1 + name.length;
  const words = Math.ceil(extension / 4);
  const header = Buffer.alloc(FIXED_BYTES + (extension === 0 ? 0 : 4 + 4 * words));
  header[0] = extension === 0 ? PLAIN : EXTENDED;
  header.writeUInt32BE(ssrc, 8);
  if (id === undefined || extension === 0) return header;
  header.writeUInt16BE(ONE_BYTE_HEADS, FIXED_BYTES);
  header.writeUInt16BE(words, FIXED_BYTES + 2);
  header[FIXED_BYTES + 4] = (id << 4) | (name.length - 1);
  header.set(name, FIXED_BYTES + 5);
  return header;
}

/** Seconds and their fractions since 1900, 32 bits each. @spec RFC 5905 §6 */
function ntpOf(unixMs: number): bigint {
  const seconds = Math.floor(unixMs / 1_000);
  const fraction = Math.floor(((unixMs - seconds * 1_000) / 1_000) * 2 ** 32);
  return (BigInt(seconds + NTP_TO_UNIX_S) << 32n) | BigInt(fraction);
}
