import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { check, seedOf } from "../../../../test/material/ledger.ts";
import type { Clock } from "../../../core/clock.ts";
import type { KnownEdgeSettings } from "../../../core/edge-config.ts";
import { createLog } from "../../../core/log.ts";
import { milliseconds, unixMilliseconds } from "../../../core/units.ts";
import type { StageManifest } from "../../../event/mod.ts";
import { folderSource } from "../../../ledger/verify/folder-source.ts";
import { verdictInWords } from "../../../ledger/verify/words.ts";
import type { LiveState, PublicScheduleAct } from "../../../wire/public-state.ts";
import { EdgeCount } from "../../adapters/edge-count.ts";
import { LedgerKeeper } from "./ledger-keeper.ts";

const START_MS = Date.parse("2026-10-03T19:00:00Z");
const MANIFEST: StageManifest = {
  eventId: "ev1",
  slug: "evening",
  title: "An evening",
  speakers: [
    { id: "seat-ada", name: "Ada Canary", role: "host" },
    { id: "seat-bob", name: "Bob Canary", role: "speaker" },
  ],
  removedSeats: [],
  soundCheck: false,
};

let data = "";
let logged: string[] = [];
before(async () => {
  data = await mkdtemp(join(tmpdir(), "earshot-keeper-"));
});
after(() => rm(data, { recursive: true, force: true }));

/** A front's line for the window with this number. */
const lineOf = (window: number, more: Record<string, unknown>) =>
  JSON.stringify({
    v: 1,
    eventId: "ev1",
    edge: "front-a",
    seq: window,
    endUnixMs: START_MS + (window + 1) * 10_000,
    windowMs: 10_000,
    ...{ listeningNow: 0, joins: 0, leaves: 0, partial: 0, sessions: 0, sessionsGross: 0, machines: 0 },
    ...{ listenedMs: 0, listenedGrossMs: 0, bytes: 0, turnedAway: 0, waitingNow: 0 },
    ...more,
  });

