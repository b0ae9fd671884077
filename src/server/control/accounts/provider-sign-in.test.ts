import assert from "node:assert/strict";
import { test } from "node:test";
import type { Me } from "../../../wire/api.ts";
import { goodDraft, type Reply, TestHouse, type Visitor } from "../test-house.ts";
import { newSigningKey, TestProvider } from "./test-provider.ts";
import { PASSKEY_HOUSE } from "./test-sign-in.ts";

async function openHouse(more: { readonly members?: string; readonly operators?: string } = {}) {
  const provider = await TestProvider.open();
  process.env.EARSHOT_PROVIDER_SECRET = provider.secret;
  const { members, operators } = more;
  const settings = { name: "Our house", issuer: provider.issuer, clientId: provider.clientId, secretFile: undefined, claim: "groups", members, operators };
  const house = await TestHouse.open(undefined, { ...PASSKEY_HOUSE, provider: settings });
  delete process.env.EARSHOT_PROVIDER_SECRET;
  const close = async () => {
    await house[Symbol.asyncDispose]();
    provider.close();
  };
  return { house, provider, [Symbol.asyncDispose]: close };
}

/** Goes to the service and comes back with what it says. */
async function goThere(visitor: Visitor): Promise<string> {
  const { url } = (await visitor.call<{ url: string }>("POST", "/api/sign-in/provider/start")).body;
  const answer = await fetch(url, { redirect: "manual" });
  const back = new URL(answer.headers.get("location") ?? "");
  assert.equal(back.origin + back.pathname, "http://localhost:8081/sign-in/provider");
  return back.search;
}

const comeBack = (visitor: Visitor, query: string): Promise<Reply<Me>> => visitor.call<Me>("POST", "/api/sign-in/provider", { query });

test("the house's own sign-in service signs in; the same person is the same account, with what the service says of them now", async () => {
  await using set = await openHouse({ operators: "earshot-operators" });
  const { house, provider } = set;
  assert.deepEqual((await house.visitor().call("GET", "/api/sign-in")).body, { passkey: true, mail: false, provider: "Our house" } as never);
  const visitor = house.visitor();
  const first = await comeBack(visitor, await goThere(visitor));
  assert.deepEqual([first.status, first.body.account?.kind, first.body.account?.name, first.body.operator], [200, "provider", "Ada Lovelace", false]);
  provider.claims = { ...provider.claims, groups: ["staff", "earshot-operators"] };
  const again = house.visitor();
  const second = await comeBack(again, await goThere(again));
  assert.deepEqual([second.body.account?.id, second.body.operator], [first.body.account?.id, true]);
  assert.equal((await again.call("POST", "/api/events", goodDraft)).status, 201);
  assert.equal((await visitor.call("POST", "/api/events", goodDraft)).status, 201, "also where they signed in before");
  provider.claims = { ...provider.claims, groups: "staff" };
  await comeBack(again, await goThere(again));
  assert.equal((await visitor.call("POST", "/api/events", goodDraft)).status, 403);
  provider.claims = { sub: "2", preferred_username: "grace\u202e" };
  const other = house.visitor();
  const grace = await comeBack(other, await goThere(other));
  assert.equal(grace.body.account?.name, "grace");
  assert.notEqual(grace.body.account?.id, first.body.account?.id);
});

test("where the settings name a group, nobody else is let in", async () => {
  await using set = await openHouse({ members: "earshot" });
  const { house, provider } = set;
  const visitor = house.visitor();
  for (const [groups, status] of [
    [undefined, 401],
    ["earshots", 401],
    [["other"], 401],
    [["other", "earshot"], 200],
    ["earshot", 200],
  ] as const) {
    provider.claims = { sub: "1", groups };
    assert.equal((await comeBack(visitor, await goThere(visitor))).status, status, JSON.stringify(groups));
  }
});

test("what comes back counts once, in the browser that went, within five minutes", async () => {
  await using set = await openHouse();
  const { house } = set;
  const [ada, eve] = [house.visitor(), house.visitor()];
  const query = await goThere(ada);
  await goThere(eve);
  assert.equal((await comeBack(eve, query)).status, 401, "another browser");
  assert.equal((await comeBack(house.visitor(), query)).status, 401, "a browser that never went");
  assert.equal((await comeBack(ada, query.replace(/code=[^&]+/, "code=guessed"))).status, 401);
  assert.equal((await comeBack(ada, "?error=access_denied")).status, 401);
  const right = await goThere(ada);
  assert.equal((await comeBack(ada, right)).status, 200);
  assert.equal((await comeBack(ada, right)).status, 401, "again");
  const late = await goThere(ada);
  house.clock.advance(300_000);
  assert.equal((await comeBack(ada, late)).status, 401, "late");
});

test("a token that is not from our service, not for us, or not for this sign-in lets nobody in", async () => {
  await using set = await openHouse();
  const { house, provider } = set;
  const visitor = house.visitor();
  const nowSeconds = Math.floor(Date.now() / 1000);
  const bends: Readonly<Record<string, Record<string, unknown>>> = {
    "another issuer": { iss: "https://evil.test" },
    "another client": { aud: "somebody-else" },
    "several clients, none of them named as the one": { aud: ["earshot", "somebody-else"] },
    "another nonce": { nonce: "another" },
    "no nonce": { nonce: undefined },
    over: { exp: nowSeconds - 3_600, iat: nowSeconds - 7_200 },
    nobody: { sub: undefined },
  };
  for (const [name, bend] of Object.entries(bends)) {
    provider.bend = bend;
    assert.equal((await comeBack(visitor, await goThere(visitor))).status, 401, name);
  }
  provider.bend = {};
  provider.signer = { ...newSigningKey("own") };
  assert.equal((await comeBack(visitor, await goThere(visitor))).status, 401, "another key under our key's name");
  provider.signer = provider.own;
  provider.algorithm = "none";
  assert.equal((await comeBack(visitor, await goThere(visitor))).status, 401, "not signed at all");
  provider.algorithm = "RS256";
  assert.equal((await visitor.call("GET", "/api/me")).status, 401);
  assert.equal((await comeBack(visitor, await goThere(visitor))).status, 200);
});

test("while the service is away that is said, and every other way in stays open", async () => {
  await using set = await openHouse();
  set.provider.close();
  const started = await set.house.visitor().call("POST", "/api/sign-in/provider/start");
  assert.deepEqual([started.status, started.body.code], [502, "provider-away"]);
  assert.equal((await set.house.operator()).cookie !== undefined, true);
});
