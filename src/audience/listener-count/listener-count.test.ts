import assert from "node:assert/strict";
import { test } from "node:test";
import { testWindow } from "../../wire/test-window.ts";
import { AudienceSum, readAudienceLine, sumWindow } from "./audience-sum.ts";
import { ListenerCount } from "./listener-count.ts";
import { SessionKeys } from "./session-key.ts";
import { UniqueEstimate } from "./unique-estimate.ts";

const SECOND = 48_000;
const T0 = Date.parse("2026-10-03T19:00:00Z");
const QUIET = { waitingNow: 0, turnedAway: 0 };
const salt = new Uint8Array(16).fill(7);
const caller = (name: string, agent = "Mozilla/5.0 Firefox/140") => ({ address: "192.0.2.1", agent, sessionNumber: name });

function makeCount(edge = "front-a") {
  const count = new ListenerCount({ eventId: "ev", edge, keys: new SessionKeys(salt) });
  let window = 0;
  return { count, close: () => count.closeWindow(T0 + ++window * 10_000, QUIET) };
}

test("a listener who gets 8 s of audio in a window is listening; one who gets less is not", () => {
  const { count, close } = makeCount();
  count.fetched(caller("enough-01"), "hls", 0, 8 * SECOND, 64_000);
  count.fetched(caller("too-little"), "hls", 0, 8 * SECOND - 960, 63_000);
  const { listeningNow, joins, partial, bytes } = close();
  assert.deepEqual({ listeningNow, joins, partial, bytes }, { listeningNow: 1, joins: 1, partial: 1, bytes: 127_000 });
});

test("two sockets of one player are one listener, and audio sent twice is heard once", () => {
  const { count, close } = makeCount();
  for (const form of ["mp3", "hls"] as const) {
    const stream = count.open(caller("twin-sockets"), form, () => 0);
    for (let second = 0; second < 10; second++) stream?.wrote(second * SECOND, (second + 1) * SECOND, 8_000);
  }
  const { listeningNow, listenedGrossMs, sessionsGross } = close();
  assert.deepEqual({ listeningNow, listenedGrossMs, sessionsGross }, { listeningNow: 1, listenedGrossMs: 10_000, sessionsGross: 1 });
});

test("a player that asks for the same part again and again is not heard more", () => {
  const { count, close } = makeCount();
  for (let time = 0; time < 100; time++) count.fetched(caller("cache-buster"), "hls", 0, SECOND, 8_000);
  assert.deepEqual([close().listeningNow, close().listenedGrossMs], [0, 0]);
});

test("audio that waits because the listener does not read is not counted until it has gone", () => {
  const { count, close } = makeCount();
  let backlog = 0;
  const stream = count.open(caller("slow-line"), "page", () => backlog);
  for (let second = 0; second < 10; second++) stream?.wrote(second * SECOND, (second + 1) * SECOND, 8_000);
  backlog = 5 * 8_000;
  assert.deepEqual([close().listeningNow, close().listenedGrossMs], [0, 0]);
  backlog = 0;
  assert.equal(close().listenedGrossMs, 5_000);
});

test("parts left out for a slow reader are not counted as heard", () => {
  const { count, close } = makeCount();
  const stream = count.open(caller("gap-in-it"), "page", () => 0);
  stream?.wrote(0, 3 * SECOND, 24_000);
  stream?.wrote(7 * SECOND, 10 * SECOND, 24_000);
  assert.equal(close().listenedGrossMs, 6_000);
});

test("a session of 59 s is in the gross figure only; one of 60 s brings all its time", () => {
  const { count } = makeCount();
  const sum = new AudienceSum();
  for (let window = 1; window <= 6; window++) {
    count.fetched(caller("fifty-nine"), "hls", (window - 1) * 10 * SECOND, Math.min(59, window * 10) * SECOND, 80_000);
    count.fetched(caller("full-sixty"), "hls", (window - 1) * 10 * SECOND, window * 10 * SECOND, 80_000);
    sum.add(count.closeWindow(T0 + window * 10_000, QUIET));
  }
  const summary = sum.summary(T0 + 70_000);
  assert.deepEqual([summary?.sessions, summary?.sessionsGross, summary?.listeningHours, summary?.peak], [1, 2, 0.02, 2]);
  // As in the ledger: only what went to the session that counts, over the whole minute.
  assert.equal(summary?.average, 1);
});

test("the account tells peak and bots as the ledger does: when the window began, and all edges of one window together", () => {
  const sum = new AudienceSum();
  for (const [edge, machines] of [
    ["front-a", 3],
    ["front-b", 4],
  ] as const)
    sum.add(testWindow(edge, T0 + 10_000, { listeningNow: 10, machines }));
  sum.add(testWindow("front-a", T0 + 20_000, { seq: 1, listeningNow: 5, machines: 5 }));
  const summary = sum.summary(T0 + 60_000);
  assert.deepEqual([summary?.peak, summary?.peakUnixMs, summary?.machines], [20, T0, 7]);
});

test("a declared machine is told apart and never a listener", () => {
  const { count, close } = makeCount();
  count.fetched(caller("machine-01", "FriendlyBot/2.1 (+https://example.org/bot)"), "mp3", 0, 10 * SECOND, 80_000);
  const { listeningNow, machines, listenedGrossMs } = close();
  assert.deepEqual({ listeningNow, machines, listenedGrossMs }, { listeningNow: 0, machines: 1, listenedGrossMs: 10_000 });
});

