import { type ChildProcess, fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mintSeatToken, type SeatClaims } from "../../src/event/mod.ts";
import { STAGE_ENGINE_OPTIONS, type StageConfig } from "../../src/server/stage/config.ts";

/** Id of the benches' one event. */
const EVENT_ID = "00000000-0000-7000-8000-00000000be9c";

/** A data folder with one event whose stage can be run, killed and run again. */
export class BenchHouse {
  readonly dataFolder: string;
  readonly slug: string;
  readonly eventId = EVENT_ID;
  readonly #key: Uint8Array;

  private constructor(dataFolder: string, slug: string, key: Uint8Array) {
    this.dataFolder = dataFolder;
    this.slug = slug;
    this.#key = key;
  }

  /** `interprets`: language of a second programme, when there is to be one. */
  static async open(slug: string, interprets?: string): Promise<BenchHouse> {
    const dataFolder = await mkdtemp(join(tmpdir(), `earshot-${slug}-`));
    const key = randomBytes(32);
    for (const folder of ["keys", "public", join("events", EVENT_ID)]) await mkdir(join(dataFolder, folder), { recursive: true });
    await writeFile(join(dataFolder, "keys/house.key"), key);
    const manifest = {
      eventId: EVENT_ID,
      slug,
      title: "Bench",
      speakers: [{ id: "interpreter", name: "Interpreter", role: "speaker", ...(interprets === undefined ? {} : { interprets }) }],
      removedSeats: [],
      soundCheck: false,
    };
    await writeFile(join(dataFolder, "events", EVENT_ID, "event.json"), JSON.stringify(manifest));
    const times = { startDate: "2026-10-03T21:00:00+02:00", doorTime: "2026-10-03T20:45:00+02:00", status: "scheduled" };
    const announced = { id: EVENT_ID, slug, title: "Bench", description: "", language: "", ...times, speakers: [], permanent: false };
    await writeFile(join(dataFolder, "public", `${slug}.json`), JSON.stringify(announced));
    return new BenchHouse(dataFolder, slug, key);
  }

  get archiveFolder(): string {
    return join(this.dataFolder, "events", EVENT_ID, "archive");
  }

  /** Starts the event's stage; resolves when it answers. `ports`: those its speakers come by, instead of a range with one for each. */
  async startStage(ports: Pick<StageConfig, "udpPorts" | "singlePort"> = { udpPorts: [41_000, 41_060] }): Promise<StageChild> {
    const { dataFolder, slug } = this;
    const config: StageConfig = {
      dataFolder,
      publicUrl: "http://localhost:8080",
      eventId: EVENT_ID,
      slug,
      ...ports,
      announce: [],
      iceTcp: false,
      loopback: true,
    };
    const child = fork(join(import.meta.dirname, "../../src/server/stage/main.ts"), [], {
      env: { ...process.env, EARSHOT_PROCESS_CONFIG: JSON.stringify(config) },
      execArgv: [...process.execArgv, ...STAGE_ENGINE_OPTIONS],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.on("message", (message: { type: string; url: string }) => message.type === "ready" && resolve(message.url));
      child.once("exit", (code) => reject(new Error(`the stage ended with ${code}`)));
    });
    return { child, url };
  }

  /** Token of a speaker's seat. */
  seat(index: number): string {
    return this.token(`speaker-${index}`, { name: `Speaker ${index}` });
  }

  /** Token of a seat, a speaker's unless told otherwise. */
  token(seatId: string, more: Partial<SeatClaims> = {}): string {
    const expires = Math.floor(Date.now() / 1_000) + 3_600;
    return mintSeatToken({ eventId: EVENT_ID, seatId, role: "speaker", name: seatId, expires, ...more }, this.#key);
  }

  /** Publishes an offer for a speaker's seat, or by a token; gives the answer and the session's path. */
  async publish({ url }: StageChild, speaker: number | string, offer: string): Promise<{ readonly answer: string; readonly session: string }> {
    const token = typeof speaker === "number" ? this.seat(speaker) : speaker;
    const headers = { "content-type": "application/sdp", authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/whip/${this.slug}`, { method: "POST", headers, body: offer });
    if (response.status !== 201) throw new Error(`speaker ${speaker}: ${response.status} ${await response.text()}`);
    return { answer: await response.text(), session: response.headers.get("location") ?? "" };
  }

  /** A command as control gives it; resolves to the stage's state after it. */
  async command(url: string, type: "go-live" | "end"): Promise<{ readonly originUnixMs: number }> {
    const response = await fetch(`${url}/command`, {
      method: "POST",
      headers: { authorization: `Bearer ${Buffer.from(this.#key).toString("base64url")}` },
      body: JSON.stringify({ type }),
    });
    if (!response.ok) throw new Error(`${type}: ${response.status}`);
    return (await response.json()) as { originUnixMs: number };
  }

  async close(): Promise<void> {
    await rm(this.dataFolder, { recursive: true, force: true });
  }
}

/** A running stage process. */
export interface StageChild {
  readonly child: ChildProcess;
  readonly url: string;
}

/** Ends a stage process and waits until it is gone. */
export async function endStage({ child }: StageChild, signal: NodeJS.Signals): Promise<void> {
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill(signal);
  await gone;
}
