import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import { PeakMeter } from "../../src/record/mod.ts";
import { Pages } from "../../src/server/adapters/pages.ts";
import { Front } from "../../src/server/front/front.ts";
import { LevelHistory } from "../../src/server/stage/level-history.ts";
import { ensureWeb } from "../../src/server/web-build.ts";
import type { LiveState, PublicEvent } from "../../src/wire/public-state.ts";
import type { PackedAudience } from "../../src/wire/timed-metadata.ts";
import { openTone } from "./tone.ts";

/** How much of an event has been on air when the first listener comes: what players that need some segments begin with. Seconds; each costs every encoder. */
const SOME_PAST = 30;
/** More than a front keeps in memory. Seconds. */
export const LONG_PAST = 150;

/** A front with an event that is on air: real sound, a real archive, a real bus; only the mixer is a tone. */
export interface LiveEventDouble {
  readonly url: string;
  readonly slug: string;
  /** Told with the next part: captions, the title, the number, and that `state.json` says something new. */
  caption: string | undefined;
  title: string;
  audience: PackedAudience | undefined;
  revision: number;
  /** Says how full the front pretends to be; nobody near the stage from then on. */
  crowd(): void;
  /** Holds a step of the ladder, the one on which newcomers get half the data unless told otherwise, or leaves it. */
  press(on: boolean, step?: "cheaper" | "longer"): void;
  /** Ends the event: last parts, whole archive, final state. */
  end(): Promise<void>;
  close(): Promise<void>;
}

/** Puts an event on air that has been going on for a while; the second of its chapters begins at 100 s, if it has been going on for so long. Seconds. */
export async function openLiveEvent({ nearPlaces = 10, pastSeconds = SOME_PAST } = {}): Promise<LiveEventDouble> {
  const dataFolder = await mkdtemp(join(tmpdir(), "earshot-live-"));
  const event: PublicEvent = {
    id: "live",
    slug: "evening",
    title: "An evening about sound that arrives on time",
    description: "Two voices, one question.",
    language: "en",
    startDate: new Date(Date.now() - pastSeconds * 1_000).toISOString(),
    doorTime: new Date(Date.now() - (pastSeconds + 900) * 1_000).toISOString(),
    status: "live",
    speakers: [{ id: "a", name: "Ada", role: "host" }],
    permanent: false,
  };
  const folder = join(dataFolder, "events", event.id);
  const chapters = [
    { startTime: 0, endTime: 100, title: "Welcome", by: "talk" },
    { startTime: 100, endTime: pastSeconds, title: "Questions from the audience", by: "host" },
  ].filter(({ startTime }) => startTime < pastSeconds);
  await mkdir(join(dataFolder, "public"), { recursive: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(dataFolder, "public/evening.json"), JSON.stringify(event));
  await writeFile(join(dataFolder, "public/index.json"), JSON.stringify([event]));
  await writeFile(join(folder, "chapters.json"), JSON.stringify({ version: "1.2.0", chapters }));
  const originUnixMs = Date.now() - pastSeconds * 1_000;
  let live: LiveState = {
    eventId: event.id,
    slug: event.slug,
    phase: "live",
    epoch: 1,
    originUnixMs,
    onStage: [{ id: "a", name: "Ada", role: "host", muted: false }],
    revision: 1,
  };
  const result = {
    caption: undefined as string | undefined,
    title: event.title,
    audience: undefined as PackedAudience | undefined,
    revision: 1,
  };
  const levels = new LevelHistory({
    title: () => result.title,
    captionAt: () => result.caption ?? "",
    audience: () => result.audience,
    revision: () => result.revision,
  });
  const meter = new PeakMeter();
  const tone = await openTone({
    eventId: event.id,
    slug: event.slug,
    archive: join(folder, "archive"),
    pastSeconds,
    originUnixMs,
    state: () => live,
    metadata: (slot) => levels.metadata(slot, live),
    onFrame: (position, channel) => {
      levels.note(position, live, () => -20);
      meter.push(channel);
    },
  });
  await writeFile(join(folder, "peaks.json"), JSON.stringify(meter.record));
  const server = createServer((_, response) => tone.endpoint.serve(response, 90_000));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as { readonly port: number };
  const front = new Front({
    dataFolder,
    publicUrl: "http://localhost",
    backstageUrl: "http://localhost:1",
    trustedProxies: [],
    joinsPerSecond: 200,
    uplinkBytesPerSecond: 0,
    nearPlaces,
    pages: await Pages.open(await ensureWeb()),
    clock: systemClock,
    log: silentLog,
  });
  front.setStages([{ eventId: event.id, slug: event.slug, url: `http://127.0.0.1:${address.port}` }]);
  const port = await front.listen(0, "127.0.0.1");
  while (front.desk.get(event.slug)?.store.connected !== true) await new Promise((resolve) => setTimeout(resolve, 20));
  return Object.assign(result, {
    url: `http://localhost:${port}`,
    slug: event.slug,
    crowd: () => {
      const served = front.desk.get(event.slug);
      if (served !== undefined) served.endless.crowded = true;
    },
    press: (on: boolean, step = "cheaper") => {
      front.door.does = (what) => on && what === step;
    },
    end: async () => {
      const durationSamples = await tone.end({ title: event.title, date: event.startDate });
      live = { ...live, phase: "ended", endedUnixMs: Date.now(), durationSamples, revision: 3 };
      await writeFile(join(folder, "state.json"), JSON.stringify(live));
      tone.endpoint.setState(live);
    },
    close: async () => {
      await front.close();
      server.close();
      server.closeAllConnections();
      await tone.close();
      await rm(dataFolder, { recursive: true, force: true });
    },
  });
}
