import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import type { FindingKind, Hop } from "../../wire/path-record.ts";
import { FindingLog } from "./finding-log.ts";

let log: FindingLog;
beforeEach(() => {
  log = new FindingLog();
});

const note = (kind: FindingKind, value: number, startUnixMs: number, hop: Hop = "microphone") => log.note({ kind, hop, verdict: "path", value, startUnixMs });
const spans = () => log.findings.map(({ value, startUnixMs, endUnixMs }) => [value, startUnixMs, endUnixMs]);

test("what goes on is one interval with its worst value", () => {
  for (const [at, share] of [0.04, 0.2, 0.1].entries()) note("loss", share, 1_000 + at * 200, "network");
  log.end("loss", 9_000);
  assert.deepEqual(spans(), [[0.2, 1_000, 9_000]]);
});

test("what comes back within eight seconds never went; later it is a second interval", () => {
  note("hum", 50, 0);
  log.end("hum", 20_000);
  note("hum", 50, 27_000);
  log.end("hum", 40_000);
  note("hum", 50, 49_000);
  assert.deepEqual(spans(), [
    [50, 0, 40_000],
    [50, 49_000, undefined],
  ]);
});

test("another frequency or another hop is another interval, unless it is understood better at once", () => {
  note("cut", 7_200, 0);
  note("cut", 7_100, 100_000);
  note("cut", 3_400, 200_000);
  note("cut", 3_400, 300_000, "browser");
  note("cut", 4_000, 303_000, "codec");
  assert.deepEqual(spans(), [
    [7_100, 0, 200_000],
    [3_400, 200_000, 300_000],
    [4_000, 300_000, undefined],
  ]);
  assert.equal(log.findings[2]?.hop, "codec");
});

test("an end before the start is the start, and an end of nothing is nothing", () => {
  log.end("hum", 5);
  note("hum", 60, 100);
  log.end("hum", 50);
  assert.deepEqual(spans(), [[60, 100, 100]]);
});

test("findings are bounded, and those left out are counted", () => {
  for (let index = 0; index < 600; index++) {
    note("outage", 2, index * 60_000);
    log.end("outage", index * 60_000 + 1_000);
  }
  assert.deepEqual([log.findings.length, log.omitted], [500, 100]);
});

test("findings of an earlier run end when it was last seen alive", () => {
  log.restore([{ kind: "hum", hop: "microphone", verdict: "path", value: 50, startUnixMs: 10 }], 2, 99);
  assert.deepEqual([spans(), log.omitted, [...log.open].length], [[[50, 10, 99]], 2, 0]);
});
