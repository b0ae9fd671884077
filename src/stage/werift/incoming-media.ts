import type * as Werift from "werift";
import type { PeerEvents } from "../transport.ts";

const AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/** What arrives of one peer: counted and handed on. Closed by its peer. */
export class IncomingMedia {
  readonly figures = { packetsReceived: 0, bytesReceived: 0, audioLevel: undefined as number | undefined };
  readonly #connection: Werift.RTCPeerConnection;
  readonly #events: PeerEvents;
  readonly #redType: number | undefined;
  #levelExtension: number | undefined;
  #closed = false;

  /** `redType`: number of the format of packets with copies. */
  constructor(connection: Werift.RTCPeerConnection, events: PeerEvents, redType: number | undefined) {
    this.#connection = connection;
    this.#events = events;
    this.#redType = redType;
    connection.onTrack.subscribe((track) => {
      this.#levelExtension = audioLevelExtension(connection);
      track.onReceiveRtp.subscribe((packet) => this.#take(packet));
    });
  }

  close(): void {
    this.#closed = true;
  }

  /** @hot */
  #take(packet: Werift.RtpPacket): void {
    const { figures } = this;
    const { header, payload } = packet;
    if (this.#closed || this.#connection.connectionState === "closed") return;
    figures.packetsReceived++;
    figures.bytesReceived += payload.length;
    for (const { id, payload: value } of header.extensions) {
      if (id === this.#levelExtension && value.length > 0) figures.audioLevel = -((value[0] as number) & 0x7f);
    }
    this.#events.onPacket(header.sequenceNumber, header.timestamp, payload, header.payloadType === this.#redType);
  }
}

function audioLevelExtension(connection: Werift.RTCPeerConnection): number | undefined {
  return connection.getTransceivers()[0]?.headerExtensions.find(({ uri }) => uri === AUDIO_LEVEL)?.id;
}
