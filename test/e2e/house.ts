import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";

/** A whole Earshot, started as an operator starts it. */
export interface RunningHouse {
  readonly front: string;
  readonly backstage: string;
  readonly admin: string;
  readonly hostLink: string;
  readonly dataFolder: string;
  readonly output: () => string;
  /** Process ids by name, as the log tells them; the newest of each. */
  pid(name: string): number;
  stop(): Promise<void>;
}

/** Three ports in a row that are free now. */
async function freePorts(): Promise<number> {
  for (let port = 20_000 + Math.floor(Math.random() * 10_000); ; port += 3) {
    const free = await Promise.all([0, 1, 2].map((offset) => isFree(port + offset)));
    if (free.every(Boolean)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "0.0.0.0", () => server.close(() => resolve(true)));
  });
}

/** Starts Earshot in a folder of its own, without the Sound check unless asked for; loopback addresses are offered to browsers because there may be no network. */
export async function startHouse(environment: Readonly<Record<string, string>> = {}): Promise<RunningHouse> {
  const { banner, ...house } = await startEarshot("serve", /Host link\s+(\S+)/, environment);
  return { ...house, hostLink: banner };
}

/** Starts an edge in a folder of its own; `settings`: path of its settings, which name its house. */
export async function startEdge(settings: string, environment: Readonly<Record<string, string>> = {}): Promise<Omit<RunningHouse, "hostLink" | "backstage">> {
  const { banner, backstage, ...edge } = await startEarshot("edge", /End with\s+(\S+)/, { EARSHOT_CONFIG: settings, ...environment });
  return edge;
}

/** Starts a command that runs on; `told`: what stands on its screen once it is ready. */
async function startEarshot(
  command: "serve" | "edge",
  told: RegExp,
  environment: Readonly<Record<string, string>>,
): Promise<Omit<RunningHouse, "hostLink"> & { readonly banner: string }> {
  const dataFolder = environment.EARSHOT_DATA ?? (await mkdtemp(join(tmpdir(), `earshot-${command}-`)));
  const port = await freePorts();
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, "../../bin/earshot.mjs"), command], {
    env: { ...process.env, EARSHOT_DATA: dataFolder, EARSHOT_PORT: String(port), EARSHOT_ICE_LOOPBACK: "1", EARSHOT_SOUND_CHECK: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const banner = await new Promise<string>((resolve, reject) => {
    const look = (bytes: Buffer) => {
      text += bytes.toString();
      const found = told.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", (code) => reject(new Error(`Earshot ended with ${code}:\n${text}`)));
  });
  const scheme = environment.EARSHOT_TLS_CERT === undefined ? "http" : "https";
  const url = (offset: number) => `${scheme}://localhost:${port + offset}`;
  return {
    banner,
    front: url(0),
    backstage: url(1),
    admin: `http://127.0.0.1:${port + 2}`,
    dataFolder,
    output: () => text,
    pid(name) {
      const lines = text.split("\n").filter((line) => line.includes('"process started"') && line.includes(`"process":"${name}"`));
      return (JSON.parse(lines.at(-1) ?? '{"pid":0}') as { pid: number }).pid;
    },
    async stop() {
      child.kill("SIGTERM");
      await gone;
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Chromium's headless build: the same engine without a browser's own windows and services, at a third of their work. */
const HEADLESS_CHROMIUM = process.env.HEADLESS_CHROMIUM ?? "/usr/bin/chromium-headless-shell";
/** The whole browser, for what its services do: push messages. */
export const WHOLE_CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** A headless Chromium; with `microphone` that file is what its microphone hears, from the moment it is opened. */
export async function openBrowser(microphone?: string, executablePath = HEADLESS_CHROMIUM): Promise<Browser> {
  return await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
      "--no-first-run",
      "--autoplay-policy=no-user-gesture-required",
      "--allow-loopback-in-peer-connection",
      "--use-fake-ui-for-media-stream",
      "--use-fake-device-for-media-stream",
      ...(microphone === undefined ? [] : [`--use-file-for-fake-audio-capture=${microphone}`]),
    ],
  });
}
