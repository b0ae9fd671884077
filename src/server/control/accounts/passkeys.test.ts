import assert from "node:assert/strict";
import { test } from "node:test";
import type { AccountList, AccountView } from "../../../wire/accounts.ts";
import type { ActList, EventView, Me, PersonView } from "../../../wire/api.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";
import { type AskedOptions, type Faults, TestAuthenticator } from "./test-authenticator.ts";
import { makePasskey, PASSKEY_HOUSE, signIn } from "./test-sign-in.ts";

const MINUTE_MS = 60_000;

async function openHouse(): Promise<{ house: TestHouse; operator: Visitor; slug: string; people: PersonView[]; [Symbol.asyncDispose](): Promise<void> }> {
  const house = await TestHouse.open(undefined, PASSKEY_HOUSE);
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const { people } = (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${slug}/people`)).body;
  return { house, operator, slug, people, [Symbol.asyncDispose]: () => house[Symbol.asyncDispose]() };
}

async function enterAs(house: TestHouse, people: readonly PersonView[], name: string): Promise<Visitor> {
  const visitor = house.visitor();
  await visitor.call("POST", "/api/enter", { secret: people.find((person) => person.name === name)?.link?.split("#")[1] });
  return visitor;
}

test("the first run: the link on the operator's terminal, a passkey, and from then on the passkey alone signs the operator in", async () => {
  await using set = await openHouse();
  const { house, operator } = set;
  const { key, reply } = await makePasskey(operator, "Olga");
  assert.equal(reply.status, 201);
  assert.deepEqual([reply.body.name, reply.body.operator, reply.body.kind, reply.body.passkeys.length, reply.body.codes], ["Olga", true, "passkey", 1, null]);
  const elsewhere = house.visitor();
  const signedIn = await signIn<Me>(elsewhere, key);
  assert.deepEqual([signedIn.status, signedIn.body.operator, signedIn.body.account?.name], [200, true, "Olga"]);
  const { slug } = (await elsewhere.call<EventView>("POST", "/api/events", goodDraft)).body;
  const history = (await elsewhere.call<ActList>("GET", `/api/events/${slug}/acts`)).body;
  assert.deepEqual(history.acts.at(-1)?.by, { name: "Olga", role: "operator" });
  assert.equal((await elsewhere.call("GET", "/api/tokens")).status, 200);
});

test("a host makes an account by the personal link and finds the event again on another device; so does a moderator; a guest makes none", async () => {
  await using set = await openHouse();
  const { house, operator, people, slug } = set;
  const grace = await enterAs(house, people, "Grace");
  const { key, reply } = await makePasskey(grace);
  assert.deepEqual([reply.status, reply.body.name, reply.body.operator], [201, "Grace", false]);
  const laptop = house.visitor();
  await signIn(laptop, key);
  const mine = await laptop.call<{ events: EventView[] }>("GET", "/api/account/events");
  assert.deepEqual(
    mine.body.events.map((event) => event.slug),
    [slug],
  );
  assert.ok(mine.body.events[0]?.may.includes("end"));
  assert.equal((await laptop.call<{ name: string }>("POST", `/api/events/${slug}/seat`)).body.name, "Grace");
  assert.equal((await laptop.call("POST", "/api/events", goodDraft)).status, 403);

  const moderator = (await operator.call<PersonView>("POST", `/api/events/${slug}/people`, { name: "Mo", role: "moderator" })).body;
  const mo = await enterAs(house, [moderator], "Mo");
  assert.equal((await mo.call<Me>("GET", "/api/me")).body.mayMakeAccount, true);
  assert.deepEqual([(await makePasskey(mo)).reply.body.name], ["Mo"]);

  const ada = await enterAs(house, people, "Ada");
  assert.equal((await ada.call<Me>("GET", "/api/me")).body.mayMakeAccount, undefined);
  assert.deepEqual([(await makePasskey(ada)).reply.status], [403]);
  assert.equal((await makePasskey(house.visitor())).reply.status, 401);
});

test("an account holds seats of several events; a new link or a removal takes the seat from it at once", async () => {
  await using set = await openHouse();
  const { house, operator, people, slug } = set;
  const grace = await enterAs(house, people, "Grace");
  const { key } = await makePasskey(grace);
  const second = (await operator.call<EventView>("POST", "/api/events", { ...goodDraft, title: "Another evening" })).body;
  const others = (await operator.call<{ people: PersonView[] }>("GET", `/api/events/${second.slug}/people`)).body.people;
  await grace.call("POST", "/api/enter", { secret: others.find(({ role }) => role === "host")?.link?.split("#")[1] });
  const tablet = house.visitor();
  const seats = async () => (await tablet.call<Me>("GET", "/api/me")).body.people.map(({ event }) => event.slug).sort();
  await signIn(tablet, key);
  assert.deepEqual(await seats(), [slug, second.slug].sort());
  const renewed = others.find(({ role }) => role === "host")?.id ?? "";
  await operator.call("POST", `/api/events/${second.slug}/people/${renewed}/link`);
  assert.deepEqual(await seats(), [slug]);
  const [host, , jean] = people;
  await operator.call("POST", `/api/events/${slug}/hand-over`, { person: jean?.id });
  assert.equal((await tablet.call<EventView>("GET", `/api/events/${slug}`)).body.may.includes("end"), false);
  await operator.call("DELETE", `/api/events/${slug}/people/${host?.id}`);
  assert.deepEqual(await seats(), []);
});

test("links that the operator only tried out do not become seats of the operator's account", async () => {
  await using set = await openHouse();
  const { house, operator, people } = set;
  for (const { link } of people) await operator.call("POST", "/api/enter", { secret: link?.split("#")[1] });
  const { key } = await makePasskey(operator);
  const elsewhere = house.visitor();
  assert.deepEqual((await signIn<Me>(elsewhere, key)).body.people, []);
  assert.equal((await house.visitor().call("POST", "/api/enter", { secret: people[1]?.link?.split("#")[1] })).status, 200);
});

test("two passkeys, codes, browsers: listed, taken away, and never the last way in", async () => {
  await using set = await openHouse();
  const { house, operator } = set;
  const first = await makePasskey(operator, "Olga");
  const firstId = first.key.id.toString("base64url");
  assert.equal((await operator.call("DELETE", `/api/account/passkeys/${firstId}`)).body.code, "last-passkey");
  const second = await makePasskey(operator);
  assert.equal(second.reply.body.passkeys.length, 2);
  assert.equal(second.reply.body.name, "Olga");
  const phone = house.visitor();
  await signIn(phone, second.key);
  assert.equal((await operator.call<AccountView>("GET", "/api/account")).body.sessions.length >= 2, true);

  // Taking a passkey away ends what it opened.
  assert.equal((await operator.call("DELETE", `/api/account/passkeys/${second.key.id.toString("base64url")}`)).status, 204);
  assert.equal((await phone.call("GET", "/api/me")).status, 401);
  assert.equal((await signIn(phone, second.key)).status, 401);

  await signIn(operator, first.key);
  const { codes } = (await operator.call<{ codes: string[] }>("POST", "/api/account/codes")).body;
  assert.equal(new Set(codes).size, 10);
  for (const code of codes) assert.match(code, /^(?:[0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
  assert.equal((await operator.call("DELETE", `/api/account/passkeys/${firstId}`)).status, 204);
  assert.equal((await signIn(house.visitor(), first.key)).status, 401);

  const paper = house.visitor();
  const typed = (codes[3] ?? "").toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");
  assert.equal((await paper.call("POST", "/api/sign-in/code", { code: typed })).status, 200);
  const account = (await paper.call<AccountView>("GET", "/api/account")).body;
  assert.deepEqual([account.codes?.left, account.operator], [9, true]);
  assert.equal((await house.visitor().call("POST", "/api/sign-in/code", { code: codes[3] })).status, 401);
  const again = (await paper.call<{ codes: string[] }>("POST", "/api/account/codes")).body.codes;
  assert.equal((await house.visitor().call("POST", "/api/sign-in/code", { code: codes[4] })).status, 401);
  assert.equal((await house.visitor().call("POST", "/api/sign-in/code", { code: again[4] })).status, 200);

  const { sessions } = (await paper.call<AccountView>("GET", "/api/account")).body;
  const other = sessions.find(({ own }) => !own);
  assert.equal((await paper.call("DELETE", `/api/account/sessions/${other?.id}`)).status, 204);
  assert.equal((await paper.call("POST", "/api/account/sessions/end-others")).status, 204);
  assert.deepEqual(
    (await paper.call<AccountView>("GET", "/api/account")).body.sessions.map(({ own }) => own),
    [true],
  );
});

test("a browser left open cannot change the keys: a quarter of an hour after signing in a passkey is asked for again", async () => {
  await using set = await openHouse();
  const { house, operator } = set;
  const { key } = await makePasskey(operator);
  assert.equal((await operator.call<AccountView>("GET", "/api/account")).body.fresh, true);
  house.clock.advance(15 * MINUTE_MS);
  assert.equal((await operator.call<AccountView>("GET", "/api/account")).body.fresh, false);
  for (const [method, path] of [
    ["POST", "/api/account/passkeys/options"],
    ["POST", "/api/account/codes"],
    ["DELETE", `/api/account/passkeys/${key.id.toString("base64url")}`],
    ["DELETE", "/api/account"],
  ] as const)
    assert.equal((await operator.call(method, path, path.endsWith("options") ? {} : undefined)).body.code, "confirm-first", path);
  await signIn(operator, key);
  assert.equal((await operator.call("POST", "/api/account/codes")).status, 201);
});

test("an answer counts once, in the browser that asked, within five minutes, and only for what it was asked", async () => {
  await using set = await openHouse();
  const { house, operator } = set;
  const { key } = await makePasskey(operator);
  const thief = house.visitor();
  const asked = (await thief.call<AskedOptions>("POST", "/api/sign-in/options")).body;
  const passkey = key.answer(asked);
  const elsewhere = house.visitor();
  await elsewhere.call("POST", "/api/sign-in/options");
  assert.equal((await elsewhere.call("POST", "/api/sign-in", { passkey })).body.code, "unauthorised", "another browser");
  assert.equal((await thief.call("POST", "/api/sign-in", { passkey })).status, 200);
  assert.equal((await thief.call("POST", "/api/sign-in", { passkey })).body.code, "unauthorised", "again");

  const late = (await thief.call<AskedOptions>("POST", "/api/sign-in/options")).body;
  house.clock.advance(5 * MINUTE_MS);
  assert.equal((await thief.call("POST", "/api/sign-in", { passkey: key.answer(late) })).body.code, "unauthorised", "late");

  await signIn(operator, key);
  const registering = (await operator.call<AskedOptions>("POST", "/api/account/passkeys/options", {})).body;
  assert.equal((await operator.call("POST", "/api/sign-in", { passkey: key.answer(registering) })).body.code, "unauthorised", "asked for another thing");
  const own = new TestAuthenticator(PASSKEY_HOUSE.backstageUrl);
  assert.equal((await operator.call("POST", "/api/account/passkeys", { passkey: own.register(registering) })).status, 201);
  assert.equal(
    (await operator.call("POST", "/api/account/passkeys", { passkey: new TestAuthenticator(PASSKEY_HOUSE.backstageUrl).register(registering) })).status,
    401,
  );
});

const FAULTS: Readonly<Record<string, Faults>> = {
  "another site": { origin: "https://evil.test" },
  "a neighbour's port": { origin: "http://localhost:8080" },
  "a page in a frame of another site": { origin: "https://evil.test", crossOrigin: true },
  "another domain's key": { rpId: "evil.test" },
  "the wrong ceremony": { type: "webauthn.create" },
  "nobody present": { flags: 0x00 },
  "present but not verified": { flags: 0x01 },
  "a challenge of its own": { challenge: Buffer.alloc(54, 7).toString("base64url") },
  "an empty challenge": { challenge: "" },
  "another account's handle": { userHandle: Buffer.from("somebody else").toString("base64url") },
};

test("whatever is wrong with an answer, it is refused in one and the same way", async () => {
  await using set = await openHouse();
  const { house, operator } = set;
  const { key } = await makePasskey(operator);
  const visitor = house.visitor();
  const answers = new Map<string, string>();
  const note = (name: string, { status, body, headers }: { status: number; body: Record<string, unknown>; headers: Headers }) =>
    answers.set(name, JSON.stringify([status, body, headers.getSetCookie()]));
  for (const [name, faults] of Object.entries(FAULTS)) note(name, await signIn(visitor, key, faults));
  note("nobody's passkey", await signIn(visitor, new TestAuthenticator(PASSKEY_HOUSE.backstageUrl)));
  const { body } = await visitor.call<AskedOptions>("POST", "/api/sign-in/options");
  const right = key.answer(body);
  const bent = Buffer.from(right.response.signature, "base64url");
  bent[bent.length - 1] = (bent.at(-1) ?? 0) ^ 1;
  note(
    "one bit of the signature",
    await visitor.call("POST", "/api/sign-in", { passkey: { ...right, response: { ...right.response, signature: bent.toString("base64url") } } }),
  );
  note(
    "no sense at all",
    await visitor.call("POST", "/api/sign-in", { passkey: { ...right, response: { clientDataJSON: "e30", authenticatorData: "", signature: "" } } }),
  );
  assert.equal(answers.size, 13);
  assert.equal(new Set(answers.values()).size, 1, [...answers].join("\n"));
  assert.equal((await visitor.call("GET", "/api/me")).status, 401);
  assert.equal((await signIn(visitor, key)).status, 200);
});

test("a copied authenticator is found out by its count", async () => {
  await using set = await openHouse();
  const { house, operator } = set;
  const { key } = await makePasskey(operator, "Olga", { counter: 5 });
  const count = async (counter: number) => (await signIn(house.visitor(), key, { counter })).status;
  assert.deepEqual([await count(6), await count(6), await count(5), await count(0), await count(7)], [200, 401, 401, 401, 200]);
});

test("a registration that is not what was asked for makes no account", async () => {
  await using set = await openHouse();
  const { operator } = set;
  for (const [name, faults] of Object.entries(FAULTS)) {
    if (name === "the wrong ceremony" || name === "another account's handle") continue;
    assert.equal((await makePasskey(operator, "Olga", faults)).reply.status, 401, name);
  }
  assert.equal((await makePasskey(operator, "Olga", { type: "webauthn.get" })).reply.status, 401);
  assert.deepEqual((await operator.call<AccountList>("GET", "/api/accounts")).body.accounts, []);
});

test("the operator lets somebody help run the house, takes it back, and ends an account", async () => {
  await using set = await openHouse();
  const { house, operator, people } = set;
  const grace = await enterAs(house, people, "Grace");
  const { key, reply } = await makePasskey(grace);
  const { id } = reply.body;
  assert.equal((await grace.call("PATCH", `/api/accounts/${id}`, { operator: true })).status, 403);
  assert.equal((await operator.call("PATCH", `/api/accounts/${id}`, { operator: true })).status, 204);
  assert.equal((await grace.call("POST", "/api/events", goodDraft)).status, 201);
  assert.equal((await operator.call("PATCH", `/api/accounts/${id}`, { operator: false })).status, 204);
  assert.equal((await grace.call("POST", "/api/events", goodDraft)).status, 403);
  assert.deepEqual(
    (await operator.call<AccountList>("GET", "/api/accounts")).body.accounts.map(({ name, passkeys, operator: runs }) => [name, passkeys, runs]),
    [["Grace", 1, false]],
  );
  assert.equal((await operator.call("DELETE", `/api/accounts/${id}`)).status, 204);
  assert.equal((await grace.call("GET", "/api/me")).status, 401);
  assert.equal((await signIn(house.visitor(), key)).status, 401);
});
