import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { WaitDetails } from "../../wire/door.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import type { PublicState } from "../../wire/public-state.ts";
import { ask, EVENT, type FrontDouble, open, openFront, openStageDouble, partOf, type StageDouble, until } from "./test-front.ts";

const JOINS = 20;
let house: FrontDouble;
let stage: StageDouble;
const from = (address: string) => ({ "x-forwarded-for": address, "user-agent": "Mozilla/5.0" });
const doorOf = async (name: string, ticket = "") => {
  const { status, body, headers } = await ask(`${house.url}/live/evening/door?s=${name}${ticket === "" ? "" : `&ticket=${ticket}`}`, from("198.51.100.9"));
  return { status, headers, details: (JSON.parse(body.toString()) as Partial<ProblemDetails>).details as WaitDetails | undefined };
};
const state = async () => JSON.parse((await ask(`${house.url}/live/evening/state.json`)).body.toString()) as PublicState;
const order = async (orders: object) => {
  await writeFile(join(house.dataFolder, "events", EVENT.id, "doors.json"), JSON.stringify(orders));
  house.passTime(1_000);
  await house.front.door.look();
};

before(async () => {
  house = await openFront({ joinsPerSecond: JOINS });
  stage = await openStageDouble();
  await mkdir(join(house.dataFolder, "events", EVENT.id), { recursive: true });
  house.front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url }]);
  stage.publish(0, 16);
  await until(() => house.front.desk.get("evening")?.store.newest("mp3") === 15);
});
after(async () => {
  stage.close();
  await house.close();
});

test("in calm the first request for audio just plays, and gets a pass for coming back", async () => {
  const stream = await open(`${house.url}/live/evening/stream.mp4?s=first-listener`, from("198.51.100.1"));
  assert.equal(stream.statusCode, 200);
  assert.match(String(stream.headers["earshot-pass"]), /^[\w-]{70}$/);
  stream.destroy();
  assert.equal((await ask(`${house.url}/live/evening/index.m3u8`, from("198.51.100.2"))).status, 200);
  assert.equal((await state()).door, undefined);
});

test("in a crowd newcomers are told place, time and why, wait without a connection, and are in when they come at their time", async () => {
  const crowd = await Promise.all(Array.from({ length: JOINS * 2 }, (_, index) => doorOf(`crowd-${index}-person`)));
  const waiting = crowd.filter(({ status }) => status === 503);
  assert.ok(waiting.length >= JOINS - 2, `${waiting.length}`);
  const last = waiting.toSorted((one, other) => (one.details?.place ?? 0) - (other.details?.place ?? 0)).at(-1);
  const { ticket = "", wait_seconds = 0, why } = last?.details ?? {};
  assert.deepEqual([why, last?.headers["retry-after"], last?.headers["cache-control"]], ["crowd", String(Math.max(1, wait_seconds)), "no-store"]);
  assert.ok(((await state()).door?.waitingNow ?? 0) > 0);
  assert.equal((await doorOf("crowd-early-again", ticket)).status, 503, "too early");
  house.passTime(3_000);
  const admitted = await open(`${house.url}/live/evening/stream.mp4?s=crowd-last-person&ticket=${ticket}`, from("198.51.100.9"));
  assert.equal(admitted.statusCode, 200);
  admitted.destroy();
});

test("the host holds the doors with a message, opens them, and the draw can be checked", async () => {
  const draw = { seed: "5e".repeat(32), heldUnixMs: Date.now() };
  await order({ mode: "hold", message: "The guest is late", draws: [draw] });
  const held = await doorOf("held-person-one");
  assert.deepEqual([held.status, held.details?.why], [503, "held"]);
  const { door } = await state();
  assert.deepEqual([door?.mode, door?.message, typeof door?.lottery?.seedHash, door?.lottery?.seed], ["hold", "The guest is late", "string", undefined]);
  await order({ mode: "auto", draws: [{ ...draw, startUnixMs: Date.now(), windowMs: 20_000 }] });
  assert.equal((await state()).door?.lottery?.seed, draw.seed);
  house.passTime(30_000);
  assert.equal((await doorOf("held-person-one", held.details?.ticket)).status, 200);
});

