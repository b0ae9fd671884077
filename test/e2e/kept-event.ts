import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../../src/core/units.ts";
import { openArchive, Programme } from "../../src/programme/mod.ts";
import { chaptersOf, PeakMeter } from "../../src/record/mod.ts";
import { Pages } from "../../src/server/adapters/pages.ts";
import { Front } from "../../src/server/front/front.ts";
import { ensureWeb } from "../../src/server/web-build.ts";
import type { LiveState, PublicEvent } from "../../src/wire/public-state.ts";
import type { TalkRecord } from "../../src/wire/talk-record.ts";

/** Length of the event. Seconds. */
export const SECONDS = 120;
const ORIGIN_MS = Date.parse("2026-10-03T19:00:00Z");
const EVENT: PublicEvent = {
  id: "kept",
  slug: "evening",
  title: "An evening about sound that arrives on time",
  description: "Two voices, one question.",
  language: "en",
  startDate: "2026-10-03T21:00:00+02:00",
  doorTime: "2026-10-03T20:45:00+02:00",
  status: "ended",
  speakers: [
    { id: "a", name: "Ada", role: "host" },
    { id: "b", name: "Bruno", role: "speaker" },
  ],
  permanent: false,
};

/** A front with one event that is over: real sound in a real archive, two speakers, chapters. */
export interface KeptEvent {
  readonly url: string;
  readonly dataFolder: string;
  /** Folder of the event's files. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Who talked when. Seconds. */
const TURNS: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  Ada: [
    [1, 62],
    [101, 118],
  ],
  Bruno: [[64, 99]],
};

function talkOf(): TalkRecord {
  const talked = (turns: readonly (readonly [number, number])[]) => turns.reduce((sum, [start, end]) => sum + end - start, 0);
  const all = Object.values(TURNS).reduce((sum, turns) => sum + talked(turns), 0);
  return {
    version: 1,
    durationSamples: SECONDS * SAMPLE_RATE,
    speakers: Object.entries(TURNS).map(([name, turns]) => ({
      id: name,
      name,
      talkSeconds: talked(turns),
      share: talked(turns) / all,
      longestTurnSeconds: Math.max(...turns.map(([start, end]) => end - start)),
      interruptionsMade: 0,
      interruptionsSuffered: 0,
      turns: turns.map(([start, end]): [number, number] => [start * SAMPLE_RATE, end * SAMPLE_RATE]),
    })),
    silences: { count: 1, seconds: 2, longestSeconds: 2 },
  };
}

/** Captions as somebody typed them. */
const CAPTIONS = `WEBVTT

00:00:02.000 --> 00:00:06.000
<v Ada>Good evening.

00:01:04.000 --> 00:01:38.000
<v Bruno>My question is when sound arrives.
`;

/** Records the event at high speed and opens a front on it. */
export async function openKeptEvent(): Promise<KeptEvent> {
  const dataFolder = await mkdtemp(join(tmpdir(), "earshot-kept-"));
  const folder = join(dataFolder, "events", EVENT.id);
  await mkdir(join(dataFolder, "public"), { recursive: true });
  const archive = await openArchive({ folder: join(folder, "archive"), numberOfChannels: 1 });
  const programme = await Programme.open({
    eventId: EVENT.id,
    epoch: 1,
    startAt: samples(0),
    resume: archive.nextSequenceNumber,
    numberOfChannels: 1,
    archive,
    publish: () => {},
    metadata: () => [],
    clock: systemClock,
    onFault: (error) => {
      throw error;
    },
  });
  const meter = new PeakMeter();
  const channel = new Float32Array(FRAME_SAMPLES);
  for (let at = 0; at < SECONDS * SAMPLE_RATE; at += FRAME_SAMPLES) {
    const second = at / SAMPLE_RATE;
    const talks = Object.values(TURNS).some((turns) => turns.some(([start, end]) => second >= start && second < end));
    const level = talks ? 0.15 + 0.25 * Math.abs(Math.sin(second / 3) * Math.sin(second * 2.1)) : 0.002;
    for (let index = 0; index < FRAME_SAMPLES; index++) channel[index] = level * Math.sin((2 * Math.PI * 180 * (at + index)) / SAMPLE_RATE);
    while (programme.queueDepth > 20) await new Promise((resolve) => setTimeout(resolve, 1));
    programme.push({ timestamp: samples(at), channels: [channel] });
    meter.push(channel);
  }
  const { durationSamples } = await programme.end();
  const talk = talkOf();
  const chapters = chaptersOf(talk, [{ startTime: 101, title: "Questions from the audience" }], EVENT.title);
  await archive.finish({ durationSamples, title: EVENT.title, date: new Date(ORIGIN_MS).toISOString(), chapters: chapters.chapters });
  await programme.close();
  await archive.close();
  const endedUnixMs = ORIGIN_MS + SECONDS * 1000;
  const state: LiveState = {
    eventId: EVENT.id,
    slug: EVENT.slug,
    phase: "ended",
    epoch: 1,
    originUnixMs: ORIGIN_MS,
    endedUnixMs,
    durationSamples,
    interpretation: { floor: "en", into: ["de"] },
    onStage: [],
    revision: 9,
  };
  await writeFile(join(folder, "archive/captions.vtt"), CAPTIONS);
  // A second language, kept like the first.
  for (const name of await readdir(join(folder, "archive")))
    if (name !== "captions.vtt") await cp(join(folder, "archive", name), join(folder, "archive/lang/de", name), { recursive: true });
  const files = { "state.json": state, "peaks.json": meter.record, "chapters.json": chapters, "talk-time.json": talk };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(content));
  await writeFile(join(dataFolder, "public/evening.json"), JSON.stringify(EVENT));
  await writeFile(join(dataFolder, "public/index.json"), JSON.stringify([EVENT]));
  const front = new Front({
    dataFolder,
    publicUrl: "http://localhost",
    backstageUrl: "http://localhost:1",
    trustedProxies: [],
    joinsPerSecond: 200,
    uplinkBytesPerSecond: 0,
    pages: await Pages.open(await ensureWeb()),
    clock: systemClock,
    log: silentLog,
  });
  const port = await front.listen(0, "127.0.0.1");
  return {
    url: `http://127.0.0.1:${port}`,
    dataFolder,
    folder,
    async close() {
      await front.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}
