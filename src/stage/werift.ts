import { createRequire } from "node:module";
import type * as Werift from "werift";
import { EarshotError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { type AnswerAddresses, rewriteCandidates } from "./offer.ts";
import type { Peer, PeerEvents, StageTransport } from "./transport.ts";

/** Longest wait for our own addresses. Milliseconds; they are local, so this only catches a component that hangs. */
const GATHERING_LIMIT_MS = 3_000;
/** Without a packet for this long a peer counts as gone. Milliseconds; the seat stays. */
const SILENT_PEER_MS = 5_000;

// The CommonJS build: its DTLS classes live in files of their own.
const werift = createRequire(import.meta.url)("werift") as typeof Werift;

/** Settings of the default transport. */
export interface WeriftOptions extends AnswerAddresses {
  readonly udpPorts: readonly [number, number];
  readonly iceTcp: boolean;
  readonly log: Log;
}

/** The default transport: WebRTC in TypeScript, no native code. */
export function createWerift(options: WeriftOptions): StageTransport {
  return { name: "werift", accept: (offer, events) => accept(options, offer, events) };
}

async function accept(options: WeriftOptions, offer: string, events: PeerEvents): Promise<Peer> {
  const connection = new werift.RTCPeerConnection({
    codecs: {
      audio: [
        new werift.RTCRtpCodecParameters({
          mimeType: "audio/opus",
          clockRate: SAMPLE_RATE,
          channels: 2,
          payloadType: 111,
          parameters: "minptime=10;useinbandfec=1;stereo=0;maxaveragebitrate=64000",
        }),
      ],
      video: [],
    },
    icePortRange: [options.udpPorts[0], options.udpPorts[1]],
    iceUseTcp: options.iceTcp,
    iceServers: [],
    ...(options.loopback ? { iceAdditionalHostAddresses: ["127.0.0.1"] } : {}),
  });
  const outgoing = new werift.MediaStreamTrack({ kind: "audio" });
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const gone = () => {
    clearInterval(timer);
    if (!closed) events.onState("gone");
    closed = true;
  };
  try {
    watchIncoming(connection, events, (interval) => {
      timer = interval;
    }, gone);
    connection.connectionStateChange.subscribe((state) => {
      if (state === "failed" || state === "closed") gone();
    });
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    for (const transceiver of connection.getTransceivers()) {
      if (transceiver.kind !== "audio") continue;
      transceiver.setDirection(/^a=sendonly/m.test(offer) ? "recvonly" : "sendrecv");
      await transceiver.sender.replaceTrack(outgoing);
    }
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
  } catch (cause) {
    clearInterval(timer);
    await connection.close().catch(() => {});
    throw new EarshotError("sdp-invalid", { rule: "an offer the WebRTC component can answer", value: cause instanceof Error ? cause.message : String(cause) }, cause);
  }

  let sequenceNumber = Math.floor(Math.random() * 65_536);
  let rtpTimestamp = Math.floor(Math.random() * 2 ** 31);
  return {
    answer: rewriteCandidates(connection.localDescription?.sdp ?? "", options),
    send(packet) {
      sequenceNumber = (sequenceNumber + 1) % 65_536;
      rtpTimestamp = (rtpTimestamp + FRAME_SAMPLES) % 2 ** 32;
      if (connection.connectionState !== "connected") return;
      const header = new werift.RtpHeader({ sequenceNumber, timestamp: rtpTimestamp, payloadType: 111, marker: false });
      outgoing.writeRtp(new werift.RtpPacket(header, Buffer.from(packet)));
    },
    async close() {
      closed = true;
      clearInterval(timer);
      await connection.close().catch((cause: unknown) => options.log.warn("a peer did not close cleanly", { reason: String(cause) }));
    },
  };
}

/** Hands packets on and notices when they stop. */
function watchIncoming(connection: Werift.RTCPeerConnection, events: PeerEvents, keep: (timer: NodeJS.Timeout) => void, gone: () => void): void {
  let packets = 0;
  let quietChecks = 0;
  connection.onTrack.subscribe((track) => {
    track.onReceiveRtp.subscribe((packet) => {
      if (packets++ === 0) events.onState("live");
      quietChecks = 0;
      events.onPacket(packet.header.sequenceNumber, packet.payload);
    });
    keep(
      setInterval(() => {
        if (packets > 0 && ++quietChecks >= 5) gone();
      }, SILENT_PEER_MS / 5),
    );
  });
}

async function gathered(connection: Werift.RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === "complete") return;
  await Promise.race([
    new Promise<void>((resolve) => {
      connection.iceGatheringStateChange.subscribe((state) => {
        if (state === "complete") resolve();
      });
    }),
    new Promise<void>((resolve) => setTimeout(resolve, GATHERING_LIMIT_MS).unref()),
  ]);
}
