import assert from "node:assert/strict";
import { test } from "node:test";
import type { AudienceAnswer } from "../../src/wire/api.ts";
import { DoorIncidents } from "./door-incidents.ts";

const NOW = Date.parse("2026-10-03T19:00:00Z");
const door = { pressure: 0.2, step: 0, waitSeconds: 0, joinsPerSecond: 200, admitted: 5, tickets: 0, refused: 0 };

function account(atUnixMs: number, more: Partial<NonNullable<AudienceAnswer["audience"]>> = {}, rest: Partial<AudienceAnswer> = {}): AudienceAnswer {
  const figures = { listeningNow: 5, low: 5, high: 5, edges: 1, peak: 5, lookAgainSeconds: 10, average: 5, listeningHours: 1, listeningHoursGross: 1 };
  const counts = { sessions: 5, sessionsLow: 5, sessionsHigh: 5, sessionsGross: 5, machines: 0, turnedAway: 0, waitingNow: 0, bytes: 0, uniqueErrorShare: 0 };
  const times = { asOfUnixMs: atUnixMs, windowMs: 10_000, peakUnixMs: atUnixMs };
  return {
    audience: { definition: 1, ...figures, ...counts, ...times, forms: {}, recent: [], door, ...more },
    orders: { mode: "auto" },
    nowUnixMs: atUnixMs,
    ...rest,
  };
}

/** What is told of one account, by its first words. */
function told(answer: AudienceAnswer, nowUnixMs = NOW): readonly string[] {
  const incidents = new DoorIncidents();
  incidents.take(answer, nowUnixMs);
  return incidents.told(nowUnixMs);
}

test("the light says nothing of a door that is calm, nor from figures too old to act on", () => {
  assert.deepEqual(told(account(NOW)), []);
  assert.deepEqual(told({ orders: { mode: "hold" }, nowUnixMs: NOW }), []);
  assert.deepEqual(told(account(NOW - 60_000, { door: { ...door, pressure: 1, flooded: true }, waitingNow: 9 })), []);
});

test("a full server, a flood, people who wait and a lost store are each told with what to do", () => {
  assert.match(told(account(NOW, { door: { ...door, pressure: 0.93 } })).join(), /^The server is 93 % full\..*Doors/);
  assert.match(told(account(NOW, { door: { ...door, flooded: true } })).join(), /^Somebody floods the server.*operator/);
  assert.match(told(account(NOW, { waitingNow: 1_200 })).join(), /^Waiting at the door: 1,200\./);
  assert.match(told(account(NOW, { waitingNow: 3 }, { orders: { mode: "hold" } })).join(), /^Waiting because the doors are held: 3\./);
  assert.match(told(account(NOW, {}, { storeLostSinceUnixMs: NOW })).join(), /^The store for recordings has taken nothing since .*operator/);
});

test("who went away from the door is told for a minute, and not what was before this page came", () => {
  const incidents = new DoorIncidents();
  incidents.take(account(NOW, { turnedAway: 40 }), NOW);
  assert.deepEqual(incidents.told(NOW), []);
  incidents.take(account(NOW + 10_000, { turnedAway: 43 }), NOW + 10_000);
  incidents.take(account(NOW + 20_000, { turnedAway: 45 }), NOW + 20_000);
  assert.match(incidents.told(NOW + 20_000).join(), /^Went away from the door.*: 5\./);
  incidents.take(account(NOW + 80_000, { turnedAway: 45 }), NOW + 80_000);
  assert.deepEqual(incidents.told(NOW + 80_000), []);
  incidents.take(account(NOW + 90_000, { turnedAway: 46 }), NOW + 90_000);
  assert.match(incidents.told(NOW + 90_000).join(), /: 1\./);
});
