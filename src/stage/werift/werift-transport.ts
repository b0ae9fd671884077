import type * as Werift from "werift";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { SAMPLE_RATE } from "../../core/units.ts";
import { type AnswerAddresses, composeAnswer, countCandidates } from "../answer.ts";
import { hostAddresses } from "../host-addresses.ts";
import type { Offer } from "../offer.ts";
import type { Peer, PeerEvents, StageTransport } from "../transport.ts";
import type { RtpSender } from "./component.ts";
import { restartIce } from "./ice-lite.ts";
import { IncomingMedia } from "./incoming-media.ts";
import { werift } from "./load.ts";
import { OutgoingMedia } from "./outgoing-media.ts";
import { PortLease, type SharedPort, type SharingConnection } from "./shared-port.ts";

/** Longest wait for our own addresses. Milliseconds; they are local, so this only catches a component that hangs. */
const GATHERING_LIMIT_MS = 3_000;

/** Settings of the default transport. */
export interface WeriftOptions extends Pick<AnswerAddresses, "announce"> {
  /** Whether loopback addresses are told too: for tests on one machine without a network. */
  readonly loopback: boolean;
  /** First and last UDP (and TCP) port, shared with other stages. */
  readonly udpPorts: readonly [number, number];
  /** Whether all peers share one port of the range; only where the system can give each sender a queue of their own. Default: each has one. */
  readonly singlePort?: boolean;
  /** Whether a peer whose network blocks UDP may come by TCP. @spec RFC 6544 */
  readonly iceTcp: boolean;
  readonly log: Log;
}

/** The default transport: WebRTC in TypeScript, no native code. */
export function createWerift(options: WeriftOptions): StageTransport {
  const lease = options.singlePort === true ? new PortLease(options.udpPorts, options.iceTcp) : undefined;
  return { name: "werift", accept: (offer, events) => accept(options, lease, offer, events) };
}

async function accept(options: WeriftOptions, lease: PortLease | undefined, offer: Offer, events: PeerEvents): Promise<Peer> {
  const port = await lease?.take().catch((cause: unknown) => {
    throw noPortLeft(options, cause);
  });
  const hosts = hostAddresses(options.loopback);
  const connection = new werift.RTCPeerConnection({
    codecs: { audio: codecs(offer), video: [] },
    headerExtensions: { audio: [werift.useSdesMid(), werift.useAudioLevelIndication()], video: [] },
    ...(port === undefined ? { icePortRange: [options.udpPorts[0], options.udpPorts[1]] as [number, number] } : {}),
    iceUseTcp: options.iceTcp,
    iceServers: [],
    iceLite: true,
    // One socket per family, whatever number of addresses it is reached by.
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [hosts.v4.slice(0, 1), hosts.v6.slice(0, 1)].flat(),
  });
  const incoming = new IncomingMedia(connection, events, offer.redType);
  const outgoing = new werift.MediaStreamTrack({ kind: "audio" });
  let closed = false;
  let closing: Promise<void> | undefined;
  const shut = async () => {
    incoming.close();
    await connection.close().catch((cause: unknown) => options.log.warn("a peer did not close cleanly", { reason: String(cause) }));
    await lease?.giveBack();
  };
  const close = () => {
    closed = true;
    closing ??= shut();
    return closing;
  };
  connection.connectionStateChange.subscribe((state) => {
    if ((state === "failed" || state === "closed") && !closed) events.onGone(`the connection ${state}`);
  });

  let answer: string;
  try {
    await connection.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    if (port !== undefined) share(port, agentOf(connection));
    for (const transceiver of connection.getTransceivers()) {
      transceiver.setDirection(offer.sendsOnly ? "recvonly" : "sendrecv");
      await transceiver.sender.replaceTrack(outgoing);
    }
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
    answer = composeAnswer(connection.localDescription?.sdp ?? "", offer, { ...options, hosts });
  } catch (cause) {
    await close();
    throw new EarshotError(
      "sdp-invalid",
      { rule: "an offer the WebRTC component can answer", value: cause instanceof Error ? cause.message : String(cause) },
      cause,
    );
  }
  if (countCandidates(answer) === 0) {
    await close();
    throw noPortLeft(options);
  }

  const sender = connection.getTransceivers()[0]?.sender;
  if (sender === undefined) {
    await close();
    throw new EarshotError("sdp-invalid", { rule: "an offer the WebRTC component can answer", value: "no audio" });
  }
  const media = new OutgoingMedia(sender as unknown as RtpSender, (packet, sequenceNumber, timestamp) => {
    const header = new werift.RtpHeader({ sequenceNumber, timestamp });
    outgoing.writeRtp(new werift.RtpPacket(header, Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength)));
  });
  return {
    answer,
    get stats() {
      return { ...incoming.figures, packetsSent: media.packets, lossTowardsPeer: remoteLoss(sender) };
    },
    send(packet) {
      if (closed || connection.connectionState !== "connected") media.skip();
      else media.send(packet);
    },
    restartIce: () => restartIce(agentOf(connection)),
    close,
  };
}

function agentOf(connection: Werift.RTCPeerConnection): SharingConnection {
  return connection.iceTransports[0]?.connection as unknown as SharingConnection;
}

/** Has an agent that has not yet opened a socket use a port with others. */
function share(port: SharedPort, agent: SharingConnection): void {
  agent.sharedPort = port;
  // The component's own user fragments have four hexadecimal digits: too few to tell speakers apart by.
  restartIce(agent);
}

function noPortLeft({ udpPorts }: WeriftOptions, cause?: unknown): EarshotError {
  return new EarshotError("port-in-use", { setting: "stage.udp_ports", value: udpPorts.join("-") }, cause);
}

/** As many kinds of Opus as were offered: the second is RED in disguise. */
function codecs({ redType }: Offer): Werift.RTCRtpCodecParameters[] {
  const opus = () => new werift.RTCRtpCodecParameters({ mimeType: "audio/opus", clockRate: SAMPLE_RATE, channels: 2 });
  return redType === undefined ? [opus()] : [opus(), opus()];
}

/** The component keeps the peer's latest receiver report on its sender, without a public name for it. */
function remoteLoss(sender: Werift.RTCRtpSender): number {
  const { remoteFractionLost } = sender as unknown as { readonly remoteFractionLost?: number };
  return remoteFractionLost ?? 0;
}

async function gathered(connection: Werift.RTCPeerConnection): Promise<void> {
  if (connection.iceGatheringState === "complete") return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, GATHERING_LIMIT_MS);
  connection.iceGatheringStateChange.subscribe((state) => {
    if (state === "complete") resolve();
  });
  await promise;
  clearTimeout(timer);
}
