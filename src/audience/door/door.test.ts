import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import { seeded } from "../../../test/material/seeded.ts";
import { Door, type Join, type Verdict } from "./door.ts";
import { NetworkHash } from "./network.ts";

const T0 = Date.parse("2026-10-03T19:00:00Z");
const hash = new NetworkHash(1);
const networksOf = (address: string) => Uint32Array.from(hash.of(address));
const QUIET = { step: 0, gated: false, shut: false, listeners: 0 };
const CROWD = { step: 4, gated: true, shut: false, listeners: 0 };
const SHUT = { step: 6, gated: true, shut: true, listeners: 0 };
const newcomer = (index: number, ticket?: string): Join => ({
  networks: networksOf(`${11 + (index % 180)}.${(index * 7) & 255}.${(index >> 8) & 255}.${index & 255}`),
  ticket,
  canWait: true,
  known: false,
  queuedMs: 0,
});
/** Chance that is the same in every run: who is drawn when depends on it. */
function chance(seed: number): (bytes: number) => Uint8Array {
  const next = seeded(seed);
  return (bytes) => Uint8Array.from({ length: bytes }, () => Math.floor(next() * 256));
}
const makeDoor = (joinsPerSecond = 10) => new Door({ eventId: "ev", secret: new Uint8Array(16).fill(3), joinsPerSecond, random: chance(1) });

function waits(verdict: Verdict): Extract<Verdict, { kind: "wait" }> {
  assert.equal(verdict.kind, "wait");
  return verdict as Extract<Verdict, { kind: "wait" }>;
}

test("while it is calm every listener is let in at once, without a ticket", () => {
  const door = makeDoor(100);
  for (let second = 0; second < 60; second++)
    for (let index = 0; index < 90; index++) assert.equal(door.decide(newcomer(index), T0 + second * 1_000 + index).kind, "in");
  assert.equal(door.publicDoor(T0 + 60_000), undefined);
});

test("a listener refused at the door is told when to come back, comes then, and is in", () => {
  const door = makeDoor();
  const verdicts = Array.from({ length: 50 }, (_, index) => door.decide(newcomer(index), T0));
  assert.equal(verdicts.filter(({ kind }) => kind === "in").length, 11, "a second of the rate, and the one whose time is now");
  const last = waits(verdicts[49] as Verdict);
  assert.deepEqual([last.why, last.place, last.notBeforeUnixMs], ["crowd", 39, T0 + 3_900]);
  assert.equal(door.waitingNow(T0), 39);
  const early = waits(door.decide(newcomer(49, last.ticket), T0 + 1_000));
  assert.deepEqual([early.ticket, early.notBeforeUnixMs], [last.ticket, last.notBeforeUnixMs], "who comes early keeps the place");
  assert.equal(door.decide(newcomer(49, last.ticket), last.notBeforeUnixMs).kind, "in");
});

test("whoever was let in comes back past the line; whoever shares a used ticket gets a place at its end", () => {
  const door = makeDoor(1);
  door.decide(newcomer(0), T0);
  door.decide(newcomer(1), T0);
  const { ticket, notBeforeUnixMs } = waits(door.decide(newcomer(2), T0));
  const admitted = door.decide(newcomer(2, ticket), notBeforeUnixMs);
  assert.ok(admitted.kind === "in" && admitted.pass !== undefined);
  for (let index = 10; index < 40; index++) door.decide(newcomer(index), notBeforeUnixMs);
  assert.equal(door.decide(newcomer(2, admitted.pass), notBeforeUnixMs + 1).kind, "in");
  const sharer = waits(door.decide(newcomer(3, ticket), notBeforeUnixMs + 1));
  assert.ok(sharer.notBeforeUnixMs > notBeforeUnixMs + 20_000);
  assert.equal(door.decide({ ...newcomer(5), known: true }, notBeforeUnixMs + 2).kind, "in", "a session this front knows is in too");
});