/** An event in a folder of its own, its clock in the test's hand; `keeper` is the one that runs now. */
async function openEvening(name: string) {
  const dataFolder = join(data, name);
  const event = join(dataFolder, "events/ev1");
  await mkdir(join(event, "archive"), { recursive: true });
  await mkdir(join(dataFolder, "public"));
  const announce = (startDate: string, status = "scheduled", history: readonly PublicScheduleAct[] = []) =>
    writeFile(join(dataFolder, "public/evening.json"), JSON.stringify({ title: "An evening", startDate, status, schedule: { history } }));
  await announce("2026-10-03T21:00:00+02:00");
  let nowMs = START_MS;
  const clock: Clock = {
    wallMs: () => unixMilliseconds(nowMs),
    steadyMs: () => milliseconds(nowMs - START_MS),
    // Long waits end when the keeper is closed; short ones at once, and the time has passed.
    sleep: async (ms, signal) => {
      if (ms > 1_000) await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
      nowMs += ms;
    },
  };
  let state: LiveState = { eventId: "ev1", slug: "evening", phase: "backstage", epoch: 1, revision: 0, onStage: [] };
  logged = [];
  const start = (manifest = MANIFEST, edges: readonly KnownEdgeSettings[] = []) =>
    LedgerKeeper.start({
      dataFolder,
      publicUrl: "https://earshot.example",
      houseKey: Buffer.alloc(32, 7),
      manifest,
      witnesses: { ask: [], quorum: 0 },
      edges,
      state: () => state,
      settings: {},
      version: "1",
      clock,
      log: createLog(
        (line) => logged.push(line),
        () => nowMs,
      ),
    });
  return {
    event,
    start,
    announce,
    passTime: (ms: number) => {
      nowMs += ms;
    },
    be: (more: Partial<LiveState>) => {
      state = { ...state, ...more };
    },
    count: (window: number, more: Record<string, unknown>) => appendFile(join(event, "audience.jsonl"), `${lineOf(window, more)}\n`),
    verdict: async () => await check(await folderSource(event)),
    entries: async (kind: string) =>
      (await readFile(join(event, "ledger/journal.jsonl"), "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .filter((entry) => entry.kind === kind),
  };
}

/** Registers of an estimate that has seen one listener. */
const ONE_LISTENER = deflateRawSync(Uint8Array.from({ length: 16_384 }, (_, index) => (index === 5 ? 3 : 0))).toString("base64");

test("a draw at the doors is promised by its hash while they are held and told when they open, each once; two draws are two", async () => {
  const evening = await openEvening("drawn");
  const seeds = ["01".repeat(32), "02".repeat(32)] as const;
  const orders = (draws: readonly object[]) => writeFile(join(evening.event, "doors.json"), JSON.stringify({ mode: "hold", draws }));
  let keeper = evening.start();
  evening.be({ phase: "live", originUnixMs: START_MS });
  await orders([{ seed: seeds[0], heldUnixMs: START_MS }]);
  await keeper.keep();
  assert.doesNotMatch(await readFile(join(evening.event, "ledger/journal.jsonl"), "utf8"), new RegExp(seeds[0]));
  await keeper.close();
  const opened = { seed: seeds[0], heldUnixMs: START_MS, startUnixMs: START_MS + 1_000, windowMs: 20_000 };
  await orders([opened, { seed: seeds[1], heldUnixMs: START_MS + 2_000 }]);
  keeper = evening.start();
  await keeper.keep();
  await keeper.keep();
  // The event ends with the doors held: there was no draw, and the seed is told all the same.
  evening.be({ phase: "ended", endedUnixMs: START_MS + 5_000 });
  await keeper.finish();
  await keeper.close();
  assert.deepEqual(
    (await evening.entries("draw")).map(({ n, act, seed, start, window }) => [n, act, seed, start, window]),
    [
      [0, "commit", "", 0, 0],
      [0, "open", seeds[0], START_MS + 1_000, 20_000],
      [1, "commit", "", 0, 0],
      [1, "open", seeds[1], 0, 0],
    ],
  );
  const { result, acts, counts } = await evening.verdict();
  assert.deepEqual([result, acts.draws, counts["draw-differs"]], ["holds", 2, undefined]);
});

test("what the fronts count stands in the ledger with its figures, also when stage and front are started again in the middle", async () => {
  const evening = await openEvening("counted");
  let keeper = evening.start();
  await keeper.keep();
  evening.be({ phase: "live", originUnixMs: START_MS });
  const listener = { listeningNow: 10, listenedGrossMs: 100_000, bytes: 600_000 };
  await evening.count(0, { ...listener, joins: 10, sessionsGross: 10 });
  await evening.count(1, listener);
  evening.passTime(26_000);
  await keeper.keep();
  assert.equal((await evening.entries("window")).length, 1, "the newest window waits for the next one");
  await keeper.close();

  keeper = evening.start();
  await evening.count(2, { ...listener, edge: "front-b", joins: 10, sessionsGross: 10 });
  await appendFile(join(evening.event, "audience.jsonl"), '{"v":1,"edge":"front-b"\n');
  await evening.count(3, { ...listener, edge: "front-b" });
  // Around a restart two fronts speak of one window.
  await evening.count(3, { edge: "front-a", partial: 3, listenedGrossMs: 9_000, bytes: 54_000, sessionsGross: 3 });
  evening.passTime(20_000);
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 45_000 });
  const finished = keeper.finish();
  await evening.count(4, { edge: "front-b", leaves: 10, partial: 10, listenedGrossMs: 50_000, bytes: 300_000, unique: ONE_LISTENER, turnedAway: 2 });
  await finished;
  assert.equal(keeper.closed, true);
  await keeper.close();

  const { result, audience, uniques, findings, edges } = await evening.verdict();
  assert.equal(result, "holds", JSON.stringify(findings));
  assert.deepEqual([audience?.windows, audience?.peak?.listening, audience?.peakHigh, audience?.turnedAway], [5, 10, 11, 2]);
  assert.deepEqual([audience?.grossMs, audience?.grossSessions], [459_000, 23]);
  assert.equal(Math.round(uniques?.estimate ?? 0), 1);
  assert.deepEqual(
    edges.map(({ edge, windows, missing, closed }) => [edge, windows, missing, closed]),
    [["house", 5, 0, true]],
  );
});

