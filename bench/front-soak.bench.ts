import { type ChildProcess, fork } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../src/server/adapters/test-certificate.ts";
import { fastClock } from "./front-soak/fast-clock.ts";
import type { SoakFront, SoakLook } from "./front-soak/front.child.ts";
import { type Heard, visit, WAYS } from "./front-soak/visitors.ts";
import { type Bench, percentile } from "./harness.ts";
import { ProgrammeFeed } from "./load/programme-feed.ts";

/** Length of the event, and how much faster than life it passes. `SOAK_HOURS` makes it shorter. */
const HOURS = Number(process.env.SOAK_HOURS ?? 2);
const SPEED = 20;
/** Visitors at a time and front, and how long each stays: from a glance to two minutes of the programme. Milliseconds. */
const VISITORS = 48;
const STAY_MS = { least: 3_000, most: 120_000 };
/** Between two looks at memory and clock. Milliseconds of the programme. */
const LOOK_MS = 120_000;
/** Share of the looks left out at the beginning: code is compiled, windows fill. */
const WARM_UP = 0.25;
const HOUR_MS = 3_600_000;

/** Two hours of an event at twenty times its speed: a plain front and one with TLS, visitors coming and going in every way there is. Nothing may grow, nothing may drift. */
export const bench: Bench = {
  name: "front-soak",
  rounds: 1,
  figures: {
    event_hours: { unit: "hours of the event" },
    visits: { unit: "listeners who came and left" },
    failures: { unit: "answers and breaks that no listener should meet", target: { limit: 0, direction: "at most" } },
    heap_bytes_per_hour: { unit: "bytes per hour of the event, slope of live memory, plain front", target: { limit: 1_000_000, direction: "at most" } },
    tls_heap_bytes_per_hour: { unit: "bytes per hour of the event, the same with TLS", target: { limit: 1_000_000, direction: "at most" } },
    rss_bytes_per_hour: { unit: "bytes per hour of the event, slope of resident memory, plain front" },
    tls_rss_bytes_per_hour: { unit: "bytes per hour of the event, the same with TLS" },
    heap_mb_last: { unit: "MB of live memory at the end, plain front" },
    tls_heap_mb_last: { unit: "MB of live memory at the end, with TLS" },
    lag_first_ms: { unit: "ms of the programme its newest part at the front is behind its clock, first third" },
    lag_last_ms: { unit: "ms of the programme, last third" },
    drift_ms: { unit: "ms of the programme from the first third to the last", target: { limit: 500, direction: "at most" } },
    connections_left: { unit: "connections left after everybody went", target: { limit: 0, direction: "at most" } },
  },
  async measure(progress) {
    const startUnixMs = Date.now();
    const clock = fastClock(SPEED, startUnixMs);
    const feed = await ProgrammeFeed.start(undefined, SPEED);
    const files = await makeCertificate();
    const stop = new AbortController();
    const heard: Heard = { bytes: 0, failures: [] };
    const fronts = await Promise.all([undefined, files].map((tls) => SoakedFront.start(feed.url, { speed: SPEED, startUnixMs, tls })));
    const [plain, secure] = fronts as [SoakedFront, SoakedFront];
    try {
      for (const front of fronts) await front.ready();
      let visits = 0;
      const visitors = fronts.flatMap(({ origin }) =>
        Array.from({ length: VISITORS }, async (_, index) => {
          while (!stop.signal.aborted) {
            const stay = STAY_MS.least + Math.random() * (STAY_MS.most - STAY_MS.least);
            const leave = AbortSignal.any([stop.signal, AbortSignal.timeout(Math.ceil(stay / SPEED))]);
            await visit(WAYS[index % WAYS.length] ?? "mp3", { origin, speed: SPEED }, heard, leave).catch((cause: unknown) =>
              heard.failures.push(`${WAYS[index % WAYS.length]}: ${cause instanceof Error ? cause.message : String(cause)}`),
            );
            visits++;
          }
        }),
      );
      const looks: { readonly plain: SoakLook; readonly secure: SoakLook; readonly lagMs: number }[] = [];
      const count = Math.round((HOURS * HOUR_MS) / LOOK_MS);
      const beganMs = clock.steadyMs();
      for (let index = 1; index <= count; index++) {
        await clock.sleep(beganMs + index * LOOK_MS - clock.steadyMs());
        const [one, other] = await Promise.all([plain.look(), secure.look()]);
        const lagOf = ({ newestMs, atUnixMs }: SoakLook) => feed.programmeMs - (Date.now() - atUnixMs) * SPEED - newestMs;
        const lagMs = Math.max(lagOf(one), lagOf(other));
        looks.push({ plain: one, secure: other, lagMs });
        if (index % 5 === 0)
          progress(
            `${((index * LOOK_MS) / HOUR_MS).toFixed(2)} h: ${(one.heapBytes / 1e6).toFixed(1)} and ${(other.heapBytes / 1e6).toFixed(1)} MB live, ${Math.round(lagMs)} ms behind, ${visits} visits, ${heard.failures.length} failures ${heard.failures.at(-1) ?? ""}`,
          );
      }
      stop.abort(new Error("the evening is over"));
      await Promise.all(visitors);
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      const left = await Promise.all(fronts.map((front) => front.look()));
      return {
        event_hours: HOURS,
        visits,
        failures: heard.failures.length,
        connections_left: left.reduce((sum, { connections }) => sum + connections, 0),
        ...judge(looks),
      };
    } finally {
      stop.abort(new Error("ended"));
      for (const front of fronts) await front.stop();
      feed.stop();
      await files.remove();
    }
  },
};

