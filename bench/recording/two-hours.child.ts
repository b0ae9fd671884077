// Records two hours at high speed in a process of its own, so that its memory is the recording's; started by replay.bench.ts.
import { systemClock } from "../../src/core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../../src/core/units.ts";
import { execFileSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import {
  GRIDS,
  LOSSLESS_FILE,
  LosslessRecorder,
  openArchive,
  type Part,
  partSamples,
  Programme,
  readArchiveIndex,
  readAsOgg,
  readChunk,
  RENDITIONS,
  type RenditionId,
  writeChunk,
} from "../../src/programme/mod.ts";

/** Length of the recording. Seconds. */
const DURATION_SECONDS = 7_200;
/** Sound that is really encoded; its packets are repeated. Seconds. */
const ENCODED_SECONDS = 20;
/** Memory is looked at every so many parts. */
const LOOK_EVERY = 500;

/** What the child tells when it is done. */
export interface TwoHours {
  readonly finalise_s: number;
  readonly rss_mb: number;
  readonly rss_growth_mb: number;
  /** What is really held, garbage thrown away: from ten minutes to the end. */
  readonly held_growth_mb: number;
  /** Of a straight line through the memory from ten minutes on. */
  readonly rss_slope_mb_per_hour: number;
  readonly duration_error_samples: number;
  /** By the recordings as ffprobe reads them: FLAC's samples and the Ogg file of the programme against what was fed. */
  readonly ffprobe_error_samples: number;
  readonly flac_cpu_ms_per_s: number;
  readonly flac_mb_per_hour: number;
}

/** Real packets of each rendition: a wandering tone with pauses, so that sizes vary as speech does. */
async function encode(): Promise<ReadonlyMap<RenditionId, readonly Part[]>> {
  const parts = new Map<RenditionId, Part[]>(RENDITIONS.map((rendition) => [rendition, []]));
  const programme = await Programme.open({
    eventId: "bench",
    epoch: 1,
    startAt: samples(0),
    resume: { opus: 0, aac: 0, mp3: 0 },
    numberOfChannels: 1,
    publish: (part) => parts.get(part.rendition)?.push(part),
    metadata: () => [],
    clock: systemClock,
    onFault: (error) => {
      throw error;
    },
  });
  const channel = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < ENCODED_SECONDS * SAMPLE_RATE; at += FRAME_SAMPLES) {
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const time = (at + index) / SAMPLE_RATE;
      channel[index] = (time % 5 < 4 ? 0.3 : 0) * Math.sin(2 * Math.PI * (200 * time + 20 * Math.sin(3 * time))) + 0.02 * (Math.random() - 0.5);
    }
    while (programme.queueDepth > 10) await new Promise((resolve) => setTimeout(resolve, 1));
    programme.push({ timestamp: samples(at), channels: [channel] });
  }
  await programme.end();
  await programme.close();
  return parts;
}

/** Slope of the straight line that fits best. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / points.length;
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

const folder = process.argv[2] as string;
const encoded = await encode();
const archive = await openArchive({ folder, numberOfChannels: 1 });
const lossless = await LosslessRecorder.open({
  folder,
  position: () => samples(0),
  onFault: (error) => {
    throw error;
  },
});
/** Voices over a room's noise, so that FLAC has as much to say as in a real evening. */
const mix = Array.from({ length: 250 }, (_, frame) =>
  Float32Array.from({ length: FRAME_SAMPLES }, (_, index) => {
    const time = (frame * FRAME_SAMPLES + index) / SAMPLE_RATE;
    return (time % 5 < 4 ? 0.3 : 0) * Math.sin(2 * Math.PI * (200 * time + 20 * Math.sin(3 * time))) + 0.001 * (Math.random() - 0.5);
  }),
);
let flacMs = 0;
const looks: [hours: number, mb: number][] = [];
const durationSamples = DURATION_SECONDS * SAMPLE_RATE;
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
/** Heap that is reachable; what waits for the disk is outside of it, and bounded. Megabytes. */
function held(): number {
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}
let rss = process.memoryUsage.rss();
let heldAfterTenMinutes = 0;
let rssAfterTenMinutes = 0;

