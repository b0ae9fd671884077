import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerKey, mintListenerToken, mintWritingToken } from "../../../event/mod.ts";
import type { EventView, PersonView } from "../../../wire/api.ts";
import type { ListenerView } from "../../../wire/listeners.ts";
import type { ModerationQueue, OwnWall } from "../../../wire/wall-api.ts";
import { INVITATION_HEADER, type PublicWall, REACTION_MOMENT_SECONDS, type Reaction } from "../../../wire/wall.ts";
import { StageDouble } from "../stage-double.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

/** An event with an open wall. */
async function open(house: TestHouse, more: object = {}) {
  const operator: Visitor = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, ...more })).body;
  const at = (path: string) => `/api/events/${slug}/${path}`;
  await operator.call("PATCH", at("wall"), { opening: "everyone" });
  const wall = async () => {
    // As long as a wall stands at least before it is made anew.
    house.clock.advance(2_000);
    await house.control.round();
    return await house.readJson<PublicWall>("events", id, "wall", "1.json");
  };
  return { operator, slug, id, at, wall };
}

test("applause of a hundred taps is one number of people in the file that everybody reads, and is over with the moment", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, id, at, wall } = await open(house);
  const [eve, ben] = [house.visitor(), house.visitor()] as const;
  const react = async (visitor: Visitor, reaction: Reaction) => await visitor.call("POST", at("wall/moment"), { reaction });
  assert.equal((await react(eve, "clap")).body.code, "transition-invalid", "nothing is on air");
  await using stage = await StageDouble.open(id, slug);
  house.control.setStages([{ eventId: id, slug, url: stage.url }]);
  stage.state = { ...stage.state, phase: "live" };
  await house.control.round();
  for (let tap = 0; tap < 20; tap++) await react(eve, "clap");
  await react(ben, "clap");
  assert.equal((await react(ben, "heart")).status, 204);
  const shown = await wall();
  assert.deepEqual([shown.moment, shown.posts.length], [{ clap: 2, heart: 1 }, 0]);
  house.clock.advance(REACTION_MOMENT_SECONDS * 1_000 - 3_000);
  await react(eve, "clap");
  house.clock.advance(2_000);
  assert.deepEqual((await wall()).moment, { clap: 1 }, "who reacts again is there a minute longer");
  house.clock.advance(REACTION_MOMENT_SECONDS * 1_000);
  assert.equal((await wall()).moment, undefined);
  await operator.call("PATCH", at("wall"), { locked: true });
  assert.equal((await react(ben, "clap")).body.code, "wall-closed");
});

test("a listener writes from the event page as themselves; no other page may, and none of them reads anything else of the house", async () => {
  await using house = await TestHouse.open();
  const { at } = await open(house);
  const eve = house.visitor();
  const origin = new URL(house.config.publicUrl).origin;
  const asked = await eve.call("OPTIONS", at("wall/posts"), undefined, { origin, "access-control-request-method": "POST" });
  const told = (name: string) => asked.headers.get(`access-control-allow-${name}`);
  assert.deepEqual([asked.status, told("origin"), told("credentials"), told("methods")], [204, origin, "true", "POST"]);
  assert.match(told("headers") ?? "", new RegExp(INVITATION_HEADER));
  const none = (await eve.call<OwnWall>("GET", at("wall/mine"), undefined, { origin })).body;
  assert.equal(none.mark, "", "a browser that did nothing is not known");
  assert.equal((await eve.call("POST", at("wall/mine"), undefined, { origin })).status, 204);
  assert.notEqual((await eve.call<OwnWall>("GET", at("wall/mine"), undefined, { origin })).body.mark, "", "its cookie came back: what it writes is its own");
  const written = await eve.call<{ id: string }>("POST", at("wall/posts"), { kind: "post", text: "Hello", name: "Eve" }, { origin });
  assert.deepEqual([written.status, written.headers.get("access-control-allow-credentials")], [201, "true"]);
  const mine = await eve.call<OwnWall>("GET", at("wall/mine"), undefined, { origin });
  assert.deepEqual(
    mine.body.posts.map(({ id }) => id),
    [written.body.id],
  );
  for (const other of ["https://evil.test", "null"]) {
    const reply = await eve.call("GET", at("wall/mine"), undefined, { origin: other });
    assert.equal(reply.headers.get("access-control-allow-origin"), null, other);
    const posted = await eve.call("POST", at("wall/posts"), { kind: "post", text: "Hello", name: "Eve" }, { origin: other });
    assert.deepEqual([posted.status, posted.body.code], [403, "forbidden"], other);
  }
  for (const path of ["moderation", "people", "wall"]) {
    const { headers } = await eve.call("GET", at(path), undefined, { origin });
    assert.equal(headers.get("access-control-allow-credentials"), null, path);
  }
});

