import assert from "node:assert/strict";
import { test } from "node:test";
import { verifySeatToken } from "../../../event/mod.ts";
import type { ActList, EventView, PersonView } from "../../../wire/api.ts";
import type { HandQueue, OwnHandAnswer } from "../../../wire/hands.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

/** An evening whose host takes questions. */
async function evening(house: TestHouse) {
  const operator: Visitor = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const at = (path: string) => `/api/events/${slug}/${path}`;
  const people = async () => (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body.people;
  const queue = async () => (await operator.call<HandQueue>("GET", at("hands"))).body.hands;
  const raise = async (visitor: Visitor, name: string, topic = "") => await visitor.call<OwnHandAnswer>("POST", at("hands"), { name, topic });
  await operator.call("POST", at("hand-queue"), { open: true });
  return { operator, slug, at, people, queue, raise };
}

test("listeners can ask to speak only while the host takes questions, and the event page knows it", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, at, raise } = await evening(house);
  assert.equal((await house.readJson<PublicEvent>("public", `${slug}.json`)).handsOpen, true);
  await operator.call("POST", at("hand-queue"), { open: false });
  assert.equal((await house.readJson<PublicEvent>("public", `${slug}.json`)).handsOpen, false);
  const closed = await raise(house.visitor(), "Eve");
  assert.deepEqual([closed.status, (closed.body as unknown as { code: string }).code], [409, "hands-closed"]);
});

test("hands stand in the order in which they were raised, with the time waited; one device has one hand", async () => {
  await using house = await TestHouse.open();
  const { raise, queue, at } = await evening(house);
  const [eve, ben, kim] = [house.visitor(), house.visitor(), house.visitor()] as const;
  await raise(eve, "Eve", "What did the loom weave?");
  house.clock.advance(60_000);
  await raise(ben, "Ben");
  house.clock.advance(30_000);
  await raise(kim, "Kim");
  assert.equal((await raise(eve, "Eve again")).status, 201);
  assert.deepEqual(
    (await queue()).map(({ name, topic, state, waitedSeconds }) => [name, topic, state, waitedSeconds]),
    [
      ["Eve", "What did the loom weave?", "waiting", 90],
      ["Ben", "", "waiting", 30],
      ["Kim", "", "waiting", 0],
    ],
  );
  const seen = (await ben.call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand;
  assert.deepEqual([seen?.position, seen?.waitedSeconds], [2, 30]);
  await eve.call("DELETE", at("hands/mine"));
  assert.equal((await ben.call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand?.position, 1);
  assert.equal((await eve.call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand, null);
  assert.equal((await house.visitor().call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand, null);
});

test("a listener who is invited takes a seat on their own device, arrives muted, and is announced as a speaker", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, at, raise, queue } = await evening(house);
  const [eve, thief] = [house.visitor(), house.visitor()] as const;
  await raise(eve, "Eve");
  const [hand] = await queue();
  assert.equal((await eve.call("POST", at("hands/mine/accept"))).body.code, "transition-invalid");
  assert.equal((await operator.call("POST", at(`hands/${hand?.id}/invite`))).status, 204);
  assert.equal((await operator.call("POST", at(`hands/${hand?.id}/invite`))).body.code, "transition-invalid");
  assert.equal((await eve.call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand?.state, "invited");
  assert.equal((await thief.call("POST", at("hands/mine/accept"))).body.code, "not-found");
  assert.deepEqual((await eve.call<{ studio: string }>("POST", at("hands/mine/accept"))).body, { studio: `/studio/${slug}` });
  const { token } = (await eve.call<{ token: string }>("POST", at("seat"))).body;
  const checked = verifySeatToken(token, house.houseKey, house.clock.wallMs());
  assert.ok(checked.ok);
  assert.deepEqual([checked.claims.role, checked.claims.name, checked.claims.arrivesMuted], ["speaker", "Eve", true]);
  const { speakers } = await house.readJson<PublicEvent>("public", `${slug}.json`);
  assert.ok(speakers.some(({ name, id }) => name === "Eve" && id === checked.claims.seatId));
  assert.deepEqual(
    (await queue()).map(({ state }) => state),
    ["on-stage"],
  );
});

test("a person steps down by themselves and may ask again; who was sent back too; who was removed may not", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, at, raise, queue, people } = await evening(house);
  const eve = house.visitor();
  const bring = async () => {
    assert.equal((await raise(eve, "Eve")).status, 201);
    await operator.call("POST", at(`hands/${(await queue())[0]?.id}/invite`));
    await eve.call("POST", at("hands/mine/accept"));
    return (await people()).find(({ name }) => name === "Eve")?.id ?? "";
  };
  const first = await bring();
  assert.equal((await eve.call("POST", at("step-down"))).status, 204);
  assert.equal((await eve.call("POST", at("seat"))).body.code, "forbidden");
  const second = await bring();
  assert.equal((await operator.call("POST", at(`people/${second}/audience`))).status, 204);
  const third = await bring();
  assert.equal((await operator.call("DELETE", at(`people/${third}`))).status, 204);
  const barred = await raise(eve, "Eve with another name");
  assert.deepEqual([barred.status, (barred.body as unknown as { code: string }).code], [403, "removed"]);
  const { removedSeats } = await house.readJson<{ removedSeats: string[] }>(
    "events",
    (await operator.call<EventView>("GET", `/api/events/${slug}`)).body.id,
    "event.json",
  );
  assert.deepEqual([...removedSeats].sort(), [first, second, third].sort());
});

test("a guest from the audience who is left out of the list of speakers is off the stage, with their hand; a copy of the event does not have them", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, at, raise, queue, people } = await evening(house);
  const eve = house.visitor();
  await raise(eve, "Eve");
  await operator.call("POST", at(`hands/${(await queue())[0]?.id}/invite`));
  await eve.call("POST", at("hands/mine/accept"));
  const copy = (await operator.call<EventView>("POST", at("duplicate"), { startDate: "2026-10-10T21:00:00+02:00" })).body;
  assert.deepEqual(
    copy.speakers.map(({ name }) => name),
    ["Grace", "Ada", "Jean"],
  );
  const staying = (await people()).filter(({ name }) => name !== "Eve").map(({ id, name, role }) => ({ id, name, role }));
  assert.equal((await operator.call("PATCH", `/api/events/${slug}`, { speakers: staying })).status, 200);
  assert.deepEqual(await queue(), []);
  assert.equal((await raise(eve, "Eve")).body.hand?.state, "waiting");
});