test("players without a number are told apart by address and agent", () => {
  const { count, close } = makeCount();
  for (const [address, agent] of [
    ["192.0.2.1", "VLC/3"],
    ["192.0.2.1", "VLC/3"],
    ["192.0.2.2", "VLC/3"],
    ["192.0.2.1", "mpv"],
  ] as const)
    count.fetched({ address, agent, sessionNumber: undefined }, "mp3", 0, 10 * SECOND, 1);
  assert.equal(close().listeningNow, 3);
});

test("breakdowns are told from 20 sessions up, rounded, and never of a small event", () => {
  const { count, close } = makeCount();
  for (let index = 0; index < 47; index++) count.fetched(caller(`page-listener-${index}`), "page", 0, 10 * SECOND, 1);
  for (let index = 0; index < 19; index++) count.fetched(caller(`radio-listener-${index}`), "mp3", 0, 10 * SECOND, 1);
  const { forms, listeningNow } = close();
  assert.deepEqual([listeningNow, forms], [66, { page: 50 }]);
  const small = makeCount();
  for (let index = 0; index < 49; index++) small.count.fetched(caller(`few-${index}-of-them`), "page", 0, 10 * SECOND, 1);
  assert.equal(small.close().forms, undefined);
});

test("sessions that fell silent are forgotten after a minute", () => {
  const { count, close } = makeCount();
  for (let index = 0; index < 5_000; index++) count.fetched(caller(`short-${index}-visit`), "hls", 0, SECOND, 1);
  assert.equal(count.sessionsHeld, 5_000);
  const full = count.bytesHeld;
  for (let window = 0; window < 7; window++) close();
  assert.equal(count.sessionsHeld, 0);
  assert.ok(count.bytesHeld < full / 5);
});

test("after the salt is forgotten nobody can be recognised or counted", () => {
  const keys = new SessionKeys(salt);
  assert.notEqual(keys.session(caller("somebody-01")), undefined);
  keys.forget();
  assert.equal(keys.session(caller("somebody-01")), undefined);
  assert.equal(keys.person(caller("somebody-01")), undefined);
});

test("the sum over edges is printed with the bounds that movers leave", () => {
  const { sum, low, high } = sumWindow([
    testWindow("a", T0, { listeningNow: 100, joins: 3, partial: 4 }),
    testWindow("b", T0, { listeningNow: 50, joins: 2, partial: 2 }),
  ]);
  assert.deepEqual({ sum, low, high }, { sum: 150, low: 145, high: 152 });
  assert.deepEqual(sumWindow([testWindow("a", T0, { listeningNow: 7, joins: 7, partial: 9 })]), { endUnixMs: T0, edges: 1, sum: 7, low: 7, high: 7 });
});

test("a window is shown when every edge has spoken, or when the silent ones had their time", () => {
  const sum = new AudienceSum();
  sum.add(testWindow("a", T0, { listeningNow: 10 }));
  sum.add(testWindow("b", T0, { listeningNow: 5 }));
  sum.add(testWindow("a", T0 + 10_000, { listeningNow: 11 }));
  assert.equal(sum.publicAudience(T0 + 11_000)?.listeningNow, 15);
  assert.deepEqual([sum.publicAudience(T0 + 20_000)?.listeningNow, sum.publicAudience(T0 + 20_000)?.edges], [11, 1]);
  sum.add(testWindow("b", T0 + 10_000, { listeningNow: 6 }));
  sum.add(testWindow("b", T0 + 10_000, { listeningNow: 6 }));
  assert.deepEqual([sum.publicAudience(T0 + 11_000)?.listeningNow, sum.publicAudience(T0 + 11_000)?.peak], [17, 17]);
});

test("a line that is cut off or from another make is left out", () => {
  const whole = JSON.stringify(testWindow("a", T0, {}));
  assert.deepEqual(readAudienceLine(whole), testWindow("a", T0, {}));
  for (const broken of [whole.slice(0, -5), "", "null", "{}", whole.replace('"v":1', '"v":2'), whole.replace('"joins":0', '"joins":-1')])
    assert.equal(readAudienceLine(broken), undefined);
});

test("edges' estimates of unique listeners merge to the estimate of all, however they overlap", () => {
  const [one, other, all] = [new UniqueEstimate(), new UniqueEstimate(), new UniqueEstimate()];
  const keys = new SessionKeys(salt);
  for (let index = 0; index < 3_000; index++) {
    const { high, low } = keys.person(caller(`person-${index}`)) as { high: number; low: number };
    all.add(high, low);
    if (index < 2_000) one.add(high, low);
    if (index >= 1_000) other.add(high, low);
  }
  one.merge(UniqueEstimate.unpack(other.pack()) as UniqueEstimate);
  assert.equal(one.estimate(), all.estimate());
  assert.ok(Math.abs(all.estimate() - 3_000) < 75, `${all.estimate()}`);
  assert.equal(new UniqueEstimate().estimate(), 0);
  assert.equal(UniqueEstimate.unpack("nonsense"), undefined);
});
