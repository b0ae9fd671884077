import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { EarshotError } from "../../core/errors.ts";
import { TEST_DISK } from "../../core/test-disk.ts";
import { type Actor, EventDesk } from "../../event/mod.ts";
import { CREW_MAX } from "../../wire/api.ts";
import { FLOOR_MAX, INTERPRETERS_MAX, isStageRole, ROLES, type Role } from "../../wire/room.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";
import { goodDraft, TestClock } from "./test-house.ts";

/** Steps of the walk; `ROLE_STEPS=100000` for the long one. */
const STEPS = Number(process.env.ROLE_STEPS ?? 1_500);
/** Steps at one event; then the walk goes on at the next, as an evening has an end: what left it costs every later step a little. */
const STEPS_PER_EVENT = 4_000;
/** Devices in the audience at a time, and the steps after which one leaves and another comes: else all would be barred at last. */
const DEVICES = 6;
const STEPS_PER_DEVICE = 50;

/** What must be true of an event, kept beside the real one in the simplest way there is. */
class Model {
  readonly roles = new Map<string, Role>();
  /** Device of each seat that came from the audience. */
  readonly deviceOf = new Map<string, string>();
  /** Hand of each device that is up: its state and its seat. */
  readonly hands = new Map<string, { state: "waiting" | "invited" | "on-stage"; seat: string | undefined }>();
  readonly barred = new Set<string>();
  readonly asides = new Set<string>();
  /** Who interprets, all into one language. */
  readonly interpreters = new Set<string>();
  open = false;

  /** Whether one more person of this role and task has no place. `seat`: who would take it. */
  full(role: Role, interprets = false, seat = ""): boolean {
    const others = [...this.roles].filter(([other]) => other !== seat);
    if (interprets) return others.filter(([other]) => this.interpreters.has(other)).length >= INTERPRETERS_MAX;
    const same = others.filter(([other, its]) => isStageRole(its) === isStageRole(role) && !this.interpreters.has(other)).length;
    return same >= (isStageRole(role) ? FLOOR_MAX : CREW_MAX);
  }

  get hosts(): number {
    return [...this.roles.values()].filter((role) => role === "host").length;
  }

  /** Whether a seat may end: not that of the last host. */
  mayLeave(seat: string): boolean {
    return this.roles.get(seat) !== "host" || this.hosts > 1;
  }

  leave(seat: string, barred: boolean): void {
    const device = this.deviceOf.get(seat);
    this.roles.delete(seat);
    this.asides.delete(seat);
    this.interpreters.delete(seat);
    if (device === undefined) return;
    this.hands.delete(device);
    if (barred) this.barred.add(device);
  }
}

/** A repeatable source of chance. Mulberry32. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** The code of a refusal, or undefined when it was done. */
async function refusal(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (error instanceof EarshotError) return error.code;
    throw error;
  }
}

