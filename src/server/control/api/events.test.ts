import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventView, PersonView } from "../../../wire/api.ts";
import type { ProblemDetails } from "../../../wire/problem.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import { FLOOR_MAX } from "../../../wire/room.ts";
import { goodDraft, TestHouse } from "../test-house.ts";

test("an event is made with its address, its people and its public file, all there when the answer comes", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { status, body } = await operator.call<EventView>("POST", "/api/events", goodDraft);
  assert.equal(status, 201);
  assert.deepEqual(
    { ...body, id: undefined, speakers: body.speakers.map(({ name, role }) => `${name} ${role}`), may: undefined },
    {
      id: undefined,
      slug: "an-evening-with-ada",
      title: goodDraft.title,
      description: goodDraft.description,
      language: "en",
      timeZone: "Europe/Berlin",
      startDate: "2026-10-03T21:00:00+02:00",
      doorTime: "2026-10-03T20:45:00+02:00",
      status: "scheduled",
      permanent: false,
      speakers: ["Grace host", "Ada speaker", "Jean co-host"],
      visibility: "public",
      handsOpen: false,
      embed: true,
      mostListeners: null,
      schedule: { timeZone: "Europe/Berlin", plannedMinutes: 60, sequence: 0, updatedDate: "2026-10-03T20:00:00+02:00", history: [] },
      publicUrl: "http://listen.test/e/an-evening-with-ada",
      studioUrl: "http://backstage.test/studio/an-evening-with-ada",
      may: undefined,
    },
  );
  const file = await house.readJson<PublicEvent>("public", "an-evening-with-ada.json");
  assert.deepEqual(file, Object.fromEntries(Object.keys(file).map((key) => [key, body[key as keyof EventView]])));
  assert.deepEqual(
    (await house.readJson<PublicEvent[]>("public", "index.json")).map((event) => event.slug),
    ["an-evening-with-ada", "sound-check"],
  );
  assert.deepEqual(await house.readJson("events", body.id, "event.json"), {
    eventId: body.id,
    slug: body.slug,
    title: body.title,
    language: body.language,
    revision: 1,
    speakers: body.speakers,
    removedSeats: [],
    soundCheck: false,
  });
});

test("a host who is not named has a seat all the same", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { body } = await operator.call<EventView>("POST", "/api/events", { ...goodDraft, speakers: [{ name: "Ada" }] });
  assert.deepEqual(
    body.speakers.map(({ name, role }) => [name, role]),
    [
      ["Host", "host"],
      ["Ada", "speaker"],
    ],
  );
  assert.equal((await operator.call<{ role: string }>("POST", `/api/events/${body.slug}/seat`)).body.role, "host");
});

test("two events with the same title get two addresses; an address asked for that is taken is refused", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const made = await Promise.all([1, 2, 3, 4].map(() => operator.call<EventView>("POST", "/api/events", goodDraft)));
  assert.deepEqual(
    made.map(({ body }) => body.slug).sort(),
    ["", "-2", "-3", "-4"].map((end) => `an-evening-with-ada${end}`),
  );
  const taken = await operator.call("POST", "/api/events", { ...goodDraft, slug: "an-evening-with-ada" });
  assert.deepEqual([taken.status, taken.body.code], [409, "slug-taken"]);
  const permanent = await operator.call("POST", "/api/events", { ...goodDraft, slug: "sound-check" });
  assert.deepEqual([permanent.status, permanent.body.code], [409, "slug-taken"]);
  const own = await operator.call<EventView>("POST", "/api/events", { ...goodDraft, slug: "ada-2026" });
  assert.deepEqual([own.status, own.body.slug], [201, "ada-2026"]);
});

test("every value that breaks a rule is refused by name, rule and value, and nothing is made", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const cases: readonly [change: object, code: string, field: string][] = [
    [{ title: "" }, "invalid-field", "title"],
    [{ title: "   " }, "invalid-field", "title"],
    [{ title: "x".repeat(121) }, "invalid-field", "title"],
    [{ title: "bell \u0007" }, "invalid-field", "title"],
    [{ title: undefined }, "invalid-field", "title"],
    [{ title: 7 }, "invalid-field", "title"],
    [{ startDate: "tomorrow" }, "invalid-field", "startDate"],
    [{ startDate: "2026-10-03T17:00:00Z" }, "start-in-past", "startDate"],
    [{ timeZone: "Europe/Bielefeld" }, "invalid-field", "timeZone"],
    [{ language: "deutsch, bitte" }, "invalid-field", "language"],
    [{ description: "x".repeat(4_001) }, "invalid-field", "description"],
    [{ slug: "Not A Slug" }, "invalid-field", "slug"],
    [{ slug: "index" }, "invalid-field", "slug"],
    [{ speakers: Array.from({ length: 14 }, () => ({ name: "Ada" })) }, "invalid-field", "speakers"],
    [{ speakers: [{ name: "" }] }, "invalid-field", "speakers.0.name"],
    [{ speakers: [{ name: "Ada", role: "operator" }] }, "invalid-field", "speakers.0.role"],
    [{ price: 3 }, "invalid-field", "price"],
  ];
  for (const [change, code, field] of cases) {
    const { status, headers, body } = await operator.call<ProblemDetails>("POST", "/api/events", { ...goodDraft, ...change });
    assert.deepEqual([status, body.code, body.details.field], [422, code, field], JSON.stringify(change).slice(0, 80));
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.ok(String(body.details.rule).length > 3 && body.action.length > 3);
  }
  assert.deepEqual((await operator.call<{ events: unknown[] }>("GET", "/api/events")).body.events, []);
});