test("nobody walks round a door by the lists that players go on with; in calm those ask nobody and are the same for all", async () => {
  // The second of each goes to Node's own server.
  const lanes = [{}, { range: "bytes=0-" }] as const;
  const get = async (path: string, address: string, more: Readonly<Record<string, string>>) =>
    await ask(`${house.url}/live/evening/${path}`, { ...from(address), ...more });
  house.passTime(60_000);
  await order({ mode: "auto" });
  for (const [lane, more] of lanes.entries()) {
    const list = await get("index.m3u8", `192.0.2.${lane}`, more);
    assert.doesNotMatch(list.body.toString(), /ticket=/);
    assert.match(String(list.headers["cache-control"]), /^public/);
    assert.equal((await get("opus/index.m3u8", `192.0.2.1${lane}`, more)).status, 200);
    assert.equal((await get("opus/part-15.m4s", `192.0.2.2${lane}`, {})).status, 200, "whoever listens");
  }
  // Where the host sets a cap, lists are made for each listener, so that they open what comes next when it is reached.
  await order({ mode: "auto", mostListeners: 1_000 });
  const named: string[] = [];
  for (const [lane, more] of lanes.entries()) {
    const list = await get("index.m3u8", `192.0.2.4${lane}`, more);
    assert.equal(list.headers["cache-control"], "no-store");
    assert.equal(list.body.toString().match(/\.m3u8/g)?.length, list.body.toString().match(/\.m3u8\?ticket=[\w-]{70}/g)?.length);
    named.push(/^opus\/index\.m3u8\?ticket=\S+/m.exec(list.body.toString())?.[0] ?? "");
  }
  await order({ mode: "hold" });
  for (const [lane, more] of lanes.entries()) {
    const stranger = await get("opus/index.m3u8", `192.0.2.5${lane}`, more);
    assert.equal(stranger.status, 503);
    assert.ok(Number(stranger.headers["retry-after"]) >= 15);
    assert.equal((await get(`opus/index.m3u8?ticket=${"A".repeat(70)}`, `192.0.2.5${lane}`, more)).status, 503);
    assert.equal((await get("index.m3u8", `192.0.2.5${lane}`, more)).status, 503);
    assert.equal((await get("opus/index.m3u8", `192.0.2.2${lane}`, more)).status, 200, `whoever listens goes on, lane ${lane}`);
    assert.equal((await get(named[lane] ?? "", `192.0.2.6${lane}`, more)).status, 200, "whoever was let in has shown nothing else yet");
  }
  await order({ mode: "auto" });
});

test("a replay waits while the machine is needed live; the listening page gives way to a small static one", async () => {
  const { door } = house.front;
  const does = door.does.bind(door);
  assert.equal((await ask(`${house.url}/e/evening/replay.m3u8`)).status, 409);
  // Before the ladder is taken for full: a look at the pressure in between would shut the door.
  const pass = String((await doorOf("page-person-one")).headers["earshot-pass"]);
  door.does = () => true;
  try {
    const replay = await ask(`${house.url}/e/evening/replay.m3u8`);
    assert.equal(replay.status, 503);
    assert.ok(Number(replay.headers["retry-after"]) >= 20 && Number(replay.headers["retry-after"]) <= 40);
    const page = await ask(`${house.url}/e/evening`, { accept: "text/html" });
    assert.match(page.body.toString(), /\{"slug":"evening"\}/);
    assert.match(String(page.headers["cache-control"]), /^public, max-age=60$/);
    assert.match((await ask(`${house.url}/e/evening?ticket=${pass}`)).body.toString(), /"event":/);
    assert.match((await ask(`${house.url}/e/evening?ticket=${pass.slice(1)}A`)).body.toString(), /\{"slug":"evening"\}/);
  } finally {
    door.does = does;
  }
});

test("what only tells of events gives way before the sound does, at every address; the frame in which one listens stays", async () => {
  const { door } = house.front;
  const does = door.does.bind(door);
  const told = ["/feed.xml", "/sitemap.xml", `/oembed?url=${encodeURIComponent("http://listen.test/e/evening")}`, "/card.png", "/e/evening/card.png"];
  const statuses = async () => await Promise.all(told.map(async (path) => (await ask(`${house.url}${path}`)).status));
  assert.deepEqual(await statuses(), [200, 200, 200, 200, 200]);
  door.does = (what) => what === "no-replays" || what === "no-previews";
  try {
    assert.deepEqual(await statuses(), [503, 503, 503, 503, 503]);
    assert.equal((await ask(`${house.url}/e/evening/embed`)).status, 200);
    assert.equal((await ask(`${house.url}/robots.txt`)).status, 200);
  } finally {
    door.does = does;
  }
});

