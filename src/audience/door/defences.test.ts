import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AdmittedSet } from "./admitted-set.ts";
import { HeavyHitters } from "./heavy-hitters.ts";
import { Ladder, LADDER } from "./ladder.ts";
import { NetworkHash } from "./network.ts";
import { makeRequestBudget, makeResetBudget } from "./network-budget.ts";
import { Pressure, type PressureReadings } from "./pressure.ts";
import { SilentSockets } from "./silent-sockets.ts";

const hash = new NetworkHash(42);
const levels = (address: string) => [...hash.of(address)].slice(0, 3);
const same = (one: string, other: string) => levels(one).map((level, index) => level === levels(other)[index]);

test("an address belongs to its networks and to no others, however it is written", () => {
  assert.deepEqual(same("192.0.2.1", "192.0.2.200"), [false, true, true]);
  assert.deepEqual(same("192.0.2.1", "192.0.77.1"), [false, false, true]);
  assert.deepEqual(same("192.0.2.1", "::ffff:192.0.2.1"), [true, true, true]);
  assert.deepEqual(same("2001:db8:1:200::1", "2001:db8:1:200:ffff:1:2:3"), [true, true, true]);
  assert.deepEqual(same("2001:db8:1:200::1", "2001:db8:1:2ff::1"), [false, true, true]);
  assert.deepEqual(same("2001:db8:1:200::1", "2001:db8:1:9900::1"), [false, false, true]);
  assert.deepEqual(same("2001:db8::1", "2001:db8:0:0:9::1"), [true, true, true]);
  assert.deepEqual(same("::1", "0:0:0:0:0:0:0:2"), [true, true, true]);
  assert.deepEqual(same("192.0.2.1", "192.1.2.1"), [false, false, false]);
});

test("nonsense in place of an address never throws", () => {
  fc.assert(fc.property(fc.string({ maxLength: 60 }), (text) => levels(text).length === 3));
});

test("what matters least goes first: replays, previews, posts, then newcomers; nothing of the sound before all of them", () => {
  const order = LADDER.map(({ does }) => does);
  const places = (["no-replays", "no-previews", "no-posts", "no-near", "cheaper", "tickets", "waiting-page", "no-joins"] as const).map((does) =>
    order.indexOf(does),
  );
  assert.deepEqual(
    places,
    places.toSorted((one, other) => one - other),
  );
  assert.deepEqual(order.slice(0, 3), ["no-replays", "no-previews", "no-posts"]);
});

test("the ladder takes its steps in order and does not flutter", () => {
  const ladder = new Ladder();
  for (const [index, { from, does }] of LADDER.entries()) {
    ladder.follow(from);
    assert.deepEqual([ladder.step, ladder.does(does)], [index + 1, true]);
    ladder.follow(from - 0.01);
    assert.equal(ladder.step, index + 1);
  }
  ladder.follow(0);
  assert.equal(ladder.step, 0);
  assert.ok(LADDER.every(({ from, until }) => until < from));
});

const NO_QUEUE = { queuedMs: 0, acceptWaiting: 0, acceptMost: 0, acceptedPerSecond: 0 };

test("a machine that other programs keep busy is not under pressure; a loop that is full is, within seconds", () => {
  const pressure = new Pressure();
  const calm = { ...NO_QUEUE, loopWaitMs: 200, loopBusy: 0.2, memoryBytes: 1e8, memoryLimitBytes: 1e9, bytesPerSecond: 0, uplinkBytesPerSecond: 0 };
  for (let second = 0; second < 10; second++) pressure.take(calm);
  assert.ok(pressure.value < 0.3);
  for (let second = 0; second < 3; second++) pressure.take({ ...calm, loopBusy: 1 });
  assert.ok(pressure.value > 0.95);
  for (let second = 0; second < 20; second++) pressure.take(calm);
  assert.ok(pressure.value < 0.3);
  for (let second = 0; second < 5; second++) pressure.take({ ...calm, bytesPerSecond: 9e6, uplinkBytesPerSecond: 1e7 });
  assert.ok(pressure.value > 0.95, "the line is full before it is");
});

test("people who wait to be accepted are pressure before anybody who is in is late; a burst at an idle process is none", () => {
  const calm = { loopWaitMs: 1, loopBusy: 0.1, memoryBytes: 1e8, memoryLimitBytes: 1e9, bytesPerSecond: 0, uplinkBytesPerSecond: 0 };
  const after = (readings: Partial<PressureReadings>) => {
    const pressure = new Pressure();
    for (let second = 0; second < 5; second++) pressure.take({ ...calm, ...NO_QUEUE, ...readings });
    return pressure.value;
  };
  assert.ok(after({ acceptWaiting: 400, acceptMost: 4_096, acceptedPerSecond: 200 }) < 0.3, "the loop is idle and takes them all in the next moment");
  const busy = { loopBusy: 0.9, acceptMost: 4_096, acceptedPerSecond: 200 };
  assert.ok(after({ ...busy, acceptWaiting: 400 }) > 0.85, "two seconds in the queue");
  assert.ok(after({ ...busy, acceptWaiting: 10 }) < 0.3, "a twentieth of a second in the queue");
  assert.ok(after({ loopBusy: 0.9, queuedMs: 90 }) > 0.85, "newcomers' requests lie for a tenth of a second before they are looked at");
  assert.ok(after({ queuedMs: 90 }) < 0.3, "another program's doing");
  assert.ok(after({ acceptWaiting: 4_000, acceptMost: 4_096, acceptedPerSecond: 9_000 }) > 0.95, "the kernel turns away whoever comes next");
});