test("whoever comes back is let in although others of the same network have spent its tickets", () => {
  const door = makeDoor(200);
  const { pass } = door.decide(newcomer(0), T0) as Extract<Verdict, { kind: "in" }>;
  door.follow(0.85, CROWD, T0);
  const refused = Array.from({ length: 500 }, () => door.decide(newcomer(0), T0)).filter(({ kind }) => kind === "refused");
  assert.ok(refused.length >= 300, `${refused.length}`);
  assert.equal(door.decide(newcomer(0, pass), T0).kind, "in");
  assert.equal(door.vouches({ ticket: pass, work: undefined }, T0), true);
  assert.equal(door.vouches({ ticket: pass?.slice(1), work: undefined }, T0), false);
});

test("a ticket that was changed, is of another event or comes too late is worth a new place, never the way in", () => {
  const door = makeDoor(1);
  const other = new Door({ eventId: "another", secret: new Uint8Array(16).fill(3), joinsPerSecond: 1, random: chance(2) });
  const ticketOf = (from: Door) => {
    for (let index = 0; index < 3; index++) from.decide(newcomer(index), T0);
    return waits(from.decide(newcomer(9), T0));
  };
  const { ticket, notBeforeUnixMs } = ticketOf(door);
  const foreign = ticketOf(other).ticket;
  for (let index = 10; index < 200; index++) door.decide(newcomer(index), T0);
  for (let at = 0; at < ticket.length; at += 3) {
    const changed = ticket.slice(0, at) + (ticket[at] === "A" ? "B" : "A") + ticket.slice(at + 1);
    assert.notEqual(door.decide(newcomer(500 + at, changed), notBeforeUnixMs).kind, "in", `character ${at}`);
  }
  for (const bad of [foreign, "", "x".repeat(70), ticket.slice(1), `${ticket}A`]) assert.notEqual(door.decide(newcomer(700, bad), notBeforeUnixMs).kind, "in");
  assert.notEqual(door.decide(newcomer(9, ticket), notBeforeUnixMs + 121_000).kind, "in");
});

test("a ticket moves with its holder to another network once, and no further", () => {
  const door = makeDoor(1);
  for (let index = 0; index < 3; index++) door.decide(newcomer(index), T0);
  const moving = waits(door.decide(newcomer(9), T0));
  door.follow(1, SHUT, T0);
  const away = { ...newcomer(9, moving.ticket), networks: networksOf("198.51.100.1") };
  const moved = waits(door.decide(away, moving.notBeforeUnixMs));
  assert.equal(moved.why, "busy");
  door.follow(0, CROWD, T0);
  const further = { ...newcomer(9, moved.ticket), networks: networksOf("203.0.113.1") };
  for (let index = 10; index < 40; index++) door.decide(newcomer(index), moved.notBeforeUnixMs);
  assert.notEqual(door.decide({ ...away, ticket: moved.ticket }, moved.notBeforeUnixMs).kind, "wait");
  assert.notEqual(door.decide(further, moved.notBeforeUnixMs).kind, "in");
});

test("when the front is full nobody new is let in, and nobody loses a place", () => {
  const door = makeDoor();
  for (let index = 0; index < 30; index++) door.decide(newcomer(index), T0);
  const held = waits(door.decide(newcomer(30), T0));
  door.follow(1, SHUT, T0);
  const still = waits(door.decide(newcomer(30, held.ticket), held.notBeforeUnixMs));
  assert.deepEqual([still.why, still.notBeforeUnixMs - held.notBeforeUnixMs], ["busy", 3_000]);
  door.follow(0.5, CROWD, T0);
  assert.equal(door.decide(newcomer(30, still.ticket), held.notBeforeUnixMs + 3_000).kind, "in");
});

