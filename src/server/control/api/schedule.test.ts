import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActList, EventView, PersonView } from "../../../wire/api.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

const HOUR_MS = 3_600_000;
const START = goodDraft.startDate;
const LATER = "2026-10-03T22:30:00+02:00";
const NEXT_WEEK = "2026-10-10T21:00:00+02:00";

/** An announced evening, and the acts of its operator. */
async function evening(house: TestHouse) {
  const operator: Visitor = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const act = (name: string, body: object = {}) => operator.call<EventView>("POST", `/api/events/${slug}/${name}`, body);
  return { operator, slug, act };
}

const announced = (house: TestHouse, slug: string) => house.readJson<PublicEvent>("public", `${slug}.json`);

test("an event that is postponed keeps its address; the page's file says so, why, and which time no longer holds", async () => {
  await using house = await TestHouse.open();
  const { slug, act } = await evening(house);
  const { status, body } = await act("postpone", { reason: "The line to Ada is broken." });
  assert.deepEqual([status, body.slug, body.status], [200, slug, "postponed"]);
  const file = await announced(house, slug);
  assert.deepEqual([file.status, file.startDate, file.schedule?.reason, file.schedule?.sequence], ["postponed", START, "The line to Ada is broken.", 1]);
  assert.deepEqual(file.schedule?.history, [{ act: "postpone", date: "2026-10-03T20:00:00+02:00", reason: "The line to Ada is broken.", from: START }]);
});

test("a new time is announced beside the old one, the doors keep their distance, and every move stands in the history", async () => {
  await using house = await TestHouse.open();
  const { slug, act } = await evening(house);
  await act("postpone", { reason: "Storm." });
  await act("reschedule", { startDate: LATER, reason: "The storm has passed." });
  const { body } = await act("reschedule", { startDate: "2026-10-10T21:00", timeZone: "Europe/Lisbon", doorsMinutesBefore: 30, reason: "Another storm." });
  assert.deepEqual([body.status, body.startDate, body.doorTime], ["scheduled", "2026-10-10T21:00:00+01:00", "2026-10-10T20:30:00+01:00"]);
  const { schedule } = await announced(house, slug);
  assert.deepEqual(
    [schedule?.previousStartDate, schedule?.reason, schedule?.sequence, schedule?.timeZone],
    ["2026-10-03T21:30:00+01:00", "Another storm.", 3, "Europe/Lisbon"],
  );
  assert.deepEqual(
    schedule?.history.map(({ act, from, to, reason }) => [act, Date.parse(from), to === undefined ? undefined : Date.parse(to), reason]),
    [
      ["postpone", Date.parse(START), undefined, "Storm."],
      ["reschedule", Date.parse(START), Date.parse(LATER), "The storm has passed."],
      ["reschedule", Date.parse(LATER), Date.parse("2026-10-10T21:00:00+01:00"), "Another storm."],
    ],
  );
});

test("a move or cancellation is taken back as easily; calendars still see a higher number, and the history says both", async () => {
  await using house = await TestHouse.open();
  const { slug, act } = await evening(house);
  const before = await announced(house, slug);
  await act("reschedule", { startDate: NEXT_WEEK, reason: "Sorry." });
  await act("cancel", { reason: "Really sorry." });
  assert.equal((await announced(house, slug)).status, "cancelled");
  const once = (await act("undo")).body;
  assert.deepEqual([once.status, once.startDate, once.schedule?.reason], ["scheduled", NEXT_WEEK, "Sorry."]);
  const twice = (await act("undo")).body;
  assert.deepEqual(
    [twice.status, twice.startDate, twice.doorTime, twice.schedule?.reason, twice.schedule?.previousStartDate],
    ["scheduled", START, before.doorTime, undefined, undefined],
  );
  const { schedule } = await announced(house, slug);
  assert.equal(schedule?.sequence, 4);
  assert.deepEqual(
    schedule?.history.map(({ act, undoneDate }) => [act, undoneDate !== undefined]),
    [
      ["reschedule", true],
      ["cancel", true],
    ],
  );
  assert.equal((await act("undo")).status, 409);
});

test("an undo that means another act than the latest one takes nothing back, so that a second click does no harm", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, act } = await evening(house);
  await act("reschedule", { startDate: LATER });
  await act("reschedule", { startDate: NEXT_WEEK });
  const { undoable } = (await operator.call<ActList>("GET", `/api/events/${slug}/acts`)).body;
  const clicks = await Promise.all([act("undo", { act: undoable }), act("undo", { act: undoable })]);
  assert.deepEqual(clicks.map(({ status }) => status).sort(), [200, 409]);
  assert.equal((await announced(house, slug)).startDate, LATER);
});