test("an event nobody was counted at ends at once and holds, with a note that says so", async () => {
  const evening = await openEvening("uncounted");
  const keeper = evening.start();
  evening.be({ phase: "live", originUnixMs: START_MS });
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 5_000 });
  await keeper.finish();
  await keeper.close();
  const { result, ended, counts } = await evening.verdict();
  assert.deepEqual([result, ended, counts["not-counted"]], ["holds", true, 1]);
});

test("moves, seats, moderation and interruptions are entered once each, by seat and never by name", async () => {
  const evening = await openEvening("acts");
  let keeper = evening.start();
  await keeper.keep();
  await evening.announce("2026-10-03T22:00:00+02:00");
  keeper.setManifest({ ...MANIFEST, speakers: MANIFEST.speakers.slice(0, 1), removedSeats: ["seat-bob"] });
  await keeper.keep();
  const postponed: PublicScheduleAct = { act: "postpone", date: "2026-10-03T20:30:00+02:00", reason: "The train is late.", from: "2026-10-03T22:00:00+02:00" };
  await evening.announce("2026-10-03T22:00:00+02:00", "postponed", [postponed]);
  await keeper.keep();
  await evening.announce("2026-10-03T22:00:00+02:00", "doors", [{ ...postponed, undoneDate: "2026-10-03T20:40:00+02:00" }]);
  keeper.act({ act: "mute", subject: "seat-ada", by: "howl-guard", facts: "muted because of tonal-loop", automated: true });
  keeper.incident("The stage was away.");
  keeper.incident("The stage was away.");
  await keeper.keep();
  await keeper.close();
  keeper = evening.start({ ...MANIFEST, speakers: MANIFEST.speakers.slice(0, 1), removedSeats: ["seat-bob"] });
  await keeper.keep();
  await keeper.close();
  assert.deepEqual(
    (await evening.entries("schedule")).map(({ state, startDate, previousStartDate, reason }) => [state, startDate, previousStartDate, reason]),
    [
      ["rescheduled", "2026-10-03T22:00:00+02:00", "2026-10-03T21:00:00+02:00", ""],
      ["postponed", "2026-10-03T22:00:00+02:00", "", "The train is late."],
      ["scheduled", "2026-10-03T22:00:00+02:00", "", ""],
    ],
  );
  assert.deepEqual(
    (await evening.entries("role")).map(({ act, seat, role }) => [act, seat, role]),
    [
      ["grant", "seat-ada", "host"],
      ["grant", "seat-bob", "speaker"],
      ["withdraw", "seat-bob", "speaker"],
    ],
  );
  assert.deepEqual(
    [(await evening.entries("moderation")).length, (await evening.entries("incident")).length, (await evening.entries("config")).length],
    [1, 1, 1],
  );
  assert.doesNotMatch(await readFile(join(evening.event, "ledger/journal.jsonl"), "utf8"), /Canary/);
});

test("a disk that refuses the ledger stops nothing, and what happened meanwhile is entered when it gives way", async () => {
  const evening = await openEvening("refused");
  await writeFile(join(evening.event, "ledger"), "a file where a folder should be");
  const keeper = evening.start();
  await keeper.keep();
  keeper.incident("Something happened.");
  await keeper.keep();
  assert.ok(logged.some((line) => line.includes("it is tried again")));
  await rm(join(evening.event, "ledger"));
  await keeper.keep();
  await keeper.close();
  assert.deepEqual(
    (await evening.entries("incident")).map(({ summary }) => summary),
    ["Something happened."],
  );
});

