/**
 * As much of the component's inner parts as the shortcuts for media work with. They carry every packet through half a
 * dozen events, as many promises and four copies of its header, which cost more than all of a voice's sound treatment.
 */

/** How far a stream's sequence numbers have turned over. @spec RFC 3711 §3.3.1 */
export interface RolloverState {
  rolloverCounter: number;
  lastSequenceNumber: number;
}

/** Keys and counters of one direction. */
export interface SrtpContext {
  /** Number of the protection profile. @spec RFC 5764 §4.1.2 */
  readonly profile: number;
  readonly srtpSessionKey: Buffer;
  readonly srtpSessionSalt: Buffer;
  /** The key of the authentication, whatever its name says. */
  readonly srtpSessionAuthTag: Buffer;
  getSrtpSsrcState(ssrc: number): RolloverState;
  updateRolloverCount(sequenceNumber: number, state: RolloverState): void;
}

/** The transport a sender and a receiver share. */
export interface DtlsTransport {
  readonly state: string;
  readonly srtp?: { readonly localContext: SrtpContext; readonly remoteContext: SrtpContext };
  readonly iceTransport: { readonly connection: MediaAgent };
}

/** What a datagram goes out by. */
export interface Protocol {
  readonly transport?: { readonly type: string; readonly closed: boolean; readonly socket: { send(data: Buffer, port: number, host: string): void } };
  sendData(data: Buffer, address: readonly [string, number]): Promise<void>;
}

/** The ICE agent of a connection. */
export interface MediaAgent {
  readonly nominated: { readonly protocol: Protocol; readonly remoteAddr: readonly [string, number] } | undefined;
  readonly state: string;
  /** Set by whoever takes media past the component; true: the datagram was dealt with. */
  onMedia?: (datagram: Buffer) => boolean;
}

/** A sender; its counters go into sender reports. @spec RFC 3550 §6.4.1 */
export interface RtpSender {
  readonly ssrc: number;
  readonly codec: { readonly payloadType: number } | undefined;
  readonly mid: string | undefined;
  readonly headerExtensions: readonly { readonly id: number; readonly uri: string }[];
  readonly dtlsTransport: DtlsTransport | undefined;
  ntpTimestamp: bigint;
  rtpTimestamp: number;
  packetCount: number;
  octetCount: number;
  runRtcp(): Promise<void>;
}

/** A receiver; its streams go into receiver reports. @spec RFC 3550 §6.4.2 */
export interface RtpReceiver {
  readonly codecs: Readonly<Record<number, object | undefined>>;
  readonly remoteStreams: Readonly<Record<number, { add(packet: CountedPacket): void } | undefined>>;
  readonly stopped: boolean;
}

/** What a stream's statistics read of a packet. */
export interface CountedPacket {
  readonly header: { sequenceNumber: number; timestamp: number; serializeSize: number };
  payload: Buffer;
}
