import type * as Werift from "werift";
import type { PeerEvents } from "../transport.ts";
import type { CountedPacket, MediaAgent, RtpReceiver, SrtpContext } from "./component.ts";
import { guardFigures } from "./ice-guard.ts";
import { PacketWindow } from "./packet-window.ts";
import { RtpReader } from "./rtp-reader.ts";
import { windowOf } from "./srtp-replay.ts";
import { type SrtpTransform, transformOf } from "./srtp-transform.ts";

const AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
/** Second bytes of RTCP packets, which share the path with RTP. @spec RFC 5761 §4 */
const FIRST_RTCP = 192;
const LAST_RTCP = 223;

/** What arrives of one peer: counted and handed on. A stream's first packet goes through the component, which so knows it; the others come straight from the socket. Closed by its peer. */
export class IncomingMedia {
  readonly figures = { packetsReceived: 0, bytesReceived: 0, audioLevel: undefined as number | undefined };
  readonly #connection: Werift.RTCPeerConnection;
  readonly #events: PeerEvents;
  readonly #redType: number | undefined;
  readonly #reader = new RtpReader();
  readonly #counted: CountedPacket = { header: { sequenceNumber: 0, timestamp: 0, serializeSize: 0 }, payload: Buffer.alloc(0) };
  #levelExtension: number | undefined;
  #receiver: RtpReceiver | undefined;
  #context: SrtpContext | undefined;
  #transform: SrtpTransform | undefined;
  #closed = false;

  /** `redType`: number of the format of packets with copies. */
  constructor(connection: Werift.RTCPeerConnection, events: PeerEvents, redType: number | undefined) {
    this.#connection = connection;
    this.#events = events;
    this.#redType = redType;
    connection.onTrack.subscribe((track) => {
      this.#levelExtension = audioLevelExtension(connection);
      track.onReceiveRtp.subscribe((packet) => this.#take(packet));
      this.#shorten();
    });
  }

  close(): void {
    this.#closed = true;
  }

  /** Has the agent hand media over before the component sees it. */
  #shorten(): void {
    const transceiver = this.#connection.getTransceivers()[0];
    this.#receiver = transceiver?.receiver as unknown as RtpReceiver | undefined;
    const agent = this.#connection.iceTransports[0]?.connection as unknown as MediaAgent | undefined;
    if (this.#receiver !== undefined && agent !== undefined) agent.onMedia = (datagram) => this.#takeDatagram(datagram);
  }

  /** Whether the datagram was dealt with; what is unknown here is the component's. @spec RFC 3711 §3.3 @hot */
  #takeDatagram(datagram: Buffer): boolean {
    const second = datagram[1] ?? 0;
    // Counted before the keys are touched, here or in the component: to open a packet costs more than all that is done with one too many.
    if (second >= FIRST_RTCP && second <= LAST_RTCP) return !this.#events.onArrival(true);
    const receiver = this.#receiver as RtpReceiver;
    const reader = this.#reader;
    const context = this.#connection.dtlsTransports[0]?.srtp?.remoteContext as unknown as SrtpContext | undefined;
    const transform = context === undefined ? undefined : this.#transformOf(context);
    if (context === undefined || transform === undefined || !reader.read(datagram, datagram.length - transform.tagBytes)) return !this.#events.onArrival(false);
    const stream = receiver.remoteStreams[reader.ssrc];
    const window = windowOf(context, reader.ssrc);
    if (stream === undefined || window === undefined || receiver.codecs[reader.payloadType] === undefined) return !this.#events.onArrival(false);
    if (this.#closed || receiver.stopped) return true;
    const index = window.indexOf(reader.sequenceNumber);
    if (!window.admits(index)) {
      // Not counted: what somebody recorded on the way and sends again must not push the speaker's own packets out.
      guardFigures.replayedPackets++;
      return true;
    }
    if (!this.#events.onArrival(false)) return true;
    const opened = transform.open(datagram, reader.length, PacketWindow.rolloverCount(index));
    const payload = opened === undefined || !reader.padded ? opened : withoutPadding(opened);
    if (payload === undefined) {
      guardFigures.refusedPackets++;
      return true;
    }
    window.take(index);
    const { header } = this.#counted;
    header.sequenceNumber = reader.sequenceNumber;
    header.timestamp = reader.timestamp;
    header.serializeSize = reader.length;
    this.#counted.payload = payload;
    stream.add(this.#counted);
    const level = this.#levelExtension === undefined ? undefined : reader.extension(datagram, this.#levelExtension);
    this.#hand(level, reader.sequenceNumber, reader.timestamp, payload, reader.payloadType === this.#redType);
    return true;
  }

  /** @hot */
  #take({ header, payload }: Werift.RtpPacket): void {
    if (this.#closed || this.#connection.connectionState === "closed") return;
    const level = header.extensions.find(({ id }) => id === this.#levelExtension)?.payload[0];
    this.#hand(level, header.sequenceNumber, header.timestamp, payload, header.payloadType === this.#redType);
  }

  #hand(level: number | undefined, sequenceNumber: number, timestamp: number, payload: Buffer, isRed: boolean): void {
    const { figures } = this;
    figures.packetsReceived++;
    figures.bytesReceived += payload.length;
    if (level !== undefined) figures.audioLevel = -(level & 0x7f);
    this.#events.onPacket(sequenceNumber, timestamp, payload, isRed);
  }

  #transformOf(context: SrtpContext): SrtpTransform | undefined {
    if (this.#context === context) return this.#transform;
    this.#context = context;
    this.#transform = transformOf(context);
    return this.#transform;
  }
}

/** A payload without its padding, whose length its last byte tells; undefined when that cannot be. @spec RFC 3550 §5.1 */
function withoutPadding(payload: Buffer): Buffer | undefined {
  const padding = payload.at(-1) ?? 0;
  return padding === 0 || padding > payload.length ? undefined : payload.subarray(0, payload.length - padding);
}

function audioLevelExtension(connection: Werift.RTCPeerConnection): number | undefined {
  return connection.getTransceivers()[0]?.headerExtensions.find(({ uri }) => uri === AUDIO_LEVEL)?.id;
}
