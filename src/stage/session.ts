import type { Clock } from "../core/clock.ts";
import { openReturnEncoder } from "./codecs.ts";
import { composeIceFragment, type IceCredentials } from "./ice-fragment.ts";
import type { Offer } from "./offer.ts";
import { OpusSource } from "./opus-source.ts";
import type { LineCounters } from "./path/line-watch.ts";
import type { ReturnFeed } from "./return-feeds.ts";
import { TokenBucket } from "./token-bucket.ts";
import { LossMemory } from "./loss-memory.ts";
import type { Peer, StageTransport } from "./transport.ts";

/** Packets a peer may send per second, and at once. Opus at 20 ms is 50; 10 ms frames and the burst after a stall still fit. */
const PACKETS = { burst: 400, perSecond: 200 };
/** Control packets (RTCP) a peer may send per second, and at once. Browsers send a few; one with every packet of sound still fits. */
const CONTROL_PACKETS = { burst: 100, perSecond: 50 };
/** Time from the answer to the first packet before the page is told to publish again. Milliseconds; a handshake that lost a packet is through in one. */
const MEDIA_LIMIT_MS = 3_000;
/** Silence on the line after which a speaker counts as reconnecting. Milliseconds. */
const STALLED_MS = 2_000;
/** Silence on the line after which the page is told to publish again. Milliseconds; shorter stalls mend themselves. */
const LOST_MS = 5_000;
/** Time without a packet after which the session's place and ports are given back. Milliseconds; the seat stays. */
const ABANDONED_MS = 60_000;

/** What a session needs besides its peer. */
export interface SessionOptions {
  readonly id: string;
  readonly seatId: string;
  readonly offer: Offer;
  readonly transport: StageTransport;
  readonly clock: Clock;
  /** Sound began, stopped or came back. */
  readonly onFlowing: (flowing: boolean) => void;
  /** The page should publish again; `reason` is for its user. */
  readonly onLost: (reason: string) => void;
  /** The connection is over; the session can be closed. */
  readonly onOver: () => void;
}

/** One media exchange of a seat, from its offer to its end. Closed by the stage. */
export class Session {
  readonly id: string;
  readonly seatId: string;
  readonly source: OpusSource;
  readonly #options: SessionOptions;
  #ice: IceCredentials;
  #iceSessions = 0;
  readonly #budget: TokenBucket;
  readonly #controlBudget: TokenBucket;
  #peer: Peer | undefined;
  readonly #loss = new LossMemory();
  #feed: ReturnFeed | undefined;
  #feedTaken = false;
  #openedMs: number;
  #heardMs: number | undefined;
  #flowing = false;
  #told = false;
  #closed = false;
  /** Packets dropped, before they were decrypted, because the peer sent more than its budget. */
  overBudget = 0;

  private constructor(options: SessionOptions, source: OpusSource) {
    this.#options = options;
    this.id = options.id;
    this.seatId = options.seatId;
    this.source = source;
    this.#ice = options.offer.ice;
    this.#openedMs = options.clock.steadyMs();
    this.#budget = new TokenBucket({ ...PACKETS, nowMs: this.#openedMs });
    this.#controlBudget = new TokenBucket({ ...CONTROL_PACKETS, nowMs: this.#openedMs });
  }

