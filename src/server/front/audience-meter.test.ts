import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { StepClock } from "../../core/step-clock.ts";
import { silentLog } from "../../core/log.ts";
import type { AudienceWindow } from "../../wire/audience.ts";
import type { PublicState } from "../../wire/public-state.ts";
import { AudienceMeter } from "./audience-meter.ts";
import { EventDesk } from "./event-desk.ts";
import { ask, EVENT, type FrontDouble, open, openFront, openStageDouble, type StageDouble, stateOf, until } from "./test-front.ts";

const SALT = Buffer.alloc(16, 0x5a).toString("base64");
let house: FrontDouble;
let stage: StageDouble;
const file = () => join(house.dataFolder, "events", EVENT.id, "audience.jsonl");
const lines = async (path = file()) =>
  (await readFile(path, "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as AudienceWindow);
const state = async () => JSON.parse((await ask(`${house.url}/live/evening/state.json`)).body.toString()) as PublicState;
const ahead = (windows: number) => (Math.floor(Date.now() / 10_000) + windows) * 10_000;

before(async () => {
  house = await openFront();
  stage = await openStageDouble();
  await mkdir(join(house.dataFolder, "events", EVENT.id), { recursive: true });
  // The front closes a window of its own at every tenth second: what is tried here begins after it, before there is an event to count.
  const left = 10_000 - (Date.now() % 10_000);
  if (left < 5_000) await new Promise((resolve) => setTimeout(resolve, left + 100));
  house.front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url, audienceSalt: SALT }]);
  stage.publish(0, 8);
  await until(() => house.front.desk.get("evening")?.store.newest("mp3") === 7);
});
after(async () => {
  stage.close();
  await house.close();
});

test("listeners of a stream and of HLS are counted once each, whatever sockets they use; the figure is told with its window and its bounds", async () => {
  assert.equal((await state()).audience, undefined);
  const agent = { "user-agent": "Mozilla/5.0 Test" };
  const streams = await Promise.all([
    open(`${house.url}/live/evening/stream.mp4?s=listener-one`, { ...agent, "x-forwarded-for": "198.51.100.77" }),
    open(`${house.url}/live/evening/stream.mp4?s=listener-one`, { ...agent, "x-forwarded-for": "198.51.100.77" }),
    open(`${house.url}/live/evening.mp3`, { "user-agent": "Winamp-Canary/9", "x-forwarded-for": "198.51.100.78" }),
  ]);
  for (const stream of streams) stream.resume();
  stage.publish(8, 32);
  await until(() => house.front.desk.get("evening")?.store.newest("mp3") === 31);
  for (let number = 4; number < 28; number++)
    await ask(`${house.url}/live/evening/opus/part-${number}.m4s`, { ...agent, "x-playback-session-id": "0f8fad5b-d9cb-469f-a165-70867728950e" });
  // Some players ask for a range; only what brings the end of a file was given whole.
  for (let number = 4; number < 28; number++)
    for (const [range, session] of [
      ["bytes=0-", "ranges-of-the-whole"],
      ["bytes=0-9", "ranges-of-the-head"],
    ] as const)
      await ask(`${house.url}/live/evening/opus/part-${number}.m4s`, { ...agent, range, "x-playback-session-id": session });
  await ask(`${house.url}/live/evening/opus/part-3.m4s`, { "x-playback-session-id": "another-short-one" });
  await ask(`${house.url}/live/evening/opus/part-30.m4s`, { ...agent, "x-playback-session-id": "another-short-one" }, "HEAD");
  const endUnixMs = ahead(1);
  await house.front.audience.closeWindows(endUnixMs);
  const { audience } = await state();
  assert.deepEqual([audience?.listeningNow, audience?.low, audience?.high, audience?.asOfUnixMs, audience?.peak, audience?.edges], [4, 4, 4, endUnixMs, 4, 1]);
  const [line] = await lines();
  assert.deepEqual([line?.listeningNow, line?.partial, line?.sessionsGross, line?.seq], [4, 1, 5, 0]);
  for (const stream of streams) stream.destroy();
});

