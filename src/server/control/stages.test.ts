import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { EventView, PersonView } from "../../wire/api.ts";
import type { LiveState, PublicEvent } from "../../wire/public-state.ts";
import { StageDouble } from "./stage-double.ts";
import { goodDraft, TestHouse, type Visitor } from "./test-house.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const slugsOf = (house: TestHouse) => house.wanted.at(-1)?.map((stage) => stage.slug);
const make = async (operator: Visitor) => (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
const publicStatus = async (house: TestHouse, slug: string) => (await house.readJson<PublicEvent>("public", `${slug}.json`)).status;

test("doors open by themselves at door time: in the database, in public, and the stage is wanted from then on", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = await make(operator);
  await house.control.round();
  assert.deepEqual(slugsOf(house), ["sound-check"]);
  house.clock.advance(45 * MINUTE_MS - 1);
  await house.control.round();
  assert.equal(await publicStatus(house, slug), "scheduled");
  house.clock.advance(1);
  await house.control.round();
  assert.equal(await publicStatus(house, slug), "doors");
  assert.deepEqual(slugsOf(house)?.sort(), [slug, "sound-check"]);
  assert.equal((await operator.call<EventView>("GET", `/api/events/${slug}`)).body.status, "doors");
});

test("an event that starts at once opens its doors in the first round, and a later start closes them again", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { body } = await operator.call<EventView>("POST", "/api/events", { ...goodDraft, startDate: "2026-10-03T18:01:00Z" });
  await house.control.round();
  assert.equal(await publicStatus(house, body.slug), "doors");
  await operator.call("PATCH", `/api/events/${body.slug}`, { startDate: "2026-10-03T22:00:00Z" });
  await house.control.round();
  assert.equal(await publicStatus(house, body.slug), "scheduled");
});

test("the first person who comes backstage makes the stage come, days before", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = await make(operator);
  await house.control.round();
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body;
  assert.deepEqual(slugsOf(house), ["sound-check"]);
  await house.visitor().call("POST", "/api/enter", { secret: people[1]?.link?.split("#")[1] });
  assert.deepEqual(slugsOf(house)?.sort(), [slug, "sound-check"]);
});

test("the stage's manifest is on disk before the stage is wanted", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  await house.control.round();
  const { slug, id } = await make(operator);
  const length = house.wanted.length;
  await operator.call("POST", `/api/events/${slug}/seat`);
  assert.equal(house.wanted.length, length + 1);
  assert.equal((await house.readJson<{ slug: string }>("events", id, "event.json")).slug, slug);
});

test("go live and end reach the stage with the house key, and are public at once", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await make(operator);
  const away = await operator.call("POST", `/api/events/${slug}/live`);
  assert.deepEqual([away.status, away.body.code], [503, "stage-starting"]);
  assert.match(away.headers.get("retry-after") ?? "", /^[12]$/);

  await using stage = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  assert.equal((await operator.call("POST", `/api/events/${slug}/end`)).body.code, "event-not-live");
  const live = await operator.call<{ phase: string }>("POST", `/api/events/${slug}/live`);
  assert.deepEqual([live.status, live.body.phase], [200, "live"]);
  assert.equal(await publicStatus(house, slug), "live");
  const command = stage.received.find(({ body }) => body.includes("go-live"));
  assert.deepEqual(JSON.parse(command?.body ?? ""), { type: "go-live" });
  assert.equal(command?.headers.authorization, `Bearer ${Buffer.from(house.houseKey).toString("base64url")}`);

  // A machine that is too busy: the host is told what happened, late, and not that it did not.
  stage.busyMs = 1_500;
  const ended = await operator.call<{ phase: string }>("POST", `/api/events/${slug}/end`);
  assert.deepEqual([ended.status, ended.body.phase], [200, "ended"]);
  assert.equal(await publicStatus(house, slug), "ended");
  assert.equal((await operator.call("POST", `/api/events/${slug}/live`)).body.code, "event-ended");
});

test("a stage that starts reads its manifest once more when it is known, and again until it answers: nobody who was removed meanwhile is let in", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await make(operator);
  await using stage = await StageDouble.open(id, slug);
  const asked = () => stage.received.filter(({ body }) => body.includes("read-manifest")).length;
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  while (asked() < 1) await new Promise((resolve) => setTimeout(resolve, 10));
  await house.control.round();
  assert.equal(asked(), 1, "what it has read it is not asked to read again");
  let refused = 0;
  let read = 0;
  const busy = createServer((request, response) => {
    if (request.url === "/command" && refused++ === 0) return void response.destroy();
    if (request.url === "/command") read++;
    response.setHeader("content-type", "application/json").end(JSON.stringify(stage.state));
  });
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  house.control.setStages([{ eventId: id, slug, url: `http://127.0.0.1:${(busy.address() as AddressInfo).port}` }]);
  while (read < 1) await house.control.round();
  assert.equal(refused, 2);
  busy.close();
});

