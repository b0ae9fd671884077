import { execFileSync } from "node:child_process";
import { Application, createEncoder, EncoderCtl, type OpusEncoderHandle } from "libopus-wasm";
import { FRAME_MS, FRAME_SAMPLES } from "../../src/core/units.ts";
import { heal } from "../../src/stage/audio.ts";
import { HowlWatch } from "../../src/stage/howl/howl-watch.ts";
import { OpusSource } from "../../src/stage/opus-source.ts";
import { SeatPath } from "../../src/stage/path/seat-path.ts";
import { VoiceChain } from "../../src/stage/sound/voice-chain.ts";
import type { PathFinding } from "../../src/wire/path-record.ts";
import { RATE } from "./speech.ts";

/** What our answer asks browsers to send. Bits per second. */
const BROWSER_BITRATE = 64_000;
/** Frames between two looks of the report. 200 ms, as on a stage. */
const LOOK_FRAMES = 200 / FRAME_MS;
/** Libopus' own numbers of the bandwidths. @spec RFC 6716 §2.1.3 */
const BANDWIDTHS = { 4000: 1_101, 6000: 1_102, 8000: 1_103, 12000: 1_104, 20000: 1_105 } as const;

/** Where every run begins. Unix milliseconds. */
export const STARTED_MS = 1_800_000_000_000;

/** Runs samples (mono f32, 48 kHz) through effects of sox. */
export function sox(samples: Float32Array, ...effects: readonly string[]): Float32Array {
  const raw = ["-t", "f32", "-r", String(RATE), "-c", "1", "-"];
  const out = execFileSync("sox", [...raw, ...raw, ...effects], {
    input: Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength),
    maxBuffer: 1 << 30,
    stdio: ["pipe", "pipe", "ignore"],
  });
  return new Float32Array(out.buffer.slice(out.byteOffset, out.byteOffset + (out.byteLength & ~3)));
}

/** Speech of a synthesis that ends at 11 kHz with the sibilants of a real mouth: what lies from 5 to 10 kHz goes on, quieter, up to 20 kHz. */
export function widen(samples: Float32Array): Float32Array {
  const hiss = sox(samples, "sinc", "5000-10300");
  const shifted = (hertz: number) => hiss.map((value, index) => 2 * value * Math.cos((2 * Math.PI * hertz * index) / RATE));
  const middle = sox(shifted(5_300), "sinc", "10300-15700");
  const top = sox(shifted(10_300), "sinc", "15300");
  return samples.map((value, index) => value + 0.5 * (middle[index] ?? 0) + 0.25 * (top[index] ?? 0));
}

/** A microphone, an Opus encoder, a line, and all a stage does with a voice up to the mix; no network and no clock but its own. */
export class VoicePath {
  readonly path = new SeatPath();
  readonly #encoder: OpusEncoderHandle;
  readonly #source: OpusSource;
  readonly #chain = new VoiceChain();
  readonly #howl = new HowlWatch(() => {});
  readonly #frame = new Float32Array(FRAME_SAMPLES);
  #frames = 0;
  /** Processor time the report took. Milliseconds. */
  spentMs = 0;

  private constructor(encoder: OpusEncoderHandle, source: OpusSource) {
    this.#encoder = encoder;
    this.#source = source;
  }

  static async open(bitrate = BROWSER_BITRATE): Promise<VoicePath> {
    const encoder = await createEncoder({
      application: Application.Voip,
      channels: 1,
      sampleRate: RATE,
      bitrate,
      complexity: 3,
      fec: true,
      packetLossPercent: 5,
      frameSize: FRAME_SAMPLES,
    });
    return new VoicePath(encoder, await OpusSource.open());
  }

  get unixMs(): number {
    return STARTED_MS + this.#frames * FRAME_MS;
  }

  get findings(): readonly PathFinding[] {
    return this.path.record("ada", "Ada")?.findings ?? [];
  }

  /** Widest bandwidth the sender's encoder may use from now on. Hertz. */
  narrow(hertz: keyof typeof BANDWIDTHS): void {
    this.#encoder.encoderCtl(EncoderCtl.SetMaxBandwidth, BANDWIDTHS[hertz]);
  }

  /** Speaks samples into the microphone; `arrives` says of each packet since the start whether it came. */
  say(samples: Float32Array, arrives: (packet: number) => boolean = () => true, onLook: () => void = () => {}): void {
    const frame = this.#frame;
    const source = this.#source;
    for (let at = 0; at + FRAME_SAMPLES <= samples.length; at += FRAME_SAMPLES) {
      const packet = Uint8Array.from(this.#encoder.encodeFloat(samples.slice(at, at + FRAME_SAMPLES)));
      if (arrives(this.#frames)) source.put(this.#frames & 0xffff, (this.#frames * FRAME_SAMPLES) % 2 ** 32, packet);
      this.#frames++;
      source.pull(frame);
      heal(frame);
      const started = performance.now();
      this.path.hear(frame);
      const heard = performance.now();
      this.#howl.hear(frame);
      this.#chain.process(frame, this.#howl.suspected);
      this.#howl.treat(frame);
      const treated = performance.now();
      this.path.mixed(frame, this.#chain.activity, this.#howl.gainDb);
      if (this.#frames % LOOK_FRAMES === 0) this.#look();
      this.spentMs += heard - started + performance.now() - treated;
      if (this.#frames % LOOK_FRAMES === 0) onLook();
    }
  }

  close(): void {
    this.#encoder.free();
    this.#source.close();
  }

  #look(): void {
    const { buffer, packets, concealed, repaired, broken } = this.#source;
    this.path.advance(this.unixMs, { packets, late: buffer.late, copies: buffer.copies, underruns: buffer.underruns, concealed, repaired, broken });
  }
}