test("who waits keeps the place however long nobody is let in, and is told to wait, not counted as turned away", () => {
  const door = makeDoor();
  const waiting = Array.from({ length: 60 }, (_, index) => door.decide(newcomer(index), T0)).flatMap((verdict, index) =>
    verdict.kind === "wait" ? [{ index, ticket: verdict.ticket, at: verdict.notBeforeUnixMs }] : [],
  );
  door.follow(1, SHUT, T0);
  const stand = (now: number) => {
    let admitted = 0;
    for (const person of waiting) {
      if (person.at > now) continue;
      const verdict = door.decide(newcomer(person.index, person.ticket), now);
      if (verdict.kind === "in") admitted++;
      person.at = verdict.kind === "wait" ? verdict.notBeforeUnixMs : Number.POSITIVE_INFINITY;
      person.ticket = verdict.kind === "wait" ? verdict.ticket : "";
      assert.ok(verdict.kind === "in" || (verdict.kind === "wait" && verdict.notBeforeUnixMs <= now + 45_000), "nobody is sent to the end");
    }
    return admitted;
  };
  for (let ms = 0; ms <= 600_000; ms += 200) assert.equal(stand(T0 + ms), 0);
  const after = T0 + 600_000;
  assert.deepEqual([door.waitingNow(after), door.turnedAway(after)], [waiting.length, 0]);
  door.follow(0.5, CROWD, after);
  let admitted = 0;
  for (let ms = 0; ms <= 90_000; ms += 200) admitted += stand(after + ms);
  assert.equal(admitted, waiting.length);
  assert.deepEqual([door.waitingNow(after + 300_000), door.turnedAway(after + 300_000)], [0, 0]);
});

test("those who wait at held doors draw lots; the seed's hash stands before, the seed after, and anyone can check the draw", () => {
  const door = makeDoor(100);
  const draw = { seed: "cd".repeat(32), heldUnixMs: T0 };
  door.order({ mode: "hold", message: "We start soon", draws: [draw] }, T0);
  const early = Array.from({ length: 5_000 }, (_, index) => waits(door.decide(newcomer(index), T0 + index)).ticket);
  const before = door.publicDoor(T0 + 5_000);
  assert.deepEqual([before?.mode, before?.message, before?.lottery?.seed, before?.waitingNow], ["hold", "We start soon", undefined, 5_000]);
  assert.equal(waits(door.decide(newcomer(1, early[1]), T0 + 6_000)).why, "held");
  const opened = T0 + 10_000;
  door.order({ mode: "auto", draws: [{ ...draw, startUnixMs: opened, windowMs: 50_000 }] }, opened);
  const { seed = "", seedHash, startUnixMs = 0, windowMs = 0 } = door.publicDoor(opened)?.lottery ?? {};
  assert.equal(createHash("sha256").update(Buffer.from(seed, "hex")).digest("hex"), before?.lottery?.seedHash);
  assert.equal(seedHash, before?.lottery?.seedHash);
  const slots = early.map((ticket, index) => {
    const nonce = Buffer.from(ticket, "base64url").subarray(4, 16);
    const expected = startUnixMs + Math.floor((createHmac("sha256", Buffer.from(seed, "hex")).update(nonce).digest().readUInt32BE(0) / 2 ** 32) * windowMs);
    const verdict = door.decide(newcomer(index, ticket), opened);
    if (verdict.kind === "wait" && verdict.why === "crowd") assert.equal(verdict.notBeforeUnixMs, expected);
    return expected - opened;
  });
  assert.deepEqual([seed, startUnixMs, windowMs], [draw.seed, opened, 50_000]);
  const mean = (some: readonly number[]) => some.reduce((sum, slot) => sum + slot, 0) / some.length;
  // Who came first has no better lot: both halves' means lie near the middle.
  assert.ok(Math.abs(mean(slots.slice(0, 2_500)) / mean(slots.slice(2_500)) - 1) < 0.1);
  const late = waits(door.decide(newcomer(60_000), opened + 1));
  assert.ok(late.notBeforeUnixMs >= opened + windowMs, "who came after the opening comes after the draw");
});

