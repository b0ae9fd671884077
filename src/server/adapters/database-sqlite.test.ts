import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
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
