import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { systemClock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { EventDesk, type LiveEvent } from "../../event/mod.ts";
import { type Author, ModerationDesk, socialStore, WallDesk, type Writer } from "../../social/mod.ts";
import type { Database } from "../adapters/database.ts";
import { openSqlite } from "../adapters/database-sqlite.ts";
import { goodDraft, TestClock } from "./test-house.ts";

const HOST = { actor: { name: "Grace", role: "host" }, strong: true } as const;
const guest = (device: string): Writer => ({ author: { kind: "guest", device, name: device }, role: "", staff: false });
const holder = (accountId: string, device: string): Writer => ({ author: { kind: "account", accountId, device, name: accountId }, role: "", staff: false });

/** The domain on a real database in a folder of its own. */
async function open(folder: string, clock: TestClock | typeof systemClock) {
  const database: Database = await openSqlite({ path: join(folder, "earshot.sqlite") });
  const desk: EventDesk = new EventDesk({
    ...{ store: database, houseKey: new Uint8Array(32).fill(1), clock, onChange: () => {} },
    suspended: (eventId) => moderation.suspendedKeys(eventId),
  });
  const options = { store: socialStore(database), desk, clock };
  const moderation: ModerationDesk = new ModerationDesk(options);
  return { database, desk, wall: new WallDesk(options), moderation };
}

async function evening(desk: EventDesk, wall: WallDesk, clock: { wallMs(): number }): Promise<LiveEvent> {
  const draft = {
    ...goodDraft,
    visibility: "public",
    plannedMinutes: 60,
    doorsMinutesBefore: 15,
    startDate: new Date(clock.wallMs() + 86_400_000).toISOString(),
  };
  const event = await desk.create({ ...draft, speakers: [] } as unknown as Parameters<typeof desk.create>[0], HOST.actor);
  await wall.edit(event, { opening: "everyone", reason: "" }, HOST.actor);
  return event;
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  await work.then(
    () => "",
    (error: unknown) => (error instanceof EarshotError ? error.code : String(error)),
  );

test("in whatever order acts are done and taken back, everybody and everything ends in exactly the former state", { timeout: 400_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "earshot-moderation-"));
  const clock = new TestClock();
  const { database, desk, wall, moderation } = await open(folder, clock);
  try {
    const steps = fc.array(fc.tuple(fc.constantFrom("hold", "remove", "suspend"), fc.nat(3), fc.option(fc.integer({ min: 1, max: 600 }))), {
      minLength: 1,
      maxLength: 7,
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.nat(1_000)), fc.boolean(), async (wanted, dice, guarded) => {
        const event = await evening(desk, wall, clock);
        if (guarded) await wall.edit(event, { hold: "guests", reason: "" }, HOST.actor);
        const writers = [guest("eve"), guest("ben"), holder("kim", "phone"), holder("kim", "tablet")];
        const posts: string[] = [];
        for (const writer of writers) {
          clock.advance(1);
          posts.push((await wall.write(event, writer, { kind: "post", text: "Hello", name: "", parent: undefined })).id);
        }
        await wall.edit(event, { hold: "none", reason: "" }, HOST.actor);
        const look = async () => ({
          posts: await Promise.all(posts.map(async (id) => (await wall.posts.find(event.id, id))?.state)),
          suspended: [...(await moderation.suspendedKeys(event.id))].sort(),
          may: await Promise.all(writers.map((writer) => codeOf(wall.report(event, writer, "nothing", { rule: "spam", reason: "" })))),
        });
        const before = await look();
        const done: string[] = [];
        const next = () => dice.next().value as number;
        for (const [act, index, minutes] of wanted) {
          clock.advance(1);
          const request = { act, post: posts[index] ?? "", rule: "spam", reason: "So.", minutes: minutes ?? null, hidePosts: false } as const;
          const id = await moderation.act(event, request as Parameters<typeof moderation.act>[1], HOST).catch(() => undefined);
          if (id !== undefined) done.push(id);
          // Sometimes one of those that hold is taken back in between.
          if (next() % 3 === 0 && done.length > 0) await moderation.undo(event, done.splice(next() % done.length, 1)[0] ?? "", "", HOST.actor);
        }
        while (done.length > 0) await moderation.undo(event, done.splice(next() % done.length, 1)[0] ?? "", "", HOST.actor);
        assert.deepEqual(await look(), before);
      }),
      { numRuns: 40 },
    );
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
});

