import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { EventView, PersonView } from "../../../wire/api.ts";
import { listenerKey, mintWritingToken } from "../../../event/mod.ts";
import type { HandQueue, OwnHandAnswer } from "../../../wire/hands.ts";
import type { ListenerRecord, ListenerView } from "../../../wire/listeners.ts";
import type { ProblemDetails } from "../../../wire/problem.ts";
import type { PublicEvent } from "../../../wire/public-state.ts";
import type { ModerationQueue, OwnWall } from "../../../wire/wall-api.ts";
import { INVITATION_HEADER, POST_GRAPHEMES_MAX, type PublicModerationAct, type PublicWall } from "../../../wire/wall.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

/** An evening with an open wall. */
async function evening(house: TestHouse) {
  const operator: Visitor = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const at = (path: string) => `/api/events/${slug}/${path}`;
  const set = async (settings: object) => await operator.call("PATCH", at("wall"), settings);
  const write = async (visitor: Visitor, text: string, more: object = {}) => {
    const name = visitor === operator ? "Operator" : "Eve";
    house.clock.advance(1);
    return await visitor.call<{ id: string; state: string; text: string; code?: string }>("POST", at("wall/posts"), { kind: "post", text, name, ...more });
  };
  const wall = async (page = 1): Promise<PublicWall> => {
    await operator.call("PATCH", at("wall"), {});
    return await house.readJson<PublicWall>("events", id, "wall", `${page}.json`);
  };
  const mine = async (visitor: Visitor) => (await visitor.call<OwnWall>("GET", at("wall/mine"))).body;
  const queue = async () => (await operator.call<ModerationQueue>("GET", at("moderation"))).body;
  const act = async (by: Visitor, act: string, post: string, more: object = {}) =>
    await by.call<{ id: string; code?: string }>("POST", at("moderation/acts"), { act, post, rule: "insult", reason: "Not like this.", ...more });
  const undo = async (act: string) => await operator.call("POST", at(`moderation/acts/${act}/undo`), {});
  await set({ opening: "everyone" });
  return { operator, slug, id, at, set, write, wall, mine, queue, act, undo };
}

const codeOf = (reply: { body: unknown }) => (reply.body as ProblemDetails).code;

test("listeners write only where the host opened the wall, and the event page knows that there is one", async () => {
  await using house = await TestHouse.open();
  const { slug, set, write, wall } = await evening(house);
  assert.equal((await house.readJson<PublicEvent>("public", `${slug}.json`)).wall, true);
  const eve = house.visitor();
  assert.equal((await write(eve, "Good evening!")).status, 201);
  assert.deepEqual(
    (await wall()).posts.map(({ text, name, role }) => [text, name, role]),
    [["Good evening!", "Eve", undefined]],
  );
  await set({ opening: "accounts" });
  assert.equal(codeOf(await write(eve, "Again")), "account-needed");
  await set({ opening: "everyone", locked: true });
  assert.equal(codeOf(await write(eve, "Again")), "wall-closed");
  await set({ opening: "off", locked: false });
  assert.equal(codeOf(await write(eve, "Again")), "wall-closed");
  assert.equal((await wall()).posts.length, 1, "what was written stays to be read");
});

