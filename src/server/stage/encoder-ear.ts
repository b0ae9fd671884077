import { createDecoder, type OpusDecoderHandle } from "libopus-wasm";
import type { Clock } from "../../core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { GRIDS, type Part, type Programme, readChunk } from "../../programme/mod.ts";
import type { Stage } from "../../stage/mod.ts";

/** Of each row of so many parts the first few are heard. 4 of 20: two seconds in ten, a tenth of a per cent of a core. */
const ROW_PARTS = 20;
const HEARD_PARTS = 4;
/** Packets a decoder needs to find in after a hole. 5 = 100 ms; libopus says 80. @spec RFC 7845 §4.6 */
const PREROLL_PACKETS = 5;
/** Packets decoded per frame. A part at once would be two to ten milliseconds between two frames of the mix; two keep up with what comes, and with a part that came late. */
const PACKETS_PER_FRAME = 2;

/** A packet that is still to be heard. */
interface Waiting {
  readonly packet: Uint8Array;
  /** Where its sound was in the programme. Samples since going live. */
  readonly position: number;
  /** Whether the decoder only finds in with it. */
  readonly preroll: boolean;
}

/** Lets the stage hear what the programme's Opus encoder makes of its mix. Closed by the stage process. */
export class EncoderEar {
  readonly #decoder: OpusDecoderHandle;
  readonly #stage: EncoderEarOptions["stage"];
  readonly #programme: EncoderEarOptions["programme"];
  readonly #clock: Clock;
  /** What the decoder takes off when it adds two channels up: they are to be as loud as the sum the stage compares with. */
  readonly #gain: number;
  readonly #waiting: Waiting[] = [];
  #next = -1;
  #preroll = 0;
  #closed = false;

  private constructor(decoder: OpusDecoderHandle, { stage, programme, numberOfChannels, clock }: EncoderEarOptions) {
    this.#gain = numberOfChannels === 2 ? Math.SQRT2 : 1;
    this.#decoder = decoder;
    this.#stage = stage;
    this.#programme = programme;
    this.#clock = clock;
  }

  static async open(options: EncoderEarOptions): Promise<EncoderEar> {
    return new EncoderEar(await createDecoder({ channels: 1, sampleRate: SAMPLE_RATE, maxFrameSize: FRAME_SAMPLES }), options);
  }

  /** Takes a part that was published. */
  take({ rendition, sequenceNumber, filler, data }: Part): void {
    if (rendition !== "opus" || this.#closed) return;
    const { programmePath } = this.#stage;
    const nowUnixMs = this.#clock.wallMs();
    if (sequenceNumber % HEARD_PARTS === 0) programmePath.lost(this.#programme.blocksLost, nowUnixMs);
    if (filler || sequenceNumber % ROW_PARTS >= HEARD_PARTS) return;
    const chunk = readChunk(data);
    if (!chunk.ok) return;
    if (sequenceNumber !== this.#next) this.#preroll = PREROLL_PACKETS;
    this.#next = sequenceNumber + 1;
    // The encoder's own delay: what comes out of a packet was in the programme so much earlier.
    let position = chunk.timestamp - GRIDS.opus.primingSamples;
    for (const packet of chunk.packets) {
      this.#waiting.push({ packet, position, preroll: this.#preroll > 0 });
      if (this.#preroll > 0) this.#preroll--;
      position += FRAME_SAMPLES;
    }
  }

  /** Hears the next packets; call once per frame, after everything that is waited for. @hot */
  advance(): void {
    if (this.#closed || this.#waiting.length === 0) return;
    const nowUnixMs = this.#clock.wallMs();
    for (let count = 0; count < PACKETS_PER_FRAME; count++) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const frame = this.#decoder.decodeFloat(next.packet);
      if (this.#gain !== 1) for (let index = 0; index < frame.length; index++) frame[index] = (frame[index] as number) * this.#gain;
      if (!next.preroll) this.#stage.programmePath.heard(frame, next.position, nowUnixMs);
    }
  }

  close(): void {
    if (!this.#closed) this.#decoder.free();
    this.#closed = true;
  }
}

/** What an encoder's ear is wired to. */
export interface EncoderEarOptions {
  readonly stage: Pick<Stage, "programmePath">;
  readonly programme: Pick<Programme, "blocksLost">;
  /** Channels of what is encoded. */
  readonly numberOfChannels: number;
  readonly clock: Clock;
}