test("an end that the disk refuses to publish is published later, and the event is not final before", async () => {
  const evening = await openEvening("late end");
  const keeper = evening.start();
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS });
  await rm(join(evening.event, "ledger/public/checkpoint"));
  await mkdir(join(evening.event, "ledger/public/checkpoint"));
  await keeper.finish();
  assert.equal(keeper.closed, false);
  await rm(join(evening.event, "ledger/public/checkpoint"), { recursive: true });
  await keeper.finish();
  assert.equal(keeper.closed, true);
  await keeper.close();
  await keeper.close();
  const { result, ended } = await evening.verdict();
  assert.deepEqual([result, ended], ["holds", true]);
});

test("a ledger that lost what it signed for is left as it is, and the event goes on", async () => {
  const evening = await openEvening("damaged");
  let keeper = evening.start();
  await keeper.keep();
  await keeper.close();
  await rm(join(evening.event, "ledger/public/tile"), { recursive: true });
  await truncate(join(evening.event, "ledger/journal.jsonl"), 100);
  const checkpoint = await readFile(join(evening.event, "ledger/public/checkpoint"), "utf8");
  keeper = evening.start();
  await keeper.keep();
  keeper.incident("Nobody writes this down.");
  evening.be({ phase: "ended", endedUnixMs: START_MS });
  await keeper.finish();
  await keeper.close();
  assert.ok(logged.some((line) => line.includes("cannot be continued")));
  assert.equal(await readFile(join(evening.event, "ledger/public/checkpoint"), "utf8"), checkpoint);
});

test("who came on stage stands in the ledger as having agreed to be recorded, once, also after a restart", async () => {
  const evening = await openEvening("consent");
  let keeper = evening.start();
  keeper.consent("ada", "host", "ada");
  keeper.consent("ada", "host", "ada");
  await keeper.keep();
  await keeper.close();
  keeper = evening.start();
  keeper.consent("ada", "host", "ada");
  keeper.consent("ben", "speaker", "ben");
  keeper.consent("encoder", "speaker", "ada");
  await keeper.keep();
  await keeper.close();
  const consents = (await evening.entries("role")).filter(({ act }) => act === "consent");
  assert.deepEqual(
    consents.map(({ seat, role, by }) => [seat, role, by]),
    [
      ["ada", "host", "ada"],
      ["ben", "speaker", "ben"],
      ["encoder", "speaker", "ada"],
    ],
  );
});

test("what is kept beside the recording, and who agreed to it, stands in the ledger; the verdict compares it where it can be had", async () => {
  const evening = await openEvening("kept");
  let keeper = evening.start();
  evening.be({ phase: "live", originUnixMs: START_MS });
  keeper.trackConsent({ seat: "ada", role: "host", agreed: true });
  keeper.trackConsent({ seat: "ben", role: "speaker", agreed: false });
  const bytes = Buffer.from("a speaker's own packets");
  const line = { n: 0, offset: 0, length: bytes.length, timestamp: 0, duration: 192_000, parts: 8, filler: 0 };
  const archive = join(evening.event, "archive");
  await writeFile(join(archive, "track-ada.idx"), `${JSON.stringify({ ...line, sha256: createHash("sha256").update(bytes).digest("hex") })}\n`);
  await writeFile(join(archive, "track-ada.mp4"), bytes);
  await keeper.keep();
  await keeper.close();
  keeper = evening.start();
  keeper.trackConsent({ seat: "ada", role: "host", agreed: true });
  await keeper.keep();
  keeper.trackConsent({ seat: "ada", role: "host", agreed: false });
  evening.be({ phase: "ended", endedUnixMs: START_MS + 5_000 });
  await keeper.finish();
  await keeper.close();
  assert.deepEqual(
    (await evening.entries("track-consent")).map(({ seat, agreed }) => [seat, agreed]),
    [
      ["ada", true],
      ["ada", false],
    ],
  );
  assert.deepEqual(
    (await evening.entries("kept")).map(({ rendition, n }) => [rendition, n]),
    [["track-ada", 0]],
  );
  const whole = await evening.verdict();
  assert.deepEqual([whole.result, whole.replay.segments, whole.replay.compared], ["holds", 1, 1]);
  await writeFile(join(archive, "track-ada.mp4"), Buffer.from("a speaker's own pockets"));
  assert.equal((await evening.verdict()).result, "contradicted");
  await rm(join(archive, "track-ada.mp4"));
  const without = await evening.verdict();
  assert.deepEqual([without.result, without.replay.segments], ["holds", 0], "whoever does not have the track can check the rest");
});

