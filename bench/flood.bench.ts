import { type ChildProcess, fork, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureWeb } from "../src/server/web-build.ts";
import { type Book, fetchParts, type Follow, followMp3, followStream } from "./flood-simulator/listener.ts";
import { type Bench, percentile } from "./harness.ts";
import { MP3_BITRATE, ProgrammeFeed } from "./load/programme-feed.ts";
import { goFirst } from "./load/process-cost.ts";
import { ICECAST_PATH, startIcecast, STOCK_CLIENTS } from "./peers/icecast.ts";

const EVENT = "00000000-0000-7000-8000-0000000f100d";
const SLUG = "flood";
const LISTENERS = 40;
/** Ten hostile connections to one honest, and as many that never finish a request. */
const HOSTILE = 400;
const SLOW = 400;
/** Requests of the flood per second at most, the same for each contestant. 3,000: seventy-five for every honest listener, and two cores still have room for who is flooded. */
const FLOOD_PER_SECOND = 3_000;
/** How often ffmpeg writes. Milliseconds. */
const FFMPEG_WRITE_MS = 250;
const PHASE_MS = 8_000;
/** The front sees the flood and takes its steps; measured is what comes after. Milliseconds. */
const SETTLE_MS = 3_000;
const NGINX = "/usr/sbin/nginx";

/** Ten hostile connections to one honest listener, slow sockets and junk requests: what listeners and the stage notice of it. */
export const bench: Bench = {
  name: "flood",
  rounds: 1,
  figures: {
    honest_parts_lost: { unit: "of the audio", target: { limit: 0.001, direction: "at most" } },
    lateness_ratio: { unit: "p95 under flood / quiet", target: { limit: 2, direction: "at most" } },
    lateness_quiet_ms_p95: { unit: "ms" },
    lateness_flood_ms_p95: { unit: "ms" },
    nginx_parts_lost: { unit: "of the parts, stock limits" },
    nginx_lateness_ratio: { unit: "p95 under flood / quiet" },
    icecast_parts_lost: { unit: "of the audio, stock limits" },
    icecast_lateness_ratio: { unit: "p95 under flood / quiet" },
    late_stage_frames_idle: { unit: "% of 20 ms frames later than 40 ms" },
    late_stage_frames_flood: { unit: "% of frames" },
    late_stage_frames_added: { unit: "percentage points more of them under flood", target: { limit: 1, direction: "at most" } },
    late_stage_frames_same_process_idle: { unit: "% of frames" },
    late_stage_frames_same_process: { unit: "% of frames" },
    hostile_requests: { unit: "requests made in the flood" },
  },
  async measure(progress) {
    goFirst();
    const data = await mkdtemp(join(tmpdir(), "earshot-flood-"));
    const children: ChildProcess[] = [];
    try {
      const ours = await floodEarshot(data, children, progress);
      const same = await floodSameProcess(children);
      progress(`same process: ${same.late_stage_frames_same_process.toFixed(1)} % of frames late`);
      return { ...ours, ...same, ...(await floodNginx(data, children, progress)), ...(await floodIcecast(children, progress)) };
    } finally {
      for (const child of children) child.kill("SIGKILL");
      await rm(data, { recursive: true, force: true });
    }
  },
};

