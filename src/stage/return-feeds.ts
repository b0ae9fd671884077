import { FRAME_SAMPLES } from "../core/units.ts";
import { softClip } from "./audio.ts";
import { openReturnEncoder, type ReturnEncoder } from "./codecs.ts";

/** Where one person's mix-minus goes. */
export interface ReturnFeed {
  /** Takes the next packet of 20 ms. @hot */
  readonly send: (packet: Uint8Array) => void;
  /** Encodes while this person's voice is in the mix; closed by the mixer. */
  readonly encoder: ReturnEncoder;
  /** Whether the line loses packets, so that they should carry copies; whoever holds the line sets it. */
  lossy: boolean;
}

/** Somebody who may hear the stage. */
interface Hearer {
  readonly feed: ReturnFeed | undefined;
  /** Their own part of the mix, mono f32. */
  readonly frame: Float32Array;
  /** Frames for which their voice still counts as part of the mix; 0: they are silent. */
  readonly hold: number;
  /** The encoder their newest packet came from. */
  heard: ReturnEncoder | undefined;
}

/** One encode for everybody who is silent and on the same kind of line. */
interface SharedFeed {
  readonly encoder: ReturnEncoder;
  readonly lossy: boolean;
  /** Whether it encoded the frame before. */
  running: boolean;
}

/**
 * Sends everybody what they hear: those who talk everyone else, each by an encoder of their own; those who are silent the same mix, encoded once
 * for good lines and once for those that lose packets. Who goes over from one encoder to another hears no gap: an encoder that was at rest first
 * takes what they heard last, and its first packet refers to none before it. Closed by the mixer.
 */
export class ReturnFeeds {
  readonly #shared: readonly SharedFeed[];
  readonly #minus = new Float32Array(FRAME_SAMPLES);
  /** What the silent hear, and heard a frame ago. */
  #all = new Float32Array(FRAME_SAMPLES);
  #before = new Float32Array(FRAME_SAMPLES);
  /** Frames encoded since the start: what the stage's CPU goes into. */
  encoded = 0;

  private constructor(clean: ReturnEncoder, repairing: ReturnEncoder) {
    repairing.repairs = true;
    this.#shared = [
      { encoder: clean, lossy: false, running: false },
      { encoder: repairing, lossy: true, running: false },
    ];
  }

  static async open(): Promise<ReturnFeeds> {
    return new ReturnFeeds(await openReturnEncoder(), await openReturnEncoder());
  }

  /** Sends a frame to everybody; `sum` is the mix of all. @hot */
  send(hearers: ReadonlyMap<string, Hearer>, sum: Float32Array): void {
    const all = this.#before;
    this.#before = this.#all;
    this.#all = all;
    all.set(sum);
    softClip(all);
    for (const hearer of hearers.values()) if (hearer.hold > 0 && hearer.feed !== undefined) this.#sendOwn(hearer, hearer.feed, sum);
    for (const shared of this.#shared) this.#sendShared(hearers, shared);
  }

  close(): void {
    for (const { encoder } of this.#shared) encoder.close();
  }

  #sendOwn(hearer: Hearer, { encoder, send, lossy }: ReturnFeed, sum: Float32Array): void {
    const { frame } = hearer;
    const minus = this.#minus;
    for (let index = 0; index < FRAME_SAMPLES; index++) minus[index] = (sum[index] as number) - (frame[index] as number);
    softClip(minus);
    encoder.repairs = lossy;
    const comes = hearer.heard !== encoder;
    send(this.#encode(encoder, minus, comes && hearer.heard !== undefined, comes));
    hearer.heard = encoder;
  }

  #sendShared(hearers: ReadonlyMap<string, Hearer>, shared: SharedFeed): void {
    const { encoder, lossy, running } = shared;
    let comes = false;
    let goOn = false;
    shared.running = false;
    for (const hearer of hearers.values()) {
      if (hearer.hold > 0 || hearer.feed?.lossy !== lossy) continue;
      shared.running = true;
      comes ||= hearer.heard !== encoder;
      goOn ||= hearer.heard !== undefined;
    }
    if (!shared.running) return;
    const packet = this.#encode(encoder, this.#all, !running && goOn, comes);
    for (const hearer of hearers.values()) {
      if (hearer.hold > 0 || hearer.feed?.lossy !== lossy) continue;
      hearer.heard = encoder;
      hearer.feed.send(packet);
    }
  }

  /** `wasAtRest`: the encoder did not take the frame before this one, which somebody heard; `comes`: somebody who hears the packet heard another encoder before. */
  #encode(encoder: ReturnEncoder, frame: Float32Array, wasAtRest: boolean, comes: boolean): Uint8Array {
    this.encoded++;
    if (wasAtRest) {
      this.encoded++;
      encoder.encode(this.#before);
    }
    return comes ? encoder.encodeAlone(frame) : encoder.encode(frame);
  }
}
