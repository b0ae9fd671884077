import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { TEST_DISK } from "../../core/test-disk.ts";
import { unixMilliseconds } from "../../core/units.ts";
import type { EdgeCounts } from "../../wire/edge.ts";
import { Counts } from "./counts.ts";
import type { SignedLine } from "./signed-line.ts";
import { countLine } from "./test-lines.ts";

const DAY_MS = 24 * 3_600_000;

test("a day after its end an event's folder goes, once everything is home and no stage is left", { timeout: 30_000 }, async (t) => {
  const dataFolder = await mkdtemp(join(TEST_DISK, "earshot-edge-old-"));
  const folder = (id: string) => join(dataFolder, "events", id);
  for (const id of ["home", "running", "refused", "unfinished"]) {
    await mkdir(folder(id), { recursive: true });
    await writeFile(join(folder(id), "audience.jsonl"), `${countLine(id)}\n`);
    if (id !== "unfinished") await writeFile(join(folder(id), "home.json"), JSON.stringify({ linesHome: 0, endedUnixMs: 20_000 }));
  }
  let nowMs = DAY_MS;
  const clock: Clock = { ...systemClock, wallMs: () => unixMilliseconds(nowMs) };
  const told = new Set<string>();
  const line = {
    name: "south",
    tell: async (path: string, { windows }: EdgeCounts) => {
      told.add(path);
      if (path.endsWith("refused")) throw new Error("not now");
      return { due: windows.length };
    },
  } as unknown as SignedLine;
  const counts = new Counts({ dataFolder, line, seed: new Uint8Array(32).fill(4), clock, log: silentLog });
  t.after(async () => {
    await counts.close();
    await rm(dataFolder, { recursive: true, force: true });
  });
  const rounds = async () => await new Promise((resolve) => setTimeout(resolve, 2_500));
  await rounds();
  assert.equal(told.size, 0, "while the house is away nobody is told");
  await counts.setRunning(["running"]);
  await rounds();
  assert.ok(existsSync(folder("home")), "an operator has a day to look");
  nowMs += 20_000;
  await rounds();
  assert.deepEqual(
    ["home", "running", "refused", "unfinished"].map((id) => existsSync(folder(id))),
    [false, true, true, true],
  );
});
