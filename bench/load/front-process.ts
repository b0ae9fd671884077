import { type ChildProcess, fork } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { get as getTls } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A front in a process of its own, as the supervisor starts it. */
export interface FrontProcess {
  readonly pid: number;
  readonly port: number;
  /** Requests it has had since it started. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * The load comes from one address, which the door would take for a flood, and faster than an operator who says nothing wants newcomers:
 * the address is trusted as a proxy, and the door is told to bear what the bench is about to find out.
 */
const DOOR = { trustedProxies: ["127.0.0.0/8"], joinsPerSecond: 100_000, uplinkBytesPerSecond: 0 } as const;

/** Starts a real front that serves one event, `bench`, from the stage at `stageUrl`; with `tls` it speaks TLS itself. */
export async function startFront(stageUrl: string, tls?: { readonly cert: string; readonly key: string }): Promise<FrontProcess> {
  const dataFolder = await mkdtemp(join(tmpdir(), "earshot-front-process-"));
  const webFolder = join(dataFolder, "web");
  await mkdir(join(webFolder, "assets"), { recursive: true });
  await mkdir(join(dataFolder, "public"));
  await mkdir(join(dataFolder, "events/bench"), { recursive: true });
  for (const page of ["listen", "home", "not-found"])
    await writeFile(join(webFolder, `${page}.html`), '<html lang="{{lang}}"><title>{{title}}</title><!--earshot:state--></html>');
  const event = {
    id: "bench",
    slug: "bench",
    title: "Bench",
    description: "",
    language: "en",
    startDate: new Date().toISOString(),
    doorTime: new Date().toISOString(),
    status: "live",
    speakers: [],
    permanent: false,
  };
  await writeFile(join(dataFolder, "public/bench.json"), JSON.stringify(event));
  await writeFile(join(dataFolder, "public/index.json"), JSON.stringify([event]));
  const config = {
    name: "front",
    fronts: 1,
    networkKey: 1,
    dataFolder,
    webFolder,
    publicUrl: "http://127.0.0.1",
    backstageUrl: "http://127.0.0.1",
    frontPort: 0,
    frontHost: "0.0.0.0",
    listenerKey: Buffer.alloc(32).toString("base64"),
    ...DOOR,
    tls,
  };
  const child: ChildProcess = fork(join(import.meta.dirname, "../../src/server/front/main.ts"), [], {
    env: { ...process.env, EARSHOT_PROCESS_CONFIG: JSON.stringify(config) },
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  const gone = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await new Promise<string>((resolve, reject) => {
    child.on("message", (message: { type: string; url: string }) => message.type === "ready" && resolve(message.url));
    child.once("exit", (code) => reject(new Error(`the front ended with ${code}`)));
  });
  child.send({ type: "stages", stages: [{ eventId: "bench", slug: "bench", url: stageUrl }] });
  const url = tls === undefined ? ready : ready.replace("http:", "https:");
  // Ready means: the programme is here.
  while ((await statusOf(`${url}/live/bench/plain.m3u8`)) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  return {
    pid: child.pid as number,
    port: Number(new URL(url).port),
    async requests() {
      const told = new Promise<{ readonly json: readonly { readonly name: string; readonly values: readonly { readonly value: number }[] }[] }>((resolve) => {
        const hear = (message: { readonly type: string; readonly json: never }) => {
          if (message.type !== "metrics") return;
          child.off("message", hear);
          resolve(message);
        };
        child.on("message", hear);
      });
      child.send({ type: "metrics-request", id: 0 });
      return (await told).json.find(({ name }) => name === "earshot_front_requests_total")?.values[0]?.value ?? Number.NaN;
    },
    async stop() {
      child.kill("SIGTERM");
      await gone;
      await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

/** Status of an answer, whatever the certificate. */
async function statusOf(url: string): Promise<number | undefined> {
  return await new Promise((resolve, reject) => {
    const take = (response: { readonly statusCode?: number | undefined; resume(): unknown }) => {
      response.resume();
      resolve(response.statusCode);
    };
    const request = url.startsWith("https:") ? getTls(url, { rejectUnauthorized: false, agent: false }, take) : get(url, { agent: false }, take);
    request.once("error", reject);
  });
}