test("replies, reposts, votes and reactions are counted once for each browser, and can be taken back", async () => {
  await using house = await TestHouse.open();
  const { at, write, wall } = await evening(house);
  const [eve, ben] = [house.visitor(), house.visitor()] as const;
  const post = (await write(eve, "A thought")).body.id;
  const question = (await write(eve, "What did the loom weave?", { kind: "question" })).body.id;
  const later = (await write(ben, "And when?", { kind: "question" })).body.id;
  const reply = (await write(ben, "So it is", { kind: "reply", parent: post })).body.id;
  await write(eve, "Indeed", { kind: "reply", parent: reply });
  assert.equal((await write(ben, "", { kind: "repost", parent: post })).status, 201);
  assert.equal(codeOf(await write(ben, "", { kind: "repost", parent: post })), "conflict");
  for (const voter of [ben, ben, eve]) await voter.call("POST", at(`wall/posts/${later}/vote`), { on: true });
  await eve.call("POST", at(`wall/posts/${question}/vote`), { on: true });
  await ben.call("POST", at(`wall/posts/${post}/reaction`), { reaction: "clap", on: true });
  await ben.call("POST", at(`wall/posts/${post}/reaction`), { reaction: "clap", on: true });
  const { posts, questions } = await wall();
  assert.deepEqual(
    questions.map(({ id, votes }) => [id, votes]),
    [
      [later, 2],
      [question, 1],
    ],
  );
  const shown = posts.find(({ id }) => id === post);
  assert.deepEqual([shown?.replies?.map(({ text }) => text), shown?.reposts, shown?.reactions], [["So it is", "Indeed"], 1, { clap: 1 }]);
  assert.equal(posts.find(({ kind }) => kind === "repost")?.of?.text, "A thought");
  await ben.call("POST", at(`wall/posts/${later}/vote`), { on: false });
  await ben.call("POST", at(`wall/posts/${post}/reaction`), { reaction: "clap", on: false });
  await eve.call("DELETE", at(`wall/posts/${post}`));
  assert.equal((await ben.call("DELETE", at(`wall/posts/${question}`))).status, 404, "nobody takes back what another wrote");
  const after = await wall();
  assert.deepEqual(
    after.posts.map(({ kind }) => kind),
    ["question", "question"],
    "what was shown again goes with the original",
  );
  assert.equal(after.questions[0]?.votes, 1);
});

test("a removed post is gone for everybody at once; its author is told rule and reason, appeals, and has it back when that is granted", async () => {
  await using house = await TestHouse.open();
  const { operator, id, at, write, wall, mine, queue, act } = await evening(house);
  const eve = house.visitor();
  const post = (await write(eve, "You fools")).body.id;
  const { mark } = await mine(eve);
  const removed = (await act(operator, "remove", post)).body.id;
  const gone = await house.readJson<PublicWall>("events", id, "wall", "1.json");
  assert.deepEqual([gone.posts.length, gone.told.length], [0, 1]);
  assert.ok(gone.told[0]?.startsWith(`${mark}.`), "the browser concerned finds its mark in the file that everybody reads");
  const [statement] = (await mine(eve)).statements;
  assert.ok(statement !== undefined);
  assert.deepEqual(
    [statement.act, statement.rule, statement.reason, statement.by, statement.text, statement.mayAppeal, statement.automated],
    ["remove", "insult", "Not like this.", "operator", "You fools", true, false],
  );
  const stranger = house.visitor();
  await write(stranger, "Hello");
  assert.equal((await stranger.call("POST", at("wall/appeals"), { act: removed, text: "Let me" })).status, 404);
  assert.equal((await eve.call("POST", at("wall/appeals"), { act: removed, text: "It is a quotation." })).status, 204);
  assert.equal(codeOf(await eve.call("POST", at("wall/appeals"), { act: removed, text: "Really." })), "transition-invalid");
  assert.deepEqual(
    (await queue()).appeals.map(({ id: of, appeal }) => [of, appeal.text]),
    [[removed, "It is a quotation."]],
  );
  await operator.call("POST", at(`moderation/appeals/${removed}`), { grant: true, answer: "You are right." });
  const back = (await mine(eve)).statements.find(({ id: of }) => of === removed);
  assert.deepEqual([back?.inForce, back?.appeal.state, back?.appeal.answer], [false, "granted", "You are right."]);
  assert.equal((await wall()).posts.length, 2);
  assert.equal((await queue()).appeals.length, 0);
});