test("at held doors everybody is counted once, however long it lasts; those of the draw wait until their times, and who never came back is turned away", () => {
  const door = makeDoor(100);
  const draw = { seed: "ab".repeat(32), heldUnixMs: T0 };
  door.order({ mode: "hold", draws: [draw] }, T0);
  const people = Array.from({ length: 1_000 }, (_, index) => ({ index, at: T0 + index * 10, ticket: undefined as string | undefined }));
  const stand = (now: number, staying: number) => {
    let admitted = 0;
    for (const person of people) {
      if (person.at > now || person.index >= staying) continue;
      const verdict = door.decide(newcomer(person.index, person.ticket), now);
      if (verdict.kind === "in") admitted++;
      // As our page does: at the time, and up to a second at random.
      person.at = verdict.kind === "wait" ? verdict.notBeforeUnixMs + ((person.index * 37) % 1_000) : Number.POSITIVE_INFINITY;
      person.ticket = verdict.kind === "wait" ? verdict.ticket : person.ticket;
    }
    return admitted;
  };
  for (let ms = 0; ms <= 120_000; ms += 100) {
    stand(T0 + ms, 1_000);
    const waiting = door.waitingNow(T0 + ms);
    if (ms > 20_000) assert.ok(waiting > 920 && waiting < 1_080, `${waiting}`);
  }
  // Whoever reloads again and again is still one.
  for (let again = 0; again < 500; again++) door.decide(newcomer(3, people[3]?.ticket), T0 + 120_000);
  const opened = T0 + 120_000;
  assert.ok(door.waitingNow(opened) < 1_080);
  door.order({ mode: "auto", draws: [{ ...draw, startUnixMs: opened, windowMs: 20_000 }] }, opened);
  assert.ok(door.waitingNow(opened) > 920, "who is in the draw waits");
  let admitted = 0;
  for (let ms = 0; ms <= 60_000; ms += 100) admitted += stand(opened + ms, 900);
  assert.equal(admitted, 900);
  const after = opened + 300_000;
  assert.equal(door.waitingNow(after), 0);
  assert.ok(door.turnedAway(after) >= 20 && door.turnedAway(after) <= 180, `${door.turnedAway(after)} of 100 who left`);
});

test("who has a time when the doors are held takes part in the draw, and is in the second draw of an event too", () => {
  const door = makeDoor(1);
  for (let index = 0; index < 3; index++) door.decide(newcomer(index), T0);
  const { ticket } = waits(door.decide(newcomer(9), T0));
  const first = { seed: "01".repeat(32), heldUnixMs: T0 };
  door.order({ mode: "hold", draws: [first] }, T0);
  const held = waits(door.decide(newcomer(9, ticket), T0 + 1_000));
  assert.deepEqual([held.why, door.turnedAway(T0 + 1_000)], ["held", 0]);
  const opened = { ...first, startUnixMs: T0 + 2_000, windowMs: 20_000 };
  door.order({ mode: "auto", draws: [opened] }, T0 + 2_000);
  const drawn = waits(door.decide(newcomer(9, held.ticket), T0 + 2_001));
  const second = { seed: "02".repeat(32), heldUnixMs: T0 + 3_000 };
  door.order({ mode: "hold", draws: [opened, second] }, T0 + 3_000);
  assert.equal(door.publicDoor(T0 + 3_000)?.lottery?.seed, undefined);
  const again = waits(door.decide(newcomer(9, drawn.ticket), T0 + 3_000));
  assert.equal(again.why, "held");
  door.order({ mode: "auto", draws: [opened, { ...second, startUnixMs: T0 + 4_000, windowMs: 20_000 }] }, T0 + 4_000);
  assert.equal(door.decide(newcomer(9, again.ticket), T0 + 24_000).kind, "in");
});

test("a player that cannot hold a ticket gets in by asking again", () => {
  const door = makeDoor();
  for (let index = 0; index < 100; index++) door.decide(newcomer(index), T0);
  const radio = { ...newcomer(300), canWait: false };
  // Others like it were faster.
  door.decide(radio, T0);
  let asked = 0;
  let verdict: Verdict;
  do verdict = door.decide(radio, T0 + ++asked * 400);
  while (verdict.kind !== "in" && asked < 20);
  assert.equal(verdict.kind, "in");
  assert.ok(asked > 1, "but not at once");
});

test("a request that waited long to be looked at gets a time instead of making the others wait longer", () => {
  const door = makeDoor(200);
  const { notBeforeUnixMs } = waits(door.decide({ ...newcomer(1), queuedMs: 150 }, T0));
  assert.equal(notBeforeUnixMs, T0);
  assert.equal(door.decide({ ...newcomer(2), known: true, queuedMs: 150 }, T0).kind, "in", "not so one who was in");
});

