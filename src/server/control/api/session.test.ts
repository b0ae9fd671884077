import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { verifySeatToken } from "../../../event/mod.ts";
import type { EventView, PersonView } from "../../../wire/api.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

const DAY_MS = 86_400_000;

const secretOf = (person: PersonView | undefined) => person?.link?.split("#")[1] ?? "";
const peopleOf = async (visitor: Visitor, slug: string) => (await visitor.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body.people;

test("the host link signs the operator in, once per start, also when control was started again in between", async () => {
  await using house = await TestHouse.open();
  const first = house.visitor();
  const entered = await first.call<{ operator: boolean }>("POST", "/api/enter", { secret: house.config.hostSecret });
  assert.deepEqual([entered.status, entered.body.operator], [200, true]);
  assert.match(entered.headers.get("set-cookie") ?? "", /^earshot_session=[\w-]{32}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/);
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: house.config.hostSecret })).body.code, "unauthorised");

  await house.stop();
  await house.start();
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: house.config.hostSecret })).body.code, "unauthorised");
  await house.stop();
  await house.start({ hostSecret: "another-start-another-secret" });
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: "another-start-another-secret" })).status, 200);
});

test("a personal link opens the person's seat: who they are, the event, and a token the stage can check alone", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const ada = (await peopleOf(operator, slug)).find((person) => person.name === "Ada");
  const visitor = house.visitor();
  const entered = await visitor.call<{ operator: boolean; event: EventView; seat: { token: string; seat: string } }>("POST", "/api/enter", {
    secret: secretOf(ada),
  });
  assert.equal(entered.status, 200);
  assert.equal(entered.body.operator, false);
  assert.equal(entered.body.event.slug, slug);
  assert.deepEqual(entered.body.event.may, ["read-event", "raise-hand", "step-down", "take-seat", "speak", "chat-backstage", "keep-notes", "post"]);
  const checked = verifySeatToken(entered.body.seat.token, house.houseKey, house.clock.wallMs());
  assert.ok(checked.ok);
  assert.deepEqual([checked.claims.eventId, checked.claims.seatId, checked.claims.role, checked.claims.name], [id, ada?.id, "speaker", "Ada"]);
  const me = await visitor.call<{ operator: boolean; people: unknown[] }>("GET", "/api/me");
  assert.deepEqual(me.body, { operator: false, people: [{ id: ada?.id, name: "Ada", role: "speaker", event: { slug, title: goodDraft.title } }] });
  const again = await visitor.call<{ seat: string }>("POST", `/api/events/${slug}/seat`);
  assert.equal(again.body.seat, ada?.id);
});

test("a wrong, cut or empty secret opens nothing and is not repeated in the answer", async () => {
  await using house = await TestHouse.open();
  const wrong = await house.visitor().call("POST", "/api/enter", { secret: "x".repeat(24) });
  assert.deepEqual([wrong.status, wrong.body.code, wrong.headers.get("set-cookie")], [401, "unauthorised", null]);
  const cut = await house.visitor().call("POST", "/api/enter", { secret: "tooshort" });
  assert.deepEqual([cut.status, cut.body.code], [422, "invalid-field"]);
  assert.ok(!JSON.stringify(cut.body).includes("tooshort"));
});

test("links opened in the same browser add up, and the host stays the host", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const people = await peopleOf(operator, slug);
  const before = operator.cookie;
  for (const person of people) await operator.call("POST", "/api/enter", { secret: secretOf(person) });
  assert.notEqual(operator.cookie, before);
  const me = await operator.call<{ operator: boolean; people: { name: string }[] }>("GET", "/api/me");
  assert.deepEqual([me.body.operator, me.body.people.map((person) => person.name)], [true, ["Grace", "Ada", "Jean"]]);
});

test("a session that was replaced goes on for a minute and then opens nothing", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const otherPage = house.visitor();
  otherPage.cookie = operator.cookie;
  await operator.call("POST", "/api/enter", { secret: secretOf((await peopleOf(operator, slug))[1]) });
  assert.equal((await otherPage.call("GET", "/api/me")).status, 200);
  house.clock.advance(60_001);
  assert.equal((await otherPage.call("GET", "/api/me")).status, 401);
  assert.equal((await operator.call("GET", "/api/me")).status, 200);
});

