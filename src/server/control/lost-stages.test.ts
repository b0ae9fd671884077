import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunningStage } from "../supervisor/ipc.ts";
import { LostStages } from "./lost-stages.ts";

const evening: RunningStage = { eventId: "1", slug: "evening", url: "http://127.0.0.1:1" };
const back: RunningStage = { ...evening, url: "http://127.0.0.1:2" };
const only = (stage: RunningStage) => new Map([[stage.slug, stage]]);
const none = new Map<string, RunningStage>();

test("a stage that died is waited for, and everybody who waited gets it at once", async () => {
  const stages = new LostStages();
  stages.setRunning(only(evening), none, 0);
  const waiting = [stages.comeBack("evening", 10), stages.comeBack("evening", 900)];
  stages.advance(2_000);
  stages.setRunning(none, only(back), 2_100);
  assert.deepEqual(await Promise.all(waiting), [back, back]);
  assert.equal(await stages.comeBack("evening", 2_200), undefined, "it runs: nobody waits for it");
});

test("nobody waits for a stage that never ran, nor for one that has been away too long, nor longer than three seconds", async () => {
  const stages = new LostStages();
  assert.equal(await stages.comeBack("evening", 0), undefined);
  stages.setRunning(only(evening), none, 0);
  const waiting = stages.comeBack("evening", 500);
  stages.advance(3_499);
  assert.equal(await Promise.race([waiting, Promise.resolve("waits")]), "waits");
  stages.advance(3_500);
  assert.equal(await waiting, undefined);
  assert.equal(await stages.comeBack("evening", 10_001), undefined);
});

test("a crowd that knocks for a dead stage is not kept: beyond 64 they are told to come again", async () => {
  const stages = new LostStages();
  stages.setRunning(only(evening), none, 0);
  const waiting = Array.from({ length: 64 }, () => stages.comeBack("evening", 0));
  assert.equal(await stages.comeBack("evening", 0), undefined);
  stages.setRunning(none, only(back), 100);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([back]));
});
