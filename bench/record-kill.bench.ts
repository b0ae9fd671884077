import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { headerLength, partSamples, scanChunks } from "../src/programme/mod.ts";
import { type Bench, percentile } from "./harness.ts";
import { GrowingArchive, unreadableFiles } from "./recording/readable.ts";
import { BenchHouse, endStage } from "./recording/stage-child.ts";
import { tearAndMend } from "./recording/torn-writes.ts";

/** Kills unless `npm run bench -- record-kill 40` says otherwise: about ten minutes. */
const KILLS = Number(process.argv[3] ?? 200);
const TORN_WRITES = 12;
/** The event is interpreted into one language: both recordings must bear every kill. */
const LANGUAGE = "de";
/** A kill comes this long after the stage answers, at random. Milliseconds. */
const MIN_RUN_MS = 700;
const MAX_RUN_MS = 2_600;

/** Kills a recording stage with -9 again and again, then tears its files; each time the archive must open, play and lack less than a second. */
export const bench: Bench = {
  name: "record-kill",
  rounds: 1,
  figures: {
    kills: { unit: "kills" },
    unreadable: { unit: "files", target: { limit: 0, direction: "at most" } },
    loss_ms_p50: { unit: "ms" },
    loss_ms_max: { unit: "ms", target: { limit: 1_000, direction: "at most" } },
    restart_ms_p50: { unit: "ms from kill to answering" },
    holes: { unit: "holes in part numbers", target: { limit: 0, direction: "at most" } },
    torn_writes: { unit: "tears" },
    torn_unreadable: { unit: "files", target: { limit: 0, direction: "at most" } },
    torn_loss_ms_max: { unit: "ms", target: { limit: 1_000, direction: "at most" } },
  },
  async measure(progress) {
    const house = await BenchHouse.open("record-kill", LANGUAGE);
    const { archiveFolder } = house;
    const folders = [archiveFolder, join(archiveFolder, "lang", LANGUAGE)];
    const tracks = folders.flatMap((folder) => (["opus", "aac"] as const).map((rendition) => ({ path: join(folder, `${rendition}.mp4`), rendition })));
    const growing = folders.map((folder) => new GrowingArchive(folder, house.dataFolder));
    const losses: number[] = [];
    const restarts: number[] = [];
    let unreadable = 0;
    try {
      let stage = await house.startStage();
      const { originUnixMs } = await house.command(stage.url, "go-live");
      for (let kill = 1; kill <= KILLS; kill++) {
        await new Promise((resolve) => setTimeout(resolve, MIN_RUN_MS + Math.random() * (MAX_RUN_MS - MIN_RUN_MS)));
        const killedAt = Date.now();
        await endStage(stage, "SIGKILL");
        const keptMs = await Promise.all(tracks.map(({ path, rendition }) => keptUntilMs(path, rendition)));
        losses.push(killedAt - originUnixMs - Math.min(...keptMs));
        const again = performance.now();
        stage = await house.startStage();
        restarts.push(performance.now() - again);
        for (const archive of growing) unreadable += await archive.unreadable();
        if (kill % 10 === 0) progress(`${kill} kills, ${unreadable} unreadable, worst loss ${Math.round(Math.max(...losses))} ms`);
      }
      // What a power cut can tear is an archive that grows.
      await endStage(stage, "SIGKILL");
      const durationMs = await keptUntilMs(join(archiveFolder, "opus.mp4"), "opus");
      const tornLosses: number[] = [];
      let tornUnreadable = 0;
      for (let turn = 0; turn < TORN_WRITES; turn++) {
        const { folder, lossMs } = await tearAndMend(archiveFolder, join(house.dataFolder, "torn"), turn, durationMs);
        tornLosses.push(lossMs);
        tornUnreadable += unreadableFiles(folder);
      }
      progress(`${TORN_WRITES} torn writes, ${tornUnreadable} unreadable`);
      stage = await house.startStage();
      await house.command(stage.url, "end");
      const holes = (await Promise.all(tracks.map(({ path, rendition }) => countHoles(path, rendition)))).reduce((sum, count) => sum + count, 0);
      await endStage(stage, "SIGTERM");
      // Once more as a whole, as whoever downloads it reads it.
      for (const folder of folders) unreadable += unreadableFiles(folder);
      const sorted = losses.sort((a, b) => a - b);
      const restartsSorted = restarts.sort((a, b) => a - b);
      return {
        kills: KILLS,
        unreadable,
        loss_ms_p50: percentile(sorted, 0.5),
        loss_ms_max: sorted.at(-1) as number,
        restart_ms_p50: percentile(restartsSorted, 0.5),
        holes,
        torn_writes: TORN_WRITES,
        torn_unreadable: tornUnreadable,
        torn_loss_ms_max: Math.max(...tornLosses),
      };
    } finally {
      await house.close();
    }
  },
};

/** Whole parts of a CMAF file of the archive. */
async function partsOf(path: string) {
  const data = await readFile(path);
  return scanChunks(data.subarray(headerLength(data) ?? data.length));
}

async function keptUntilMs(path: string, rendition: "opus" | "aac"): Promise<number> {
  const last = (await partsOf(path)).at(-1);
  return last === undefined ? 0 : (last.timestamp + partSamples(rendition)) / 48;
}

async function countHoles(path: string, rendition: "opus" | "aac"): Promise<number> {
  return (await partsOf(path)).filter((part, index) => part.timestamp !== index * partSamples(rendition)).length;
}
