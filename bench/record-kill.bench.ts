import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { headerLength, partSamples, scanChunks } from "../src/programme/mod.ts";
import { type Bench, percentile } from "./harness.ts";

const KILLS = 40;
/** A kill comes this long after the stage answers, at random. Milliseconds. */
const MIN_RUN_MS = 700;
const MAX_RUN_MS = 2_600;
const EVENT = "00000000-0000-7000-8000-00000000be9c";

/** Kills a recording stage with -9 again and again; each time the archive must open, play and lack less than a second. */
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
  },
  async measure(progress) {
    const data = await mkdtemp(join(tmpdir(), "earshot-record-kill-"));
    const folder = join(data, "events", EVENT);
    await mkdir(folder, { recursive: true });
    await mkdir(join(data, "keys"));
    const key = randomBytes(32);
    await writeFile(join(data, "keys/house.key"), key);
    await writeFile(
      join(folder, "event.json"),
      JSON.stringify({ eventId: EVENT, slug: "kill", title: "Kill", speakers: [], removedSeats: [], soundCheck: false }),
    );
    const command = async (url: string, type: string) => {
      const response = await fetch(`${url}/command`, {
        method: "POST",
        headers: { authorization: `Bearer ${key.toString("base64url")}` },
        body: JSON.stringify({ type }),
      });
      if (!response.ok) throw new Error(`${type}: ${response.status}`);
      return (await response.json()) as { originUnixMs: number };
    };
    const losses: number[] = [];
    const restarts: number[] = [];
    let unreadable = 0;
    try {
      let stage = await startStage(data);
      const { originUnixMs } = await command(stage.url, "go-live");
      for (let kill = 1; kill <= KILLS; kill++) {
        await new Promise((resolve) => setTimeout(resolve, MIN_RUN_MS + Math.random() * (MAX_RUN_MS - MIN_RUN_MS)));
        const killedAt = Date.now();
        await end(stage.child, "SIGKILL");
        const keptMs = await Promise.all((["opus", "aac"] as const).map((rendition) => keptUntilMs(join(folder, "archive", `${rendition}.mp4`), rendition)));
        losses.push(killedAt - originUnixMs - Math.min(...keptMs));
        const again = performance.now();
        stage = await startStage(data);
        restarts.push(performance.now() - again);
        for (const name of ["opus.mp4", "aac.mp4", "recording.mp3"]) if (warnings(join(folder, "archive", name)) !== "") unreadable++;
        if (kill % 10 === 0) progress(`${kill} kills, ${unreadable} unreadable, worst loss ${Math.round(Math.max(...losses))} ms`);
      }
      await command(stage.url, "end");
      const holes = (
        await Promise.all((["opus", "aac"] as const).map((rendition) => countHoles(join(folder, "archive", `${rendition}.mp4`), rendition)))
      ).reduce((sum, count) => sum + count, 0);
      await end(stage.child, "SIGTERM");
      const sorted = losses.sort((a, b) => a - b);
      return {
        kills: KILLS,
        unreadable,
        loss_ms_p50: percentile(sorted, 0.5),
        loss_ms_max: sorted.at(-1) as number,
        restart_ms_p50: percentile(
          restarts.sort((a, b) => a - b),
          0.5,
        ),
        holes,
      };
    } finally {
      await rm(data, { recursive: true, force: true });
    }
  },
};

async function startStage(dataFolder: string): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const config = {
    dataFolder,
    publicUrl: "http://localhost:8080",
    eventId: EVENT,
    slug: "kill",
    udpPorts: [41_000, 41_020],
    announce: [],
    iceTcp: false,
    loopback: true,
  };
  const child = fork(join(import.meta.dirname, "../src/server/stage/main.ts"), [], {
    env: { ...process.env, EARSHOT_PROCESS_CONFIG: JSON.stringify(config) },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.on("message", (message: { type: string; url: string }) => message.type === "ready" && resolve(message.url));
    child.once("exit", (code) => reject(new Error(`the stage ended with ${code}`)));
  });
  return { child, url };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}

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

function warnings(path: string): string {
  return execFileSync("sh", ["-c", `ffmpeg -v warning -i '${path}' -f null - 2>&1 | grep -v 'Estimating duration' || true`]).toString();
}
