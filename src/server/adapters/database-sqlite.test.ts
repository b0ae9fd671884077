import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { EarshotError, type ErrorCode } from "../../core/errors.ts";
import type { Database } from "./database.ts";
import { openSqlite } from "./database-sqlite.ts";

const folder = await mkdtemp(join(tmpdir(), "earshot-database-"));
after(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, `${name}.sqlite`);
const code = (expected: ErrorCode) => (error: unknown) => error instanceof EarshotError && error.code === expected;

const hash = (number: number) => new Uint8Array(new Float64Array([number]).buffer);
const mark = (database: Database, number: number) => ({
  query: database.sql.insertInto("used_host_link").values({ secret_hash: hash(number), used_ms: number }),
});
const marks = (database: Database) => database.read(database.sql.selectFrom("used_host_link").select(["secret_hash", "used_ms"]).orderBy("used_ms"));

test("what was written is read back with its types, also after a restart", async () => {
  const path = file("restart");
  {
    await using database = await openSqlite({ path });
    assert.deepEqual(await database.write([mark(database, 1), mark(database, 2)]), [1, 1]);
  }
  await using database = await openSqlite({ path });
  assert.deepEqual(
    (await marks(database)).map((row) => ({ ...row })),
    [1, 2].map((number) => ({ secret_hash: hash(number), used_ms: number })),
  );
});

test("transactions that wait together share one flush to disk", async () => {
  await using database = await openSqlite({ path: file("group") });
  await Promise.all(Array.from({ length: 200 }, (_, number) => database.write([mark(database, number)])));
  const { transactions, commits } = database.figures();
  assert.equal(transactions, 200);
  assert.ok(commits < 100, `${commits} commits`);
});

test("a taken value undoes its own transaction whole, and no other of the same flush", async () => {
  await using database = await openSqlite({ path: file("unique") });
  await database.write([mark(database, 1)]);
  const results = await Promise.allSettled([
    database.write([mark(database, 2)]),
    database.write([mark(database, 3), { ...mark(database, 1), otherwise: "slug-taken" }]),
    database.write([mark(database, 4)]),
  ]);
  assert.deepEqual(
    results.map((result) => result.status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.ok(code("slug-taken")((results[1] as PromiseRejectedResult).reason));
  assert.deepEqual(
    (await marks(database)).map((row) => row.used_ms),
    [1, 2, 4],
  );
});

test("a change that finds another number of rows than it expects undoes everything", async () => {
  await using database = await openSqlite({ path: file("expect") });
  const nobody = database.sql.updateTable("used_host_link").set({ used_ms: 0 }).where("used_ms", "=", 99);
  await assert.rejects(database.write([mark(database, 1), { query: nobody, changes: 1 }]), code("conflict"));
  assert.equal((await marks(database)).length, 0);
});

test("a full disk is told as such, nothing of the transaction stays, and smaller ones go on", async () => {
  await using database = await openSqlite({ path: file("full"), maxPages: 120 });
  const long = (title: string) =>
    database.sql.insertInto("live_event").values({
      ...{ id: title.slice(0, 8), slug: title.slice(0, 8), title, description: "", language: "", time_zone: "UTC", start_ms: 1, door_ms: 1 },
      ...{ status: "scheduled" as const, permanent: 0, created_ms: 1, live_ms: null, ended_ms: null, backstage_ms: null, revision: 1 },
      ...{ visibility: "public" as const, planned_minutes: 60, sequence: 0, updated_ms: 1, previous_start_ms: null, reason: "", hands_open: 0 },
      ...{ series_id: null, artwork: "", cover: "", embed: 1, most_listeners: null, notice: "", expected_ms: null },
    });
  await assert.rejects(database.write([mark(database, 1), { query: long("x".repeat(800_000)) }]), code("disk-full"));
  assert.equal((await marks(database)).length, 0);
  await database.write([mark(database, 2)]);
  assert.equal((await marks(database)).length, 1);
});

test("rules of the tables hold: types, foreign keys, known states", async () => {
  await using database = await openSqlite({ path: file("rules") });
  const wrongType = { secret_hash: hash(1), used_ms: "soon" as unknown as number };
  await assert.rejects(database.write([{ query: database.sql.insertInto("used_host_link").values(wrongType) }]), code("internal"));
  const orphan = { session_hash: hash(1), person_id: "nobody", granted_ms: 1 };
  await assert.rejects(database.write([{ query: database.sql.insertInto("session_person").values(orphan) }]), code("internal"));
});

test("a database of a newer Earshot is left alone and the reason is said", async () => {
  const path = file("newer");
  await (await openSqlite({ path })).close();
  const raw = new DatabaseSync(path);
  raw.exec("pragma user_version = 9999");
  raw.close();
  await assert.rejects(openSqlite({ path }), (error: Error) => error instanceof EarshotError && /newer version/.test(String((error.cause as Error).message)));
});

test("after close every call is refused instead of hanging", async () => {
  const database = await openSqlite({ path: file("closed") });
  await Promise.all([database.close(), database.close()]);
  await assert.rejects(marks(database), code("internal"));
});

test("kill -9 in the middle of writing loses no row that was acknowledged", async () => {
  const path = file("killed");
  const writer = `
    import { openSqlite } from ${JSON.stringify(new URL("./database-sqlite.ts", import.meta.url).href)};
    const database = await openSqlite({ path: ${JSON.stringify(path)} });
    const [start, lanes] = process.argv.slice(2).map(Number);
    let next = start;
    const lane = async () => {
      for (;;) {
        const number = next++;
        await database.write([{ query: database.sql.insertInto("used_host_link").values({ secret_hash: new Uint8Array(new Float64Array([number]).buffer), used_ms: number }) }]);
        process.stdout.write(number + "\\n");
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));`;
  const script = join(folder, "writer.mjs");
  await writeFile(script, writer);
  const acknowledged = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, [script, String(1_000_000 * round), "8"], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout });
    const wanted = acknowledged.size + 50 + 37 * round;
    for await (const line of lines) {
      acknowledged.add(Number(line));
      if (acknowledged.size === wanted) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  await using database = await openSqlite({ path });
  const kept = new Set((await marks(database)).map((row) => row.used_ms));
  assert.deepEqual(
    [...acknowledged].filter((number) => !kept.has(number)),
    [],
  );
  assert.ok(acknowledged.size >= 5 * 50);
});
