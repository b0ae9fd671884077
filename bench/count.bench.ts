import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join } from "node:path";
import { AudienceSum, ListenerCount, SessionKeys } from "../src/audience/mod.ts";
import { UniqueEstimate } from "../src/audience/listener-count/unique-estimate.ts";
import { EVENT, ask, open, openFront, openStageDouble, until } from "../src/server/front/test-front.ts";
import type { PublicState } from "../src/wire/public-state.ts";
import type { Bench } from "./harness.ts";
import { script, truthOf, type Visit } from "./audience-script/script.ts";

const EDGES = 3;
const LISTENERS = 4_700;
const MINUTES = 12;
const SAMPLES_PER_SECOND = 48_000;
const BYTES_PER_SECOND = 8_000;
const START_MS = Date.parse("2026-10-03T19:00:00Z");
/** Sizes the unique estimate is tried at, and how many salts each. */
const UNIQUE_SIZES = [1_000, 20_000, 45_000, 100_000];
const UNIQUE_SALTS = 8;
/** Real sockets of the second part: enough that every path is walked, few enough for any machine. */
const SOCKETS = 240;

/** Listeners of known behaviour (drops, double sockets, edge moves, declared bots, 59 s sessions, asking twice) against what the count says. */
export const bench: Bench = {
  name: "count",
  rounds: 1,
  figures: {
    exact_errors: { unit: "figures that differ", target: { limit: 0, direction: "at most" } },
    windows_outside_bounds: { unit: "windows, and the sum of sessions,", target: { limit: 0, direction: "at most" } },
    unique_error_worst: { unit: "of the true number", target: { limit: 0.025, direction: "at most" } },
    windows: { unit: "windows" },
    sessions_scripted: { unit: "sessions" },
    bounds_width_worst: { unit: "sessions" },
    sockets_real: { unit: "sockets" },
    sockets_real_errors: { unit: "figures that differ", target: { limit: 0, direction: "at most" } },
    ns_per_part: { unit: "ns CPU per part and listener" },
  },
  async measure(progress) {
    const visits = script(LISTENERS, EDGES, MINUTES, 20_261_003);
    progress(`${visits.length} connections scripted`);
    const simulated = simulate(visits);
    progress(`${simulated.exact_errors} figures differ, ${simulated.windows_outside_bounds} windows outside their bounds`);
    const sockets = await realSockets();
    const unique_error_worst = Math.max(...UNIQUE_SIZES.map(uniqueError));
    return { ...simulated, ...sockets, unique_error_worst, ns_per_part: costOfPart() };
  },
};

function simulate(visits: readonly Visit[]) {
  const salt = new Uint8Array(16).fill(9);
  const counts = Array.from({ length: EDGES }, (_, edge) => new ListenerCount({ eventId: "ev", edge: `edge-${edge}`, keys: new SessionKeys(salt) }));
  const sum = new AudienceSum();
  const truth = truthOf(visits, MINUTES * 60);
  const open = new Map<Visit, NonNullable<ReturnType<ListenerCount["open"]>>>();
  let errors = 0;
  let outside = 0;
  let widest = 0;
  const check = (name: string, said: number | undefined, is: number) => {
    if (said === is) return;
    errors++;
    process.stderr.write(`${name}: said ${said}, is ${is}\n`);
  };
  for (let second = 0; second < MINUTES * 60; second++) {
    for (const visit of visits) {
      if (second < visit.from || second >= visit.to) continue;
      const from = second * SAMPLES_PER_SECOND;
      const count = counts[visit.edge] as ListenerCount;
      if (visit.form === "hls") {
        for (let time = 0; time < visit.asksTwice + 1; time++) count.fetched(visit.caller, "hls", from, from + SAMPLES_PER_SECOND, BYTES_PER_SECOND);
        continue;
      }
      let stream = open.get(visit);
      if (stream === undefined) {
        stream = count.open(visit.caller, visit.form, () => 0) as NonNullable<ReturnType<ListenerCount["open"]>>;
        open.set(visit, stream);
      }
      stream.wrote(from, from + SAMPLES_PER_SECOND, BYTES_PER_SECOND);
    }
    for (const [visit, stream] of open) {
      if (second + 1 < visit.to) continue;
      stream.close();
      open.delete(visit);
    }
    if ((second + 1) % 10 !== 0) continue;
    const window = (second + 1) / 10 - 1;
    const endUnixMs = START_MS + (second + 1) * 1_000;
    const lines = counts.map((count) => count.closeWindow(endUnixMs, { waitingNow: 0, turnedAway: 0 }, second + 1 === MINUTES * 60));
    for (const [edge, line] of lines.entries()) {
      sum.add(line);
      check(`window ${window} edge ${edge} listening`, line.listeningNow, truth.perEdge[edge]?.[window] ?? 0);
      check(`window ${window} edge ${edge} joins`, line.joins, truth.changes[edge]?.[window]?.joins ?? 0);
      check(`window ${window} edge ${edge} leaves`, line.leaves, truth.changes[edge]?.[window]?.leaves ?? 0);
    }
    const shown = sum.publicAudience(endUnixMs);
    const { low = 0, high = 0 } = shown ?? {};
    widest = Math.max(widest, high - low);
    const real = truth.distinct[window] ?? 0;
    if (real < low || real > high) outside++;
  }
  const summary = sum.summary(START_MS + MINUTES * 60_000);
  check("peak", summary?.peak, Math.max(...truth.sums));
  check("sessions of 60 s", summary?.sessions, truth.sessions);
  check("gross sessions", summary?.sessionsGross, truth.sessionsGross);
  check("hours", summary?.listeningHours, Math.round(truth.listenedSeconds / 36) / 100);
  check("gross hours", summary?.listeningHoursGross, Math.round(truth.listenedGrossSeconds / 36) / 100);
  check("average", summary?.average, Math.round((truth.listenedSeconds / (MINUTES * 60)) * 10) / 10);
  check("bots", summary?.machines, truth.machines);
  const { sessionsLow = 0, sessionsHigh = 0 } = summary ?? {};
  if (truth.distinctSessions < sessionsLow || truth.distinctSessions > sessionsHigh) outside++;
  check("bytes", summary?.bytes, truth.connectionSeconds * BYTES_PER_SECOND);
  return {
    exact_errors: errors,
    windows_outside_bounds: outside,
    windows: truth.distinct.length,
    sessions_scripted: truth.sessionsGross,
    bounds_width_worst: widest,
  };
}