test("who is suspended under an account is so on the device too, signed out or with another account, and a neighbour is not", async () => {
  const folder = await mkdtemp(join(tmpdir(), "earshot-moderation-"));
  const clock = new TestClock();
  const { database, desk, wall, moderation } = await open(folder, clock);
  try {
    const event = await evening(desk, wall, clock);
    const write = (writer: Writer) => wall.write(event, writer, { kind: "post", text: "Hello", name: "", parent: undefined });
    const post = await write(holder("kim", "phone"));
    const act = await moderation.act(event, { act: "suspend", post: post.id, rule: "spam", reason: "So.", minutes: null, hidePosts: false }, HOST);
    for (const writer of [holder("kim", "phone"), holder("kim", "tablet"), guest("phone"), holder("lee", "phone")])
      assert.equal(await codeOf(write(writer)), "suspended");
    assert.equal(await codeOf(write(holder("lee", "laptop"))), "");
    await moderation.undo(event, act, "", HOST.actor);
    for (const writer of [holder("kim", "phone"), guest("phone")]) assert.equal(await codeOf(write(writer)), "");
  } finally {
    await database.close();
    await rm(folder, { recursive: true });
  }
});

/** Kills; each hits another place of the victim's round. */
const KILLS = 6;

test("moderators' acts that were acknowledged survive a kill, each with its line in the log and what follows from it", { timeout: 300_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "earshot-moderation-kill-"));
  try {
    const told: { readonly event: string; readonly post: string; readonly device: string; readonly step: string }[] = [];
    for (let run = 0; run < KILLS; run++) {
      const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "moderation-victim.ts"), folder, String(run)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout.on("data", (bytes: Buffer) => {
        text += bytes.toString();
        if (text.split("\n").length > 2 + run) child.kill("SIGKILL");
      });
      const signal = await new Promise<string | null>((resolve) => child.once("close", (_, by) => resolve(by)));
      assert.equal(signal, "SIGKILL");
      told.push(
        ...text
          .split("\n")
          .slice(0, -1)
          .map((line) => JSON.parse(line) as (typeof told)[number]),
      );
    }
    const { database, desk, wall, moderation } = await open(folder, systemClock);
    const order = ["write", "remove", "suspend", "appeal", "grant", "reinstate"];
    for (const facts of Map.groupBy(told, ({ post }) => post).values()) {
      const { event, post, device } = facts[0] as (typeof told)[number];
      const reached = order.indexOf(facts.at(-1)?.step ?? "");
      const author: Author = { kind: "guest", device, name: "Eve" };
      const statements = await moderation.statements(event, author);
      const has = (act: string) => statements.some((one) => one.act === act);
      const state = (await wall.posts.find(event, post))?.state;
      // The step under way when the kill came may have happened or not, never by half.
      const happened = Math.max(reached, has("remove") ? 1 : 0, has("suspend") ? 2 : 0, has("restore") ? 4 : 0, has("reinstate") ? 5 : 0);
      assert.ok(happened <= reached + 2, "nothing is there that was not begun");
      assert.equal(has("remove"), happened >= 1);
      assert.equal(state, happened >= 1 && happened < 4 ? "removed" : "visible");
      assert.equal([...(await moderation.suspendedKeys(event))].length, happened >= 2 && happened < 5 ? 1 : 0);
      if (reached >= 3) assert.notEqual(statements.find((one) => one.act === "remove")?.appeal.state, "none");
      const logged = (await desk.schedule.history(event)).map(({ act }) => act as string).filter((act) => act !== "make" && act !== "set-wall");
      const expected = ["remove-post", "suspend", "appeal", "settle-appeal", "reinstate"];
      assert.deepEqual(logged, expected.slice(0, logged.length));
      assert.ok(logged.length >= reached, `${logged.join(" ")} after ${reached} acts`);
    }
    await database.close();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