/** Writes a segment of this rendition's archive and lists it, as the archive does. */
async function writeSegment(archive: string, name: { readonly index: string; readonly file: string }, bytes: Buffer) {
  const line = { n: 0, offset: 0, length: bytes.length, timestamp: 0, duration: 192_000, parts: 8, filler: 0 };
  await mkdir(dirname(join(archive, name.index)), { recursive: true });
  await writeFile(join(archive, name.index), `${JSON.stringify({ ...line, sha256: createHash("sha256").update(bytes).digest("hex") })}\n`);
  await writeFile(join(archive, name.file), bytes);
}

test("what interpreters say is entered like the floor, and a changed byte of it is named by its language", async () => {
  const evening = await openEvening("interpreted");
  const keeper = evening.start();
  evening.be({ phase: "live", originUnixMs: START_MS, interpretation: { floor: "en", into: ["de"] } });
  const archive = join(evening.event, "archive");
  await writeSegment(archive, { index: "opus.idx", file: "opus.mp4" }, Buffer.from("what is said on the floor"));
  await keeper.keep();
  for (const [index, file] of [
    ["opus.idx", "opus.mp4"],
    ["mp3.idx", "recording.mp3"],
  ] as const)
    await writeSegment(archive, { index: `lang/de/${index}`, file: `lang/de/${file}` }, Buffer.from(`was der Dolmetscher sagt, ${file}`));
  evening.be({ phase: "ended", endedUnixMs: START_MS + 5_000 });
  await keeper.finish();
  await keeper.close();
  assert.deepEqual(
    (await evening.entries("segment")).map(({ rendition, n }) => [rendition, n]),
    [
      ["opus", 0],
      ["lang/de/opus", 0],
      ["lang/de/mp3", 0],
    ],
  );
  const whole = await evening.verdict();
  assert.deepEqual([whole.result, whole.replay.segments, whole.replay.compared], ["holds", 3, 3]);
  await writeFile(join(archive, "lang/de/recording.mp3"), Buffer.from("was der Dolmetscher nie sagte, recording.mp3"));
  const changed = await evening.verdict();
  assert.equal(changed.result, "contradicted");
  assert.match(changed.findings.find(({ code }) => code === "replay-differs")?.where ?? "", /^lang\/de\/mp3 segment 0/);
  await rm(join(archive, "lang/de/recording.mp3"));
  const without = await evening.verdict();
  assert.deepEqual([without.result, without.counts["replay-missing"]], ["holds-with-gaps", 1], "an interpretation that is gone is missed");
});

test("who was asked on stage and by whom stands in the ledger once each, by seat and role, also after a restart", async () => {
  const evening = await openEvening("hands");
  const told = [
    { n: 0, unixMs: START_MS + 1, act: "open", seat: "", by: "host" },
    { n: 1, unixMs: START_MS + 2, act: "invite", seat: "seat-eve", by: "co-host" },
    { n: 2, unixMs: START_MS + 3, act: "send-back", seat: "seat-eve", by: "host" },
  ];
  const write = (acts: readonly object[]) => writeFile(join(evening.event, "hand-acts.json"), JSON.stringify({ version: 1, acts }));
  await write(told.slice(0, 2));
  let keeper = evening.start();
  await keeper.keep();
  await keeper.keep();
  await keeper.close();
  await write(told);
  keeper = evening.start();
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 5_000 });
  await keeper.finish();
  await keeper.close();
  assert.deepEqual(
    (await evening.entries("hands")).map(({ n, t, act, seat, by }) => ({ n, unixMs: t, act, seat, by })),
    told,
  );
  const { result, acts } = await evening.verdict();
  assert.deepEqual([result, acts.hands], ["holds", 3]);
});