test("a suspension holds for posts, votes, reports, hands, seats, links and the API, says until when, ends by itself and gives everything back", async () => {
  await using house = await TestHouse.open();
  const { operator, id, at, write, mine, act } = await evening(house);
  const [eve, ben] = [house.visitor(), house.visitor()] as const;
  const post = (await write(eve, "You fools")).body.id;
  const other = (await write(ben, "Is it so?", { kind: "question" })).body.id;
  await operator.call("POST", at("hand-queue"), { open: true });
  await eve.call("POST", at("hands"), { name: "Eve", topic: "" });
  house.clock.advance(1);
  await ben.call("POST", at("hands"), { name: "Ben", topic: "" });
  const hands = async () => (await operator.call<HandQueue>("GET", at("hands"))).body.hands;
  const eveHand = (await hands())[0]?.id;
  await operator.call("POST", at(`hands/${eveHand}/invite`));
  await eve.call("POST", at("hands/mine/accept"));
  const seat = (await eve.call<{ seat: string }>("POST", at("seat"))).body.seat;
  const former = JSON.stringify([await house.readJson("events", id, "event.json"), await hands(), (await operator.call("GET", at("people"))).body]);

  assert.equal((await act(operator, "suspend", post, { minutes: 30 })).status, 201);
  for (const [method, path, body] of [
    ["POST", "wall/posts", { kind: "post", text: "Ha", name: "Eve" }],
    ["POST", `wall/posts/${other}/vote`, { on: true }],
    ["POST", `wall/posts/${other}/reaction`, { reaction: "clap", on: true }],
    ["POST", `wall/posts/${other}/report`, { rule: "spam", reason: "" }],
    ["POST", "hands", { name: "Eve", topic: "" }],
    ["POST", "hands/mine/accept", undefined],
  ] as const)
    assert.equal(codeOf(await eve.call(method, at(path), body)), "suspended", path);
  assert.equal(codeOf(await eve.call("POST", at("seat"))), "suspended");
  assert.equal(codeOf(await eve.call("GET", at("").slice(0, -1))), "suspended");
  const manifest = await house.readJson<{ removedSeats: string[] }>("events", id, "event.json");
  assert.deepEqual(manifest.removedSeats, [seat], "the stage refuses the seat's tokens, by page, encoder and WHIP");
  assert.deepEqual(
    (await hands()).map(({ name }) => name),
    ["Ben"],
  );
  const told = await mine(eve);
  assert.deepEqual([told.suspended, told.statements[0]?.until], [true, new Date(house.clock.wallMs() + 30 * 60_000).toISOString()]);
  assert.equal((await ben.call("POST", at(`wall/posts/${post}/vote`), { on: true })).status, 404, "a neighbour is not held up: that was no question");

  house.clock.advance(30 * 60_000);
  await house.control.round();
  assert.equal((await mine(eve)).suspended, false);
  assert.equal((await write(eve, "I am sorry")).status, 201);
  const later = JSON.stringify([await house.readJson("events", id, "event.json"), await hands(), (await operator.call("GET", at("people"))).body]);
  const timeless = (text: string) => text.replace(/"waitedSeconds":\d+/g, "");
  assert.equal(timeless(later), timeless(former));
  assert.equal((await eve.call<{ seat: string }>("POST", at("seat"))).body.seat, seat);
});

test("a suspension for good is taken back by a reinstatement; hosts are never suspended, co-hosts only by who may take seats away", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, write, act, undo, mine, at } = await evening(house);
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body;
  const enter = async (role: string) => {
    const visitor = house.visitor();
    await visitor.call("POST", "/api/enter", { secret: people.find((person) => person.role === role)?.link?.split("#")[1] });
    return visitor;
  };
  const [host, coHost] = [await enter("host"), await enter("co-host")] as const;
  const [hostPost, coHostPost] = [(await write(host, "Welcome")).body.id, (await write(coHost, "Hello")).body.id] as const;
  assert.equal(codeOf(await act(operator, "suspend", hostPost)), "forbidden");
  assert.equal(codeOf(await act(coHost, "suspend", coHostPost)), "forbidden");
  const suspended = (await act(host, "suspend", coHostPost)).body.id;
  assert.equal(codeOf(await coHost.call("GET", `/api/events/${slug}`)), "suspended");
  assert.equal(codeOf(await act(coHost, "remove", hostPost)), "suspended", "who is suspended moderates nothing");
  assert.deepEqual((await mine(coHost)).statements[0]?.until, null);
  assert.equal((await undo(suspended)).status, 201);
  assert.equal((await coHost.call("GET", `/api/events/${slug}`)).status, 200);
  assert.equal(codeOf(await undo(suspended)), "transition-invalid");
});