/** Walks at one event; `first` and `last`: which steps of the whole walk. */
async function walk(desk: EventDesk, pick: (below: number) => number, first: number, last: number): Promise<void> {
  const by: Actor = { name: "walk", role: "operator" };
  const draft = { ...goodDraft, visibility: "public", plannedMinutes: 60, doorsMinutesBefore: 15, speakers: [{ name: "Grace", role: "host" }] } as const;
  const { id } = await desk.create({ ...draft, speakers: [...draft.speakers] }, by);
  const model = new Model();
  for (const person of await desk.seats.of(id)) model.roles.set(person.id, person.role);
  const seats = () => [...model.roles.keys()];
  const anySeat = () => seats()[pick(model.roles.size)] ?? "";
  let step = first;
  const anyDevice = () => `device-of-a-listener-${Math.floor(step / STEPS_PER_DEVICE) + pick(DEVICES)}`;
  const handOf = async (device: string) => (await desk.hands.of(id, device))?.id ?? "nobody";

  const steps: Readonly<Record<string, () => Promise<void>>> = {
    async invite() {
      const role = ROLES[1 + pick(ROLES.length - 1)] ?? "speaker";
      const interprets = role === "speaker" && pick(2) === 0 ? "de" : "";
      const full = model.full(role, interprets !== "");
      let made = "";
      const invited = await refusal(async () => (made = (await desk.seats.invite(id, { name: "Somebody", role, interprets }, by)).id));
      assert.equal(invited, full ? "invalid-field" : undefined);
      if (full) return;
      model.roles.set(made, role);
      if (interprets !== "") model.interpreters.add(made);
    },
    async setTask() {
      const [seat, interprets] = [anySeat(), pick(2) === 0 ? "de" : ""];
      const role = model.roles.get(seat) ?? "speaker";
      const refused = interprets === "" ? model.full(role, false, seat) : role !== "speaker" || model.full(role, true, seat);
      assert.equal(await refusal(() => desk.seats.edit(id, seat, { interprets }, by)), refused ? "invalid-field" : undefined);
      if (refused) return;
      if (interprets === "") model.interpreters.delete(seat);
      else model.interpreters.add(seat);
    },
    async remove() {
      const seat = anySeat();
      const may = model.mayLeave(seat);
      assert.equal(await refusal(() => desk.seats.revoke(id, seat, by)), may ? undefined : "forbidden");
      if (may) model.leave(seat, true);
    },
    async sendBack() {
      const seat = anySeat();
      const may = model.mayLeave(seat);
      assert.equal(await refusal(() => desk.seats.toAudience(id, seat, "to-audience", by)), may ? undefined : "forbidden");
      if (may) model.leave(seat, false);
    },
    async handOver() {
      const seat = anySeat();
      const full = (!isStageRole(model.roles.get(seat) ?? "host") || model.interpreters.has(seat)) && model.full("host");
      assert.equal(await refusal(() => desk.seats.handOver(id, seat, by)), full ? "stage-full" : undefined);
      if (full) return;
      for (const [other, role] of model.roles) if (role === "host") model.roles.set(other, "co-host");
      model.roles.set(seat, "host");
      model.asides.delete(seat);
      model.interpreters.delete(seat);
    },
    async changeRole() {
      const [seat, role] = [anySeat(), ROLES[pick(ROLES.length)] ?? "speaker"];
      const roles = new Map(model.roles).set(seat, role);
      const hosts = [...roles.values()].filter((other) => other === "host").length;
      const full = model.full(role, role === "speaker" && model.interpreters.has(seat), seat);
      const expected = full ? "invalid-field" : hosts === 0 ? "forbidden" : undefined;
      // Two hosts at a time are possible, but not what the walk is about.
      if (hosts > 1) return;
      const people = await desk.seats.of(id);
      const speakers = people.map((person) => ({ id: person.id, name: person.name, role: person.id === seat ? role : person.role }));
      assert.equal(await refusal(() => desk.schedule.edit(id, { speakers }, by)), expected);
      if (expected !== undefined) return;
      model.roles.clear();
      for (const person of people) model.roles.set(person.id, person.id === seat ? role : person.role);
      if (role === "speaker") return;
      model.asides.delete(seat);
      model.interpreters.delete(seat);
    },
    async takeAside() {
      const [seat, aside] = [anySeat(), pick(3) > 0];
      const expected = model.roles.get(seat) === "speaker" ? undefined : "forbidden";
      assert.equal(await refusal(() => desk.seats.setAside(id, seat, aside, by)), expected);
      if (expected !== undefined) return;
      if (aside) model.asides.add(seat);
      else model.asides.delete(seat);
    },
    async renew() {
      assert.equal(await refusal(() => desk.seats.renewLink(id, anySeat(), by)), undefined);
    },
    async openOrClose() {
      model.open = pick(4) > 0;
      await desk.hands.setOpen(id, model.open, by);
    },
    async raise() {
      const device = anyDevice();
      const up = model.hands.has(device);
      const expected = up ? undefined : !model.open ? "hands-closed" : model.barred.has(device) ? "removed" : undefined;
      assert.equal(await refusal(async () => await desk.hands.raise(await desk.byId(id), { name: "Eve", topic: "" }, { device, invited: false })), expected);
      if (!up && expected === undefined) model.hands.set(device, { state: "waiting", seat: undefined });
    },
    async bring() {
      const device = anyDevice();
      const hand = model.hands.get(device);
      const full = model.full("speaker");
      const aside = pick(2) === 0;
      const expected = hand === undefined ? "not-found" : hand.state !== "waiting" ? "transition-invalid" : full ? "stage-full" : undefined;
      const handId = await handOf(device);
      let seat = "";
      assert.equal(await refusal(async () => (seat = (await desk.hands.invite(id, handId, by, { aside })).id)), expected);
      if (expected !== undefined) return;
      model.roles.set(seat, "speaker");
      model.deviceOf.set(seat, device);
      if (aside) model.asides.add(seat);
      model.hands.set(device, { state: "invited", seat });
    },
    async accept() {
      const device = anyDevice();
      const hand = model.hands.get(device);
      const expected = hand === undefined ? "not-found" : hand.state === "waiting" ? "transition-invalid" : undefined;
      assert.equal(await refusal(() => desk.hands.accept(id, { device })), expected);
      if (hand !== undefined && expected === undefined) hand.state = "on-stage";
    },
    async lower() {
      const device = anyDevice();
      const hand = model.hands.get(device);
      // A guest who became the only host keeps seat and hand: an event keeps its host.
      const last = hand?.seat !== undefined && !model.mayLeave(hand.seat);
      const handId = await handOf(device);
      assert.equal(await refusal(() => desk.hands.lower(id, handId, by)), hand === undefined ? "not-found" : last ? "forbidden" : undefined);
      if (hand === undefined || last) return;
      if (hand.seat !== undefined) model.leave(hand.seat, false);
      model.hands.delete(device);
    },
  };

  const names = Object.keys(steps);
  for (; step < last; step++) {
    const name = names[pick(names.length)] ?? "";
    await steps[name]?.();
    const people = await desk.seats.of(id);
    assert.deepEqual(new Map(people.map((person) => [person.id, person.role])), new Map(model.roles), `step ${step}, ${name}: seats`);
    assert.deepEqual(
      people
        .filter(({ aside }) => aside)
        .map((person) => person.id)
        .sort(),
      [...model.asides].sort(),
      `step ${step}, ${name}: taken aside`,
    );
    assert.deepEqual(
      people
        .filter(({ interprets }) => interprets !== "")
        .map((person) => person.id)
        .sort(),
      [...model.interpreters].sort(),
      `step ${step}, ${name}: interpreters`,
    );
    assert.equal(model.hosts, 1, `step ${step}, ${name}: one host`);
    const queue = await desk.hands.queue(id);
    assert.deepEqual(
      queue.map(({ state, personId }) => `${state} ${personId}`).sort(),
      [...model.hands.values()].map(({ state, seat }) => `${state} ${seat ?? null}`).sort(),
      `step ${step}, ${name}: hands`,
    );
  }
}

test(`after ${STEPS} random steps among roles, hands and removals everybody is what a simple model says`, { timeout: 3_600_000 }, async (context) => {
  const seed = Number(process.env.ROLE_SEED ?? Date.now() % 1_000_000);
  context.diagnostic(`ROLE_SEED=${seed}`);
  const pick = chance(seed);
  const folder = await mkdtemp(join(TEST_DISK, "earshot-roles-"));
  const store = await openSqlite({ path: join(folder, "earshot.sqlite") });
  try {
    const desk = new EventDesk({ store, houseKey: new Uint8Array(32), clock: new TestClock(), onChange: () => {} });
    for (let first = 0; first < STEPS; first += STEPS_PER_EVENT) await walk(desk, pick, first, Math.min(STEPS, first + STEPS_PER_EVENT));
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
});
