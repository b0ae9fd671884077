import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { tries } from "../../core/test-length.ts";
import { ApiTokens, EventDesk } from "../../event/mod.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";

/** Kills: forty every night, a quarter of them in every run. */
const KILLS = tries(10, 40);
/** Houses that die at the same time: most of the wait is for the disk. */
const HOUSES = 4;
/** Acts that the victim walks through in turn; the kill comes after another number of them each time, so that each is hit. */
const ACTS = 37;
/** Different acts that so many kills must hit at least, of 33: a victim that is quick does another one before the kill arrives. */
const ACTS_HIT = tries(5, 20);

/** What the victim said is on disk. The later ones of an event hold together with all before, except where they replace them. */
interface Fact {
  readonly event: string;
  readonly act: string;
  readonly status?: string;
  readonly sequence?: number;
  readonly startMs?: number;
  readonly title?: string;
  readonly seats?: readonly string[];
  readonly gone?: readonly string[];
  readonly host?: string;
  /** By seat; null once they are nobody's any more. */
  readonly roles?: Readonly<Record<string, string>> | null;
  readonly interprets?: Readonly<Record<string, string>> | null;
  readonly aside?: Readonly<Record<string, boolean>> | null;
  readonly notes?: Readonly<Record<string, string>>;
  /** Seat whose link a device is bound to. */
  readonly bound?: string | null;
  readonly handsOpen?: boolean;
  readonly hand?: string;
  readonly handState?: string;
  /** Whether this hand is taken down as it waits, instead of being asked to come. */
  readonly takenDown?: boolean;
  readonly notice?: string;
  /** Listener link that opens the event; null once it was taken away. */
  readonly listener?: string | null;
  readonly noListener?: string;
  readonly token?: string | null;
  readonly noToken?: string;
}

/** Lets the victim act until it acknowledged `count` acts, kills it, and gives everything it acknowledged up to its death. */
async function killAfter(folder: string, run: number, count: number): Promise<Fact[]> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "desk-victim.ts"), folder, String(run)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (bytes: Buffer) => {
    text += bytes.toString();
    if (text.split("\n").length > count) child.kill("SIGKILL");
  });
  const signal = await new Promise<string | null>((resolve) => child.once("close", (_, by) => resolve(by)));
  assert.equal(signal, "SIGKILL", "the victim died of the kill and of nothing else");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Fact);
}

