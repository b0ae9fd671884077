import assert from "node:assert/strict";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { completeMail, mailSchema } from "../../core/mail-config.ts";
import type { EventView } from "../../wire/api.ts";
import type { PublicEvent } from "../../wire/public-state.ts";
import type { PushNotice, ReminderAnswer, ReminderOffer, ReminderProgress, ReminderView } from "../../wire/reminders.ts";
import { TestSmtp } from "../mail/test-smtp.ts";
import { TestPushService } from "../push/test-push-service.ts";
import { goodDraft, TestHouse, type Visitor } from "./test-house.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const LATER = "2026-10-03T22:30:00+02:00";
const READER = { language: "en", timeZone: "Europe/Berlin" } as const;

/** A house that sends mail and pushes to servers of the test, with an evening that starts in an hour. */
async function evening(t: TestContext) {
  const smtp = await TestSmtp.open();
  const pushes = await TestPushService.open();
  const house = await TestHouse.open();
  await house.stop();
  const settings = {
    mail: completeMail(mailSchema.parse({ url: smtp.url, from: "Evenings <events@example.org>", per_minute: 6_000 })),
    privatePush: true,
  };
  await house.start(settings);
  t.after(async () => {
    await house[Symbol.asyncDispose]();
    smtp.close();
    pushes.close();
  });
  const operator: Visitor = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const act = (name: string, body: object = {}) => operator.call<EventView>("POST", `/api/events/${slug}/${name}`, body);
  const ask = (draft: object, visitor = house.visitor()) =>
    visitor.call<ReminderAnswer & { code?: string }>("POST", `/api/events/${slug}/reminders`, { ...READER, ...draft });
  /** A round that sees a second pass: budget and clocks go on. */
  const round = async (passMs = 1_000) => {
    house.clock.advance(passMs);
    await house.control.round();
  };
  const progress = async () => {
    // Control's port is another after a restart; the sign-in holds.
    const visitor = house.visitor();
    visitor.cookie = operator.cookie;
    return (await visitor.call<ReminderProgress>("GET", `/api/events/${slug}/reminders`)).body;
  };
  /** Asks by mail and taps the link in the mail. */
  const byMail = async (address: string, more: object = {}) => {
    await ask({ kind: "mail", address, ...more });
    await round();
    const link = /http:\/\/backstage\.test\/reminder\/([\w-]{43})/.exec(smtp.to(address).at(-1)?.text ?? "")?.[1] ?? assert.fail("no link");
    assert.equal((await house.visitor().call<ReminderView>("POST", `/api/reminders/${link}/confirm`)).body.state, "confirmed");
    return link;
  };
  const restart = async () => {
    await house.stop();
    await house.start(settings);
  };
  return { house, smtp, pushes, slug, id, act, ask, round, progress, byMail, restart, operator };
}

test("a listener without an account is reminded by mail: confirmed by a link, told of a new time in their own zone and language, ended by one tap", async (t) => {
  const { house, smtp, slug, act, ask, round, byMail } = await evening(t);
  assert.deepEqual((await ask({ kind: "mail", address: "Eve@example.com" })).body, { state: "asked" });
  await round();
  const [asked] = smtp.mails;
  assert.deepEqual(
    [asked?.to, asked?.headers.get("subject"), asked?.headers.has("list-unsubscribe")],
    [["Eve@example.com"], `Please confirm: ${goodDraft.title}`, false],
  );
  const token = await byMail("jean@example.com", { language: "de", timeZone: "America/New_York" });
  await act("reschedule", { startDate: LATER, reason: "The line to Ada is broken." });
  await round();
  assert.equal(smtp.to("Eve@example.com").length, 1, "who did not confirm is told nothing");
  const news = smtp.to("jean@example.com").at(-1);
  assert.equal(news?.headers.get("subject"), `Neue Zeit: ${goodDraft.title}`);
  assert.match(news?.text ?? "", /Samstag, 3\. Oktober 2026 um 16:30 (?:EDT|GMT-4), nicht mehr Samstag, 3\. Oktober 2026 um 15:00/);
  assert.match(news?.text ?? "", /The line to Ada is broken\./);
  assert.match(news?.text ?? "", new RegExp(`http://listen\\.test/e/${slug}`));
  assert.equal(news?.headers.get("list-unsubscribe"), `<http://backstage.test/reminder/${token}>`);
  assert.equal(news?.headers.get("list-unsubscribe-post"), "List-Unsubscribe=One-Click");
  const tap = await fetch(`${house.control.url}/reminder/${token}`, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) });
  assert.equal(tap.status, 204);
  await act("cancel");
  await round();
  assert.equal(smtp.to("jean@example.com").length, 2, "after one tap nothing more comes");
  assert.equal((await house.visitor().call<ReminderView>("GET", `/api/reminders/${token}`)).body.state, "ended");
});

