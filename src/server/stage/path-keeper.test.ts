import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { silentLog } from "../../core/log.ts";
import type { Stage } from "../../stage/mod.ts";
import { type PathRecord, pathRecord } from "../../wire/path-record.ts";
import { PathKeeper } from "./path-keeper.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-path-"));
});
afterEach(() => rm(folder, { recursive: true }));

const record: PathRecord = {
  version: 1,
  writtenUnixMs: 1_800_000_060_000,
  programme: { findings: [], omitted: 0, sibilanceFallDb: 0.3 },
  seats: [
    {
      id: "ada",
      name: "Ada",
      microphones: [{ atUnixMs: 1_800_000_000_000, device: "Desk microphone", sampleRate: 48_000, noiseSuppression: true, track: "live" }],
      findings: [{ kind: "cut", hop: "microphone", verdict: "path", value: 7_100, startUnixMs: 1_800_000_003_000, endUnixMs: 1_800_000_040_000 }],
      omitted: 0,
      minutes: [
        {
          atUnixMs: 1_800_000_000_000,
          talkSeconds: 41.2,
          verdict: "path",
          hop: "microphone",
          rolloffHertz: 6_980,
          sibilanceDb: 4.1,
          mixSibilanceDb: 4,
          voiceLufs: -22,
          roomLufs: -60,
          codedHertz: 20_000,
          packetMs: 20,
          packetsPerSecond: 50,
          bitrate: 63_000,
          lossShare: 0,
          concealedMs: 0,
          repairedMs: 0,
        },
      ],
    },
  ],
};

/** A stage whose record a test sets. */
function stageWith(pathRecord: PathRecord) {
  const restored: PathRecord[] = [];
  return { restored, stage: { pathRecord, restorePaths: (before: PathRecord) => void restored.push(before) } as unknown as Stage };
}

test("the report of an evening is on the disk when the stage closes, and the next run takes it up", async () => {
  const path = join(folder, "path.json");
  const first = stageWith(record);
  const keeper = await PathKeeper.open({ path, stage: first.stage, log: silentLog });
  assert.deepEqual(first.restored, [], "nothing was there");
  await keeper.close();
  assert.deepEqual(pathRecord.parse(JSON.parse(await readFile(path, "utf8"))), record);
  const next = stageWith({ ...record, seats: [] });
  await (await PathKeeper.open({ path, stage: next.stage, log: silentLog })).close();
  assert.deepEqual(next.restored, [record]);
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), record, "a stage that heard nobody yet leaves the record alone");
});

test("a record that is broken is begun anew and stops nobody", async () => {
  const path = join(folder, "path.json");
  await writeFile(path, '{"version":1,"seats":[{');
  const { stage, restored } = stageWith(record);
  await (await PathKeeper.open({ path, stage, log: silentLog })).close();
  assert.deepEqual(restored, []);
  assert.deepEqual(JSON.parse(await readFile(path, "utf8")), record);
});
