import assert from "node:assert/strict";
import { test } from "node:test";
import type { StageManifest } from "../../../event/mod.ts";
import type { ActList, EventView, PersonView } from "../../../wire/api.ts";
import type { HandQueue } from "../../../wire/hands.ts";
import type { ProblemDetails } from "../../../wire/problem.ts";
import { FLOOR_MAX, INTERPRETERS_MAX } from "../../../wire/room.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import { goodDraft, TestHouse } from "../test-house.ts";

async function evening(house: TestHouse) {
  const operator = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const at = (path: string) => `/api/events/${slug}/${path}`;
  const invite = async (name: string, more: object = {}) =>
    await operator.call<PersonView & ProblemDetails>("POST", at("people"), { name, role: "speaker", ...more });
  const task = async (person: string, interprets: string) => await operator.call<PersonView & ProblemDetails>("PATCH", at(`people/${person}`), { interprets });
  const manifest = async () => await house.readJson<StageManifest>("events", id, "event.json");
  return { operator, slug, at, invite, task, manifest };
}

test("who is invited to interpret stands so for the stage and for everybody, with the tag in its one spelling", async () => {
  await using house = await TestHouse.open();
  const { slug, invite, manifest } = await evening(house);
  const { status, body } = await invite("Carla", { interprets: "DE-at" });
  assert.deepEqual([status, body.interprets], [201, "de-AT"]);
  assert.equal((await manifest()).speakers.find(({ id }) => id === body.id)?.interprets, "de-AT");
  const announced = (await house.readJson<PublicEvent>("public", `${slug}.json`)).speakers;
  assert.deepEqual(
    announced.filter(({ interprets }) => interprets !== undefined).map(({ name }) => name),
    ["Carla"],
  );
});

test("the task can be given later and taken away, and the event's history tells it", async () => {
  await using house = await TestHouse.open();
  const { operator, at, invite, task, manifest } = await evening(house);
  const { id } = (await invite("Carla")).body;
  assert.equal((await task(id, "fr")).body.interprets, "fr");
  assert.equal((await manifest()).speakers.find((speaker) => speaker.id === id)?.interprets, "fr");
  assert.equal((await task(id, "")).body.interprets, "");
  assert.equal((await manifest()).speakers.find((speaker) => speaker.id === id)?.interprets, undefined);
  const { acts } = (await operator.call<ActList>("GET", at("acts"))).body;
  assert.deepEqual(
    acts.filter(({ act }) => act === "set-task").map(({ after }) => after.interprets),
    ["fr", undefined],
  );
});

test("only a speaker interprets, into a language there is, and into four at most", async () => {
  await using house = await TestHouse.open();
  const { operator, at, invite, task } = await evening(house);
  const refused = ({ status, body }: { status: number; body: ProblemDetails }) => [status, body.code, body.details.field];
  assert.deepEqual(refused(await invite("Bo", { role: "co-host", interprets: "de" })), [422, "invalid-field", "interprets"]);
  assert.deepEqual(refused(await invite("Bo", { interprets: "not a language" })), [422, "invalid-field", "interprets"]);
  for (const language of ["de", "fr", "es", "it"]) assert.equal((await invite(language, { interprets: language })).status, 201);
  assert.deepEqual(refused(await invite("Five", { interprets: "pl" })), [422, "invalid-field", "interprets"]);
  assert.equal((await invite("Second", { interprets: "de" })).status, 201, "two may share a language");
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body;
  const host = people.find(({ role }) => role === "host") as PersonView;
  assert.deepEqual(refused(await task(host.id, "de")), [422, "invalid-field", "interprets"]);
});

test("interpreters take nobody's place on stage: on a full one there is room for eight of them, not for one who speaks", async () => {
  await using house = await TestHouse.open();
  const { operator, at, invite, task } = await evening(house);
  const people = async () => (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body.people;
  for (let speaker = (await people()).length; speaker < FLOOR_MAX; speaker++) assert.equal((await invite(`Speaker ${speaker}`)).status, 201);
  const interpreters: string[] = [];
  for (let index = 0; index < INTERPRETERS_MAX; index++) {
    const { status, body } = await invite(`Ina ${index}`, { interprets: index % 2 === 0 ? "de" : "fr" });
    assert.equal(status, 201);
    interpreters.push(body.id);
  }
  const [ina = ""] = interpreters;
  const isFull = ({ status, body }: { status: number; body: ProblemDetails }) =>
    assert.deepEqual([status, body.code, body.details.field], [422, "invalid-field", "speakers"]);
  isFull(await invite("One more"));
  isFull(await invite("Ninth", { interprets: "de" }));
  isFull(await task(ina, ""));
  const handOver = async () => (await operator.call<ProblemDetails>("POST", at("hand-over"), { person: ina })).body?.code;
  assert.equal(await handOver(), "stage-full");
  const whole = (await people()).map(({ id, name, role }) => ({ id, name, role }));
  const edit = async (list: object) => await operator.call<ProblemDetails>("PATCH", at("").slice(0, -1), { speakers: list });
  assert.equal((await edit(whole)).status, 200, "the list as it is fits");
  isFull(await edit(whole.map((person) => (person.id === ina ? { ...person, interprets: "" } : person))));
  const speaker = whole.find(({ name }) => name === `Speaker ${FLOOR_MAX - 1}`);
  assert.equal((await operator.call("DELETE", at(`people/${speaker?.id}`))).status, 204);
  assert.equal(await handOver(), undefined);
});

test("a listener is asked on stage although interpreters are there, and not on a full one", async () => {
  await using house = await TestHouse.open();
  const { operator, at, invite } = await evening(house);
  for (let index = 0; index < INTERPRETERS_MAX; index++) await invite(`Ina ${index}`, { interprets: "de" });
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body;
  for (let floor = people.length - INTERPRETERS_MAX; floor < FLOOR_MAX - 1; floor++) assert.equal((await invite(`Speaker ${floor}`)).status, 201);
  await operator.call("POST", at("hand-queue"), { open: true });
  for (const name of ["Eve", "Ben"]) {
    const visitor = house.visitor();
    await visitor.call("GET", "/api/me");
    await visitor.call("POST", at("hands"), { name, topic: "" });
  }
  const { hands } = (await operator.call<HandQueue>("GET", at("hands"))).body;
  const asked: unknown[] = [];
  for (const { id } of hands) asked.push((await operator.call<ProblemDetails | undefined>("POST", at(`hands/${id}/invite`))).body?.code);
  assert.deepEqual(asked, [undefined, "stage-full"]);
});

test("an interpreter who is made host speaks on the floor", async () => {
  await using house = await TestHouse.open();
  const { operator, at, invite } = await evening(house);
  const { id } = (await invite("Carla", { interprets: "de" })).body;
  await operator.call("POST", at("hand-over"), { person: id });
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body;
  assert.deepEqual(
    people.filter((person) => person.id === id).map(({ role, interprets }) => [role, interprets]),
    [["host", ""]],
  );
});