test("a browser is told at once when the evening is postponed: encrypted for it alone, signed by the house, replacing what it was told before", async (t) => {
  const { house, pushes, slug, id, act, ask, round, progress } = await evening(t);
  const subscription = pushes.subscribe("/eve");
  const { body } = await ask({ kind: "push", ...subscription });
  assert.equal(body.state, "confirmed");
  await act("postpone", { reason: "Storm." });
  await round();
  assert.deepEqual(pushes.wrong, []);
  const [push] = pushes.received;
  const notice = JSON.parse(push?.text ?? "{}") as PushNotice;
  assert.deepEqual([notice.title, notice.tag, notice.url, notice.lang], [`Postponed: ${goodDraft.title}`, slug, `/e/${slug}`, "en"]);
  assert.match(notice.body, /does not take place Saturday,? 3 October 2026 at 21:00.*Storm\./);
  assert.ok(notice.slotMs <= house.clock.wallMs());
  const offer = await house.readJson<ReminderOffer>("public", "_reminders.json");
  assert.deepEqual([offer.mail, offer.push, offer.at], [true, push?.key, "http://backstage.test"]);
  assert.deepEqual([push?.claims.aud, push?.claims.sub], [pushes.url, "mailto:events@example.org"]);
  assert.deepEqual([push?.headers.topic, push?.headers.urgency], [id.replaceAll("-", "").slice(-24), "high"]);
  await act("undo");
  await round();
  assert.match(pushes.received[1]?.text ?? "", /Back again/);
  await house.visitor().call("POST", `/api/reminders/${body.token}/end`);
  assert.deepEqual((await progress()).push, 0);
});

test("the doors are told before they open, at the time that holds then: a moved evening is told at its new time, never at the old one", async (t) => {
  const { pushes, act, ask, round, progress } = await evening(t);
  await ask({ kind: "push", ...pushes.subscribe("/eve") });
  await act("reschedule", { startDate: LATER, reason: "" });
  await round();
  // Doors were at 20:45; now they are at 22:15.
  for (let minute = 0; minute < 120; minute += 5) await round(5 * MINUTE_MS);
  await round(4 * MINUTE_MS);
  const titles = () => pushes.received.map(({ text }) => (JSON.parse(text) as PushNotice).title.split(":")[0]);
  assert.deepEqual(titles(), ["New time"]);
  await round(2 * MINUTE_MS);
  assert.deepEqual(titles(), ["New time", "Soon"]);
  for (let minute = 0; minute < 10; minute++) await round(MINUTE_MS);
  assert.deepEqual(titles(), ["New time", "Soon"], "told once");
  assert.deepEqual(
    (await progress()).notices.map(({ topic, sent, waiting }) => [topic, sent, waiting]),
    [
      ["doors", 1, 0],
      ["moved", 1, 0],
    ],
  );
});

test("what was refused for good is given up, what may pass is tried again, and a browser that left is forgotten", async (t) => {
  const { pushes, smtp, act, ask, round, progress, byMail } = await evening(t);
  for (const name of ["/gone", "/busy", "/wrong"]) await ask({ kind: "push", ...pushes.subscribe(name) });
  await byMail("lost@example.com");
  pushes.answers.set("/gone", { status: 410 });
  pushes.answers.set("/busy", { status: 503, retryAfter: 60 });
  pushes.answers.set("/wrong", { status: 400 });
  smtp.refusals.set("lost@example.com", "451 lost@example.com: later");
  await act("postpone", { reason: "" });
  await round();
  await round();
  const seen = async () => (await progress()).notices.map(({ topic, waiting, sent, failed }) => [topic, waiting, sent, failed]);
  assert.deepEqual(await seen(), [["postponed", 2, 0, 2]]);
  assert.deepEqual((await progress()).push, 2, "the browser that said gone is forgotten");
  pushes.answers.delete("/busy");
  smtp.refusals.clear();
  await round(10_000);
  assert.deepEqual(await seen(), [["postponed", 1, 1, 2]], "not before the push service wants it");
  await round(60_000);
  assert.deepEqual(await seen(), [["postponed", 0, 2, 2]]);
  assert.equal(smtp.to("lost@example.com").length, 2);
});