test("what the host wants to see first waits unseen, and so does what has a listed word in whatever disguise; moderators let it out", async () => {
  await using house = await TestHouse.open();
  const { set, write, wall, queue, undo, mine } = await evening(house);
  const eve = house.visitor();
  await set({ hold: "guests" });
  assert.equal((await write(eve, "First")).body.state, "held");
  await set({ hold: "none", words: ["scam coin"] });
  assert.equal((await write(eve, "Buy $CAM-С0IN now")).body.state, "held");
  assert.equal((await write(eve, "Scampi and coins")).body.state, "visible");
  assert.deepEqual(
    (await queue()).held.map(({ text, rule }) => [text, rule]),
    [
      ["First", "pre-moderation"],
      ["Buy $CAM-С0IN now", "word-list"],
    ],
  );
  assert.deepEqual(
    (await mine(eve)).statements.map(({ rule, automated }) => [rule, automated]),
    [
      ["word-list", true],
      ["pre-moderation", true],
    ],
  );
  await undo((await queue()).held[0]?.act ?? "");
  assert.deepEqual(
    (await wall()).posts.map(({ text }) => text),
    ["Scampi and coins", "First"],
  );
});

test("listeners report a post; the moderators have a queue, the most reported first, that empties when they decide or dismiss", async () => {
  await using house = await TestHouse.open();
  const { operator, at, write, queue, act } = await evening(house);
  const eve = house.visitor();
  const posts = [(await write(eve, "One")).body.id, (await write(eve, "Two")).body.id, (await write(eve, "Three")).body.id];
  for (const [index, times] of [1, 2, 1].entries())
    for (let time = 0; time < times; time++) {
      house.clock.advance(1);
      const visitor = house.visitor();
      await visitor.call("POST", at(`wall/posts/${posts[index]}/report`), { rule: "spam", reason: `because ${time}` });
      await visitor.call("POST", at(`wall/posts/${posts[index]}/report`), { rule: "spam", reason: "once more" });
    }
  assert.deepEqual(
    (await queue()).reports.map(({ id, reports, reasons }) => [id, reports, reasons[0]?.reason]),
    [
      [posts[1], 2, "because 0"],
      [posts[0], 1, "because 0"],
      [posts[2], 1, "because 0"],
    ],
  );
  await act(operator, "remove", posts[1] ?? "");
  await operator.call("DELETE", at(`moderation/reports/${posts[0]}`));
  assert.deepEqual(
    (await queue()).reports.map(({ id }) => id),
    [posts[2]],
  );
});

test("slow mode and budgets hold a flood of one browser, of one that forgets its cookie, and no moderator", async () => {
  await using house = await TestHouse.open();
  const { operator, set, write, wall } = await evening(house);
  const eve = house.visitor();
  await set({ slowSeconds: 60 });
  assert.equal((await write(eve, "One")).status, 201);
  const slow = await write(eve, "Two");
  assert.deepEqual([slow.status, (slow.body as unknown as ProblemDetails).details.retry_after_seconds], [429, 60]);
  for (let index = 0; index < 3; index++) assert.equal((await write(operator, `Note ${index}`)).status, 201);
  await set({ slowSeconds: 0 });
  const statuses = new Set<number>();
  for (let index = 0; index < 10; index++) statuses.add((await write(eve, `Flood ${index}`)).status);
  assert.deepEqual([...statuses], [201, 429]);
  let taken = 0;
  for (let index = 0; index < 80; index++) if ((await write(house.visitor(), `Crowd ${index}`)).status === 201) taken++;
  assert.ok(taken > 30 && taken < 60, `${taken} of 80`);
  assert.ok((await wall()).posts.length <= 30);
});

test("the wall is cut into a few bounded pages, whatever is written", async () => {
  await using house = await TestHouse.open();
  const { id, write, wall } = await evening(house);
  const eve = house.visitor();
  for (let index = 0; index < 35; index++) {
    house.clock.advance(60_000);
    assert.equal((await write(eve, `${index} ${"😀".repeat(POST_GRAPHEMES_MAX - 3)}`)).status, 201);
  }
  const [first, second] = [await wall(), await wall(2)] as const;
  assert.ok(first.pages >= 2 && first.posts.length > 0 && second.posts.length > 0);
  for (let page = 1; page <= first.pages; page++) {
    const bytes = (await readFile(join(house.folder, "events", id, "wall", `${page}.json`))).length;
    assert.ok(bytes <= 64 * 1024, `page ${page} has ${bytes} bytes`);
  }
  await assert.rejects(access(join(house.folder, "events", id, "wall", `${first.pages + 1}.json`)));
});