  /** Answers the offer. @throws what the transport throws. */
  static async open(options: SessionOptions): Promise<Session> {
    const session = new Session(options, await OpusSource.open());
    try {
      session.#peer = await options.transport.accept(options.offer, {
        onArrival: (isControl) => session.#admit(isControl),
        onPacket: (sequenceNumber, rtpTimestamp, payload, isRed) => {
          if (session.#closed) return;
          session.#heard();
          if (isRed) session.source.putRed(sequenceNumber, rtpTimestamp, payload);
          else session.source.put(sequenceNumber, rtpTimestamp, payload);
        },
        onGone: (reason) => session.#gone(reason),
      });
      if (!options.offer.sendsOnly) {
        const peer = session.#peer;
        session.#feed = { encoder: await openReturnEncoder(), send: (packet) => peer.send(packet), lossy: false };
      }
    } catch (error) {
      await session.close();
      throw error;
    }
    session.#openedMs = options.clock.steadyMs();
    return session;
  }

  get answer(): string {
    return this.#peer?.answer ?? "";
  }

  /** Entity tag of the present ICE session. @spec RFC 9725 §4.3.1 */
  get etag(): string {
    return `"${this.id}${this.#iceSessions === 0 ? "" : `-${this.#iceSessions}`}"`;
  }

  /** Whether these credentials are those of the speaker's present ICE session. */
  isPresentIce({ ufrag, password }: IceCredentials): boolean {
    return ufrag === this.#ice.ufrag && password === this.#ice.password;
  }

  /** Begins a new ICE session on the same media; returns the fragment that tells the speaker. */
  restartIce({ ufrag, password }: IceCredentials): string {
    this.#ice = { ufrag, password };
    this.#iceSessions++;
    const peer = this.#peer as Peer;
    return composeIceFragment(peer.restartIce(), peer.answer);
  }

  /** Whether sound arrives. */
  get flowing(): boolean {
    return this.#flowing;
  }

  /** The return feed, for the mixer, which owns its encoder from then on; absent for an encoder that only sends. */
  takeFeed(): ReturnFeed | undefined {
    this.#feedTaken = true;
    return this.#feed;
  }

  /** Figures of the line, for metrics and path reports. */
  get figures() {
    const { source } = this;
    const { late, lost, copies, dropped, underruns, depth } = source.buffer;
    return {
      ...this.#peer?.stats,
      late,
      lost,
      copies,
      dropped,
      underruns,
      depth,
      concealed: source.concealed,
      repaired: source.repaired,
      overBudget: this.overBudget,
    };
  }

  /** Counters of the line, for the path report. */
  get counters(): LineCounters {
    const { buffer, packets, concealed, repaired, broken } = this.source;
    return { packets, late: buffer.late, copies: buffer.copies, underruns: buffer.underruns, concealed, repaired, broken };
  }

  /** Looks at the time; call a few times a second. Media alone says that a connection works: ICE states do not. */
  supervise(nowMs: number): void {
    if (this.#closed) return;
    const { onFlowing, onLost, onOver } = this.#options;
    if (this.#feed !== undefined) this.#feed.lossy = this.#loss.note(this.#peer?.stats.lossTowardsPeer ?? 0, nowMs);
    const quietMs = nowMs - (this.#heardMs ?? this.#openedMs);
    if (this.#flowing && quietMs > STALLED_MS) {
      this.#flowing = false;
      onFlowing(false);
    }
    if (!this.#told && quietMs > (this.#heardMs === undefined ? MEDIA_LIMIT_MS : LOST_MS)) {
      this.#told = true;
      onLost(this.#heardMs === undefined ? "No sound arrived within three seconds." : "The sound stopped arriving.");
    }
    if (quietMs > ABANDONED_MS) onOver();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#feedTaken) this.#feed?.encoder.close();
    this.source.close();
    await this.#peer?.close();
  }

  /** Whether one more packet is within the peer's budget. @hot */
  #admit(isControl: boolean): boolean {
    if ((isControl ? this.#controlBudget : this.#budget).take(this.#options.clock.steadyMs())) return true;
    this.overBudget++;
    return false;
  }

  /** Notes that a packet of the peer's sound came. @hot */
  #heard(): void {
    this.#heardMs = this.#options.clock.steadyMs();
    if (this.#flowing) return;
    this.#flowing = true;
    this.#told = false;
    this.#options.onFlowing(true);
  }

  #gone(reason: string): void {
    if (this.#closed) return;
    if (!this.#told) this.#options.onLost(`The connection ended: ${reason}.`);
    this.#told = true;
    this.#options.onOver();
  }
}