test("the host hands over without a moment without a host; the last host cannot just leave", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, at, people } = await evening(house);
  const enter = async (name: string) => {
    const visitor = house.visitor();
    await visitor.call("POST", "/api/enter", { secret: (await people()).find((person) => person.name === name)?.link?.split("#")[1] });
    return visitor;
  };
  const [grace, jean] = [await enter("Grace"), await enter("Jean")] as const;
  assert.equal((await grace.call("POST", at("step-down"))).body.code, "forbidden");
  const next = (await people()).find(({ name }) => name === "Jean")?.id;
  assert.equal((await jean.call("POST", at("hand-over"), { person: next })).body.code, "forbidden");
  assert.equal((await grace.call("POST", at("hand-over"), { person: next })).status, 204);
  assert.deepEqual(
    (await people()).map(({ name, role }) => [name, role]),
    [
      ["Grace", "co-host"],
      ["Ada", "speaker"],
      ["Jean", "host"],
    ],
  );
  assert.ok((await jean.call<EventView>("GET", `/api/events/${slug}`)).body.may.includes("end"));
  assert.ok(!(await grace.call<EventView>("GET", `/api/events/${slug}`)).body.may.includes("end"));
  assert.equal((await grace.call("POST", at("hand-over"), { person: next })).body.code, "forbidden");
  assert.equal((await grace.call("POST", at("step-down"))).status, 204);
  const { acts } = (await operator.call<ActList>("GET", at("acts"))).body;
  assert.deepEqual(
    acts.slice(-2).map(({ act, by }) => [act, by.name]),
    [
      ["hand-over", "Grace"],
      ["step-down", "Grace"],
    ],
  );
});

test("what is done with raised hands is left for the ledger by seat and role: no name, no topic, nothing of who only asked", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, at, raise, queue } = await evening(house);
  const [eve, ben] = [house.visitor(), house.visitor()];
  for (const visitor of [eve, ben]) await visitor.call("GET", "/api/me");
  await raise(eve, "Eve Canary");
  house.clock.advance(1_000);
  await raise(ben, "Ben Canary");
  await ben.call("DELETE", at("hands/mine"));
  await raise(ben, "Ben Canary");
  const [first, second] = await queue();
  await operator.call("POST", at(`hands/${first?.id}/invite`));
  await operator.call("DELETE", at(`hands/${second?.id}`));
  const { id } = (await operator.call<EventView>("GET", `/api/events/${slug}`)).body;
  const told = await house.readJson<{ acts: { n: number; act: string; seat: string; by: string }[] }>("events", id, "hand-acts.json");
  const seat = (await queue()).find(({ name }) => name === "Eve Canary")?.person;
  assert.ok(typeof seat === "string" && seat !== "");
  assert.deepEqual(
    told.acts.map(({ n, act, seat: whose, by }) => [n, act, whose, by]),
    [
      [0, "open", "", "operator"],
      [1, "invite", seat, "operator"],
      [2, "lower", "", "operator"],
    ],
  );
  assert.doesNotMatch(JSON.stringify(told), /Canary/);
});

