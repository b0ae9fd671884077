import assert from "node:assert/strict";
import { test } from "node:test";
import type { Me } from "../../../wire/api.ts";
import { TestHouse } from "../test-house.ts";
import { TestAuthenticator } from "./test-authenticator.ts";
import { makePasskey, PASSKEY_HOUSE, signIn } from "./test-sign-in.ts";

/** Behind a proxy on loopback, so that a test can come from anywhere. */
const PROXIED = { ...PASSKEY_HOUSE, trustedProxies: ["127.0.0.1"] };
const from = (address: string) => ({ "x-forwarded-for": address });

test("who guesses codes or tries out passkeys is stopped by network; the next network is not", async () => {
  await using house = await TestHouse.open(undefined, PROXIED);
  const guesser = house.visitor();
  const guess = async (number: number, address: string) =>
    (await guesser.call("POST", "/api/sign-in/code", { code: `GUESS-${number}-00000-00000` }, from(address))).status;
  const statuses = new Map<number, number>();
  for (let number = 0; number < 200; number++) {
    const status = await guess(number, `2001:db8:1:2::${number.toString(16)}`);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assert.deepEqual(
    [...statuses],
    [
      [401, 20],
      [429, 180],
    ],
  );
  assert.equal(await guess(0, "2001:db8:1:3::1"), 401);
  assert.match(await house.registry.metrics(), /earshot_sign_in_refused_total\S* 180/);
});

test("strangers who try a host's passkey from hundreds of networks are slowed down, and the host is let in from anywhere meanwhile", async () => {
  await using house = await TestHouse.open(undefined, PROXIED);
  const { key } = await makePasskey(await house.operator(), "Olga");
  const forged = new TestAuthenticator(PASSKEY_HOUSE.backstageUrl);
  const codes: string[] = [];
  for (let network = 0; network < 60; network++) {
    const stranger = house.visitor();
    const { body } = await stranger.call<{ options: { challenge: string; rpId: string } }>("POST", "/api/sign-in/options");
    const passkey = { ...forged.answer(body), id: key.id.toString("base64url"), rawId: key.id.toString("base64url") };
    codes.push((await stranger.call("POST", "/api/sign-in", { passkey }, from(`198.51.${network}.1`))).body.code);
  }
  assert.deepEqual([codes.filter((code) => code === "unauthorised").length, codes.filter((code) => code === "rate-limited").length], [20, 40]);
  assert.equal((await signIn<Me>(house.visitor(), key)).body.account?.name, "Olga");
});

test("a device that signed in before has attempts of its own: a neighbour who guesses behind the same address does not lock it out", async () => {
  await using house = await TestHouse.open(undefined, PROXIED);
  const owner = await house.operator();
  const { key } = await makePasskey(owner, "Olga");
  await owner.call("POST", "/api/leave");
  const neighbour = house.visitor();
  for (let number = 0; number < 25; number++) await neighbour.call("POST", "/api/sign-in/code", { code: `GUESS-${number}-00000-00000` });
  assert.equal((await signIn(house.visitor(), key)).status, 429);
  assert.equal((await signIn(owner, key)).status, 200);

  // What is remembered on the device signs nobody in, belongs to this device, and cannot be made up.
  await owner.call("POST", "/api/leave");
  assert.equal((await owner.call("GET", "/api/me")).status, 401);
  const copied = house.visitor();
  copied.known = owner.known;
  assert.equal((await signIn(copied, key)).status, 429, "taken to another device");
  const invented = house.visitor();
  invented.known = `earshot_known=${"a".repeat(24)}`;
  assert.equal((await signIn(invented, key)).status, 429, "made up");
});

test("asking for challenges costs the house nothing that stays", async () => {
  await using house = await TestHouse.open(undefined, PROXIED);
  await house.control.round();
  const { transactions } = house.database.figures();
  const stranger = house.visitor();
  const challenges = new Set<string>();
  for (let number = 0; number < 100; number++)
    challenges.add((await stranger.call<{ options: { challenge: string } }>("POST", "/api/sign-in/options")).body.options.challenge);
  assert.equal(challenges.size, 100);
  assert.equal(house.database.figures().transactions, transactions);
});