test("a recording that is taken away is entered once after the end, and the verdict says so instead of missing it", async () => {
  const evening = await openEvening("deleted");
  let keeper = evening.start();
  evening.be({ phase: "live", originUnixMs: START_MS });
  const archive = join(evening.event, "archive");
  await writeSegment(archive, { index: "opus.idx", file: "opus.mp4" }, Buffer.from("what was said"));
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 5_000 });
  await keeper.finish();
  await keeper.close();
  await rm(join(archive, "opus.mp4"));
  assert.deepEqual(Object.keys((await evening.verdict()).counts).includes("replay-missing"), true);
  for (let run = 0; run < 2; run++) {
    keeper = evening.start();
    keeper.recordingDeleted({ unixMs: START_MS + 86_400_000, by: "host" });
    assert.equal(keeper.closed, false);
    await keeper.keep();
    assert.equal(keeper.closed, true);
    await keeper.close();
  }
  assert.deepEqual(
    (await evening.entries("deletion")).map(({ t, by }) => [t, by]),
    [[START_MS + 86_400_000, "host"]],
  );
  const { result, ended, counts, deletion } = await evening.verdict();
  assert.deepEqual([result, ended, counts["recording-deleted"], counts["replay-missing"], deletion?.by], ["holds-with-gaps", true, 1, undefined, "host"]);
});

/** An edge elsewhere with a key of its own; what comes home of it is written as control writes it. */
function openEdge(evening: { readonly event: string }, name: string) {
  const count = new EdgeCount({ edge: name, event: "ev1", seed: seedOf(name) });
  const settings: KnownEdgeSettings = { name, key: count.publicKey, operator: `Radio ${name}`, network: "", capacity: 0 };
  return {
    settings,
    /** Its windows up to this one, each with as many listeners; they join in the first it signs, and with `last` it closes. */
    sign: (windows: readonly number[], listeners: number, { last = false } = {}) => {
      count.take(
        windows.map((window) => {
          const joins = window === 0 ? listeners : 0;
          return lineOf(window, { listeningNow: listeners, joins, sessionsGross: joins, listenedGrossMs: listeners * 10_000, bytes: listeners * 60_000 });
        }),
      );
      return count.sign(START_MS + 3_600_000, last).map((line) => Buffer.from(line).toString());
    },
    /** Its line home, as control writes it. */
    home: async (lines: readonly string[]) => {
      await mkdir(join(evening.event, "windows"), { recursive: true });
      await appendFile(join(evening.event, `windows/${name}.jsonl`), lines.map((line) => `${line}\n`).join(""));
    },
  };
}

/** Listeners of the house itself in this window. */
const here = (window: number, listeners: number) => ({
  ...{ listeningNow: listeners, listenedGrossMs: listeners * 10_000, bytes: listeners * 60_000 },
  ...(window === 0 ? { joins: listeners, sessionsGross: listeners } : {}),
});