test("under pressure newcomers get half the data and are told, by whichever way they ask; who listens keeps what there is, and the same answer turns back", async () => {
  const own = await openFront({ joinsPerSecond: 1_000 });
  own.front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url }]);
  const served = () => own.front.desk.get("evening");
  await until(() => served()?.store.newest("low") === 15);
  const { door } = own.front;
  const [does, at] = [door.does.bind(door), `${own.url}/live/evening`];
  const stream = async (name: string, more: Readonly<Record<string, string>> = {}, query = "") =>
    await open(`${at}/stream.mp4?s=${name}${query}`, { ...from("198.51.100.7"), ...more });
  const list = async (name: string, more: Readonly<Record<string, string>> = {}) =>
    (await ask(`${at}/index.m3u8?s=${name}`, { ...from("198.51.100.7"), ...more })).body.toString();
  const before = await stream("early-listener");
  assert.equal(before.headers["earshot-stream"], undefined);
  const pass = String(before.headers["earshot-pass"]);
  before.destroy();
  assert.match(await list("early-player"), /\naac\/index\.m3u8\n[\s\S]*\nopus\/index\.m3u8\n[\s\S]*\nlow\/index\.m3u8\n/);
  door.does = (what) => what === "cheaper";
  await door.look();
  try {
    assert.equal((JSON.parse((await ask(`${at}/state.json`)).body.toString()) as PublicState).cheaper, true);
    const again = await stream("early-listener", {}, `&ticket=${pass}`);
    assert.equal(again.headers["earshot-stream"], undefined, "who was in before is given what there was");
    again.destroy();
    // The second goes to Node's own server.
    for (const [index, more] of [{}, { range: "bytes=0-" }].entries()) {
      const reduced = await stream(`late-listener-${index}`, more);
      assert.deepEqual([reduced.headers["earshot-stream"], reduced.headers["earshot-cadence-ms"]], ["low", "500"]);
      assert.match(await list(`late-player-${index}`, more), /SCORE=1\.0\naac\/index\.m3u8\n[\s\S]*SCORE=2\.0\nlow\/index\.m3u8\n$/);
      const radio = await open(`${own.url}/live/evening.mp3`, { ...from("198.51.100.8"), ...more });
      assert.equal(radio.headers["earshot-stream"], undefined);
      radio.destroy();
      if (index === 1) {
        reduced.destroy();
        continue;
      }
      assert.equal(served()?.endless.cheaperListeners, 1);
      const heard: Buffer[] = [];
      reduced.on("data", (bytes: Buffer) => heard.push(bytes));
      door.does = () => false;
      await door.look();
      stage.publish(16, 18);
      await until(() => Buffer.concat(heard).includes(partOf("opus", 17).data));
      assert.ok(Buffer.concat(heard).includes(partOf("low", 15).data));
      assert.match(Buffer.concat(heard).toString("latin1"), /\{"q":48\}/);
      reduced.destroy();
      door.does = (what) => what === "cheaper";
      await door.look();
    }
  } finally {
    door.does = does;
    await own.close();
  }
});

test("connections that never ask are closed before they crowd out listeners", async () => {
  const lonely = await openFront({ trustedProxies: [] });
  const { port } = new URL(lonely.url);
  const sockets = Array.from({ length: 100 }, () => connect({ port: Number(port), host: "127.0.0.1", localAddress: "127.7.7.7" }));
  for (const socket of sockets) socket.on("error", () => {});
  await until(() => sockets.filter((socket) => socket.destroyed || socket.readyState === "closed").length >= 36);
  assert.equal(lonely.front.door.gatekeeper.silent.open, 64);
  assert.equal((await ask(`${lonely.url}/healthz`)).status, 200, "another address is served");
  for (const socket of sockets) socket.destroy();
  await lonely.close();
});
