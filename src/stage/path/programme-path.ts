import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import type { PathNow, PathRecord } from "../../wire/path-record.ts";
import { BINS, incoming, isBright, mayBeBright, outgoing, sibilanceOf, transformPair } from "./bright-spectrum.ts";
import { FindingLog } from "./finding-log.ts";

/** Programme remembered, for what comes back encoded. Samples; 4 s: parts of half a second wait for the disk for a quarter. */
const MEMORY_SAMPLES = 4 * SAMPLE_RATE;
/** Sibilants that make one judgement. Frames; 24 = 0.48 s. */
const JUDGED_FRAMES = 24;
/** Sharpness an encoder may take before it is one duller, and under which it is none any more. dB; ours takes 0.4 at most. */
const DULLER_DB = 3;
const AS_SHARP_DB = 2;
/** Without a new block lost for so long the encoders are well again. Milliseconds. */
const LOSS_ENDS_MS = 5_000;
/** Findings a host is shown. */
const SHOWN = 6;

/** The last hop: the programme's encoder, heard by decoding what it makes and comparing it with the mix it was given. */
export class ProgrammePath {
  readonly #past = new Float32Array(MEMORY_SAMPLES);
  readonly #log = new FindingLog();
  readonly #mixed = new Float32Array(FRAME_SAMPLES);
  readonly #in = new Float64Array(BINS);
  readonly #out = new Float64Array(BINS);
  /** Position behind the newest sample. Samples since going live. */
  #end = 0;
  #start = 0;
  #frames = 0;
  #blocksLost = 0;
  #lostUnixMs = Number.NEGATIVE_INFINITY;
  #lossBlocks = 0;
  /** Newest judgement: sharpness the encoder took. dB; NaN before there was one. */
  fallDb = Number.NaN;

  /** Takes a frame of the programme as it goes to the encoders. `position`: of its first sample, since going live. @hot */
  mix(frame: Float32Array, position: number): void {
    if (position !== this.#end) this.#start = position;
    // Positions are whole frames, and the memory holds a whole number of them.
    this.#past.set(frame, position % MEMORY_SAMPLES);
    this.#end = position + FRAME_SAMPLES;
  }

  /** Takes a frame that was encoded and decoded again. `position`: where its first sample was in the programme. */
  heard(frame: Float32Array, position: number, nowUnixMs: number): void {
    if (position < Math.max(this.#start, this.#end - MEMORY_SAMPLES) || position + FRAME_SAMPLES > this.#end) return;
    for (let index = 0; index < FRAME_SAMPLES; index++) this.#mixed[index] = this.#past[(position + index) % MEMORY_SAMPLES] as number;
    if (!mayBeBright(this.#mixed)) return;
    transformPair(this.#mixed, frame);
    if (!isBright(incoming)) return;
    for (let bin = 0; bin < BINS; bin++) {
      this.#in[bin] = (this.#in[bin] as number) + (incoming[bin] as number);
      this.#out[bin] = (this.#out[bin] as number) + (outgoing[bin] as number);
    }
    if (++this.#frames === JUDGED_FRAMES) this.#judge(nowUnixMs);
  }

  /** Says how many blocks of 20 ms went out as silence so far because an encoder failed. Call every few seconds. */
  lost(blocks: number, nowUnixMs: number): void {
    if (blocks > this.#blocksLost) {
      if (nowUnixMs - this.#lostUnixMs > LOSS_ENDS_MS) this.#lossBlocks = this.#blocksLost;
      this.#lostUnixMs = nowUnixMs;
      const value = ((blocks - this.#lossBlocks) * FRAME_MS) / 1_000;
      this.#log.note({ kind: "outage", hop: "encoder", verdict: "path", value, startUnixMs: nowUnixMs });
    } else if (nowUnixMs - this.#lostUnixMs > LOSS_ENDS_MS) this.#log.end("outage", this.#lostUnixMs);
    this.#blocksLost = blocks;
  }

  /** What a host is shown; undefined while there is nothing to say. */
  get now(): PathNow | undefined {
    const { findings } = this.#log;
    const open = [...this.#log.open].length > 0;
    if (findings.length === 0) return undefined;
    return { verdict: open ? "path" : "unknown", ...(open ? { hop: "encoder" } : {}), findings: findings.slice(-SHOWN) };
  }

  /** Everything, for the event's record. */
  get record(): PathRecord["programme"] {
    const { findings, omitted } = this.#log;
    return {
      findings: findings.map((finding) => ({ ...finding })),
      omitted,
      ...(Number.isNaN(this.fallDb) ? {} : { sibilanceFallDb: Math.round(this.fallDb * 10) / 10 }),
    };
  }

  /** Takes up the record of an earlier run, which was written at `writtenUnixMs`. */
  restore({ findings, omitted }: PathRecord["programme"], writtenUnixMs: number): void {
    this.#log.restore(findings, omitted, writtenUnixMs);
  }

  #judge(nowUnixMs: number): void {
    const duller = this.fallDb >= DULLER_DB;
    this.fallDb = sibilanceOf(this.#in) - sibilanceOf(this.#out);
    this.#frames = 0;
    this.#in.fill(0);
    this.#out.fill(0);
    if (this.fallDb >= (duller ? AS_SHARP_DB : DULLER_DB))
      this.#log.note({ kind: "duller", hop: "encoder", verdict: "path", value: Math.round(this.fallDb * 10) / 10, startUnixMs: nowUnixMs });
    else this.#log.end("duller", nowUnixMs);
  }
}