test("a notice that nobody takes is given up when it is worth nothing any more", async (t) => {
  const { pushes, act, ask, round, progress } = await evening(t);
  await ask({ kind: "push", ...pushes.subscribe("/away") });
  pushes.answers.set("/away", { status: 503 });
  await act("postpone", { reason: "" });
  for (let hour = 0; hour < 26; hour++) await round(HOUR_MS);
  assert.deepEqual(
    (await progress()).notices.map(({ topic, waiting, failed }) => [topic, waiting, failed]),
    [["postponed", 0, 1]],
  );
});

test("our own notice is no flood: a thousand browsers are told over twenty seconds, fifty in each", async (t) => {
  const { house, pushes, act, ask, round } = await evening(t);
  await ask({ kind: "push", ...pushes.subscribe("/0") });
  // The rest is put into the database as it would be after a thousand visits.
  const { database: store } = house;
  const [row] = await store.read(store.sql.selectFrom("reminder").selectAll());
  assert.ok(row !== undefined);
  const others = Array.from({ length: 999 }, (_, index) => ({
    ...row,
    id: `${row.id.slice(0, -4)}${(0x1000 + index).toString(16)}`,
    address_hash: new Uint8Array(32).fill(0).map((_, at) => (at === 0 ? index & 255 : at === 1 ? index >> 8 : 7)),
  }));
  await store.write(others.map((other) => ({ query: store.sql.insertInto("reminder").values(other) })));
  await act("cancel", { reason: "" });
  const told = async () =>
    Number(
      (
        await store.read(
          store.sql
            .selectFrom("reminder_notice")
            .select(({ fn }) => fn.countAll<number>().as("count"))
            .where("state", "<>", "pending"),
        )
      )[0]?.count,
    );
  const course: number[] = [];
  for (let second = 0; second < 25; second++) {
    await round();
    course.push(await told());
  }
  assert.equal(course.at(-1), 1_000);
  for (const [second, count] of course.entries()) assert.ok(count <= 50 * (second + 2), `${count} after ${second + 1} s`);
  assert.ok((course[9] ?? 0) <= 600 && (course[9] ?? 0) >= 400);
});

test("nobody learns from the answer whether an address is known, and a stranger's box gets three mails at most", async (t) => {
  const { house, smtp, ask, round, byMail } = await evening(t);
  await byMail("eve@example.com");
  const first = await ask({ kind: "mail", address: "new@example.com" });
  const known = await ask({ kind: "mail", address: "EVE@example.com" });
  assert.deepEqual([first.status, first.body], [known.status, known.body]);
  for (let minute = 0; minute < 60; minute += 2) {
    await ask({ kind: "mail", address: "new@example.com" });
    await round(2 * MINUTE_MS);
  }
  assert.equal(smtp.to("new@example.com").length, 3);
  const crowd = house.visitor();
  let refused = 0;
  for (let index = 0; index < 30; index++) if ((await ask({ kind: "mail", address: `x${index}@example.com` }, crowd)).status === 429) refused++;
  assert.ok(refused > 10);
});

test("links confirm and end only what they were given for; looking at one does nothing", async (t) => {
  const { house, ask, round, smtp, progress } = await evening(t);
  await ask({ kind: "mail", address: "eve@example.com" });
  await round();
  const token = /reminder\/([\w-]{43})/.exec(smtp.mails[0]?.text ?? "")?.[1] ?? "";
  const call = <Body = { code: string }>(method: string, path: string) => house.visitor().call<Body>(method, `/api/reminders/${path}`);
  assert.equal((await fetch(`${house.control.url}/reminder/${token}`)).status, 200);
  assert.equal((await call<ReminderView>("GET", token)).body.state, "asked");
  assert.equal((await progress()).unconfirmed, 1);
  const changed = `${token[0] === "A" ? "B" : "A"}${token.slice(1)}`;
  for (const wrong of [changed, `${token.slice(0, -2)}AA`, "x", "%00", token.slice(1)]) {
    assert.equal((await call("POST", `${wrong}/confirm`)).body.code, "reminder-unknown", wrong);
    assert.equal((await call("POST", `${wrong}/end`)).body.code, "reminder-unknown", wrong);
  }
  assert.equal((await progress()).unconfirmed, 1);
});