/** The same by real sockets against a real front: a third with a second socket, a third short, a third HLS. */
async function realSockets() {
  const house = await openFront();
  const stage = await openStageDouble();
  try {
    await mkdir(join(house.dataFolder, "events", EVENT.id), { recursive: true });
    house.front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
    stage.publish(0, 4);
    const newest = (number: number) => until(() => house.front.desk.get(EVENT.slug)?.store.newest("mp3") === number);
    await newest(3);
    const streams: { readonly name: string; readonly stream: IncomingMessage }[] = [];
    const connect = async (name: string) => {
      const stream = await open(`${house.url}/live/${EVENT.slug}/stream.mp4?s=${name}`, { "user-agent": "Mozilla/5.0" });
      streams.push({ name, stream: stream.resume() });
    };
    for (let index = 0; index < SOCKETS; index++) {
      if (index % 3 === 0) await Promise.all([connect(`twin-${index}-socket`), connect(`twin-${index}-socket`)]);
      if (index % 3 === 1) await connect(`short-${index}-visit`);
    }
    stage.publish(4, 10);
    await newest(9);
    for (const { name, stream } of streams) if (name.startsWith("short-")) stream.destroy();
    await until(() => (house.front.desk.get(EVENT.slug)?.endless.listeners("mp4-opus") ?? 0) === (SOCKETS / 3) * 2);
    stage.publish(10, 40);
    await newest(39);
    for (let index = 2; index < SOCKETS; index += 3)
      for (const number of [1, 2, 3])
        await ask(`${house.url}/live/${EVENT.slug}/opus/segment-${number}.m4s`, { "x-playback-session-id": `hls-listener-${index}` });
    const endUnixMs = Math.ceil(Date.now() / 10_000) * 10_000;
    await house.front.audience.closeWindows(endUnixMs);
    const { audience } = JSON.parse((await ask(`${house.url}/live/${EVENT.slug}/state.json`)).body.toString()) as PublicState;
    for (const { stream } of streams) stream.destroy();
    return { sockets_real: streams.length + SOCKETS, sockets_real_errors: audience?.listeningNow === (SOCKETS / 3) * 2 ? 0 : 1 };
  } finally {
    stage.close();
    await house.close();
  }
}

function uniqueError(size: number): number {
  let worst = 0;
  for (let salt = 0; salt < UNIQUE_SALTS; salt++) {
    const estimate = new UniqueEstimate();
    for (let index = 0; index < size; index++) {
      const digest = createHash("sha256").update(`${salt} ${index}`).digest();
      estimate.add(digest.readUInt32BE(0), digest.readUInt32BE(4));
    }
    worst = Math.max(worst, Math.abs(estimate.estimate() / size - 1));
  }
  return worst;
}

/** What counting adds to the writing of one part to one listener, the closing of the window included. */
function costOfPart(): number {
  const count = new ListenerCount({ eventId: "ev", edge: "edge", keys: new SessionKeys(new Uint8Array(16)) });
  const streams = Array.from({ length: 20_000 }, (_, index) =>
    count.open({ address: "192.0.2.1", agent: "Mozilla/5.0", sessionNumber: `listener-${index}` }, "page", () => 0),
  );
  const before = process.cpuUsage();
  for (let part = 0; part < 60; part++) {
    for (const stream of streams) stream?.wrote(part * 24_000, (part + 1) * 24_000, 4_000);
    if (part % 20 === 19) count.closeWindow(START_MS + part, { waitingNow: 0, turnedAway: 0 });
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * 1_000) / (60 * streams.length);
}