/** Part number `sequenceNumber` of the two hours: the packets of an encoded one at its own place in time. */
function partAt(rendition: RenditionId, sequenceNumber: number, last: boolean): Part {
  const known = encoded.get(rendition) as readonly Part[];
  // The first part holds the encoder's start, the last one is short.
  const from = known[1 + (sequenceNumber % (known.length - 2))] as Part;
  const timestamp = samples(sequenceNumber * partSamples(rendition));
  if (rendition === "mp3") return { ...from, sequenceNumber, timestamp, last };
  const chunk = readChunk(from.data);
  if (!chunk.ok) throw new Error(chunk.code);
  return { ...from, sequenceNumber, timestamp, last, data: writeChunk({ rendition, sequenceNumber, timestamp, packets: chunk.packets }) };
}

const counts = Object.fromEntries(
  RENDITIONS.map((rendition) => [rendition, Math.ceil((durationSamples + GRIDS[rendition].primingSamples) / partSamples(rendition))]),
) as Record<RenditionId, number>;
for (let sequenceNumber = 0; sequenceNumber < Math.max(...Object.values(counts)); sequenceNumber++) {
  for (const rendition of RENDITIONS)
    if (sequenceNumber < counts[rendition]) await archive.append(partAt(rendition, sequenceNumber, sequenceNumber === counts[rendition] - 1));
  const from = sequenceNumber * partSamples("opus");
  const pushing = process.cpuUsage();
  for (let at = from; at < Math.min(durationSamples, from + partSamples("opus")); at += FRAME_SAMPLES)
    lossless.push(mix[(at / FRAME_SAMPLES) % mix.length] as Float32Array);
  flacMs += process.cpuUsage(pushing).user / 1_000;
  // The lane holds what the disk has not taken: a real evening gives it two seconds for four parts.
  while (lossless.queueDepth > 8) await new Promise((resolve) => setTimeout(resolve, 1));
  if (sequenceNumber % LOOK_EVERY !== 0) continue;
  const hours = from / SAMPLE_RATE / 3_600;
  if (hours >= 1 / 6) looks.push([hours, process.memoryUsage.rss() / 1e6]);
  rss = Math.max(rss, process.memoryUsage.rss());
  if (rssAfterTenMinutes !== 0 || from < 600 * SAMPLE_RATE) continue;
  rssAfterTenMinutes = rss;
  heldAfterTenMinutes = held();
}
const held_growth_mb = held() - heldAfterTenMinutes;
const finishing = performance.now();
const chapters = Array.from({ length: DURATION_SECONDS / 60 }, (_, minute) => ({
  startTime: minute * 60,
  endTime: minute * 60 + 60,
  title: `Chapter ${minute + 1}`,
}));
await archive.finish({ durationSamples: samples(durationSamples), title: "Two hours", date: "2026-10-03T19:00:00Z", chapters });
await lossless.finish();
const finalise_s = (performance.now() - finishing) / 1000;
const recorded = archive.recordedSamples;
await archive.close();
await lossless.close();
rss = Math.max(rss, process.memoryUsage.rss());
/** Samples of a file's one stream, as a stranger reads them. */
function probe(path: string): number {
  const told = execFileSync("ffprobe", ["-v", "error", "-show_entries", "stream=duration_ts", "-of", "csv=p=0", path]).toString();
  return Number(told.trim());
}

const ogg = join(folder, "two-hours.opus");
const segments = readArchiveIndex(await readFile(join(folder, "opus.idx"), "utf8"));
await using kept = await open(join(folder, "opus.mp4"), "r");
const read = async (offset: number, length: number) => (await kept.read(Buffer.alloc(length), 0, length, offset)).buffer;
const asOgg = { read, segments, title: "Two hours", numberOfChannels: 1, skip: GRIDS.opus.primingSamples, durationSamples };
await pipeline(Readable.from(readAsOgg(asOgg)), createWriteStream(ogg));
const flac = join(folder, LOSSLESS_FILE);
// ffprobe counts an Ogg stream to its last position, the priming included.
const errors = [probe(flac) - durationSamples, probe(ogg) - GRIDS.opus.primingSamples - durationSamples];

process.send?.({
  finalise_s,
  rss_mb: rss / 1e6,
  rss_growth_mb: (rss - rssAfterTenMinutes) / 1e6,
  held_growth_mb,
  rss_slope_mb_per_hour: slopeOf(looks),
  ffprobe_error_samples: Math.max(...errors.map(Math.abs)),
  flac_cpu_ms_per_s: flacMs / DURATION_SECONDS,
  flac_mb_per_hour: (await stat(flac)).size / 1e6 / (DURATION_SECONDS / 3_600),
  duration_error_samples: Math.max(...RENDITIONS.map((rendition) => Math.abs((recorded[rendition] ?? 0) - counts[rendition] * partSamples(rendition)))),
} satisfies TwoHours);