test("a browser whose subscription ended is told by the new one at every event, once, and by nobody who does not know the old one's keys", async (t) => {
  const { house, pushes, slug, ask, act, round, progress, operator } = await evening(t);
  const other = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body.slug;
  const [old, fresh, ben, thief] = ["/old", "/fresh", "/ben", "/thief"].map((name) => pushes.subscribe(name));
  assert.ok(old !== undefined && fresh !== undefined && ben !== undefined && thief !== undefined);
  const asked = await ask({ kind: "push", ...old });
  await ask({ kind: "push", ...ben });
  // At the other event the browser has asked again already.
  for (const subscription of [old, fresh]) await house.visitor().call("POST", `/api/events/${other}/reminders`, { ...READER, kind: "push", ...subscription });
  const renew = async (from: object, to: object) => {
    const { status, body } = await house.visitor().call("POST", "/api/reminders/renew", { old: from, new: to });
    return status === 204 ? "renewed" : body.code;
  };
  for (const keys of [{ auth: thief.auth }, { p256dh: thief.p256dh }]) assert.equal(await renew({ ...old, ...keys }, thief), "reminder-unknown");
  assert.equal(await renew(thief, fresh), "reminder-unknown");
  assert.equal(await renew(old, { ...fresh, endpoint: "ftp://push.test/x" }), "push-address-refused");
  assert.equal(await renew(old, fresh), "renewed");
  assert.equal(await renew(old, fresh), "reminder-unknown", "the old one is known no longer");
  assert.equal((await progress()).push, 2);
  await act("postpone", { reason: "Later" });
  for (let second = 0; second < 4; second++) await round();
  assert.deepEqual(pushes.received.map(({ path }) => path).sort(), ["/ben", "/fresh"]);
  assert.deepEqual(pushes.wrong, [], "encrypted for the new keys");
  const moved = await operator.call("POST", `/api/events/${other}/postpone`, { reason: "Later" });
  assert.equal(moved.status, 200);
  for (let second = 0; second < 4; second++) await round();
  assert.deepEqual(pushes.received.map(({ path }) => path).sort(), ["/ben", "/fresh", "/fresh"]);
  assert.equal((await house.visitor().call("POST", `/api/reminders/${asked.body.token}/end`)).status, 204, "the page's own token still ends it");
  assert.equal((await progress()).push, 1);
  const { status } = await house.visitor().call("OPTIONS", "/api/reminders/renew", undefined, { origin: house.config.publicUrl });
  assert.deepEqual([status, slug === other], [204, false]);
});

test("what is no mail address and no browser's push service is refused, with the rule; what has nothing to come takes no reminders", async (t) => {
  const { house, pushes, ask, act } = await evening(t);
  for (const address of [
    "",
    "eve",
    "eve@",
    "eve@example",
    "a b@example.com",
    "eve@example.com\r\nBcc: x@example.com",
    "a@b.de,c@d.de",
    `${"x".repeat(250)}@example.com`,
  ])
    assert.equal((await ask({ kind: "mail", address })).body.code, "invalid-field", address);
  const good = pushes.subscribe("/eve");
  assert.equal((await ask({ kind: "push", ...good, endpoint: "ftp://example.com/x" })).body.code, "push-address-refused");
  assert.equal((await ask({ kind: "push", ...good, p256dh: `B${"A".repeat(86)}` })).body.code, "push-address-refused");
  assert.equal((await ask({ kind: "push", ...good, auth: "short" })).body.code, "invalid-field");
  assert.equal((await ask({ kind: "push", ...good, timeZone: "Moon/Base" })).body.code, "invalid-field");
  assert.equal((await house.visitor().call("POST", "/api/events/sound-check/reminders", { kind: "push", ...good, ...READER })).body.code, "forbidden");
  await act("cancel", { reason: "" });
  assert.equal((await ask({ kind: "push", ...good })).body.code, "transition-invalid");
});

