import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import promClient from "prom-client";
import { type Clock, systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { TEST_DISK } from "../../core/test-disk.ts";
import { milliseconds, unixMilliseconds } from "../../core/units.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import type { Database } from "../adapters/database.ts";
import { openPostgres } from "../adapters/database-postgres.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";
import type { WantedStage } from "../supervisor/ipc.ts";
import type { ControlConfig } from "./config.ts";
import { type Control, createControl } from "./control.ts";

/** When tests take place. Unix milliseconds; a Saturday evening in Berlin. */
export const TEST_NOW_MS = Date.parse("2026-10-03T18:00:00Z");

/** A clock that a test moves by hand. */
export class TestClock implements Clock {
  #ms = 0;
  wallMs = () => unixMilliseconds(TEST_NOW_MS + this.#ms);
  steadyMs = () => milliseconds(this.#ms);
  /** Never ends by itself: tests make each round themselves. */
  sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((_resolve, reject) => {
      if (signal?.aborted === true) reject(signal.reason as Error);
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    });
  advance(ms: number): void {
    this.#ms += ms;
  }
}

/** What an API call gave. */
export interface Reply<Body = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** A browser with its own cookies. */
export class Visitor {
  /** Address of the house, without a slash at its end; another one after a restart. */
  url: string;
  /** Session and device as `name=value`. */
  cookie: string | undefined;
  device: string | undefined;
  /** Says that somebody signed in on this device. */
  known: string | undefined;

  constructor(url: string) {
    this.url = url;
  }

  get #cookies(): string[] {
    return [this.cookie, this.device, this.known].filter((one) => one !== undefined);
  }

  async call<Body = ProblemDetails>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(this.#cookies.length === 0 ? {} : { cookie: this.#cookies.join("; ") }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    for (const set of response.headers.getSetCookie()) {
      const value = set.includes("Max-Age=0") ? undefined : set.split(";")[0];
      if (set.includes("earshot_device=")) this.device = value;
      else if (set.includes("earshot_known=")) this.known = value;
      else this.cookie = value;
    }
    const text = await response.text();
    const json = response.headers.get("content-type")?.includes("json") === true;
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as Body };
  }
}

/** A control process' inside in a folder of its own, with a real database and a real port. */
export class TestHouse {
  readonly folder: string;
  readonly config: ControlConfig;
  readonly clock = new TestClock();
  readonly registry = new promClient.Registry();
  houseKey: Uint8Array;
  control!: Control;
  database!: Database;
  /** Every list of wanted stages in order. */
  wanted: (readonly WantedStage[])[] = [];
  /** When set, houses are on PostgreSQL: it gives the address of an empty database. */
  static newPostgres: (() => Promise<string>) | undefined;
  #maxPages: number | undefined;
  #databaseUrl: string | undefined;

  constructor(folder: string, houseKey: Uint8Array) {
    this.folder = folder;
    this.houseKey = houseKey;
    this.config = {
      dataFolder: folder,
      backstagePort: 0,
      backstageHost: "127.0.0.1",
      publicUrl: "http://listen.test",
      backstageUrl: "http://backstage.test",
      trustedProxies: [],
      webFolder: join(folder, "web"),
      relay: undefined,
      hostSecret: randomBytes(18).toString("base64url"),
    };
  }

  /** `maxPages`: size at which the database meets a full disk, in pages of 4 KiB; `changes`: settings other than the usual ones. */
  static async open(maxPages?: number, changes: Partial<ControlConfig> = {}): Promise<TestHouse> {
    const house = new TestHouse(await mkdtemp(join(TEST_DISK, "earshot-control-")), new Uint8Array(randomBytes(32)));
    await mkdir(join(house.config.webFolder, "assets"), { recursive: true });
    const page = '<!doctype html><html lang="{{lang}}"><title>{{title}}</title><!--earshot:state--></html>';
    for (const name of [
      "studio.html",
      "enter.html",
      "hand.html",
      "wall.html",
      "moderate.html",
      "sign-in.html",
      "account.html",
      "operate.html",
      "reminder.html",
    ])
      await writeFile(join(house.config.webFolder, name), page);
    await writeFile(join(house.config.webFolder, "assets", "studio-abc123.js"), "export {};\n");
    house.#maxPages = maxPages;
    await house.start(changes);
    return house;
  }

  /** Starts control; `changes` replaces settings, such as the next start's host link; `told`: whether the supervisor has sent its list of stages. */
  async start(changes: Partial<ControlConfig> = {}, told = true): Promise<void> {
    this.registry.clear();
    this.database = await this.#openDatabase();
    const { houseKey, clock, registry, database } = this;
    this.control = await createControl({
      config: { ...this.config, ...changes },
      houseKey,
      database,
      clock,
      log: silentLog,
      registry,
      wantStages: (stages) => this.wanted.push(stages),
    });
    if (told) this.control.setStages([]);
  }

  async #openDatabase(): Promise<Database> {
    if (TestHouse.newPostgres === undefined || this.#maxPages !== undefined)
      return await openSqlite({ path: join(this.folder, "earshot.sqlite"), ...(this.#maxPages === undefined ? {} : { maxPages: this.#maxPages }) });
    this.#databaseUrl ??= await TestHouse.newPostgres();
    return await openPostgres({ url: this.#databaseUrl, clock: systemClock });
  }

  /** Ends control as a shutdown does; the folder stays. */
  async stop(): Promise<void> {
    await this.control.close();
    await this.database.close();
  }

  visitor(): Visitor {
    return new Visitor(this.control.url);
  }

  /** A browser that came in by the host link. */
  async operator(): Promise<Visitor> {
    const visitor = this.visitor();
    await visitor.call("POST", "/api/enter", { secret: this.config.hostSecret });
    return visitor;
  }

  async readJson<Value>(...path: string[]): Promise<Value> {
    return JSON.parse(await readFile(join(this.folder, ...path), "utf8")) as Value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true });
  }
}

/** A draft that passes every rule; starts an hour after {@link TEST_NOW_MS}. */
export const goodDraft = {
  title: "An evening with Ada",
  startDate: "2026-10-03T21:00:00+02:00",
  timeZone: "Europe/Berlin",
  description: "Numbers and looms.",
  language: "en",
  speakers: [
    { name: "Grace", role: "host" },
    { name: "Ada", role: "speaker" },
    { name: "Jean", role: "co-host" },
  ],
};