test("doors that opened for a time that no longer holds close again, and open for the one that holds", async () => {
  await using house = await TestHouse.open();
  const { slug, act } = await evening(house);
  house.clock.advance(HOUR_MS - 10 * 60_000);
  await house.control.round();
  assert.equal((await announced(house, slug)).status, "doors");
  assert.equal((await act("reschedule", { startDate: NEXT_WEEK })).body.status, "scheduled");
  assert.equal((await act("undo")).body.status, "doors");
  await act("postpone");
  await house.control.round();
  assert.equal((await announced(house, slug)).status, "postponed");
  assert.equal((await act("undo")).body.status, "doors");
});

test("texts are corrected and the correction is taken back; a correction raises the calendar's number, no correction does not", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, act } = await evening(house);
  const patch = (body: object) => operator.call<EventView>("PATCH", `/api/events/${slug}`, body);
  await patch({ title: "An evening with Ada and Jean", plannedMinutes: 120, doorsMinutesBefore: 45 });
  const after = await announced(house, slug);
  assert.deepEqual(
    [after.title, after.schedule?.plannedMinutes, after.doorTime, after.schedule?.sequence],
    ["An evening with Ada and Jean", 120, "2026-10-03T20:15:00+02:00", 1],
  );
  assert.equal((await patch({ title: "An evening with Ada and Jean" })).body.schedule?.sequence, 1);
  const back = (await act("undo")).body;
  assert.deepEqual([back.title, back.schedule?.plannedMinutes, back.doorTime, back.schedule?.sequence], [goodDraft.title, 60, "2026-10-03T20:45:00+02:00", 2]);
});

test("an unlisted event is in no list and no index, and at its address all the same", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, visibility: "unlisted" })).body;
  const slugs = async () => (await house.readJson<PublicEvent[]>("public", "index.json")).map((event) => event.slug);
  assert.deepEqual([await slugs(), (await announced(house, slug)).visibility], [["sound-check"], "unlisted"]);
  await operator.call("PATCH", `/api/events/${slug}`, { visibility: "public" });
  assert.deepEqual(await slugs(), [slug, "sound-check"]);
});

test("a copy has the texts, the length and the people of the event, but an address, a time and links of its own and no history", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, act } = await evening(house);
  await act("reschedule", { startDate: LATER, reason: "Sorry." });
  const { status, body } = await act("duplicate", { startDate: NEXT_WEEK });
  assert.equal(status, 201);
  assert.notEqual(body.slug, slug);
  assert.deepEqual([body.title, body.startDate, body.doorTime, body.schedule?.history], [goodDraft.title, NEXT_WEEK, "2026-10-10T20:45:00+02:00", []]);
  const people = async (of: string) => (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${of}/people`)).body.people;
  const [originals, copies] = [await people(slug), await people(body.slug)];
  assert.deepEqual(
    copies.map(({ name, role }) => [name, role]),
    originals.map(({ name, role }) => [name, role]),
  );
  assert.equal(new Set([...originals, ...copies].map(({ link }) => link?.split("#")[1])).size, 6);
});

test("what was done is kept with who did it, in order; what is over or on the Sound check cannot be moved", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, act } = await evening(house);
  const people = (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body.people;
  const grace = house.visitor();
  await grace.call("POST", "/api/enter", { secret: people[0]?.link?.split("#")[1] });
  await grace.call("POST", `/api/events/${slug}/cancel`, { reason: "The hall is flooded." });
  await act("undo");
  const { acts, undoable } = (await grace.call<ActList>("GET", `/api/events/${slug}/acts`)).body;
  assert.deepEqual(
    acts.map((one) => [one.act, one.by.role, one.by.name, one.reason]),
    [
      ["make", "operator", "", ""],
      ["cancel", "host", "Grace", "The hall is flooded."],
      ["undo", "operator", "", ""],
    ],
  );
  assert.deepEqual([undoable, acts[2]?.undoes], [null, acts[1]?.number]);
  for (const name of ["postpone", "cancel", "undo"])
    assert.equal((await operator.call("POST", `/api/events/sound-check/${name}`, {})).body.code, "forbidden", name);
  assert.equal((await operator.call("POST", `/api/events/${slug}/reschedule`, { startDate: "2026-10-03T10:00:00Z" })).body.code, "start-in-past");
  assert.equal((await operator.call("POST", `/api/events/${slug}/cancel`, { reason: "x".repeat(281) })).body.code, "invalid-field");
  assert.equal((await operator.call("POST", `/api/events/${slug}/cancel`, { reason: "two\nlines" })).body.code, "invalid-field");
});

test("wall-clock times follow the clocks of the zone: a winter date gets winter time", async () => {
  await using house = await TestHouse.open();
  const { act } = await evening(house);
  const { body } = await act("reschedule", { startDate: "2026-12-24T21:00" });
  assert.deepEqual([body.startDate, body.doorTime, body.schedule?.previousStartDate], ["2026-12-24T21:00:00+01:00", "2026-12-24T20:45:00+01:00", START]);
});
