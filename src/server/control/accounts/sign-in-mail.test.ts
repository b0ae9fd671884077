import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { completeMail, mailSchema } from "../../../core/mail-config.ts";
import type { AccountView } from "../../../wire/accounts.ts";
import type { Me } from "../../../wire/api.ts";
import { type ReceivedMail, TestSmtp } from "../../mail/test-smtp.ts";
import { TestHouse, type Visitor } from "../test-house.ts";
import { makePasskey, PASSKEY_HOUSE } from "./test-sign-in.ts";

const MINUTE_MS = 60_000;
/** Longest a mail is waited for. Milliseconds; it takes a few, but the machine may be busy. */
const MAIL_MS = 30_000;

async function openHouse(): Promise<{ house: TestHouse; smtp: TestSmtp; [Symbol.asyncDispose](): Promise<void> }> {
  const smtp = await TestSmtp.open();
  const mail = completeMail(mailSchema.parse({ url: smtp.url, from: "Earshot <house@listen.test>" }));
  const house = await TestHouse.open(undefined, { ...PASSKEY_HOUSE, mail });
  const close = async () => {
    await house[Symbol.asyncDispose]();
    smtp.close();
  };
  return { house, smtp, [Symbol.asyncDispose]: close };
}

/** The mails to an address once there are so many of them. */
async function mailsTo(smtp: TestSmtp, address: string, count: number): Promise<readonly ReceivedMail[]> {
  for (const until = Date.now() + MAIL_MS; smtp.to(address).length < count && Date.now() < until; ) await sleep(10);
  assert.equal(smtp.to(address).length, count, address);
  return smtp.to(address);
}

const secretIn = (mail: ReceivedMail | undefined) => /\/sign-in\?[^\s#]*#([\w-]{24})\s/.exec(mail?.text ?? "")?.[1] ?? "";
const ask = (visitor: Visitor, address: string, more = {}) => visitor.call("POST", "/api/sign-in/mail", { address, ...more });
const open = (visitor: Visitor, secret: string, name?: string) =>
  visitor.call<Me>("POST", "/api/sign-in/mail/open", { secret, ...(name === undefined ? {} : { name }) });

test("a link by e-mail signs in once; the second time somebody comes they are who they were", async () => {
  await using set = await openHouse();
  const { house, smtp } = set;
  const eve = house.visitor();
  assert.equal((await ask(eve, "Eve@example.org", { event: "sound-check" })).status, 204);
  const [first] = await mailsTo(smtp, "Eve@example.org", 1);
  assert.match(first?.text ?? "", /http:\/\/localhost:8081\/sign-in\?lang=en&event=sound-check#/);
  assert.equal((await house.visitor().call("GET", `/sign-in?lang=en#${secretIn(first)}`)).status, 200, "a scanner follows the link");
  const entered = await open(eve, secretIn(first), "Eve");
  assert.deepEqual(
    [entered.status, entered.body.account?.kind, entered.body.account?.name, entered.body.operator, entered.body.people],
    [200, "e-mail", "Eve", false, []],
  );
  assert.equal((await open(house.visitor(), secretIn(first))).status, 401);

  await ask(house.visitor(), "eve@EXAMPLE.org", { language: "de" });
  const second = (await mailsTo(smtp, "eve@example.org", 1))[0];
  assert.match(second?.text ?? "", /lang=de/);
  const again = await open(house.visitor(), secretIn(second), "Somebody else");
  assert.deepEqual(again.body.account, entered.body.account);
  assert.equal((await eve.call<AccountView>("GET", "/api/account")).body.sessions.length, 2);
});

test("a link is good for 15 minutes", async () => {
  await using set = await openHouse();
  const { house, smtp } = set;
  for (const [address, minutes, status] of [
    ["early@example.org", 14, 200],
    ["late@example.org", 15, 401],
  ] as const) {
    await ask(house.visitor(), address);
    const [mail] = await mailsTo(smtp, address, 1);
    house.clock.advance(minutes * MINUTE_MS);
    assert.equal((await open(house.visitor(), secretIn(mail))).status, status);
  }
});

test("known, unknown and refused addresses get one and the same answer, and no address is kept anywhere", async () => {
  await using set = await openHouse();
  const { house, smtp } = set;
  await ask(house.visitor(), "known@example.org");
  await open(house.visitor(), secretIn((await mailsTo(smtp, "known@example.org", 1))[0]), "Known");
  smtp.refusals.set("nobody@example.org", "550 no such user");
  const answers = new Set<string>();
  for (const address of ["known@example.org", "unknown@example.org", "nobody@example.org"]) {
    const { status, body, headers } = await ask(house.visitor(), address);
    answers.add(JSON.stringify([status, body, headers.getSetCookie(), [...headers.keys()].sort()]));
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
  await mailsTo(smtp, "known@example.org", 2);
  await mailsTo(smtp, "unknown@example.org", 1);
  const bytes = Buffer.concat(await Promise.all(["earshot.sqlite", "earshot.sqlite-wal"].map((name) => readFile(join(house.folder, name))))).toString("latin1");
  assert.ok(bytes.includes("Known"));
  for (const canary of ["known@", "example.org"]) assert.ok(!bytes.includes(canary), canary);
});

test("nobody's box is filled: three mails, then no more for a while, and the answer does not say so; the links that came stay good", async () => {
  await using set = await openHouse();
  const { house, smtp } = set;
  for (let request = 0; request < 5; request++) assert.equal((await ask(house.visitor(), "ada@example.org")).status, 204);
  const mails = await mailsTo(smtp, "ada@example.org", 3);
  assert.equal((await ask(house.visitor(), "another@example.org")).body.code, "rate-limited", "one network asks for five at once");
  house.clock.advance(2 * MINUTE_MS);
  assert.equal((await ask(house.visitor(), "another@example.org")).status, 204);
  await mailsTo(smtp, "another@example.org", 1);
  for (const mail of mails) assert.equal((await open(house.visitor(), secretIn(mail))).status, 200);
  assert.match(await house.registry.metrics(), /earshot_sign_in_mails_held_total\S* 2/);
});

test("who posts has no keys to make, may end their account, and then is somebody new", async () => {
  await using set = await openHouse();
  const { house, smtp } = set;
  const eve = house.visitor();
  await ask(eve, "eve@example.org");
  const before = await open(eve, secretIn((await mailsTo(smtp, "eve@example.org", 1))[0]), "Eve");
  assert.equal((await makePasskey(eve)).reply.status, 403);
  assert.equal((await eve.call("POST", "/api/account/codes")).status, 403);
  assert.equal((await eve.call("POST", "/api/events", {})).status, 422);
  assert.equal((await eve.call("GET", "/api/events")).status, 403);
  assert.equal((await eve.call("PATCH", "/api/account", { name: "Eva\u202e" })).status, 422);
  assert.equal((await eve.call<AccountView>("PATCH", "/api/account", { name: "Eva" })).body.name, "Eva");
  assert.equal((await eve.call("DELETE", "/api/account")).status, 204);
  await ask(house.visitor(), "eve@example.org");
  const after = await open(house.visitor(), secretIn((await mailsTo(smtp, "eve@example.org", 2))[1]), "Eve");
  assert.notEqual(after.body.account?.id, before.body.account?.id);
});

test("a house without a mail server offers no sign-in by e-mail", async () => {
  await using house = await TestHouse.open();
  assert.deepEqual((await house.visitor().call("GET", "/api/sign-in")).body, { passkey: false, mail: false, provider: null } as never);
  assert.equal((await ask(house.visitor(), "eve@example.org")).status, 404);
});
