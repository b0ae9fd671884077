import assert from "node:assert/strict";
import { test } from "node:test";
import type { RoomSeat } from "../../src/wire/room.ts";
import { EventClock } from "./event-clock.ts";
import { incidentsOf } from "./incident-light.ts";

const seat = (id: string, more: Partial<RoomSeat> = {}): RoomSeat => ({
  ...{ id, name: id.toUpperCase(), role: "speaker", presence: "on-stage", muted: false, mutedBy: "none", away: false, noiseSuppressed: false, ownTrack: false },
  ...more,
});
const well = { seats: [seat("ada")], paths: {}, diskRefuses: false, doors: [], linked: true };

test("the light is quiet while all is well, also about people who are not here and about a voice that is dull by itself", () => {
  assert.deepEqual(incidentsOf(well), []);
  assert.deepEqual(incidentsOf({ ...well, seats: [seat("ben", { presence: "absent" })], paths: { ada: { verdict: "voice", findings: [] } } }), []);
});

test("everything that needs somebody is named once, with whom it is about, the worst first", () => {
  const howl = { kind: "tonal-loop", act: "duck" } as const;
  const seats = [seat("ada", { howl }), seat("ben", { presence: "reconnecting", howl }), seat("cleo", { away: true }), seat("dan")];
  const told = incidentsOf({ seats, paths: { dan: { verdict: "path", findings: [] } }, diskRefuses: true, doors: ["The door"], linked: false });
  assert.deepEqual(
    told.map((text) => /^(?:This page|The recording|The door|[A-Z]+)/.exec(text)?.[0]),
    ["This page", "The recording", "ADA", "BEN", "CLEO", "DAN", "The door"],
  );
});

test("the sign tells how long it has been on air and what is left of the plan, by the server's clock, and how far it is over", () => {
  const clock = new EventClock();
  const room = { type: "room", phase: "live", seats: [], keepsTracks: false, revision: 1, originUnixMs: Date.now() - 65_000 } as const;
  assert.equal(clock.elapsed(room, false), "1:05");
  clock.offsetMs = 60_000;
  assert.equal(clock.elapsed(room, false), "2:05");
  assert.match(clock.remaining(room, 3), /^0:5\d left$/);
  assert.match(clock.remaining(room, 1), /^1:0\d over$/);
  assert.equal(clock.remaining({ ...room, phase: "backstage" }, 3), "");
  assert.equal(clock.remaining(room, undefined), "");
  assert.equal(clock.seconds(undefined), 0);
});