test("log and ledger tell every act by number, rule and role, and neither name nor device nor words of anybody", async () => {
  await using house = await TestHouse.open();
  const { operator, id, at, set, write, wall, act, undo } = await evening(house);
  const eve = house.visitor();
  const post = (await write(eve, "Rude words", { name: "Evelyn Ashdown" })).body.id;
  const removed = (await act(operator, "remove", post, { reason: "Evelyn was rude." })).body.id;
  await undo(removed);
  await act(operator, "suspend", post, { minutes: 5 });
  const acts = await house.readJson<PublicModerationAct[]>("events", id, "moderation.json");
  assert.deepEqual(
    acts.map(({ act: what, scope, rule, by }) => [what, scope, rule, by]),
    [
      ["remove", "post", "insult", "operator"],
      ["reinstate", "post", "insult", "operator"],
      ["suspend", "person", "insult", "operator"],
    ],
  );
  assert.doesNotMatch(JSON.stringify(acts), /Evelyn|Rude|rude|device/);
  const logged = (await operator.call<{ acts: { act: string; after: object }[] }>("GET", at("acts"))).body.acts;
  assert.deepEqual(
    logged.map(({ act: what }) => what),
    ["make", "set-wall", "remove-post", "restore-post", "suspend"],
  );
  assert.doesNotMatch(JSON.stringify(logged.map(({ after }) => after)), /Evelyn|device:/);
  assert.equal((await wall()).tally, undefined);
  await set({ tally: true });
  assert.deepEqual((await wall()).tally, { held: 0, removed: 1, suspended: 1, takenBack: 1, appeals: 0, granted: 0 });
});

test("nobody writes under the name of somebody on stage, also not in letters that look alike", async () => {
  await using house = await TestHouse.open();
  const { write } = await evening(house);
  for (const name of ["Grace", "GRACE", " grace ", "Grаce", "G r a c e", "Gr@ce"]) {
    const refused = await write(house.visitor(), "Hello", { name });
    assert.equal(codeOf(refused), "invalid-field", name);
  }
  assert.equal((await write(house.visitor(), "Hello", { name: "Gracie" })).status, 201);
});

test("a post may be pinned above all others, three at a time; strangers and speakers moderate nothing", async () => {
  await using house = await TestHouse.open();
  const { operator, at, write, wall } = await evening(house);
  const eve = house.visitor();
  const posts = [];
  for (const text of ["a1", "b2", "c3", "d4"]) posts.push((await write(eve, text)).body.id);
  for (const [index, post] of posts.entries())
    assert.equal((await operator.call("POST", at(`wall/posts/${post}/pin`), { on: true })).status, index < 3 ? 204 : 409);
  assert.equal((await wall()).pinned.length, 3);
  await operator.call("POST", at(`wall/posts/${posts[0]}/pin`), { on: false });
  assert.equal((await wall()).pinned.length, 2);
  for (const [method, path, body] of [
    ["GET", "moderation", undefined],
    ["PATCH", "wall", { locked: true }],
    ["POST", "moderation/acts", { act: "remove", post: posts[0], rule: "spam", reason: "x" }],
    ["POST", `wall/posts/${posts[0]}/pin`, { on: true }],
  ] as const)
    assert.equal(codeOf(await eve.call(method, at(path), body)), "unauthorised", path);
  const hand = (await eve.call<OwnHandAnswer>("GET", at("hands/mine"))).body.hand;
  assert.equal(hand, null);
});