test("another front's lines are in the sum, those of other machines too, and a line cut off by a crash spoils no other", async () => {
  const [first] = await lines();
  const other = { ...first, edge: "front-other", listeningNow: 40, joins: 2, partial: 0 };
  await appendFile(file(), `${JSON.stringify(other)}\n{"v":1,"edge":"front-ot`);
  await writeFile(join(house.dataFolder, "events", EVENT.id, "elsewhere.jsonl"), `${JSON.stringify({ ...other, edge: "oslo/front-a", listeningNow: 300 })}\n`);
  await house.front.audience.closeWindows(ahead(2));
  const { audience } = await state();
  assert.equal(audience?.peak, 344);
  const text = await readFile(file(), "utf8");
  assert.match(text, /"front-ot\n\{/);
});

test("when the event is over nothing on disk holds an address, an agent, a session number or the salt", async () => {
  stage.endpoint.setState(stateOf({ phase: "ended", durationSamples: 32 * 24_000, endedUnixMs: Date.now(), revision: 2 }));
  await until(() => house.front.desk.get("evening")?.store.live?.phase === "ended");
  await writeFile(join(house.dataFolder, "canary-proof"), "198.51.100.77");
  await house.front.audience.closeWindows(ahead(3));
  const found: string[] = [];
  const secrets = [
    "198.51.100",
    "Winamp-Canary",
    "Mozilla/5.0 Test",
    "listener-one",
    "0f8fad5b",
    SALT,
    Buffer.from(SALT, "base64").toString("latin1"),
    Buffer.from(SALT, "base64").toString("hex"),
  ];
  for (const entry of await readdir(house.dataFolder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const text = (await readFile(join(entry.parentPath, entry.name))).toString("latin1");
    if (secrets.some((secret) => text.includes(secret))) found.push(entry.name);
  }
  assert.deepEqual(found, ["canary-proof"], "the search finds its own canary and nothing else");
  const last = JSON.parse((await readFile(file(), "utf8")).trim().split("\n").at(-1) ?? "") as AudienceWindow;
  assert.equal(typeof last.unique, "string");
  const before = (await readFile(file())).length;
  await house.front.audience.closeWindows(ahead(4));
  assert.equal((await readFile(file())).length, before, "nothing is counted after the end");
});

test("a salt that is told once more after the end is not taken again, and a front that starts after the end forgets it with the next window", async () => {
  const running = [{ eventId: EVENT.id, slug: "evening", url: stage.url, audienceSalt: SALT }];
  const holds = () => Buffer.from(house.front.audience.saltOf(EVENT.id)).toString("base64") === SALT;
  house.front.setStages(running);
  assert.equal(holds(), false);
  // As after a start: nothing of it is remembered.
  house.front.setStages([]);
  house.front.setStages(running);
  assert.equal(holds(), true);
  await until(() => house.front.desk.get("evening")?.store.live?.phase === "ended");
  await house.front.audience.closeWindows(ahead(5));
  assert.equal(holds(), false);
});

test("a front that is late loses no window; those that the machine slept through are not made up", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "earshot-windows-"));
  await mkdir(join(dataFolder, "events", EVENT.id), { recursive: true });
  const clock = new StepClock();
  const desk = new EventDesk({ clock, log: silentLog, older: () => async () => undefined });
  desk.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: "http://127.0.0.1:1" }]);
  const served = desk.get(EVENT.slug) ?? assert.fail();
  served.store.live = stateOf();
  const meter = new AudienceMeter({ dataFolder, trustedProxies: [], clock, log: silentLog, desk, events: { event: async () => EVENT } });
  const began = clock.wallMs();
  // Half a second late while the lines of the window before are read, eight and a half seconds late, an hour asleep; and in the end what the open window holds.
  for (const ms of [10_000, 1_500, 3_500, 4_400, 1_100, 9_000, 9_000, 1_500, 3_600_000, 10_000]) await clock.advance(ms);
  await meter.close();
  const ends = (await lines(join(dataFolder, "events", EVENT.id, "audience.jsonl"))).map(({ endUnixMs }) => (endUnixMs - began) / 1_000);
  assert.deepEqual(
    ends.toSorted((one, other) => one - other),
    [10, 20, 30, 40, 50, 3_650, 3_660],
  );
  desk.close();
  await rm(dataFolder, { recursive: true, force: true });
});