test("what is no JSON, too long, or sent to a wrong place is refused as such", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const post = (body: string, type: string) =>
    fetch(`${house.control.url}/api/events`, { method: "POST", body, headers: { "content-type": type, cookie: operator.cookie ?? "" } });
  const codeOf = async (response: Response) => [response.status, ((await response.json()) as ProblemDetails).code];
  assert.deepEqual(await codeOf(await post("{", "application/json")), [400, "bad-request"]);
  assert.deepEqual(await codeOf(await post(JSON.stringify(goodDraft), "text/plain")), [400, "bad-request"]);
  assert.deepEqual(await codeOf(await post(JSON.stringify({ ...goodDraft, description: "x".repeat(70_000) }), "application/json")), [413, "body-too-large"]);
  const wrongMethod = await operator.call("PUT", "/api/events", goodDraft);
  assert.deepEqual([wrongMethod.status, wrongMethod.body.code, wrongMethod.headers.get("allow")], [405, "method-not-allowed", "POST, GET"]);
  assert.deepEqual([(await operator.call("GET", "/api/tea")).body.code, (await operator.call("GET", "/tea")).body.code], ["not-found", "not-found"]);
  assert.equal((await operator.call("GET", "/api/events/nobody-knows")).body.code, "event-unknown");
});

test("a change is public when the answer comes; what is not named stays", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const { body } = await operator.call<EventView>("PATCH", `/api/events/${slug}`, { title: "Ada, again", startDate: "2026-10-04T21:00:00+02:00" });
  assert.deepEqual(
    [body.title, body.startDate, body.doorTime, body.description],
    ["Ada, again", "2026-10-04T21:00:00+02:00", "2026-10-04T20:45:00+02:00", goodDraft.description],
  );
  assert.equal((await house.readJson<PublicEvent>("public", `${slug}.json`)).title, "Ada, again");
  assert.equal((await operator.call("PATCH", `/api/events/${slug}`, { startDate: "2026-10-03T12:00:00Z" })).body.code, "start-in-past");
  assert.equal((await operator.call("PATCH", `/api/events/${slug}`, { slug: "other" })).body.code, "invalid-field");
});

test("the list of speakers is edited as a whole: renamed people keep their links, the host cannot be left out", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const people = async () => (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body.people;
  const [grace, ada] = await people();
  const { status } = await operator.call("PATCH", `/api/events/${slug}`, {
    speakers: [
      { id: ada?.id, name: "Ada Lovelace" },
      { name: "Alan", role: "co-host" },
    ],
  });
  assert.equal(status, 200);
  const after = await people();
  assert.deepEqual(
    after.map(({ name, role }) => `${name} ${role}`),
    ["Grace host", "Ada Lovelace speaker", "Alan co-host"],
  );
  assert.equal(after[1]?.link, ada?.link);
  const stranger = await operator.call("PATCH", `/api/events/${slug}`, { speakers: [{ id: "not-a-person", name: "Eve" }] });
  assert.equal(stranger.body.code, "not-found");
  const noHost = await operator.call("PATCH", `/api/events/${slug}`, { speakers: [{ id: grace?.id, name: "Grace", role: "speaker" }] });
  assert.equal(noHost.body.code, "forbidden");
  assert.equal((await operator.call("DELETE", `/api/events/${slug}/people/${grace?.id}`)).body.code, "forbidden");
  assert.deepEqual(await people(), after);
});

test("thirteen with the host are the most on stage; changes at the same moment all count", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, speakers: [] })).body;
  for (let round = 0; round < 3; round++) {
    const replies = await Promise.all(
      ["a", "b", "c", "d", "e"].map((name) => operator.call<PersonView>("POST", `/api/events/${slug}/people`, { name: `${name}${round}` })),
    );
    if (round < 2)
      assert.deepEqual(
        replies.map((reply) => reply.status),
        [201, 201, 201, 201, 201],
      );
    else assert.deepEqual(replies.map((reply) => reply.status).sort(), [201, 201, 422, 422, 422]);
  }
  const { speakers } = (await operator.call<EventView>("GET", `/api/events/${slug}`)).body;
  assert.equal(speakers.length, FLOOR_MAX);
});

test("the Sound check is on air from the first start, in nobody's list, and cannot be changed or ended", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { body } = await operator.call<EventView>("GET", "/api/events/sound-check");
  assert.deepEqual([body.status, body.permanent, body.may], ["live", true, ["read-event"]]);
  assert.deepEqual((await operator.call<{ events: unknown[] }>("GET", "/api/events")).body.events, []);
  for (const [method, path, sent] of [
    ["PATCH", "", { title: "Mine" }],
    ["POST", "/end", undefined],
    ["POST", "/live", undefined],
    ["POST", "/seat", undefined],
    ["POST", "/people", { name: "Eve" }],
  ] as const) {
    assert.equal((await operator.call(method, `/api/events/sound-check${path}`, sent)).body.code, "forbidden", `${method} ${path}`);
  }
  assert.equal((await house.readJson<PublicEvent>("public", "sound-check.json")).status, "live");
});

test("everything is there after a restart: events, people, links, sessions, public files", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const before = await operator.call("GET", `/api/events/${slug}/people`);
  await house.stop();
  await house.start();
  const again = house.visitor();
  again.cookie = operator.cookie;
  assert.deepEqual((await again.call("GET", `/api/events/${slug}/people`)).body, before.body);
  assert.deepEqual(
    (await house.readJson<PublicEvent[]>("public", "index.json")).map((event) => event.slug),
    [slug, "sound-check"],
  );
});
