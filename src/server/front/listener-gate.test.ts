import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { listenerKey, mintListenerToken, mintWritingToken } from "../../event/mod.ts";
import type { ListenerRecord } from "../../wire/listeners.ts";
import { ask, EVENT, type FrontDouble, open, openFront, openStageDouble, type StageDouble, until, writeArchive } from "./test-front.ts";

const KEY = listenerKey(new Uint8Array(32).fill(3));
const TOKEN = mintListenerToken(KEY, EVENT.id, "eveEVE123_-x");
const OTHERS = [
  mintListenerToken(KEY, "ev2", "eveEVE123_-x"),
  mintListenerToken(listenerKey(new Uint8Array(32).fill(4)), EVENT.id, "eveEVE123_-x"),
  "x",
  `${TOKEN}A`,
];
const cookie = (token: string) => ({ cookie: `other=1; earshot_in_evening=${token}` });

let front: FrontDouble;
let stage: StageDouble | undefined;
beforeEach(async () => {
  front = await openFront({ listenerKey: KEY });
  await announce({ visibility: "invited", embed: false });
});
afterEach(async () => {
  stage?.close();
  stage = undefined;
  await front.close();
});

async function announce(more: object): Promise<void> {
  await writeFile(join(front.dataFolder, "public/evening.json"), JSON.stringify({ ...EVENT, ...more }));
  await writeFile(join(front.dataFolder, "public/index.json"), "[]");
  front.passTime(1_000);
}
async function revoke(...revoked: string[]): Promise<void> {
  await writeLinks({ revoked });
}
async function writeLinks(record: ListenerRecord): Promise<void> {
  await mkdir(join(front.dataFolder, "events", EVENT.id), { recursive: true });
  await writeFile(join(front.dataFolder, "events", EVENT.id, "listeners.json"), JSON.stringify(record));
  front.passTime(1_000);
}
async function goLive(): Promise<void> {
  stage = await openStageDouble();
  front.front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
  const { store } = front.front.desk.get(EVENT.slug) ?? assert.fail();
  await until(() => store.connected);
  stage.publish(0, 20);
  await until(() => store.window("opus") !== undefined && store.window("mp3") !== undefined);
}

/** Everything below an event's addresses that is there while it is on air, and after. */
const LIVE = [
  "/e/evening",
  "/live/evening/state.json",
  "/live/evening/index.m3u8",
  "/live/evening/plain.m3u8",
  "/live/evening/opus/init.mp4",
  "/live/evening/door",
  "/e/evening/event.ics",
  "/e/evening/card.png",
  "/e/evening/ledger/log.vkey",
];
const STREAMS = ["/live/evening.mp3", "/live/evening.opus", "/live/evening/stream.mp4"];
const AFTER = [
  "/e/evening/replay.m3u8",
  "/e/evening/replay.json",
  "/e/evening/recording.mp3",
  "/e/evening/recording.m4a",
  "/e/evening/archive/opus.m3u8",
  "/e/evening/archive/opus.mp4",
  "/e/evening/clip/0-5.mp3",
  "/live/evening/dvr.m3u8",
];

test("an event by invitation is closed at every address to whoever has no link, one of another event, another house, or one that was changed", async () => {
  await goLive();
  for (const path of [...LIVE, ...STREAMS, "/e/evening/embed"])
    for (const headers of [{}, ...OTHERS.map(cookie)]) {
      const { status, body } = await ask(front.url + path, headers);
      assert.equal(status, 403, path);
      assert.ok(!body.includes("evening with") && !body.includes(EVENT.title), path);
    }
  for (const token of OTHERS) assert.equal((await ask(`${front.url}/live/evening.mp3?invite=${token}`)).status, 403);
  const page = await ask(`${front.url}/e/evening`, { accept: "text/html" });
  assert.equal(page.status, 403);
  assert.ok(!page.body.includes("An evening"));
  assert.equal((await ask(`${front.url}/oembed?url=http://listen.test/e/evening`)).status, 404);
});

test("a personal link opens the page once and for all addresses in that browser, and disappears from the address bar", async () => {
  await goLive();
  const opened = await ask(`${front.url}/e/evening?invite=${TOKEN}&lang=de`);
  assert.equal(opened.status, 303);
  assert.equal(opened.headers.location, "/e/evening?lang=de");
  assert.match(String(opened.headers["set-cookie"]), new RegExp(`^earshot_in_evening=${TOKEN}; Path=/; Max-Age=\\d+; HttpOnly; SameSite=Lax$`));
  for (const path of LIVE) {
    const { status, headers } = await ask(front.url + path, cookie(TOKEN));
    assert.ok(status === 200 || path.includes("ledger") || path.includes("init"), `${path}: ${status}`);
    assert.doesNotMatch(String(headers["cache-control"]), /public/, path);
    assert.match(String(headers.vary), /cookie/, path);
  }
  const mp3 = await open(`${front.url}/live/evening.mp3?invite=${TOKEN}`);
  assert.equal(mp3.statusCode, 200, "a radio without cookies is let in by its address");
  mp3.destroy();
});

