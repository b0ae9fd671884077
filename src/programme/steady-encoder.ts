import type { Clock } from "../core/clock.ts";
import { type EncoderOptions, type FrameEncoder, openEncoder } from "./encoder.ts";
import { silentPacket } from "./silence.ts";

/** Longest queue in front of an encoder. Blocks, about 30 s and 6 MB; an encoder further behind is not coming back in time, so newer blocks become silence. */
const MAX_QUEUE_BLOCKS = 1500;
/** Pause before a broken encoder is replaced. Milliseconds; long enough that a machine in trouble is not made busier. */
const REPLACE_AFTER_MS = 1000;

/** What a steady encoder needs; `open` is for tests with a breaking encoder. */
export interface SteadyEncoderOptions extends EncoderOptions {
  readonly clock: Clock;
  readonly open?: (options: EncoderOptions) => Promise<FrameEncoder>;
}

/**
 * An encoder that gives exactly one packet per block, in order, whatever becomes of the encoder inside:
 * blocks it cannot take (overload) or lost (it broke and is replaced) come out as a packet of silence, so that time never shifts.
 */
export class SteadyEncoder implements FrameEncoder {
  readonly #options: SteadyEncoderOptions;
  readonly #silence: Uint8Array;
  readonly #stopping = new AbortController();
  /** One entry per block on its way: true when the encoder inside owes the packet. */
  readonly #owed: boolean[] = [];
  #inside: FrameEncoder | undefined;
  #replacing: Promise<void> | undefined;
  #overloaded = false;
  /** Blocks that came out as silence because the encoder could not do them. */
  blocksLost = 0;

  private constructor(options: SteadyEncoderOptions) {
    this.#options = options;
    this.#silence = silentPacket(options.rendition, options.numberOfChannels);
  }

  static async open(options: SteadyEncoderOptions): Promise<SteadyEncoder> {
    const encoder = new SteadyEncoder(options);
    encoder.#inside = await encoder.#openInside();
    return encoder;
  }

  get queueDepth(): number {
    return this.#owed.length;
  }

  /** @hot */
  push(channels: readonly Float32Array[]): void {
    const inside = this.#inside;
    const room = this.#owed.length < MAX_QUEUE_BLOCKS;
    if (!room && !this.#overloaded) this.#options.onFault(new Error(`the ${this.#options.rendition} encoder is ${MAX_QUEUE_BLOCKS} blocks behind`));
    this.#overloaded = !room;
    if (inside !== undefined && room) {
      this.#owed.push(true);
      // Opus answers before this returns.
      this.#attempt(inside, channels);
      return;
    }
    this.#owed.push(false);
    this.#releaseSilence();
  }

  async flush(): Promise<void> {
    await this.#replacing;
    await this.#inside?.flush();
    // An encoder that ended with packets missing must not shorten the programme.
    this.#owed.fill(false);
    this.#releaseSilence();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#replacing;
    const inside = this.#inside;
    this.#inside = undefined;
    await inside?.close();
  }

  #attempt(inside: FrameEncoder, channels: readonly Float32Array[]): void {
    try {
      inside.push(channels);
    } catch (error) {
      this.#broke(inside, error);
    }
  }

  async #openInside(): Promise<FrameEncoder> {
    const { rendition, numberOfChannels, makeWay, open = openEncoder } = this.#options;
    let own: FrameEncoder | undefined;
    own = await open({
      rendition,
      numberOfChannels,
      ...(makeWay === undefined ? {} : { makeWay }),
      onPacket: (packet) => {
        if (own === undefined || own !== this.#inside) return;
        this.#owed.shift();
        this.#options.onPacket(packet);
        this.#releaseSilence();
      },
      onFault: (error) => {
        if (own !== undefined && own === this.#inside) this.#broke(own, error);
      },
    });
    return own;
  }

  #releaseSilence(): void {
    while (this.#owed[0] === false) {
      this.#owed.shift();
      this.blocksLost++;
      this.#options.onPacket(this.#silence);
    }
  }

  /** Told once per breakage; the next encoder starts with the block that comes when it is ready. */
  #broke(inside: FrameEncoder, error: unknown): void {
    this.#inside = undefined;
    this.#options.onFault(error);
    this.#owed.fill(false);
    this.#releaseSilence();
    this.#replacing = this.#replace(inside).finally(() => {
      this.#replacing = undefined;
    });
  }

  async #replace(broken: FrameEncoder): Promise<void> {
    await broken.close().catch(this.#options.onFault);
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#options.clock.sleep(REPLACE_AFTER_MS, this.#stopping.signal);
        this.#inside = await this.#openInside();
        return;
      } catch (error) {
        if (!this.#stopping.signal.aborted) this.#options.onFault(error);
      }
    }
  }
}