async function floodEarshot(data: string, children: ChildProcess[], progress: (text: string) => void) {
  const key = randomBytes(32);
  const folder = join(data, "events", EVENT);
  for (const name of [folder, join(data, "keys"), join(data, "public")]) await mkdir(name, { recursive: true });
  await writeFile(join(data, "keys/house.key"), key);
  const seen = {
    id: EVENT,
    slug: SLUG,
    title: "Flood",
    description: "",
    language: "",
    startDate: new Date().toISOString(),
    doorTime: new Date().toISOString(),
  };
  await writeFile(join(data, `public/${SLUG}.json`), JSON.stringify({ ...seen, status: "live", speakers: [], permanent: false }));
  await writeFile(
    join(folder, "event.json"),
    JSON.stringify({ eventId: EVENT, slug: SLUG, title: "Flood", speakers: [], removedSeats: [], soundCheck: false }),
  );
  const stageConfig = {
    dataFolder: data,
    publicUrl: "http://localhost",
    eventId: EVENT,
    slug: SLUG,
    udpPorts: [41_040, 41_060],
    announce: [],
    iceTcp: false,
    loopback: true,
  };
  const stage = await start("../src/server/stage/main.ts", stageConfig, children);
  const command = await fetch(`${stage.url}/command`, {
    method: "POST",
    headers: { authorization: `Bearer ${key.toString("base64url")}` },
    body: JSON.stringify({ type: "go-live" }),
  });
  const { originUnixMs } = (await command.json()) as { originUnixMs: number };
  const urls = { publicUrl: "http://localhost", backstageUrl: "http://localhost" };
  const limits = { trustedProxies: [], joinsPerSecond: 200, uplinkBytesPerSecond: 0 };
  const front = await start(
    "../src/server/front/main.ts",
    {
      name: "front",
      fronts: 1,
      networkKey: 1,
      cdn: false,
      dataFolder: data,
      ...urls,
      ...limits,
      frontPort: 0,
      frontHost: "127.0.0.1",
      listenerKey: randomBytes(32).toString("base64"),
      webFolder: await ensureWeb(),
    },
    children,
  );
  front.child.send({ type: "stages", stages: [{ eventId: EVENT, slug: SLUG, url: stage.url }] });
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  const listeners = new Listeners(followStream(`${front.url}/live/${SLUG}/stream.mp4`, originUnixMs), () => lateFrames(stage.child));
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const quiet = await listeners.phase();
  const attacker = flood(Number(new URL(front.url).port), children);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const flooded = await listeners.phase();
  // The stage's clock and ours differ by an unknown bit: late is what came later than the earliest piece of all.
  const earliest = Math.min(quiet.least, flooded.least);
  const [quietMs, floodMs] = [quiet.p95 - earliest, flooded.p95 - earliest];
  const hostile_requests = await requestsOf(attacker);
  attacker.kill("SIGKILL");
  await listeners.close();
  progress(`quiet p95 ${Math.round(quietMs)} ms, flood p95 ${Math.round(floodMs)} ms, ${hostile_requests} hostile requests`);
  front.child.kill("SIGKILL");
  stage.child.kill("SIGKILL");
  return {
    honest_parts_lost: flooded.lostShare,
    lateness_ratio: floodMs / quietMs,
    lateness_quiet_ms_p95: quietMs,
    lateness_flood_ms_p95: floodMs,
    late_stage_frames_idle: quiet.latePercent,
    late_stage_frames_flood: flooded.latePercent,
    late_stage_frames_added: flooded.latePercent - quiet.latePercent,
    hostile_requests,
  };
}

