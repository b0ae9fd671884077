import assert from "node:assert/strict";
import { test } from "node:test";
import type { PathFinding, PathMinute, PathRecord } from "../../src/wire/path-record.ts";
import type { TalkBalance } from "../../src/wire/voices.ts";
import { finished, reportsOf } from "./voice-report.ts";

const finding = (kind: PathFinding["kind"], hop: PathFinding["hop"], startUnixMs: number, endUnixMs?: number): PathFinding => ({
  ...{ kind, hop, verdict: kind === "voice-duller" ? "voice" : "path", value: 1, startUnixMs },
  ...(endUnixMs === undefined ? {} : { endUnixMs }),
});
const minute = (more: Partial<PathMinute>): PathMinute => ({
  ...{ atUnixMs: 0, talkSeconds: 30, verdict: "voice", packetsPerSecond: 50, bitrate: 60_000, lossShare: 0, concealedMs: 0, repairedMs: 0 },
  ...more,
});
const pathOf = (findings: PathFinding[], minutes: PathMinute[]): PathRecord => ({
  ...{ version: 1, writtenUnixMs: 100_000, programme: { findings: [], omitted: 0 } },
  seats: [{ id: "ada", name: "Ada", microphones: [], findings, omitted: 0, minutes }],
});
const reportOf = (findings: PathFinding[], minutes: PathMinute[]) => {
  const [report] = reportsOf({ path: pathOf(findings, minutes), talk: null, over: true });
  assert.ok(report !== undefined);
  return report;
};

test("what overlaps is counted once, what goes on goes on until the record was written, and the hop with most of it is named", () => {
  const { verdict, faultMs, hop } = reportOf(
    [finding("loss", "network", 10_000, 20_000), finding("cut", "microphone", 15_000, 50_000), finding("clipping", "microphone", 90_000)],
    [minute({})],
  );
  assert.deepEqual([verdict, faultMs, hop], ["path", 50_000, "microphone"]);
});

test("a voice that lost its sharpness on a path that carries everything is the voice's answer; silence is none", () => {
  assert.deepEqual([reportOf([finding("voice-duller", "microphone", 1)], [minute({})]).verdict], ["voice"]);
  const silent = reportOf([], [minute({ verdict: "unknown" })]);
  assert.deepEqual([silent.verdict, silent.hop, silent.faultMs], ["unknown", undefined, 0]);
});

test("once the event is over, what went on to its end ended then", () => {
  const path = pathOf([finding("cut", "microphone", 15_000), finding("loss", "network", 1, 2)], []);
  const ends = (over: boolean) => finished({ path, talk: null, over }).path?.seats[0]?.findings.map(({ endUnixMs }) => endUnixMs);
  assert.deepEqual(
    [ends(true), ends(false)],
    [
      [100_000, 2],
      [undefined, 2],
    ],
  );
});

test("the figures of the minutes are put together: shares by what came, sharpness by its middle, codec and rate by their bounds", () => {
  const { figures } = reportOf(
    [],
    [
      minute({ sibilanceDb: -3, codedHertz: 20_000, packetMs: 20, lossShare: 0.1, packetsPerSecond: 10, concealedMs: 40 }),
      minute({ sibilanceDb: -1, codedHertz: 8_000, packetMs: 20, bitrate: 24_000, packetsPerSecond: 30, repairedMs: 20 }),
      minute({ sibilanceDb: -2, talkSeconds: 0, bitrate: 900, packetsPerSecond: 0 }),
    ],
  );
  assert.equal(figures.lossShare, 0.025);
  assert.equal(figures.worstLossShare, 0.1);
  assert.deepEqual([figures.sibilanceDb, figures.codedHertz, figures.bitrate, figures.packetMs], [-2, [8_000, 20_000], [24_000, 60_000], [20, 20]]);
  assert.deepEqual([figures.concealedMs, figures.repairedMs, figures.rolloffHertz], [40, 20, undefined]);
});

test("who talked and who only came in are one list, those who talked first", () => {
  const bruno = { id: "bruno", name: "Bruno", talkSeconds: 5, share: 1, longestTurnSeconds: 5, interruptionsMade: 0, interruptionsSuffered: 0, turns: 1 };
  const talk: TalkBalance = { durationSamples: 1, speakers: [bruno], silences: { count: 0, seconds: 0, longestSeconds: 0 } };
  assert.deepEqual(
    reportsOf({ path: pathOf([], []), talk, over: false }).map(({ name, verdict, talk }) => [name, verdict, talk?.turns]),
    [
      ["Bruno", "unknown", 1],
      ["Ada", "unknown", undefined],
    ],
  );
});