test("what edges elsewhere signed stands in the ledger as they signed it, in one sum with the house's and once each, also when the stage is started again", async () => {
  const evening = await openEvening("edges");
  const [oslo, rome] = [openEdge(evening, "oslo"), openEdge(evening, "rome")];
  const edges = [oslo.settings, rome.settings];
  let keeper = evening.start(MANIFEST, edges);
  await keeper.keep();
  evening.be({ phase: "live", originUnixMs: START_MS });
  for (const window of [0, 1, 2]) await evening.count(window, here(window, 10));
  await oslo.home(oslo.sign([0, 1, 2], 300));
  await rome.home(rome.sign([0, 1, 2], 50));
  evening.passTime(36_000);
  await keeper.keep();
  await keeper.close();

  keeper = evening.start(MANIFEST, edges);
  for (const window of [3, 4]) await evening.count(window, here(window, 10));
  await oslo.home(oslo.sign([3], 300));
  evening.passTime(20_000);
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 50_000 });
  const lastOfOslo = oslo.sign([4], 300, { last: true });
  await oslo.home(lastOfOslo);
  const finished = keeper.finish();
  // Its line home was cut for half a minute: all it had signed since comes with its last.
  await rome.home(rome.sign([3, 4], 50, { last: true }));
  await finished;
  assert.equal(keeper.closed, true);
  await keeper.close();

  const verdict = await evening.verdict();
  const { result, audience, findings, edges: told } = verdict;
  assert.equal(result, "holds", JSON.stringify(findings));
  assert.deepEqual([audience?.windows, audience?.peak?.listening, audience?.peak?.edges, audience?.grossMs], [5, 360, 3, 360 * 50_000]);
  assert.deepEqual([audience?.peakLow, audience?.peakHigh], [360, 360], "from the second window on nobody joined and nobody was there for a part");
  assert.deepEqual(
    told.map(({ edge, operator, windows, missing, closed, late, peak }) => [edge, operator, windows, missing, closed, late, peak?.listening]),
    [
      ["house", "", 5, 0, true, false, 10],
      ["oslo", "Radio oslo", 5, 0, true, false, 300],
      ["rome", "Radio rome", 5, 0, true, false, 50],
    ],
  );
  const words = verdictInWords(verdict);
  assert.match(words, /^PEAK 360 at 2026-10-03T19:00:00Z.*3\/3 edges$/m);
  assert.match(words, /^ {2}oslo \(Radio oslo\): peak 300 at /m);
  assert.ok((await readFile(join(evening.event, "ledger/journal.jsonl"), "utf8")).includes(lastOfOslo[0] as string), "byte for byte");
  const [end] = await evening.entries("end");
  assert.equal(end?.peak, 360);
});

test("an edge whose last windows never come does not hold up the end for long, and the verdict says where it stops", async () => {
  const evening = await openEvening("edge that is cut");
  const oslo = openEdge(evening, "oslo");
  const keeper = evening.start(MANIFEST, [oslo.settings]);
  evening.be({ phase: "live", originUnixMs: START_MS });
  for (const window of [0, 1]) await evening.count(window, here(window, 10));
  await oslo.home(oslo.sign([0, 1], 300));
  evening.passTime(26_000);
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 20_000 });
  await keeper.finish();
  assert.equal(keeper.closed, true);
  await keeper.close();
  const { result, counts, ended, audience } = await evening.verdict();
  assert.deepEqual([result, ended, counts["edge-open"], audience?.peak?.listening], ["holds-with-gaps", true, 1, 310]);
  assert.ok(logged.some((line) => line.includes("without the last windows of edges") && line.includes("oslo")));
});

