import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import type { EarshotError } from "../../../core/errors.ts";
import { newId } from "../../../core/ids.ts";
import { type Account, Accounts, type EventStore, type Passkey, Passkeys, RecoveryCodes, Sessions, SignInLinks } from "../../../event/mod.ts";
import { ENGINES } from "../../adapters/test-engines.ts";
import { TEST_NOW_MS, TestClock } from "../test-house.ts";

const codeOf = async (act: Promise<unknown>) =>
  await act.then(
    () => "done",
    (error: unknown) => (error as EarshotError).code,
  );

function book(store: EventStore) {
  const clock = new TestClock();
  const [accounts, passkeys, codes, sessions] = [
    new Accounts(store, clock),
    new Passkeys(store, clock),
    new RecoveryCodes(store, clock),
    new Sessions(store, clock),
  ];
  const links = new SignInLinks({ store, clock, houseKey: new Uint8Array(32) });
  const account: Account = { id: newId(TEST_NOW_MS), kind: "passkey", name: "Olga", operator: true, createdMs: TEST_NOW_MS };
  const newKey = (): Passkey => ({
    ...{ credentialId: randomBytes(16).toString("base64url"), accountId: account.id, publicKey: new Uint8Array(randomBytes(77)), counter: 0 },
    ...{ transports: ["usb", "nfc"], label: "Firefox, Linux", synced: false, createdMs: TEST_NOW_MS, usedMs: null },
  });
  return { clock, accounts, passkeys, codes, sessions, links, account, newKey };
}

for (const engine of ENGINES) {
  describe(engine.name, () => {
    test("an account and its keys are read back as they were made, and nobody else's passkey is taken for one", async () => {
      await using store = await (await engine.newDatabase()).open();
      const { accounts, passkeys, account, newKey } = book(store);
      const key = newKey();
      await store.write([accounts.insert(account), passkeys.insert(key), ...accounts.holdSteps(account.id, [])]);
      const found = await passkeys.find(key.credentialId);
      assert.deepEqual(
        [found?.account, { ...found?.passkey, publicKey: [...(found?.passkey.publicKey ?? [])] }],
        [account, { ...key, publicKey: [...key.publicKey] }],
      );
      assert.equal(await passkeys.find(newKey().credentialId), undefined);
      assert.equal(await codeOf(store.write([passkeys.insert(key)])), "passkey-known");
    });

    test("of two passkeys that take each other away at the same moment one stays", async () => {
      await using store = await (await engine.newDatabase()).open();
      const { accounts, passkeys, account, newKey } = book(store);
      const [one, two] = [newKey(), newKey()];
      await store.write([accounts.insert(account), passkeys.insert(one), passkeys.insert(two)]);
      const outcomes = await Promise.all([one, two].map(({ credentialId }) => codeOf(passkeys.remove(account.id, credentialId))));
      assert.deepEqual(outcomes.sort(), ["done", "last-passkey"]);
      assert.equal((await passkeys.of(account.id)).length, 1);
    });

    test("what works once works once, also for many at the same moment: a challenge, a printed code, a link", async () => {
      await using store = await (await engine.newDatabase()).open();
      const { accounts, passkeys, codes, sessions, links, account, newKey } = book(store);
      const key = newKey();
      await store.write([accounts.insert(account), passkeys.insert(key)]);
      const [code = ""] = await codes.make(account.id);
      const link = await links.make(links.hashOf("eve@example.org"));
      const ways = {
        challenge: async () => [accounts.useChallenge("one challenge", TEST_NOW_MS + 1_000), passkeys.use(key, 0)],
        code: async () => [codes.use(code)],
        link: async () => (await links.open(link, "Eve"))?.steps ?? [],
      };
      for (const [name, stepsOf] of Object.entries(ways)) {
        const all = await Promise.all(Array.from({ length: 8 }, stepsOf));
        const outcomes = await Promise.all(all.map((steps) => codeOf(sessions.enter({ accountId: account.id, agent: "", steps }, undefined))));
        assert.equal(outcomes.filter((outcome) => outcome === "done").length, 1, `${name}: ${outcomes.join(" ")}`);
      }
      assert.equal((await codes.of(account.id))?.left, 9);
    });

    test("an account that ended is found nowhere, and its sessions open nothing", async () => {
      await using store = await (await engine.newDatabase()).open();
      const { clock, accounts, passkeys, codes, sessions, account, newKey } = book(store);
      const key = newKey();
      await store.write([accounts.insert(account), passkeys.insert(key), accounts.insertIdentity(account.id, "https://id.test", "1")]);
      const [code = ""] = await codes.make(account.id);
      const cookie = await sessions.enter({ accountId: account.id, passkeyId: key.credentialId, agent: "Firefox, Linux", steps: [] }, undefined);
      assert.equal((await sessions.find(cookie))?.account?.name, "Olga");
      await accounts.end(account.id);
      assert.deepEqual(
        [
          await sessions.find(cookie),
          await passkeys.find(key.credentialId),
          await codes.find(code),
          await accounts.byIdentity("https://id.test", "1"),
          await accounts.byId(account.id),
        ],
        [undefined, undefined, undefined, undefined, undefined],
      );
      assert.equal(await codeOf(accounts.end(account.id)), "not-found");
      clock.advance(1_000_000);
      await accounts.prune();
    });
  });
}
