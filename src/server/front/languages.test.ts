import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { MemoryPartBus } from "../adapters/part-bus-memory.ts";
import { writeHeader } from "../../programme/mod.ts";
import { ask, EVENT, type FrontDouble, open, openFront, openStageDouble, partOf, type StageDouble, stateOf, until } from "./test-front.ts";

let house: FrontDouble;
let stage: StageDouble;
const german = new MemoryPartBus();
const HEADERS = new Map(
  (["opus", "aac"] as const).map((rendition) => [
    rendition,
    { codecs: rendition === "opus" ? "opus" : "mp4a.40.2", bytes: writeHeader({ rendition, numberOfChannels: 1 }) },
  ]),
);
const served = () => house.front.desk.get("evening");

before(async () => {
  house = await openFront();
  stage = await openStageDouble(stateOf({ interpretation: { floor: "en", into: ["de", "fr"] } }));
  stage.publish(0, 20);
  house.front.setStages([{ eventId: EVENT.id, slug: "evening", url: stage.url }]);
  await until(() => served()?.store.newest("opus") === 19);
  // The language comes when the front is reading already.
  for (let number = 0; number < 20; number++) for (const rendition of ["opus", "aac", "mp3"] as const) german.publish(partOf(rendition, number, { epoch: 7 }));
  stage.endpoint.addLanguage("de", german, HEADERS);
  await until(() => served()?.interpretations.get("de")?.store.newest("mp3") === 19);
});
after(async () => {
  stage.close();
  await house.close();
});

const get = async (path: string) => await ask(`${house.url}/live/evening${path}`);

test("each language has its playlists, parts and segments below its own folder, over the fast lane and over Node's server alike", async () => {
  const list = await get("/lang/de/opus/plain.m3u8");
  assert.deepEqual([list.status, list.headers["content-type"]], [200, "application/vnd.apple.mpegurl"]);
  for (const headers of [{}, { "if-none-match": '"x"' }]) {
    const part = await ask(`${house.url}/live/evening/lang/de/opus/part-19.m4s`, headers);
    assert.deepEqual([part.status, part.body.equals(Buffer.from(partOf("opus", 19).data))], [200, true]);
    assert.equal((await ask(`${house.url}/live/evening/lang/xx/opus/part-19.m4s`, headers)).status, 404);
  }
  assert.match((await get("/index.m3u8")).body.toString(), /LANGUAGE="de",NAME="Deutsch".*URI="lang\/de\/aac\/index\.m3u8"/);
});

test("an endless stream plays the language asked for; who asks for none, or for one nobody interprets into, gets the floor", async () => {
  const listenersOf = () => [served()?.endless.listeners("mp3"), served()?.interpretations.get("de")?.endless.listeners("mp3")];
  const streams = [await open(`${house.url}/live/evening.mp3?lang=de`)];
  await until(() => listenersOf().join() === "0,1");
  for (const query of ["", "?lang=ja"]) streams.push(await open(`${house.url}/live/evening.mp3${query}`));
  await until(() => listenersOf().join() === "2,1");
  for (const stream of streams) stream.destroy();
  await until(() => listenersOf().join() === "0,0");
});

test("a language that was announced and is still on its way is asked for again, and never the floor under its name", async () => {
  const reply = await get("/stream.mp4?lang=fr");
  assert.equal(reply.status, 503);
  assert.match(reply.body.toString(), /stage-starting/);
});

test("listeners of every language are one audience", async () => {
  const stream = await open(`${house.url}/live/evening.mp3?lang=de&s=0123456789abcdef01234567`);
  await until(() => house.front.audience.streamsOpen === 1);
  assert.equal(served()?.interpretations.get("de")?.eventId, EVENT.id);
  stream.destroy();
  await until(() => house.front.audience.streamsOpen === 0);
});