test("the host can cap the listeners: newcomers keep their place until somebody leaves", () => {
  const door = makeDoor();
  door.order({ mode: "auto", mostListeners: 500 }, T0);
  door.follow(0.2, { ...QUIET, listeners: 500 }, T0);
  const { ticket, why } = waits(door.decide(newcomer(1), T0));
  assert.equal(why, "full");
  assert.equal(door.decide({ ...newcomer(2), known: true }, T0).kind, "in");
  let held = { ticket, notBeforeUnixMs: T0 + 15_000 };
  for (; held.notBeforeUnixMs < T0 + 600_000; ) {
    const still = waits(door.decide(newcomer(1, held.ticket), held.notBeforeUnixMs));
    assert.deepEqual([still.why, still.notBeforeUnixMs - held.notBeforeUnixMs], ["full", 15_000]);
    assert.deepEqual([door.waitingNow(held.notBeforeUnixMs), door.turnedAway(held.notBeforeUnixMs)], [1, 0]);
    held = still;
  }
  door.follow(0.2, { ...QUIET, listeners: 499 }, held.notBeforeUnixMs);
  assert.equal(door.decide(newcomer(1, held.ticket), held.notBeforeUnixMs).kind, "in");
});

test("a cap holds in the very seconds in which everybody comes: who was let in counts before the figure knows it", () => {
  const door = makeDoor(1_000);
  door.order({ mode: "auto", mostListeners: 100 }, T0);
  let admitted = 0;
  let counted = 0;
  for (let ms = 0; ms < 60_000; ms += 10) {
    const now = T0 + ms;
    // A window's figure knows who came in eight seconds before its end.
    if (ms % 10_000 === 0) counted = ms === 0 ? 0 : admitted;
    if (ms % 1_000 === 0) door.follow(0.1, { ...QUIET, listeners: counted, countedUnixMs: Math.floor(now / 10_000) * 10_000 }, now);
    if (door.decide(newcomer(ms / 10), now).kind === "in") admitted++;
  }
  assert.equal(admitted, 100);
});

test("several fronts share the cap and the rate that the host orders", () => {
  const fronts = 4;
  const doors = Array.from(
    { length: fronts },
    (_, index) => new Door({ eventId: "ev", secret: new Uint8Array(16).fill(3), joinsPerSecond: 1_000, fronts, random: chance(index) }),
  );
  for (const door of doors) door.order({ mode: "auto", mostListeners: 100, joinsPerSecond: 400 }, T0);
  assert.deepEqual(
    doors.map((door) => door.joinsPerSecond),
    [100, 100, 100, 100],
  );
  let admitted = 0;
  for (let index = 0; index < 1_000; index++) if (doors[index % fronts]?.decide(newcomer(index), T0 + index).kind === "in") admitted++;
  assert.equal(admitted, 100);
});

test("twenty hostile networks at fifty times the rate leave honest newcomers their place", () => {
  const run = (hostile: boolean) => {
    const door = makeDoor(200);
    let inTime = 0;
    let honest = 0;
    const open: { at: number; join: Join; honest: boolean }[] = [];
    for (let ms = 0; ms < 60_000; ms += 20) {
      const now = T0 + ms;
      if (ms % 1_000 === 0) door.follow(0.85, CROWD, now);
      // 50 honest newcomers a second from networks all over; 2,500 a second from twenty /24s.
      honest++;
      open.push({
        at: now,
        join: { ...newcomer(0), networks: networksOf(`${20 + (honest % 90)}.${honest % 251}.${honest % 241}.${honest % 254}`) },
        honest: true,
      });
      if (hostile)
        for (let index = 0; index < 50; index++)
          open.push({ at: now, join: { ...newcomer(0), networks: networksOf(`203.0.${index % 20}.${(ms / 20 + index) % 254}`) }, honest: false });
      for (let index = open.length - 1; index >= 0; index--) {
        const entry = open[index] as (typeof open)[number];
        if (entry.at > now) continue;
        const verdict = door.decide(entry.join, now);
        open.splice(index, 1);
        if (verdict.kind === "in" && entry.honest) inTime++;
        else if (verdict.kind === "wait" && verdict.notBeforeUnixMs < T0 + 60_000)
          open.push({ ...entry, at: verdict.notBeforeUnixMs, join: { ...entry.join, ticket: verdict.ticket } });
        else if (verdict.kind === "refused" && entry.honest) open.push({ ...entry, at: now + verdict.retryAfterSeconds * 1_000 });
      }
    }
    return inTime / honest;
  };
  const [quiet, flooded] = [run(false), run(true)];
  assert.ok(flooded >= 0.98 * quiet, `${flooded} of ${quiet}`);
});