test("who asks again and again from one address is told to wait", async () => {
  await using house = await TestHouse.open();
  const { raise } = await evening(house);
  const statuses: number[] = [];
  for (let index = 0; index < 13; index++) statuses.push((await raise(house.visitor(), `Eve ${index}`)).status);
  assert.deepEqual(statuses, [...Array.from({ length: 12 }, () => 201), 429]);
  house.clock.advance(10_000);
  assert.equal((await raise(house.visitor(), "Ben")).status, 201);
});

test("two clicks at once raise one hand; a queue survives a restart", async () => {
  await using house = await TestHouse.open();
  const { raise, queue, operator } = await evening(house);
  const eve = house.visitor();
  await eve.call("GET", "/api/me");
  await raise(eve, "Eve");
  await Promise.all([raise(eve, "Eve"), raise(eve, "Eve")]);
  const before = await queue();
  assert.equal(before.length, 1);
  await house.stop();
  await house.start();
  const again = house.visitor();
  again.cookie = operator.cookie;
  const { slug } = (await again.call<{ events: EventView[] }>("GET", "/api/events")).body.events[0] ?? { slug: "" };
  assert.deepEqual((await again.call<HandQueue>("GET", `/api/events/${slug}/hands`)).body.hands, before);
});

test("a raised hand is taken aside first: a seat on their own device, off the air and in no public list; then brought on stage muted, or sent back", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, at, people, queue, raise } = await evening(house);
  const producer = house.visitor();
  const { link } = (await operator.call<PersonView>("POST", at("people"), { name: "Paul", role: "producer" })).body;
  await producer.call("POST", "/api/enter", { secret: link?.split("#")[1] });
  const [eve, ben] = [house.visitor(), house.visitor()] as const;
  await raise(eve, "Eve");
  house.clock.advance(1_000);
  await raise(ben, "Ben");
  const [first, second] = await queue();
  for (const hand of [first, second]) assert.equal((await producer.call("POST", at(`hands/${hand?.id}/aside`))).status, 204);
  const own = (await eve.call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand;
  assert.deepEqual([own?.state, own?.aside], ["invited", true]);
  for (const visitor of [eve, ben]) await visitor.call("POST", at("hands/mine/accept"));
  const onDisk = async () =>
    (
      await house.readJson<{ speakers: { name: string; aside?: boolean }[] }>(
        "events",
        (
          await operator.call<EventView>("GET", at("").slice(0, -1))
        ).body.id,
        "event.json",
      )
    ).speakers;
  assert.deepEqual(
    (await onDisk()).filter(({ aside }) => aside).map(({ name }) => name),
    ["Eve", "Ben"],
  );
  const listed = async () => (await house.readJson<PublicEvent>("public", `${slug}.json`)).speakers.map(({ name }) => name);
  assert.deepEqual(await listed(), ["Grace", "Ada", "Jean"], "neither the producer nor who is taken aside");
  assert.deepEqual(
    (await queue()).map(({ state, aside }) => [state, aside]),
    [
      ["on-stage", true],
      ["on-stage", true],
    ],
  );
  const seatOf = async (name: string) => (await people()).find((person) => person.name === name)?.id;
  assert.equal((await producer.call("POST", at(`people/${await seatOf("Eve")}/aside`), { aside: false })).status, 204);
  assert.deepEqual(await listed(), ["Grace", "Ada", "Jean", "Eve"]);
  assert.equal((await producer.call("POST", at(`people/${await seatOf("Ben")}/audience`))).status, 204);
  assert.equal((await ben.call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand, null, "back in the audience, free to ask again");
  const acts = (await operator.call<ActList>("GET", at("acts"))).body.acts.map(({ act, by }) => `${by.role} ${act}`);
  assert.deepEqual(acts.slice(-4), ["producer take-aside", "producer take-aside", "producer bring-on-stage", "producer to-audience"]);
});

test("everybody backstage has notes of their own that outlive a restart and that nobody else reads", async () => {
  await using house = await TestHouse.open();
  const { operator, at, people } = await evening(house);
  const came: Visitor[] = [];
  for (const { link } of await people()) {
    const visitor = house.visitor();
    await visitor.call("POST", "/api/enter", { secret: link?.split("#")[1] });
    came.push(visitor);
  }
  for (const [index, visitor] of came.entries()) assert.equal((await visitor.call("POST", at("notes"), { text: `notes of ${index}` })).status, 204);
  await came[0]?.call("POST", at("notes"), { text: "new notes\nof two lines" });
  assert.equal((await came[0]?.call<{ code?: string }>("POST", at("notes"), { text: "x".repeat(16_001) }))?.body.code, "invalid-field");
  await house.stop();
  await house.start();
  const read = async ({ cookie, device }: Visitor) =>
    (await Object.assign(house.visitor(), { cookie, device }).call<{ text?: string }>("GET", at("notes"))).body.text;
  assert.deepEqual(await Promise.all(came.map(read)), ["new notes\nof two lines", "notes of 1", "notes of 2"]);
  assert.equal(await read(operator), undefined, "the host came by a link of their own");
});