test("the page of an invited listener knows what lets them write on the wall, and what it knows opens no sound", async () => {
  await announce({ visibility: "invited", embed: false, wall: true });
  const page = await ask(`${front.url}/e/evening`, cookie(TOKEN));
  const writes = mintWritingToken(KEY, EVENT.id, "eveEVE123_-x");
  assert.ok(page.body.includes(`"invitation":"${writes}"`));
  assert.ok(!page.body.includes(TOKEN), "the link itself stays where no script reads it");
  assert.doesNotMatch(String(page.headers["cache-control"]), /public/);
  for (const headers of [cookie(writes), {}]) assert.equal((await ask(`${front.url}/live/evening/state.json?invite=${writes}`, headers)).status, 403);
  for (const [path, page] of [
    ["join", "wall"],
    ["ask", "hand"],
  ])
    assert.equal((await ask(`${front.url}/e/evening/${path}`, cookie(TOKEN))).headers.location, `http://backstage.test/${page}/evening#${writes}`);
  // Most are there before the host opens the wall: the page knows already where one will write.
  await announce({});
  const open = await ask(`${front.url}/e/evening`);
  assert.match(String(open.headers["content-security-policy"]), /connect-src 'self' http:\/\/[^ ;]+;/, "what is written there may leave the page");
  assert.match(open.body.toString(), /"writing":\{"at":"[^"]+"\}/);
  assert.doesNotMatch((await ask(`${front.url}/live/evening/state.json`)).body.toString(), /"writing"/);
});

test("who listens by a link that is taken away hears nothing more, and everybody else goes on", async () => {
  await goLive();
  const stays = mintListenerToken(KEY, EVENT.id, "adaADA123_-x");
  const [eve, ada] = await Promise.all([open(`${front.url}/live/evening.mp3`, cookie(TOKEN)), open(`${front.url}/live/evening.mp3`, cookie(stays))]);
  assert.deepEqual([eve.statusCode, ada.statusCode], [200, 200]);
  const gone = new Promise<void>((resolve) => eve.once("error", () => resolve()).once("close", () => resolve()));
  eve.resume();
  ada.resume();
  await revoke("eveEVE123_-x");
  await gone;
  assert.equal((await ask(`${front.url}/live/evening/state.json`, cookie(TOKEN))).status, 403);
  assert.equal((await ask(`${front.url}/live/evening/state.json`, cookie(stays))).status, 200);
  assert.equal(ada.destroyed, false);
  ada.destroy();
});

test("whoever listens by a suspended link hears nothing more and is told where to read why, and hears again when that is over", async () => {
  await goLive();
  const eve = await open(`${front.url}/live/evening.mp3`, cookie(TOKEN));
  const gone = new Promise<void>((resolve) => eve.once("error", () => resolve()).once("close", () => resolve()));
  eve.resume();
  await writeLinks({ revoked: [], suspended: ["eveEVE123_-x"] });
  await gone;
  for (const path of [...LIVE, ...STREAMS].filter((one) => one !== "/e/evening")) {
    const refused = await ask(front.url + path, { ...cookie(TOKEN), accept: "application/json" });
    assert.deepEqual([refused.status, (JSON.parse(refused.body.toString()) as { code: string }).code], [403, "suspended"], path);
    assert.ok(!refused.body.includes(EVENT.title), path);
  }
  const told = `http://backstage.test/wall/evening#${mintWritingToken(KEY, EVENT.id, "eveEVE123_-x")}`;
  for (const [path, headers] of [
    ["/e/evening", cookie(TOKEN)],
    ["/e/evening/join", cookie(TOKEN)],
    [`/e/evening?invite=${TOKEN}`, {}],
  ] as const) {
    const page = await ask(front.url + path, headers);
    assert.deepEqual([page.status, page.headers.location, page.headers["set-cookie"]], [303, told, undefined], path);
    assert.match(String(page.headers["cache-control"]), /private/, path);
  }
  await writeLinks({ revoked: [], suspended: [] });
  for (const path of ["/e/evening", "/live/evening/state.json"]) assert.equal((await ask(front.url + path, cookie(TOKEN))).status, 200, path);
});

test("the replay of an event by invitation is for the invited too", async () => {
  await writeArchive(front.dataFolder, 20);
  await announce({ visibility: "invited", embed: false, status: "ended" });
  for (const path of AFTER) {
    assert.equal((await ask(front.url + path)).status, 403, path);
    const { status, headers } = await ask(front.url + path, cookie(TOKEN));
    assert.ok(status === 200, `${path}: ${status}`);
    assert.doesNotMatch(String(headers["cache-control"]), /public/, path);
  }
});

test("an event for everybody that becomes one by invitation is closed within a second or two, also to plain players", async () => {
  await announce({});
  await goLive();
  assert.equal((await ask(`${front.url}/live/evening/index.m3u8`)).status, 200);
  await announce({ visibility: "invited" });
  for (let status = 200; status !== 403; ) {
    front.passTime(1_000);
    ({ status } = await ask(`${front.url}/live/evening/index.m3u8`));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await rm(join(front.dataFolder, "public/evening.json"));
});

test("an event that is not shown elsewhere has no player for other pages, and says so", async () => {
  await announce({ embed: false });
  assert.equal((await ask(`${front.url}/e/evening/embed`)).status, 403);
  assert.equal((await ask(`${front.url}/oembed?url=http://listen.test/e/evening`)).status, 403);
  const page = await ask(`${front.url}/e/evening`);
  assert.ok(!page.body.includes("oembed"));
  await announce({});
  const framed = await ask(`${front.url}/e/evening/embed`);
  assert.match(String(framed.headers["content-security-policy"]), /frame-ancestors \*/);
  assert.equal((await ask(`${front.url}/oembed?url=http://listen.test/e/evening`)).status, 200);
});
