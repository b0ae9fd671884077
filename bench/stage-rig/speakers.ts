import type * as Werift from "werift";
import { FRAME_MS, FRAME_SAMPLES } from "../../src/core/units.ts";
import { werift } from "../../src/stage/werift/load.ts";
import type { Tracks } from "./conversation.ts";

const PAYLOAD_TYPE = 111;
/** Longest wait for one connection, and how often it is tried: the component as DTLS server, which only these clients use it as, loses its way when a busy machine makes the stage repeat itself. Milliseconds. */
const JOIN_LIMIT_MS = 10_000;
const ATTEMPTS = 5;

/** Answers an offer of one speaker. */
export type Publish = (offer: string, speaker: number) => Promise<string>;

/** Speakers as real WebRTC clients, who send prepared packets and count what comes back. Closed by whoever opened them. */
export class Speakers {
  readonly #connections: Werift.RTCPeerConnection[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly received: number[] = [];
  /** How late the slowest 20 ms beat was. Milliseconds; much more than a few and the figures are the load's, not the server's. */
  worstLagMs = 0;

  private constructor(senders: readonly { readonly track: Werift.MediaStreamTrack; readonly packets: readonly Uint8Array[] }[]) {
    const startedAt = performance.now();
    let made = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - startedAt) / FRAME_MS);
      this.worstLagMs = Math.max(this.worstLagMs, (due - made - 1) * FRAME_MS);
      for (; made < due; made++) {
        for (const { track, packets } of senders) {
          const header = new werift.RtpHeader({ sequenceNumber: made % 65_536, timestamp: (made * FRAME_SAMPLES) % 2 ** 32, payloadType: PAYLOAD_TYPE });
          track.writeRtp(new werift.RtpPacket(header, Buffer.from(packets[made % packets.length] as Uint8Array)));
        }
      }
    }, FRAME_MS / 4);
  }

  /** Connects one speaker per track; resolves when all are connected. */
  static async open(tracks: Tracks, publish: Publish): Promise<Speakers> {
    const senders = tracks.map((packets) => ({ track: new werift.MediaStreamTrack({ kind: "audio" }), packets }));
    const speakers = new Speakers(senders);
    for (const [index, { track }] of senders.entries()) {
      speakers.received.push(0);
      for (let attempt = 1; !(await speakers.#join(track, index, publish)); attempt++) {
        if (attempt === ATTEMPTS) throw new Error(`speaker ${index} could not be connected`);
      }
    }
    return speakers;
  }

  /** Connects one speaker; says whether it came up. One that did not is closed, as a page would do before it tries again. */
  async #join(track: Werift.MediaStreamTrack, index: number, publish: Publish): Promise<boolean> {
    const opus = { mimeType: "audio/opus", clockRate: 48_000, channels: 2, payloadType: PAYLOAD_TYPE, parameters: "minptime=10;useinbandfec=1" };
    const connection = new werift.RTCPeerConnection({
      codecs: { audio: [new werift.RTCRtpCodecParameters(opus)], video: [] },
      iceServers: [],
      iceAdditionalHostAddresses: ["127.0.0.1"],
    });
    connection.addTransceiver(track, { direction: "sendrecv" });
    connection.onTrack.subscribe((heard) => {
      heard.onReceiveRtp.subscribe(() => {
        this.received[index] = (this.received[index] ?? 0) + 1;
      });
    });
    await connection.setLocalDescription(await connection.createOffer());
    await connection.setRemoteDescription({ type: "answer", sdp: await publish(connection.localDescription?.sdp ?? "", index) });
    for (const end = performance.now() + JOIN_LIMIT_MS; connection.connectionState !== "connected"; ) {
      if (connection.connectionState === "failed" || performance.now() > end) {
        await connection.close();
        return false;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    this.#connections.push(connection);
    return true;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#connections.map((connection) => connection.close()));
  }
}
