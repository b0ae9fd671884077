import { parentPort, workerData } from "node:worker_threads";
import { setTimeout as sleep } from "node:timers/promises";
import { EarshotError } from "../../core/errors.ts";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { LoudnessMeter } from "../sound/loudness.ts";
import { PROGRAMME_TARGET } from "../sound/programme-leveller.ts";
import { TruePeakMeter } from "../sound/true-peak.ts";
import { registerDecoders } from "./decoders.ts";
import { type FeedJob, type FeedOrder, type FeedReport, type SoundMeasure, toFault } from "./feed-job.ts";
import { openFeedStream } from "./feed-stream.ts";
import { FrameRing } from "./frame-ring.ts";
import { decodeFile } from "./sound-file.ts";
import { StageFrames } from "./stage-frames.ts";
import { openStreamDecoder, type StreamDecoder } from "./stream-decoder.ts";
import { StreamLevel } from "./stream-level.ts";

/** Longest sound. Seconds; two hours of waiting music. */
const MAX_SECONDS = 7_200;
/** Shortest sound. Seconds; one that goes round is opened anew each time. */
const MIN_SECONDS = 0.05;
/** Highest true peak a sound is brought to. dBTP. */
const PEAK_DB = -1;
/** Furthest a sound is turned up. dB; what is quieter is a recording of silence with its noise. */
const MOST_GAIN_DB = 24;
/** Quietest peak that is a sound. dBTP. */
const SILENT_PEAK_DB = -60;
/** Waits before a stream is asked again. Milliseconds, one per failure in a row; the last stays. After as many failures as it has places twice over it is given up. */
const WAITS_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const MAX_FAILURES = 2 * WAITS_MS.length;
/** Fill of the ring a stream is kept at. Frames; 2 s. */
const WANTED_FILL = 100;
/** How eagerly a stream's clock is followed. Millionths per frame away from the wanted fill, and at most; nobody hears a twentieth of a percent. */
const DRIFT_PPM_PER_FRAME = 5;
const MAX_DRIFT_PPM = 500;
/** Bytes that tell what a stream is. */
const HEAD_BYTES = 4;

const port = parentPort;
const job = workerData as FeedJob;
const say = (report: FeedReport) => port?.postMessage(report);

let loop = job.kind === "file" && job.loop;
port?.on("message", (order: FeedOrder) => {
  loop = order.on;
});

async function measure(path: string): Promise<SoundMeasure> {
  const loudness = new LoudnessMeter();
  const peak = new TruePeakMeter();
  const frames = new StageFrames();
  const frame = new Float32Array(FRAME_SAMPLES);
  let codec = "";
  let count = 0;
  const take = () => {
    while (frames.take(frame)) {
      loudness.push(frame);
      peak.push(frame);
    }
  };
  let seconds = 0;
  for await (const { mono, sampleRate } of decodeFile(path, (name) => {
    codec = name;
  })) {
    seconds += mono.length / sampleRate;
    if (seconds > MAX_SECONDS) throw new EarshotError("sound-unplayable", { rule: `at most ${MAX_SECONDS / 60} minutes`, value: "longer" });
    frames.push(mono, sampleRate);
    take();
    // A worker that never pauses cannot be told anything.
    if (++count % 64 === 0) await sleep(0);
  }
  if (seconds < MIN_SECONDS) throw new EarshotError("sound-unplayable", { rule: `at least ${MIN_SECONDS} s`, value: `${seconds} s` });
  frames.flush();
  take();
  const peakDb = 20 * Math.log10(peak.highest + 1e-10);
  if (peakDb < SILENT_PEAK_DB) throw new EarshotError("sound-unplayable", { rule: `a peak over ${SILENT_PEAK_DB} dBTP`, value: `${Math.round(peakDb)} dBTP` });
  // Too short for the meter: a click is brought to a peak that talk has too.
  const wanted = Number.isFinite(loudness.integrated) ? PROGRAMME_TARGET - loudness.integrated : -6 - peakDb;
  return { codec, seconds: Math.round(seconds * 1000) / 1000, gainDb: Math.min(MOST_GAIN_DB, PEAK_DB - peakDb, wanted) };
}