test("at an event by invitation whoever came by a personal link writes under the name they choose; a link taken away, of another event, or for listening only writes nothing", async () => {
  await using house = await TestHouse.open();
  const { operator, id, at, wall } = await open(house, { visibility: "invited" });
  const other = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, visibility: "invited" })).body;
  const { listeners } = (await operator.call<{ listeners: ListenerView[] }>("POST", at("listeners"), { names: ["Eve Ashdown", "Ben"] })).body;
  const [eveLink = "", benLink = ""] = listeners.map((link) => link.id);
  const key = listenerKey(house.houseKey);
  const token = (link: string, event = id) => ({ [INVITATION_HEADER]: mintWritingToken(key, event, link) });
  const write = async (visitor: Visitor, headers: Record<string, string>, name = "Eve") =>
    await visitor.call<{ id: string; code?: string }>("POST", at("wall/posts"), { kind: "post", text: "Good evening", name }, headers);
  const eve = house.visitor();
  for (const headers of [
    {},
    token(eveLink, other.id),
    token("eveEVE123_-x"),
    { [INVITATION_HEADER]: mintListenerToken(key, id, eveLink) },
    { [INVITATION_HEADER]: "x" },
  ])
    assert.equal((await write(eve, headers)).body.code, "invitation-needed", JSON.stringify(headers));
  const own = (await eve.call<OwnWall>("GET", at("wall/mine"), undefined, token(eveLink))).body;
  assert.deepEqual([own.name, own.named, own.mark === ""], ["Eve Ashdown", false, false], "whom it was made for is offered, not imposed");
  const post = await write(eve, token(eveLink), "E.");
  assert.equal(post.status, 201, JSON.stringify(post.body));
  assert.deepEqual(
    (await wall()).posts.map(({ name }) => name),
    ["E."],
  );
  const suspended = await operator.call("POST", at("moderation/acts"), { act: "suspend", post: post.body.id, rule: "spam", reason: "Enough.", minutes: 60 });
  assert.equal(suspended.status, 201);
  assert.equal((await write(house.visitor(), token(eveLink))).body.code, "suspended", "another browser, the same guest");
  assert.equal((await write(house.visitor(), token(benLink), "Ben")).status, 201);
  assert.equal((await operator.call<ModerationQueue>("GET", at("moderation"))).body.suspended[0]?.name, "E.");
  await operator.call("DELETE", at(`listeners/${benLink}`));
  assert.equal((await write(house.visitor(), token(benLink), "Ben")).body.code, "invitation-needed");
});

test("at an event by invitation whoever has a seat reads the wall backstage, and nobody else does", async () => {
  await using house = await TestHouse.open();
  const { operator, id, at, wall } = await open(house, { visibility: "invited" });
  await operator.call("POST", at("wall/posts"), { kind: "post", text: "Welcome", name: "" });
  await wall();
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body;
  const ada = house.visitor();
  await ada.call("POST", "/api/enter", { secret: people.find(({ name }) => name === "Ada")?.link?.split("#")[1] });
  const page = await ada.call<PublicWall>("GET", at("wall/pages/1"));
  assert.deepEqual([page.status, page.body], [200, await house.readJson("events", id, "wall", "1.json")]);
  for (const wrong of ["2", "0", "x", "..%2f..%2fevent"]) assert.equal((await ada.call("GET", at(`wall/pages/${wrong}`))).body.code, "not-found", wrong);
  const stranger = await house.visitor().call("GET", at("wall/pages/1"));
  assert.deepEqual([stranger.status, stranger.body.code], [403, "invitation-needed"]);
});