test("only listeners' pages of this house may ask from a browser, without cookies; how far the notices are is for the hosts", async (t) => {
  const { house, pushes, slug } = await evening(t);
  const path = `/api/events/${slug}/reminders`;
  const from = (origin: string) => house.visitor().call("POST", path, { kind: "push", ...pushes.subscribe("/eve"), ...READER }, { origin });
  const own = await from("http://listen.test");
  assert.deepEqual(
    [own.status, own.headers.get("access-control-allow-origin"), own.headers.has("access-control-allow-credentials")],
    [201, "http://listen.test", false],
  );
  const other = await from("http://evil.test");
  assert.deepEqual([other.status, other.headers.get("access-control-allow-origin")], [403, null]);
  const preflight = await fetch(`${house.control.url}${path}`, {
    method: "OPTIONS",
    headers: { origin: "http://listen.test", "access-control-request-method": "POST" },
  });
  assert.deepEqual(
    [preflight.status, preflight.headers.get("access-control-allow-origin"), preflight.headers.get("access-control-allow-headers")],
    [204, "http://listen.test", "content-type"],
  );
  assert.equal((await house.visitor().call("GET", path)).status, 401);
});

test("addresses lie sealed on the disk while they are needed, and are gone after the evening; without mail settings no mail is offered", async (t) => {
  const { house, pushes, smtp, act, ask, round, byMail, progress } = await evening(t);
  await byMail("eve.recognisable@example.com");
  await ask({ kind: "mail", address: "never.recognisable@example.com" });
  await ask({ kind: "push", ...pushes.subscribe("/recognisable") });
  smtp.refusals.set("eve.recognisable@example.com", "550 eve.recognisable@example.com: no");
  await act("cancel", { reason: "" });
  await round();
  const found = async () => {
    const names = await readdir(house.folder, { recursive: true });
    const hits: string[] = [];
    for (const name of names) {
      const path = join(house.folder, name);
      if ((await stat(path)).isFile() && (await readFile(path)).includes("recognisable")) hits.push(name);
    }
    return hits;
  };
  assert.deepEqual(await found(), [], "no address in clear, not even in why it failed");
  assert.equal((await progress()).mail, 1);
  await round(25 * HOUR_MS);
  assert.deepEqual([(await progress()).unconfirmed, (await progress()).mail], [0, 1], "unconfirmed addresses leave after a day");
  await round(7 * 24 * HOUR_MS);
  assert.deepEqual([(await progress()).mail, (await progress()).push], [0, 0]);
  assert.deepEqual(await found(), []);
  await house.stop();
  await house.start();
  assert.equal((await house.readJson<ReminderOffer>("public", "_reminders.json")).mail, false);
  assert.equal((await house.readJson<PublicEvent[]>("public", "index.json")).length, 2);
});

test("notices of an earlier start of control are sent after it, but never those that were on their way when it died", async (t) => {
  const { house, pushes, act, ask, round, restart, progress } = await evening(t);
  await ask({ kind: "push", ...pushes.subscribe("/eve") });
  await ask({ kind: "push", ...pushes.subscribe("/jean") });
  await act("postpone", { reason: "" });
  // As a kill leaves it: one notice claimed, its outcome unknown.
  pushes.answers.set("/eve", { status: 503 });
  pushes.answers.set("/jean", { status: 503 });
  await round();
  const { database: store } = house;
  const [first] = await store.read(store.sql.selectFrom("reminder_notice").selectAll().orderBy("reminder_id"));
  await store.write([
    {
      query: store.sql
        .updateTable("reminder_notice")
        .set({ state: "sending" })
        .where("reminder_id", "=", first?.reminder_id ?? ""),
    },
  ]);
  pushes.answers.clear();
  await restart();
  await round(MINUTE_MS);
  assert.equal(pushes.received.length, 1);
  assert.deepEqual(
    (await progress()).notices.map(({ topic, waiting, sent, failed }) => [topic, waiting, sent, failed]),
    [["postponed", 0, 1, 1]],
  );
});