test("a window that is forged, of another event, out of order or no window at all is not entered; that is said once each, and the ledger goes on", async () => {
  const evening = await openEvening("forged");
  const [oslo, rome] = [openEdge(evening, "oslo"), openEdge(evening, "rome")];
  const edges = [oslo.settings, rome.settings];
  const counts = { edge: "oslo", event: "ev1", seed: seedOf("the house") };
  const forger = new EdgeCount(counts);
  const elsewhere = new EdgeCount({ ...counts, event: "ev2", seed: seedOf("oslo") });
  for (const each of [forger, elsewhere]) each.take([lineOf(0, here(0, 9_000))]);
  const forged = Buffer.from(forger.sign(0, true)[0] as Uint8Array).toString();
  const ofAnother = Buffer.from(elsewhere.sign(0, true)[0] as Uint8Array).toString();
  const [first = "", , third = ""] = oslo.sign([0, 1, 2, 3], 300);
  const larger = first.replace('"listening":300', '"listening":3000');
  const impossible = new EdgeCount({ edge: "rome", event: "ev1", seed: seedOf("rome") });
  impossible.take([lineOf(0, { listeningNow: 5_000, listenedGrossMs: 50_000_000 }), lineOf(1, {})]);

  let keeper = evening.start(MANIFEST, edges);
  evening.be({ phase: "live", originUnixMs: START_MS });
  await evening.count(0, here(0, 10));
  await oslo.home([forged, larger, ofAnother, "{", '{"v":1,"kind":"incident","t":1,"summary":"x","sha256":""}', third, first, first, third]);
  await rome.home([Buffer.from(impossible.sign(START_MS + 3_600_000, false)[0] as Uint8Array).toString()]);
  for (let start = 0; start < 2; start++) {
    await keeper.keep();
    await keeper.keep();
    await keeper.close();
    keeper = evening.start(MANIFEST, edges);
  }
  evening.be({ phase: "ended", endedUnixMs: START_MS + 10_000 });
  await keeper.finish();
  await keeper.close();
  const { result, findings, edges: told, audience } = await evening.verdict();
  assert.equal(result, "holds-with-gaps", JSON.stringify(findings));
  assert.deepEqual(
    [told.map(({ edge, windows }) => [edge, windows]), audience?.peak?.listening],
    [
      [
        ["house", 1],
        ["oslo", 1],
        ["rome", 0],
      ],
      310,
    ],
  );
  const said = (await evening.entries("incident")).map(({ summary }) => String(summary));
  assert.deepEqual(said.toSorted(), [
    "A window of the edge oslo was not entered. An edge's signature on a window is false.",
    "A window of the edge oslo was not entered. An edge's window does not follow the one before: lines were dropped, doubled or reordered.",
    "A window of the edge oslo was not entered. An entry belongs to another event.",
    "A window of the edge oslo was not entered. An entry breaks the rules of its kind.",
    "A window of the edge rome was not entered. A window's numbers contradict each other.",
  ]);
});

test("an edge that comes into the settings while the ledger goes on is announced before its first window, and the verdict says that it came late", async () => {
  const evening = await openEvening("late edge");
  const oslo = openEdge(evening, "oslo");
  let keeper = evening.start();
  evening.be({ phase: "live", originUnixMs: START_MS });
  await keeper.keep();
  await keeper.close();
  keeper = evening.start(MANIFEST, [oslo.settings]);
  await keeper.keep();
  assert.equal((await evening.entries("edge-key")).length, 0, "an edge that takes no part needs no announcement");
  await evening.count(0, here(0, 10));
  await oslo.home(oslo.sign([0], 300, { last: true }));
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 10_000 });
  await keeper.finish();
  await keeper.close();
  assert.deepEqual(
    (await evening.entries("edge-key")).map(({ edge, key, operator }) => [edge, key, operator]),
    [["oslo", oslo.settings.key, "Radio oslo"]],
  );
  const { result, counts, audience } = await evening.verdict();
  assert.deepEqual([result, counts["edge-late"], audience?.peak?.listening], ["holds-with-gaps", 1, 310]);
});

test("edges that were switched off cost the verdict nothing but a word; one that counted and whose windows never came is named in the ledger", async () => {
  const evening = await openEvening("absent");
  const [oslo, rome] = [openEdge(evening, "oslo"), openEdge(evening, "rome")];
  const keeper = evening.start(MANIFEST, [oslo.settings, rome.settings]);
  evening.be({ phase: "live", originUnixMs: START_MS });
  await evening.count(0, here(0, 10));
  await appendFile(join(evening.event, "elsewhere.jsonl"), `${lineOf(0, { edge: "rome/front-a", listeningNow: 5 })}\n`);
  await keeper.keep();
  evening.be({ phase: "ended", endedUnixMs: START_MS + 10_000 });
  await keeper.finish();
  await keeper.close();
  const verdict = await evening.verdict();
  assert.deepEqual([verdict.result, verdict.counts["edge-absent"], verdict.audience?.peakHigh], ["holds", 2, 10]);
  assert.match(verdictInWords(verdict), /^Edges 3, 0 of them announced late, 2 without any count, 0 windows missing$/m);
  assert.deepEqual(
    (await evening.entries("incident")).map(({ summary }) => summary),
    ["The edge rome counted listeners, and none of its windows came; they are in no figure."],
  );
});