test("whoever only raised a hand, or came to a seat, is suspended with rule and term too: told at once, heard on appeal, given back exactly what they had", async () => {
  await using house = await TestHouse.open();
  const { operator, id, at, mine, queue, undo } = await evening(house);
  const eve = house.visitor();
  await operator.call("POST", at("hand-queue"), { open: true });
  await eve.call("POST", at("hands"), { name: "Eve", topic: "Looms" });
  const hands = async () => (await operator.call<HandQueue>("GET", at("hands"))).body.hands.map(({ waitedSeconds: _, ...hand }) => hand);
  const former = await hands();
  const suspend = async (whom: object) => {
    const reply = await operator.call<{ id: string }>("POST", at("moderation/acts"), {
      act: "suspend",
      rule: "insult",
      reason: "Not so.",
      minutes: 30,
      ...whom,
    });
    assert.equal(reply.status, 201, JSON.stringify(reply.body));
    return reply.body.id;
  };
  const byHand = await suspend({ hand: former[0]?.id });
  assert.deepEqual(await hands(), []);
  const [statement] = (await mine(eve)).statements;
  assert.deepEqual([statement?.act, statement?.rule, statement?.reason, statement?.mayAppeal], ["suspend", "insult", "Not so.", true]);
  assert.equal((await eve.call("POST", at("wall/appeals"), { act: byHand, text: "I only asked." })).status, 204);
  assert.equal((await queue()).appeals[0]?.name, "Eve");
  await operator.call("POST", at(`moderation/appeals/${byHand}`), { grant: true, answer: "" });
  assert.deepEqual(await hands(), former);

  const people = async () => (await operator.call<{ people: PersonView[] }>("GET", at("people"))).body.people;
  const speaker = (await people()).find(({ role }) => role === "speaker");
  assert.equal(speaker?.came, false);
  const ada = house.visitor();
  await ada.call("POST", "/api/enter", { secret: speaker?.link?.split("#")[1] });
  assert.equal((await people()).find(({ role }) => role === "speaker")?.came, true);
  const manifest = await house.readJson("events", id, "event.json");
  const bySeat = await suspend({ person: speaker?.id });
  assert.deepEqual((await house.readJson<{ removedSeats: string[] }>("events", id, "event.json")).removedSeats, [speaker?.id]);
  assert.equal((await mine(ada)).suspended, true);
  await undo(bySeat);
  assert.deepEqual(await house.readJson("events", id, "event.json"), manifest);
  for (const wrong of [{}, { hand: former[0]?.id, person: speaker?.id }, { act: "remove", hand: former[0]?.id }, { person: "nobody" }]) {
    const reply = await operator.call("POST", at("moderation/acts"), { act: "suspend", rule: "insult", reason: "x", ...wrong });
    assert.ok(reply.status === 422 || reply.status === 404, JSON.stringify(wrong));
  }
});

test("at an event by invitation a suspended listener's link opens nothing until the suspension ends, by itself or taken back", async () => {
  await using house = await TestHouse.open();
  const { operator, slug, id, at, undo } = await evening(house);
  await operator.call("PATCH", `/api/events/${slug}`, { visibility: "invited" });
  const { listeners } = (await operator.call<{ listeners: ListenerView[] }>("POST", at("listeners"), { names: ["Eve", "Ben"] })).body;
  const link = listeners[0]?.id ?? "";
  const told = async () => await house.readJson<ListenerRecord>("events", id, "listeners.json").catch(() => undefined);
  const suspend = async () => {
    const request = { act: "suspend", listener: link, rule: "spam", reason: "Enough.", minutes: 30 };
    return (await operator.call<{ id: string }>("POST", at("moderation/acts"), request)).body.id;
  };
  const act = await suspend();
  assert.deepEqual(await told(), { revoked: [], suspended: [link] });
  const headers = { [INVITATION_HEADER]: mintWritingToken(listenerKey(house.houseKey), id, link) };
  const own = (await house.visitor().call<OwnWall>("GET", at("wall/mine"), undefined, headers)).body;
  assert.deepEqual([own.suspended, own.title, own.statements[0]?.reason], [true, goodDraft.title, "Enough."], "told in whatever browser the link is opened");
  assert.equal((await house.visitor().call("POST", at("wall/appeals"), { act, text: "It was not me." }, headers)).status, 204);
  await undo(act);
  assert.equal(await told(), undefined);
  await suspend();
  house.clock.advance(30 * 60_000);
  await house.control.round();
  assert.equal(await told(), undefined);
});
