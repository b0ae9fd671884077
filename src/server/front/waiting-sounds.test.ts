import assert from "node:assert/strict";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { LADDER } from "../../audience/mod.ts";
import type { PublicState } from "../../wire/public-state.ts";
import { ask, EVENT, type FrontDouble, openFront, openStageDouble, type StageDouble, stateOf, until } from "./test-front.ts";

let house: FrontDouble;
let stage: StageDouble;
const SOUND = Buffer.alloc(20_000, 7);
const folder = () => join(house.dataFolder, "events", EVENT.id);
const state = async () => JSON.parse((await ask(`${house.url}/live/evening/state.json`)).body.toString()) as PublicState;

before(async () => {
  house = await openFront();
  await mkdir(folder(), { recursive: true });
  stage = await openStageDouble(stateOf({ phase: "backstage" }));
  house.front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url }]);
  await until(() => house.front.desk.get("evening")?.store.connected === true);
});
after(async () => {
  stage.close();
  await house.close();
});

test("before the event is live whoever waits is told where the waiting music is, and it is a file for caches", async () => {
  assert.equal((await state()).waiting, undefined);
  assert.equal((await ask(`${house.url}/e/evening/waiting.mp3`)).status, 404);
  await writeFile(join(folder(), "waiting.mp3"), SOUND);
  house.passTime(2_000);
  const { waiting, status } = await state();
  assert.equal(status, "scheduled");
  assert.match(waiting?.sound ?? "", /^\/e\/evening\/waiting\.mp3\?v=[\w-]+$/);
  const whole = await ask(`${house.url}${waiting?.sound}`);
  assert.deepEqual([whole.status, whole.headers["content-type"], whole.body.equals(SOUND)], [200, "audio/mpeg", true]);
  assert.match(String(whole.headers["cache-control"]), /^public, max-age=86400/);
  const piece = await ask(`${house.url}${waiting?.sound}`, { range: "bytes=100-199" });
  assert.deepEqual([piece.status, piece.body.length], [206, 100], "players ask for it in pieces");
});

test("on air it is told only to those at the door, gives way when the machine is full, and nobody who hears it is listening", async () => {
  stage.endpoint.setState(stateOf({ phase: "live" }));
  stage.publish(0, 16);
  await until(() => house.front.desk.get("evening")?.store.newest("mp3") === 15);
  assert.equal((await state()).waiting, undefined);
  await writeFile(join(folder(), "doors.json"), JSON.stringify({ mode: "hold" }));
  house.passTime(2_000);
  await house.front.door.look();
  const { waiting, door } = await state();
  assert.equal(door?.mode, "hold");
  const address = `${house.url}${waiting?.sound}`;
  for (let index = 0; index < 20; index++) assert.equal((await ask(address, { "x-forwarded-for": `198.51.100.${index}` })).status, 200);
  await house.front.audience.closeWindows(Math.ceil(Date.now() / 10_000) * 10_000);
  const [line = ""] = (await readFile(join(folder(), "audience.jsonl"), "utf8")).trim().split("\n");
  const { sessionsGross, bytes } = JSON.parse(line) as { readonly sessionsGross: number; readonly bytes: number };
  assert.deepEqual([house.front.audience.listeningNow, sessionsGross, bytes], [0, 0, 0]);
  const does = house.front.door.does.bind(house.front.door);
  const upTo = (last: string) => {
    const steps = LADDER.slice(0, LADDER.findIndex((step) => step.does === last) + 1);
    house.front.door.does = (what) => steps.some((step) => step.does === what);
  };
  upTo("waiting-page");
  assert.equal((await ask(address)).status, 200, "whoever is shown the waiting page hears its music");
  upTo("no-joins");
  assert.equal((await ask(address)).status, 503);
  house.front.door.does = does;
  stage.endpoint.setState(stateOf({ phase: "ended", endedUnixMs: Date.now(), durationSamples: 16 * 24_000 }));
  await until(() => house.front.desk.get("evening")?.store.live?.phase === "ended");
  assert.equal((await ask(address)).status, 404, "after the end there is nothing to wait for");
  await rm(join(folder(), "waiting.mp3"));
});
