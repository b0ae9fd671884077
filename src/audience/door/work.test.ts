import assert from "node:assert/strict";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { WORK_ITERATIONS, WORK_STEPS, type WorkDetails } from "../../wire/door.ts";
import { Door, type Join } from "./door.ts";
import { NetworkHash } from "./network.ts";
import { WorkPress } from "./work.ts";

const T0 = Date.parse("2026-10-03T19:00:00Z");
const SECRET = new Uint8Array(16).fill(3);
const hash = new NetworkHash(1);
const networks = Uint32Array.from(hash.of("198.51.100.7"));
const HIGH = { step: 6, gated: true, takesWork: true, shut: false, listeners: 0 };

/** Does a task as the manual tells strangers to. */
function solve({ work, work_target, work_steps, work_iterations }: WorkDetails): string {
  const nonce = Buffer.from(work, "base64url").subarray(1, 13);
  for (let step = 0; step < work_steps; step++) {
    const salt = Buffer.alloc(4);
    salt.writeUInt32BE(step);
    if (pbkdf2Sync(nonce, salt, work_iterations, 8, "sha256").toString("hex") === work_target) return `${work}.${step}`;
  }
  throw new Error("no step leads there");
}

/** A door high on the ladder, with a network that has spent its budget; and that network's next newcomer. */
function openCrowd(random: (bytes: number) => Uint8Array = randomBytes) {
  const door = new Door({ eventId: "ev", secret: SECRET, joinsPerSecond: 200, random });
  door.follow(0.9, HIGH, T0);
  const ask = (more: Partial<Join> = {}, nowMs = T0) => door.decide({ networks, ticket: undefined, canWait: true, known: false, queuedMs: 0, ...more }, nowMs);
  while (ask().kind !== "refused");
  return { door, ask };
}

function taskOf(verdict: ReturnType<Door["decide"]>): WorkDetails {
  assert.ok(verdict.kind === "refused" && verdict.work !== undefined);
  return verdict.work;
}

test("somebody whose network spent its budget may do a task and gets a ticket like anybody's; the task is worth one", () => {
  const { ask } = openCrowd();
  const work = solve(taskOf(ask()));
  const given = ask({ work });
  assert.equal(given.kind, "wait");
  assert.equal(ask({ work }).kind, "refused", "the same work a second time");
  assert.equal(ask({ work: solve(taskOf(ask())) }).kind, "wait");
});

test("who does no task comes back later as without it, and no task is longer than is promised", () => {
  const { ask } = openCrowd();
  const verdict = ask();
  const { work_steps, work_iterations } = taskOf(verdict);
  assert.deepEqual([work_steps, work_iterations], [WORK_STEPS, WORK_ITERATIONS]);
  assert.equal(verdict.kind === "refused" ? verdict.retryAfterSeconds : 0, 5);
  assert.notEqual(ask({}, T0 + 5_000).kind, "refused", "the budget has grown again");
});

test("no task is set while it is calm, to listeners who are in, or to players that cannot hold a ticket", () => {
  const { door, ask } = openCrowd();
  const pass = door.decide({ networks: Uint32Array.from(hash.of("203.0.113.9")), ticket: undefined, canWait: true, known: true, queuedMs: 0 }, T0);
  assert.ok(pass.kind === "in" && pass.pass !== undefined);
  for (const more of [{ known: true }, { ticket: pass.pass }, { canWait: false }]) {
    const verdict = ask(more);
    assert.ok(verdict.kind !== "refused" || verdict.work === undefined);
  }
  door.follow(0.8, { ...HIGH, takesWork: false }, T0);
  const below = ask();
  assert.ok(below.kind === "refused" && below.work === undefined);
});

test("whoever computes all evening gets half as many tickets again for a network, not the whole line", () => {
  // Tasks whose first step is the right one, so that the test need not compute all evening.
  const { ask } = openCrowd((bytes) => randomBytes(bytes).fill(0, 12));
  let tickets = 0;
  for (let attempt = 0; attempt < 130; attempt++) {
    const verdict = ask({}, T0 + attempt);
    if (verdict.kind === "refused" && verdict.work !== undefined && ask({ work: solve(verdict.work) }, T0 + attempt).kind === "wait") tickets++;
  }
  assert.ok(tickets > 30 && tickets <= 101, `${tickets}`);
});

test("tasks are set at a bounded rate: a flood cannot make the door compute", () => {
  const { ask } = openCrowd();
  let tasks = 0;
  for (let attempt = 0; attempt < 5_000; attempt++) {
    const verdict = ask({}, T0 + attempt / 5);
    if (verdict.kind === "refused" && verdict.work !== undefined) tasks++;
  }
  assert.ok(tasks <= 100, `${tasks} in a second`);
});

test("work that is changed, late, of another event or guessed is worth nothing, and no text makes the door stumble", () => {
  const press = new WorkPress(SECRET, "ev");
  const task = press.make(randomBytes(14), T0);
  const work = solve(task);
  assert.equal(press.read(work, T0).ok, true);
  const [text = "", step = ""] = work.split(".");
  for (let guess = 0; guess < WORK_STEPS; guess++) assert.equal(press.read(`${text}.${guess}`, T0).ok, guess === Number(step));
  for (let at = 0; at < text.length; at++) {
    const changed = `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}.${step}`;
    assert.equal(press.read(changed, T0).ok, false, `character ${at}`);
  }
  assert.equal(press.read(work, T0 + 60_001).ok, false);
  assert.equal(new WorkPress(SECRET, "another").read(work, T0).ok, false);
  for (const bad of ["", ".", text, `${text}.`, `${text}.0${step}`, `${text}.${step}.`, `${text}.-1`]) assert.equal(press.read(bad, T0).ok, false, bad);
  fc.assert(fc.property(fc.string({ maxLength: 80 }), (nonsense) => !press.read(nonsense, T0).ok));
});