test("five hundred people behind one address are nearly all in within two minutes, also in a crowd", () => {
  const door = makeDoor(200);
  const open = Array.from({ length: 500 }, () => ({ at: T0, ticket: undefined as string | undefined }));
  let admitted = 0;
  for (let ms = 0; ms < 120_000; ms += 100) {
    if (ms % 1_000 === 0) door.follow(0.85, CROWD, T0 + ms);
    for (let index = open.length - 1; index >= 0; index--) {
      const person = open[index] as (typeof open)[number];
      if (person.at > T0 + ms) continue;
      const verdict = door.decide({ networks: networksOf("198.51.100.7"), ticket: person.ticket, canWait: true, known: false, queuedMs: 0 }, T0 + ms);
      if (verdict.kind === "in") {
        admitted++;
        open.splice(index, 1);
      } else if (verdict.kind === "wait") Object.assign(person, { at: verdict.notBeforeUnixMs, ticket: verdict.ticket });
      else person.at = T0 + ms + verdict.retryAfterSeconds * 1_000 * (1 + (index % 10) / 10);
    }
  }
  assert.ok(admitted >= 475, `${admitted}`);
});

test("whoever got a time and never came is counted as turned away, and whoever still waits at the end too", () => {
  const door = makeDoor(1);
  for (let index = 0; index < 6; index++) door.decide(newcomer(index), T0);
  assert.deepEqual([door.waitingNow(T0), door.turnedAway(T0)], [4, 0]);
  assert.equal(door.turnedAway(T0, true), 4);
  assert.deepEqual([door.waitingNow(T0 + 200_000), door.turnedAway(T0 + 200_000)], [0, 4]);
});

test("under pressure newcomers get the cheaper stream before anybody is refused; who listened already does not, and when it ends nobody does", () => {
  const door = makeDoor(10);
  const pressed = { ...QUIET, step: 4, cheaper: true };
  const told = (verdict: Verdict) => (verdict.kind === "in" ? (verdict.cheaper ?? false) : verdict.kind);
  const passOf = (verdict: Verdict) => (verdict.kind === "in" ? verdict.pass : undefined);
  const early = door.decide(newcomer(0), T0);
  assert.equal(told(early), false);
  door.follow(0.66, pressed, T0);
  assert.equal(told(door.decide(newcomer(0, passOf(early)), T0 + 1)), false, "who was in before comes back as before");
  assert.equal(told(door.decide({ ...newcomer(1), known: true }, T0 + 1)), false, "who listens here is no newcomer");
  const late = door.decide(newcomer(2), T0 + 1);
  assert.equal(told(late), true);
  assert.equal(told(door.decide({ ...newcomer(3), canWait: false }, T0 + 1)), true, "also without a ticket");
  const again = door.decide({ ...newcomer(2, passOf(late)), known: true }, T0 + 2);
  assert.equal(told(again), true, "a reload is no way around it");
  assert.ok(door.isPass(passOf(again) ?? "", T0 + 2));
  door.follow(0.5, QUIET, T0 + 3);
  const back = door.decide(newcomer(2, passOf(again)), T0 + 3);
  assert.equal(told(back), false);
  door.follow(0.66, pressed, T0 + 4);
  assert.equal(told(door.decide(newcomer(2, passOf(back)), T0 + 4)), false, "who has the usual stream again keeps it");
  assert.equal(door.decide(newcomer(4), T0 + 4).kind, "in", "nobody is refused for it");
});