test("leaving ends the session on the server, not only in the browser; thirty days end it too", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const copy = house.visitor();
  copy.cookie = operator.cookie;
  const left = await operator.call("POST", "/api/leave");
  assert.deepEqual([left.status, operator.cookie], [204, undefined]);
  assert.equal((await copy.call("GET", "/api/me")).body.code, "unauthorised");

  await house.stop();
  await house.start({ hostSecret: "another-start-another-secret" });
  const next = house.visitor();
  await next.call("POST", "/api/enter", { secret: "another-start-another-secret" });
  house.clock.advance(30 * DAY_MS - 1);
  assert.equal((await next.call("GET", "/api/me")).status, 200);
  house.clock.advance(1);
  assert.equal((await next.call("GET", "/api/me")).status, 401);
});

test("a revoked or renewed link opens nothing, and the session it opened sees nothing any more", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const [, ada, jean] = await peopleOf(operator, slug);
  const visitor = house.visitor();
  await visitor.call("POST", "/api/enter", { secret: secretOf(ada) });
  assert.equal((await operator.call("DELETE", `/api/events/${slug}/people/${ada?.id}`)).status, 204);
  assert.equal((await visitor.call("GET", `/api/events/${slug}`)).body.code, "forbidden");
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: secretOf(ada) })).body.code, "unauthorised");
  assert.equal((await operator.call("DELETE", `/api/events/${slug}/people/${ada?.id}`)).body.code, "not-found");

  const renewed = await operator.call<PersonView>("POST", `/api/events/${slug}/people/${jean?.id}/link`);
  assert.notEqual(renewed.body.link, jean?.link);
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: secretOf(jean) })).body.code, "unauthorised");
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: secretOf(renewed.body) })).status, 200);
  assert.equal((await peopleOf(operator, slug)).find((person) => person.id === jean?.id)?.link, renewed.body.link);
});

test("neither secrets nor cookies stand in the database file", { skip: TestHouse.newPostgres !== undefined && "the database is no file" }, async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const secrets = (await peopleOf(operator, slug)).map(secretOf);
  await house.visitor().call("POST", "/api/enter", { secret: secrets[1] });
  const bytes = Buffer.concat([await readFile(join(house.folder, "earshot.sqlite")), await readFile(join(house.folder, "earshot.sqlite-wal"))]).toString(
    "latin1",
  );
  assert.ok(bytes.includes("Ada"));
  for (const secret of [...secrets, operator.cookie?.split("=")[1] ?? "", house.config.hostSecret]) assert.ok(secret.length > 20 && !bytes.includes(secret));
});

test("somebody who guesses secrets is told to wait, and how long; a person with a good link is not", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const secret = secretOf((await peopleOf(operator, slug))[1]);
  const ada = house.visitor();
  for (let visit = 0; visit < 30; visit++) assert.equal((await ada.call("POST", "/api/enter", { secret })).status, 200);
  const statuses = [];
  for (let guess = 0; guess < 21; guess++) statuses.push((await house.visitor().call("POST", "/api/enter", { secret: `${"g".repeat(20)}${guess}` })).status);
  assert.deepEqual(statuses, [...Array.from({ length: 20 }, () => 401), 429]);
  const refused = await house.visitor().call("POST", "/api/enter", { secret: "g".repeat(24) });
  assert.deepEqual([refused.body.code, refused.headers.get("retry-after")], ["rate-limited", "5"]);
  house.clock.advance(5_000);
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: "g".repeat(24) })).status, 401);
});

test("a page of another origin can change nothing, a page of the house can", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  for (const origin of ["https://evil.test", "null", "http://backstage.test.evil.test", "http://backstage.test:81"]) {
    const refused = await operator.call("POST", "/api/events", goodDraft, { origin });
    assert.deepEqual([refused.status, refused.body.code], [403, "forbidden"], origin);
  }
  assert.equal((await operator.call("GET", "/api/events", undefined, { origin: "https://evil.test" })).headers.get("access-control-allow-origin"), null);
  for (const origin of ["http://backstage.test", house.control.url])
    assert.equal((await operator.call("POST", "/api/events", goodDraft, { origin })).status, 201, origin);
});

test("when the house key was replaced, links already sent still open, are not shown wrongly, and can be renewed", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const [, ada] = await peopleOf(operator, slug);
  await house.stop();
  house.houseKey = new Uint8Array(32).fill(7);
  await house.start();
  const again = house.visitor();
  again.cookie = operator.cookie;
  assert.deepEqual(
    (await peopleOf(again, slug)).map((person) => person.link),
    [null, null, null],
  );
  const adaHerself = house.visitor();
  assert.equal((await adaHerself.call("POST", "/api/enter", { secret: secretOf(ada) })).status, 200);
  const renewed = (await again.call<PersonView>("POST", `/api/events/${slug}/people/${ada?.id}/link`)).body;
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: secretOf(renewed) })).status, 200);
  assert.equal((await peopleOf(again, slug)).find((person) => person.id === ada?.id)?.link, renewed.link);
});