test("what happens on the stage itself is followed within a round: live, ended, and the stage is let go when it has left", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await make(operator);
  await operator.call("POST", `/api/events/${slug}/seat`);
  await using stage = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  stage.state = { ...stage.state, phase: "live", originUnixMs: house.clock.wallMs(), revision: 1 };
  await house.control.round();
  assert.equal(await publicStatus(house, slug), "live");
  stage.state = { ...stage.state, phase: "ended", endedUnixMs: house.clock.wallMs(), revision: 2 };
  await house.control.round();
  assert.equal(await publicStatus(house, slug), "ended");
  house.control.setStages([]);
  await house.control.round();
  assert.ok(slugsOf(house)?.includes(slug), "the recording is not complete yet");
  await mkdir(join(house.folder, "events", id), { recursive: true });
  await writeFile(join(house.folder, "events", id, "state.json"), JSON.stringify({ ...stage.state, durationSamples: 48_000 }));
  await house.control.round();
  assert.deepEqual(slugsOf(house), ["sound-check"]);
});

test("people on stage keep it up however long ago they came", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, startDate: "2026-10-08T18:00:00Z" })).body;
  await operator.call("POST", `/api/events/${slug}/seat`);
  await using stage = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  stage.state = { ...stage.state, onStage: [{ id: "a", name: "Ada", role: "speaker", muted: false }] };
  house.clock.advance(7 * HOUR_MS);
  await house.control.round();
  assert.ok(slugsOf(house)?.includes(slug));
  stage.state = { ...stage.state, onStage: [] };
  await house.control.round();
  assert.deepEqual(slugsOf(house), ["sound-check"]);
});

test("what the stage wrote while control was dead is taken over at the next start", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await make(operator);
  house.clock.advance(46 * MINUTE_MS);
  await house.control.round();
  await house.stop();
  const endedUnixMs = house.clock.wallMs() + HOUR_MS;
  const state: LiveState = {
    eventId: id,
    slug,
    phase: "ended",
    epoch: 1,
    originUnixMs: house.clock.wallMs(),
    endedUnixMs,
    durationSamples: 1,
    onStage: [],
    revision: 9,
  };
  await writeFile(join(house.folder, "events", id, "state.json"), JSON.stringify(state));
  house.clock.advance(2 * HOUR_MS);
  await house.start();
  await house.control.round();
  assert.equal(await publicStatus(house, slug), "ended");
  assert.deepEqual(slugsOf(house), ["sound-check"]);
});

test("a state file that is no state, and a stage that does not answer, change nothing", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await make(operator);
  house.clock.advance(46 * MINUTE_MS);
  for (const text of ["", "{", "null", '{"phase":"ended"}', JSON.stringify({ eventId: "another", slug, phase: "ended", epoch: 1, onStage: [], revision: 1 })]) {
    await writeFile(join(house.folder, "events", id, "state.json"), text);
    await house.control.round();
    assert.equal(await publicStatus(house, slug), "doors", text);
  }
  house.control.setStages([{ eventId: id, slug, url: "http://127.0.0.1:1" }]);
  await house.control.round();
  assert.equal(await publicStatus(house, slug), "doors");
  assert.ok(slugsOf(house)?.includes(slug));
});

test("before the supervisor has said which stages run, control asks for none and so sends none away", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await make(operator);
  await using stage = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  stage.state = { ...stage.state, phase: "live", originUnixMs: 1, revision: 1 };
  await house.control.round();
  await operator.call("POST", `/api/events/${slug}/end`);
  await house.stop();
  house.wanted = [];
  await house.start({}, false);
  await house.control.round();
  assert.deepEqual(house.wanted, []);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  await house.control.round();
  assert.deepEqual(slugsOf(house)?.sort(), [slug, "sound-check"]);
});

test("a seat that is taken away is taken away on the running stage at once, and stays so for every later run of it", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id, speakers } = await make(operator);
  await using stage = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  const guest = speakers.find(({ role }) => role === "speaker");
  assert.equal((await operator.call("DELETE", `/api/events/${slug}/people/${guest?.id}`)).status, 204);
  const manifest = await house.readJson<{ removedSeats: string[]; speakers: { id: string }[] }>("events", id, "event.json");
  assert.deepEqual(manifest.removedSeats, [guest?.id]);
  assert.ok(!manifest.speakers.some((speaker) => speaker.id === guest?.id));
  while (!stage.received.some(({ body }) => body.includes("read-manifest"))) await new Promise((resolve) => setImmediate(resolve));
});

test("a house that wants no Sound check has none, and none runs", async () => {
  await using usual = await TestHouse.open();
  await usual.control.round();
  assert.deepEqual(slugsOf(usual), ["sound-check"]);
  await using quiet = await TestHouse.open(undefined, { soundCheck: false });
  await quiet.control.round();
  assert.deepEqual(slugsOf(quiet) ?? [], []);
});