test("a network over its budget is refused while its neighbour is not; listening earns more", () => {
  const budget = makeRequestBudget();
  const ask = (address: string, ms: number) => budget.spend(hash.of(address), ms);
  const allowedAt = (address: string, ms: number) => Array.from({ length: 1_000 }, () => ask(address, ms)).filter(Boolean).length;
  assert.equal(allowedAt("203.0.113.9", 0), 60);
  assert.equal(allowedAt("198.51.100.9", Date.parse("2026-10-03T19:00:00Z")), 60, "whatever the clock says");
  assert.ok(ask("203.0.112.9", 0));
  assert.ok(ask("203.0.113.9", 1_000), "it grows again with time");
  const busy = makeRequestBudget();
  busy.listened(hash.of("198.51.100.1"), 100);
  let more = 0;
  for (let index = 0; index < 3_000; index++) if (busy.spend(hash.of("198.51.100.1"), 0)) more++;
  assert.ok(more >= 500, `${more}`);
});

test("streams taken back are counted per network, however many sessions it makes for them", () => {
  const budget = makeResetBudget(makeRequestBudget());
  // A session is told to calm down at sixty: fifty-nine each, and the next one.
  let allowed = 0;
  for (let session = 0; session < 20; session++)
    for (let reset = 0; reset < 59; reset++) if (budget.spend(hash.of(`203.0.113.${session}`), session * 100)) allowed++;
  assert.ok(allowed < 1_100, `${allowed}`);
  assert.ok(budget.spend(hash.of("198.51.100.1"), 2_000));
});

test("two hundred thousand networks leave room for one more: a full table refuses nobody it does not know", () => {
  const budget = makeRequestBudget();
  for (let index = 0; index < 200_000; index++) budget.spend(hash.of(`${11 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.1`), index / 200);
  let refused = 0;
  for (let index = 0; index < 1_000; index++) if (!budget.spend(hash.of(`77.${index % 256}.${index >> 8}.1`), 1_000)) refused++;
  assert.ok(refused <= 5, `${refused}`);
});

test("the networks that send most are found among a hundred thousand, and no count is too low", () => {
  const hitters = new HeavyHitters();
  const truth = new Map<number, number>();
  let state = 1;
  for (let index = 0; index < 300_000; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const key = index % 4 === 0 ? index % 20 : 1_000 + (state % 100_000);
    truth.set(key, (truth.get(key) ?? 0) + 1);
    hitters.add(key);
  }
  for (const [key, count] of truth) if (hitters.count(key) > 0) assert.ok(hitters.count(key) >= count && hitters.count(key) <= count + 300_000 / 1_024);
  assert.deepEqual(
    hitters.above(0.008).toSorted((one, other) => one - other),
    Array.from(new Set(Array.from({ length: 20 }, (_, index) => (index * 4) % 20))).toSorted((one, other) => one - other),
  );
});

test("a used ticket is known as used, a new one all but never", () => {
  const set = new AdmittedSet();
  const nonce = (index: number) => {
    const bytes = new Uint8Array(12);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, Math.imul(index + 1, 0x9e37_79b9));
    view.setUint32(4, Math.imul(index + 7, 0x85eb_ca6b) ^ (index << 7));
    return bytes;
  };
  let wrong = 0;
  for (let index = 0; index < 200_000; index++) {
    if (set.has(nonce(index))) wrong++;
    set.add(nonce(index));
  }
  assert.ok(wrong < 200, `${wrong}`);
  for (let index = 0; index < 1_000; index++) assert.equal(set.has(nonce(index)), true);
});

test("connections that say nothing are limited per address and cost others nothing", () => {
  const sockets = new SilentSockets();
  const leaves = Array.from({ length: 64 }, () => sockets.enter(hash.of("203.0.113.9")));
  assert.ok(leaves.every((leave) => leave !== undefined));
  assert.equal(sockets.enter(hash.of("203.0.113.9")), undefined);
  assert.notEqual(sockets.enter(hash.of("203.0.113.10")), undefined);
  leaves[0]?.();
  leaves[0]?.();
  assert.equal(sockets.open, 64);
  assert.notEqual(sockets.enter(hash.of("203.0.113.9")), undefined);
});

test("where a connection begins with a handshake, which costs six times the memory, fewer may be silent at a time", () => {
  const crowd = (sockets: SilentSockets) => {
    for (let index = 0; index < 10_000; index++) sockets.enter(hash.of(`10.${index >> 8}.${index & 255}.1`));
    return [sockets.open, sockets.refused];
  };
  assert.deepEqual(crowd(new SilentSockets()), [8_192, 1_808]);
  assert.deepEqual(crowd(new SilentSockets(true)), [2_048, 7_952]);
});