async function playFile(path: string, gainDb: number, ring: FrameRing): Promise<void> {
  const frames = new StageFrames();
  const frame = new Float32Array(FRAME_SAMPLES);
  const gain = 10 ** (gainDb / 20);
  const pass = async () => {
    while (frames.take(frame)) {
      for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = (frame[index] as number) * gain;
      await ring.write(frame);
    }
  };
  do {
    for await (const { mono, sampleRate } of decodeFile(path)) {
      frames.push(mono, sampleRate);
      await pass();
    }
  } while (loop);
  frames.flush();
  await pass();
}

async function playStream(url: string, allowPrivate: boolean, ring: FrameRing): Promise<void> {
  const level = new StreamLevel();
  const { signal } = new AbortController();
  let failures = 0;
  for (;;) {
    const frames = new StageFrames();
    let decoder: StreamDecoder | undefined;
    try {
      const bytes = await openFeedStream(url, { allowPrivate, signal });
      let head = Buffer.alloc(0);
      for await (const chunk of bytes) {
        head = decoder === undefined ? Buffer.concat([head, chunk]) : Buffer.from(chunk);
        if (head.length < HEAD_BYTES) continue;
        decoder ??= await openStreamDecoder(head);
        const blocks = decoder.push(head);
        head = Buffer.alloc(0);
        if (blocks.length > 0 && failures >= 0) {
          failures = -1;
          say({ type: "line", up: true });
        }
        for (const { mono, sampleRate } of blocks) {
          if (!(sampleRate >= 8_000 && sampleRate <= 192_000)) continue;
          frames.push(mono, sampleRate);
          await drain(frames, level, ring);
        }
        note(decoder.damaged);
      }
      throw new EarshotError("feed-away", { url, reason: "the stream ended" });
    } catch (cause) {
      failures = Math.max(0, failures) + 1;
      const error = cause instanceof EarshotError ? cause : new EarshotError("feed-away", { url, reason: String(cause).slice(0, 120) }, cause);
      // What will not be otherwise the next time is not asked again.
      if (error.code !== "feed-away" || failures > MAX_FAILURES) throw error;
      say({ type: "line", up: false, reason: String(error.details.reason ?? error.details.http_status ?? "") });
      const wait = WAITS_MS[Math.min(failures, WAITS_MS.length) - 1] as number;
      await sleep(wait * (0.5 + Math.random() / 2));
    } finally {
      decoder?.close();
    }
  }
}

const frame = new Float32Array(FRAME_SAMPLES);
async function drain(frames: StageFrames, level: StreamLevel, ring: FrameRing): Promise<void> {
  for (;;) {
    frames.driftPpm = Math.max(-MAX_DRIFT_PPM, Math.min(MAX_DRIFT_PPM, (ring.fill - WANTED_FILL) * DRIFT_PPM_PER_FRAME));
    if (!frames.take(frame)) return;
    level.apply(frame);
    await ring.write(frame);
  }
}

let told = 0;
let toldAt = 0;
/** Tells of damage at most once a second. */
function note(count: number): void {
  const now = performance.now();
  if (count === told || now - toldAt < 1_000) return;
  told = count;
  toldAt = now;
  say({ type: "damaged", count });
}

// The decoders write a line for every frame they cannot read: one file could fill the house's log. Nothing else in this thread writes by itself.
console.error = () => {};
registerDecoders();
try {
  if (job.kind === "measure") say({ type: "measured", measure: await measure(job.path) });
  else {
    const ring = new FrameRing(job.memory);
    if (job.kind === "file") await playFile(job.path, job.gainDb, ring);
    else await playStream(job.url, job.allowPrivate, ring);
    // Not after a fault: the soundboard hears of that by itself, and must not take it for the end.
    ring.end();
  }
} catch (error) {
  say(toFault(error));
}
port?.close();