/** Kills one house again and again in a folder of its own, then looks at what is left; resolves with the acts after which the kills came. */
async function killHouse(house: number): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), "earshot-desk-kill-"));
  try {
    const facts: Fact[] = [];
    const lastActs: string[] = [];
    for (let run = house; run < KILLS; run += HOUSES) {
      const told = await killAfter(folder, run, 1 + ((run * 7) % ACTS));
      facts.push(...told);
      lastActs.push(told.at(-1)?.act ?? "");
    }
    await check(folder, facts);
    return lastActs;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("control is killed again and again in the middle of its acts: everything it acknowledged is there, nothing is there by half", {
  timeout: 400_000,
}, async () => {
  const lastActs = (await Promise.all(Array.from({ length: HOUSES }, (_, house) => killHouse(house)))).flat();
  assert.equal(lastActs.length, KILLS);
  assert.ok(new Set(lastActs).size >= ACTS_HIT, `kills hit ${new Set(lastActs).size} acts: ${[...new Set(lastActs)].join(" ")}`);
});

async function check(folder: string, facts: readonly Fact[]): Promise<void> {
  await using store = await openSqlite({ path: join(folder, "earshot.sqlite") });
  const desk = new EventDesk({ store, houseKey: new Uint8Array(32).fill(1), clock: systemClock, onChange: () => {} });
  const kept = new Set((await new ApiTokens(store, systemClock).all()).map(({ id }) => id));
  for (const [eventId, told] of Map.groupBy(facts, ({ event }) => event)) {
    const acts = (await desk.schedule.history(eventId)).map(({ act }) => act as string);
    const logged = told.map(({ act }) => act).filter((act) => !UNLOGGED.has(act));
    // At most one act more than was acknowledged: the one that was under way when the kill came.
    assert.deepEqual(acts.slice(0, logged.length), logged);
    assert.ok(acts.length <= logged.length + 1, `${acts.join(" ")} after ${logged.join(" ")}`);
    const event = await desk.byId(eventId);
    const last: Fact = Object.assign({}, ...told) as Fact;
    const sequence = last.sequence ?? 0;
    assert.ok(
      event.sequence === sequence || (event.sequence === sequence + 1 && acts.length === logged.length + 1),
      `sequence ${event.sequence}, acknowledged ${sequence}`,
    );
    if (acts.length === logged.length) {
      if (last.status !== undefined) assert.equal(event.status, last.status);
      if (last.startMs !== undefined) assert.equal(event.startMs, last.startMs);
      if (last.title !== undefined) assert.equal(event.title, last.title);
      if (last.notice !== undefined) assert.equal(event.notice, last.notice, "what those who wait were told is there, or taken back");
      const listeners = (await desk.listeners.of(eventId)).map(({ id }) => id);
      if (typeof last.listener === "string") assert.ok(listeners.includes(last.listener), "a listener link that was made opens the event");
    }
    const people = new Map((await desk.seats.of(eventId)).map((person) => [person.id, person]));
    if (acts.length === logged.length) {
      for (const [seat, role] of Object.entries(last.roles ?? {})) assert.equal(people.get(seat)?.role, role, "a role that was given holds");
      for (const [seat, task] of Object.entries(last.interprets ?? {})) assert.equal(people.get(seat)?.interprets, task, "a task that was given holds");
      for (const [seat, aside] of Object.entries(last.aside ?? {}))
        assert.equal(people.get(seat)?.aside, aside, "who was taken aside is, who was put on stage is there");
      if (typeof last.bound === "string") assert.ok(people.get(last.bound)?.deviceHash, "a link that was opened is bound to its device");
      if (last.handsOpen !== undefined) assert.equal(event.handsOpen, last.handsOpen);
    }
    for (const [seat, text] of Object.entries(last.notes ?? {})) assert.equal(await desk.notes.of(seat), text, "notes that were kept are there");
    const seats = new Map((await desk.seats.of(eventId)).map(({ id, role }) => [id, role]));
    assert.equal([...seats.values()].filter((role) => role === "host").length, 1, "an event has one host, also between two acts");
    const gone = await desk.seats.removed(eventId);
    for (const seat of last.seats ?? []) assert.ok(seats.has(seat) || gone.includes(seat), "a seat that was given is known");
    for (const seat of last.gone ?? []) assert.ok(!seats.has(seat) && gone.includes(seat), "a seat that was taken away stays away");
    if (last.noListener !== undefined)
      assert.ok((await desk.listeners.revoked(eventId)).includes(last.noListener), "a listener link that was taken away stays away");
    if (last.host !== undefined) assert.equal(seats.get(last.host), "host");
    if (typeof last.token === "string") assert.ok(kept.has(last.token) || told.at(-1)?.act === "make-token");
    if (last.noToken !== undefined) assert.ok(!kept.has(last.noToken), "a token that was taken away stays away");
  }
  checkHands(folder, facts);
}

/** Acts that leave no entry in the event's log: what listeners and devices do, and what belongs to nobody's event. */
const UNLOGGED: ReadonlySet<string> = new Set(["raise-hand", "accept", "enter", "keep-notes", "make-token", "revoke-token"]);

/** Hands are read past the desk, which shows only those that are up. */
function checkHands(folder: string, facts: readonly Fact[]): void {
  const database = new DatabaseSync(join(folder, "earshot.sqlite"), { readOnly: true });
  for (const [id, told] of Map.groupBy(facts, ({ hand }) => hand)) {
    if (id === undefined) continue;
    const order = told.some(({ takenDown }) => takenDown === true) ? ["waiting", "lowered"] : ["waiting", "invited", "on-stage", "lowered"];
    const row = database.prepare("select state from hand where id = ?").get(id) as { state: string } | undefined;
    const acknowledged = told.findLast(({ handState }) => handState !== undefined)?.handState ?? "";
    const step = order.indexOf(row?.state ?? "") - order.indexOf(acknowledged);
    assert.ok(row !== undefined && (step === 0 || step === 1), `${row?.state} after ${acknowledged}`);
  }
  assert.deepEqual(
    database
      .prepare("pragma integrity_check")
      .all()
      .map((row) => Object.values(row)[0]),
    ["ok"],
  );
  assert.deepEqual(database.prepare("pragma foreign_key_check").all(), []);
  database.close();
}
