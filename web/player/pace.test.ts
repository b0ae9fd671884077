import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { backoff, Distance, pace, TARGET_SECONDS } from "./pace.ts";

test("near its distance a player runs at its own speed; nobody hears it catch up; far behind it jumps", () => {
  assert.deepEqual(pace(TARGET_SECONDS), { rate: 1, jump: false });
  assert.ok(pace(TARGET_SECONDS + 0.6).rate > 1);
  assert.ok(pace(0.1).rate < 1);
  assert.equal(pace(10).jump, true);
  fc.assert(fc.property(fc.double({ min: -5, max: 100, noNaN: true }), (ahead) => pace(ahead).rate >= 0.95 && pace(ahead).rate <= 1.05));
});

test("left alone at any distance, the player settles near its target", () => {
  for (let ahead of [0.05, 0.5, 1.2, 2, 2.3]) {
    for (let second = 0; second < 120; second += 0.2) {
      const { rate, jump } = pace(ahead);
      ahead = jump ? TARGET_SECONDS : ahead - (rate - 1) * 0.2;
    }
    assert.ok(ahead >= TARGET_SECONDS - 0.21 && ahead <= TARGET_SECONDS + 0.21, String(ahead));
  }
});

test("a line that lets the player run dry is kept further from, never more than a few seconds, and closer again when it has calmed down", () => {
  const distance = new Distance();
  distance.stalled();
  assert.ok(distance.seconds > TARGET_SECONDS && distance.seconds < TARGET_SECONDS + 0.5);
  for (let stall = 0; stall < 100; stall++) distance.stalled();
  assert.ok(distance.seconds <= 2.5);
  assert.equal(pace(distance.seconds, distance.seconds).rate, 1);
  distance.calm(60);
  assert.ok(distance.seconds > 1.5, "one quiet minute is no proof");
  distance.calm(3_600);
  assert.equal(distance.seconds, TARGET_SECONDS);
});

test("attempts to connect again spread out, stay bounded, and do as the server asks", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, random) => {
      const wait = backoff(attempt, random, undefined);
      assert.ok(wait >= 0 && wait <= 10_000);
      const asked = backoff(attempt, random, 30);
      assert.ok(asked >= 30_000 && asked <= 60_000);
    }),
  );
  assert.ok(backoff(0, 1, undefined) <= 250);
});

test("in a full house, where audio comes in larger pieces, the player keeps further away instead of running dry", () => {
  const distance = new Distance();
  distance.follow(100);
  assert.equal(distance.seconds, TARGET_SECONDS);
  distance.follow(500);
  assert.equal(distance.seconds, 1);
  distance.calm(3_600);
  assert.equal(distance.seconds, 1);
});

test("where audio comes in larger pieces the player settles at its distance from the newest, and then leaves its speed alone", () => {
  for (const start of [0.6, 0.9, 1.1, 1.4, 2.2]) {
    const distance = new Distance();
    distance.follow(500);
    // The newest audio in hand, and the place being heard; looked at as often as the player does.
    let [edge, place] = [start, 0];
    const rates: number[] = [];
    for (let look = 1; look < 900; look++) {
      if ((look * 200) % 500 < 200) edge += 0.5;
      const { rate, jump } = pace(distance.atPiece(edge - place, look * 200), distance.seconds);
      rates.push(rate);
      if (jump) {
        place = edge - distance.seconds;
        distance.moved();
      }
      place += 0.2 * rate;
    }
    const settled = rates.slice(-300);
    assert.ok(settled.filter((rate, at) => rate !== settled[at - 1]).length <= 3, `from ${start}: ${settled.join(" ")}`);
    const last = Math.max(...[0, 200, 400].map((ms) => distance.atPiece(edge - place, 180_000 + ms)));
    assert.ok(last >= 0.8 && last <= 1.25, `from ${start}: ${last}`);
  }
});

test("after a jump the player does not go by what was before it", () => {
  const distance = new Distance();
  distance.follow(500);
  assert.equal(distance.atPiece(9, 0), 9);
  distance.moved();
  assert.equal(distance.atPiece(1, 200), 1);
  assert.equal(distance.atPiece(0.8, 400), 1);
  assert.equal(distance.atPiece(0.9, 900), 0.9, "older than a piece");
});

test("near the stage the player keeps a quarter of a second, and steps back to the usual distance without a jump when it is told to", () => {
  const distance = new Distance(true);
  distance.follow(100);
  assert.ok(distance.seconds > 0.2 && distance.seconds < 0.35, String(distance.seconds));
  assert.ok(pace(0.5, distance.seconds, distance.near).rate > 1);
  assert.equal(pace(0.8, distance.seconds, distance.near).jump, true);
  distance.stepBack();
  distance.follow(500);
  assert.equal(distance.near, false);
  assert.equal(distance.seconds, 1);
  const { rate, jump } = pace(0.28, distance.seconds, distance.near);
  assert.ok(rate < 1 && !jump);
  assert.ok((distance.seconds - 0.28 - 0.2) / (1 - rate) < 30, "far enough away before chunks become parts");
});