function judge(looks: readonly { readonly plain: SoakLook; readonly secure: SoakLook; readonly lagMs: number }[]): Record<string, number> {
  const warm = looks.slice(Math.floor(looks.length * WARM_UP));
  const perHour = (values: readonly number[]) => slope(values) * (HOUR_MS / LOOK_MS);
  const third = Math.max(1, Math.floor(looks.length / 3));
  const median = (part: typeof looks) =>
    percentile(
      part.map(({ lagMs }) => lagMs).sort((a, b) => a - b),
      0.5,
    );
  const [first, last] = [median(looks.slice(0, third)), median(looks.slice(-third))];
  return {
    heap_bytes_per_hour: perHour(warm.map(({ plain }) => plain.heapBytes)),
    tls_heap_bytes_per_hour: perHour(warm.map(({ secure }) => secure.heapBytes)),
    rss_bytes_per_hour: perHour(warm.map(({ plain }) => plain.residentBytes)),
    tls_rss_bytes_per_hour: perHour(warm.map(({ secure }) => secure.residentBytes)),
    heap_mb_last: (looks.at(-1)?.plain.heapBytes ?? Number.NaN) / 1e6,
    tls_heap_mb_last: (looks.at(-1)?.secure.heapBytes ?? Number.NaN) / 1e6,
    lag_first_ms: first,
    lag_last_ms: last,
    drift_ms: Math.abs(last - first),
  };
}

/** Slope of the best straight line through values one step apart. Per step. */
function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [over, under] = [0, 0];
  for (const [index, value] of values.entries()) {
    over += (index - middle) * (value - mean);
    under += (index - middle) ** 2;
  }
  return under === 0 ? 0 : over / under;
}

/** A front in a process of its own whose clock runs fast. */
class SoakedFront {
  readonly origin: string;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, origin: string) {
    this.#child = child;
    this.#folder = folder;
    this.origin = origin;
  }

  static async start(stageUrl: string, more: Pick<SoakFront, "speed" | "startUnixMs" | "tls">): Promise<SoakedFront> {
    const dataFolder = await mkdtemp(join(tmpdir(), "earshot-soak-"));
    const webFolder = join(dataFolder, "web");
    for (const folder of ["web/assets", "public", "events/bench"]) await mkdir(join(dataFolder, folder), { recursive: true });
    for (const page of ["listen", "home", "not-found"]) await writeFile(join(webFolder, `${page}.html`), "<html><!--earshot:state--></html>");
    const child = fork(join(import.meta.dirname, "front-soak/front.child.ts"), [JSON.stringify({ ...more, dataFolder, webFolder })], {
      execArgv: ["--expose-gc", "--disable-warning=ExperimentalWarning"],
    });
    const port = await new Promise<number>((resolve, reject) => {
      child.once("message", (told: number) => resolve(told));
      child.once("exit", (code) => reject(new Error(`the front ended with ${code}`)));
    });
    child.send({ stages: [{ eventId: "bench", slug: "bench", url: stageUrl }] });
    return new SoakedFront(child, dataFolder, `${more.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`);
  }

  /** Resolves once the programme is there. */
  async ready(): Promise<void> {
    while (Number.isNaN((await this.look()).newestMs)) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  async look(): Promise<SoakLook> {
    return await new Promise((resolve) => {
      this.#child.once("message", (look: SoakLook) => resolve(look));
      this.#child.send({});
    });
  }

  async stop(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.disconnect();
    await gone;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