/** The same heartbeat in the front's own process, flooded alike: why stages are processes of their own. */
async function floodSameProcess(children: ChildProcess[]) {
  const child = fork(join(import.meta.dirname, "flood-simulator/same-process.child.ts"), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  children.push(child);
  const { url } = await once<{ url: string }>(child);
  const late = async () => {
    const answer = once<{ late: number }>(child);
    child.send("late");
    return (await answer).late;
  };
  const nobody = new Listeners(async () => {}, late);
  const idle = await nobody.phase();
  const attacker = flood(Number(new URL(url).port), children);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const flooded = await nobody.phase();
  attacker.kill("SIGKILL");
  child.kill("SIGKILL");
  return { late_stage_frames_same_process_idle: idle.latePercent, late_stage_frames_same_process: flooded.latePercent };
}

/** nginx as it comes, serving parts as files to the same listeners under the same flood. */
async function floodNginx(data: string, children: ChildProcess[], progress: (text: string) => void) {
  if (!existsSync(NGINX)) throw new Error(`${NGINX} is missing: the comparison cannot be measured`);
  const root = join(data, "nginx");
  await mkdir(root);
  await writeFile(join(root, "part.m4s"), randomBytes(4_096));
  const port = await freePort();
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${root}/${name};`).join(" ");
  await writeFile(
    join(root, "nginx.conf"),
    `user root; daemon off; pid ${root}/pid; error_log ${root}/error.log; worker_processes auto; events { worker_connections 768; }
     http { access_log off; ${paths} server { listen 127.0.0.1:${port}; root ${root}; } }\n`,
  );
  children.push(spawn(NGINX, ["-p", root, "-c", join(root, "nginx.conf")], { stdio: "ignore" }));
  const nginx = children.at(-1) as ChildProcess;
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const listeners = new Listeners(fetchParts(`http://127.0.0.1:${port}/part.m4s`), async () => 0);
  const quiet = await listeners.phase();
  const attacker = flood(port, children);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const flooded = await listeners.phase();
  await listeners.close();
  attacker.kill("SIGKILL");
  // The master ends its workers by itself when it is told to.
  nginx.kill("SIGTERM");
  await new Promise((resolve) => nginx.once("exit", resolve));
  progress(`nginx: quiet p95 ${quiet.p95.toFixed(1)} ms, flood p95 ${flooded.p95.toFixed(1)} ms, ${(flooded.lostShare * 100).toFixed(1)} % lost`);
  return { nginx_parts_lost: flooded.lostShare, nginx_lateness_ratio: flooded.p95 / quiet.p95 };
}

/** icecast2 with the limits its package brings, under the same flood; its listeners came before it, as ours did. */
async function floodIcecast(children: ChildProcess[], progress: (text: string) => void) {
  const feed = await ProgrammeFeed.start();
  const icecast = await startIcecast("icecast", feed, { everyMs: FFMPEG_WRITE_MS }, STOCK_CLIENTS);
  try {
    const listeners = new Listeners(followMp3(`http://127.0.0.1:${icecast.port}${ICECAST_PATH}`, MP3_BITRATE), async () => 0);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const quiet = await listeners.phase();
    const attacker = flood(icecast.port, children);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const flooded = await listeners.phase();
    await listeners.close();
    attacker.kill("SIGKILL");
    progress(`icecast: quiet p95 ${quiet.p95.toFixed(1)} ms, flood p95 ${flooded.p95.toFixed(1)} ms, ${(flooded.lostShare * 100).toFixed(1)} % lost`);
    return { icecast_parts_lost: flooded.lostShare, icecast_lateness_ratio: flooded.p95 / quiet.p95 };
  } finally {
    await icecast.stop();
    feed.stop();
  }
}

/** Honest listeners who came before the flood and stay; what they and the stage's clock notice, phase by phase. */
class Listeners {
  readonly #stop = new AbortController();
  readonly #following: readonly Promise<void>[];
  readonly #late: () => Promise<number>;
  #book: Book = { lateMs: [], receivedSeconds: 0 };

  constructor(follow: Follow, late: () => Promise<number>) {
    this.#late = late;
    this.#following = Array.from({ length: LISTENERS }, (_, index) => follow(index, this.#stop.signal, () => this.#book));
  }

  async phase() {
    const before = await this.#late();
    const book: Book = { lateMs: [], receivedSeconds: 0 };
    this.#book = book;
    const started = performance.now();
    await new Promise((resolve) => setTimeout(resolve, PHASE_MS));
    this.#book = { lateMs: [], receivedSeconds: 0 };
    const seconds = (performance.now() - started) / 1_000;
    const latePercent = (((await this.#late()) - before) / (seconds * 50)) * 100;
    book.lateMs.sort((one, other) => one - other);
    // Pieces of up to half a second fall on one side of the phase's ends or the other: that is no loss.
    const expected = (seconds - 1) * LISTENERS;
    return {
      p95: percentile(book.lateMs, 0.95),
      least: book.lateMs[0] ?? Number.NaN,
      lostShare: Math.max(0, expected - book.receivedSeconds) / expected,
      latePercent,
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#following);
  }
}

function flood(port: number, children: ChildProcess[]): ChildProcess {
  const child = fork(join(import.meta.dirname, "flood-simulator/attacker.child.ts"), [port, HOSTILE, SLOW, FLOOD_PER_SECOND].map(String), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  children.push(child);
  return child;
}

async function requestsOf(attacker: ChildProcess): Promise<number> {
  const answer = once<{ requests: number }>(attacker);
  attacker.send("how many");
  return (await answer).requests;
}

async function start(module: string, config: object, children: ChildProcess[]): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = fork(join(import.meta.dirname, module), [], {
    env: { ...process.env, EARSHOT_PROCESS_CONFIG: JSON.stringify(config) },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
  children.push(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.on("message", (message: { type: string; url: string }) => message.type === "ready" && resolve(message.url));
    child.once("exit", (code) => reject(new Error(`${module} ended with ${code}`)));
  });
  return { child, url };
}

/** The stage's own count of late frames, as the supervisor asks for it. */
async function lateFrames(stage: ChildProcess): Promise<number> {
  const answer = new Promise<number>((resolve) => {
    const hear = (message: { type: string; json: { name: string; values: { value: number }[] }[] }) => {
      if (message.type !== "metrics") return;
      stage.off("message", hear);
      resolve(message.json.find(({ name }) => name === "earshot_stage_late_frames_total")?.values[0]?.value ?? Number.NaN);
    };
    stage.on("message", hear);
  });
  stage.send({ type: "metrics-request", id: 1 });
  return await answer;
}

async function once<Message>(child: ChildProcess): Promise<Message> {
  return await new Promise((resolve) => child.once("message", (message) => resolve(message as Message)));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
