import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, afterEach, before, test } from "node:test";
import { type Clock, systemClock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { milliseconds } from "../../core/units.ts";
import { checkDatabase } from "./check-database.ts";
import type { Database } from "./database.ts";
import { openPostgres } from "./database-postgres.ts";
import { openDatabase } from "./open-database.ts";
import { TestPostgres } from "./test-postgres.ts";

let server: TestPostgres;
let url = "";
before(async () => {
  server = await TestPostgres.start();
  url = await server.newDatabase();
});
after(() => server[Symbol.asyncDispose]());
afterEach(() => server.run(url, "delete from used_host_link"));

const open = (place = url) => openPostgres({ url: place, clock: systemClock });
const hash = (number: number) => new Uint8Array(new Float64Array([number]).buffer);
const act = (database: Database, number: number) =>
  database.write([{ query: database.sql.insertInto("used_host_link").values({ secret_hash: hash(number), used_ms: number }) }]);
const acts = async (database: Database) =>
  (await database.read(database.sql.selectFrom("used_host_link").select("used_ms").orderBy("used_ms"))).map((row) => row.used_ms);
const refusal = (error: unknown) => (error instanceof EarshotError ? [error.code, error.details.done] : error);

/** Acts one after the other in several lanes until told to stop; says which were acknowledged, and how the others were refused. */
function actors(database: Database, lanes: number) {
  const done: number[] = [];
  const refusals: unknown[] = [];
  let next = 1;
  let going = true;
  const lane = async () => {
    while (going) {
      const number = next++;
      await act(database, number).then(
        () => done.push(number),
        (error: unknown) => refusals.push(refusal(error)),
      );
    }
  };
  const ended = Promise.all(Array.from({ length: lanes }, lane));
  const until = async (count: number) => {
    while (done.length < count) await systemClock.sleep(5);
  };
  const stop = async () => {
    going = false;
    await ended;
  };
  return { done, refusals, until, stop };
}

test("the server dies again and again in the middle of acts: every acknowledged act is there, acts go on by themselves, none is made twice", async () => {
  await using database = await open();
  const { done, refusals, until, stop } = actors(database, 8);
  for (let round = 0; round < 3; round++) {
    await until(done.length + 40 + 17 * round);
    await server.crash();
    await server.resume();
  }
  await until(done.length + 40);
  await stop();
  const kept = new Set(await acts(database));
  assert.deepEqual(
    done.filter((number) => !kept.has(number)),
    [],
  );
  // Refused with "no": it was not done. Whoever asks again makes no second one.
  for (const refused of refusals) assert.deepEqual(refused, ["database-away", "no"]);
  assert.equal(kept.size, done.length);
  assert.ok(database.figures().reconnects >= 3);
});

test("the house dies in the middle of acts: every acknowledged act is there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "earshot-victim-"));
  const script = join(folder, "victim.mjs");
  const here = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  await writeFile(
    script,
    `import { openPostgres } from ${here("./database-postgres.ts")};
    import { systemClock } from ${here("../../core/clock.ts")};
    const database = await openPostgres({ url: process.argv[2], clock: systemClock });
    let next = Number(process.argv[3]);
    const lane = async () => {
      for (;;) {
        const number = next++;
        await database.write([{ query: database.sql.insertInto("used_host_link").values({ secret_hash: new Uint8Array(new Float64Array([number]).buffer), used_ms: number }) }]);
        process.stdout.write(number + "\\n");
      }
    };
    await Promise.all(Array.from({ length: 8 }, lane));`,
  );
  const acknowledged: number[] = [];
  for (let round = 0; round < 3; round++) {
    const child = spawn(process.execPath, [script, url, String(1_000_000 * (round + 1))], { stdio: ["ignore", "pipe", "inherit"] });
    const wanted = acknowledged.length + 30 + 37 * round;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(Number(line));
      if (acknowledged.length === wanted) child.kill("SIGKILL");
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  await rm(folder, { recursive: true });
  await using database = await open();
  const kept = new Set(await acts(database));
  assert.deepEqual(
    acknowledged.filter((number) => !kept.has(number)),
    [],
  );
  assert.ok(acknowledged.length > 150);
});

test("a server that is started anew is waited for: nobody who acts or reads meanwhile notices more than the wait", async () => {
  await using database = await open();
  await act(database, 1);
  await server.stop();
  const meanwhile = Promise.all([act(database, 2), acts(database)]);
  await server.resume();
  const [changes, read] = await meanwhile;
  assert.deepEqual(changes, [1]);
  assert.equal(read[0], 1);
});

test("while the server stays away acts and reads are refused with what to do, and go on when it is back", async () => {
  await using database = await open();
  await act(database, 1);
  await server.stop();
  const refused = await Promise.allSettled([act(database, 2), act(database, 3), acts(database)]);
  assert.deepEqual(
    refused.map((result) => result.status === "rejected" && refusal(result.reason)),
    [
      ["database-away", "no"],
      ["database-away", "no"],
      ["database-away", undefined],
    ],
  );
  await server.resume();
  await act(database, 4);
  assert.deepEqual(await acts(database), [1, 4]);
});

/** Stands between house and server and does something to the first commit that passes once it is armed: a line breaks at the worst moment. */
class BrokenLine {
  readonly #proxy: Server;
  readonly place: string;
  #armed = false;

  private constructor(proxy: Server, place: string) {
    this.#proxy = proxy;
    this.place = place;
  }

  static async open(onCommit: (house: Socket, far: Socket, bytes: Buffer) => void): Promise<BrokenLine> {
    const folder = await mkdtemp(join(tmpdir(), "earshot-line-"));
    const real = new URL(url.replace("@/", "@host/")).searchParams.get("host") ?? "";
    const proxy = createServer((house) => {
      const far = connect(join(real, ".s.PGSQL.5432"));
      for (const socket of [house, far]) socket.on("error", () => {});
      house.on("close", () => far.destroy());
      far.on("close", () => house.destroy());
      far.pipe(house);
      house.on("data", (bytes: Buffer) => {
        if (!line.#armed || !bytes.includes("Q\0\0\0\u000bcommit\0")) return void far.write(bytes);
        line.#armed = false;
        onCommit(house, far, bytes);
      });
    });
    const line = new BrokenLine(proxy, url.replace(real, folder));
    proxy.listen(join(folder, ".s.PGSQL.5432"));
    await once(proxy, "listening");
    return line;
  }

  arm(): void {
    this.#armed = true;
  }

  [Symbol.dispose](): void {
    this.#proxy.close();
  }
}

const FAULTS: readonly (readonly [how: string, onCommit: (house: Socket, far: Socket, bytes: Buffer) => void])[] = [
  [
    "after it reached the server",
    (house, far, bytes) => {
      far.unpipe(house);
      // Its answer says that the change is on its disk; the house never reads it.
      far.once("data", () => house.destroy());
      far.resume();
      far.write(bytes);
    },
  ],
  ["before it reached the server", (house) => house.destroy()],
];
for (const [how, onCommit] of FAULTS) {
  test(`a commit whose answer is lost ${how} is reported as what it is, and nothing is done twice`, async () => {
    using line = await BrokenLine.open(onCommit);
    await using database = await open(line.place);
    line.arm();
    assert.deepEqual(await act(database, 7), [1]);
    assert.deepEqual(await acts(database), [7]);
    assert.equal(database.figures().reconnects, 1);
  });
}

test("a server that would acknowledge before its disk has it is told not to", async () => {
  const lax = await server.newDatabase();
  const name = /\/(house\d+)\?/.exec(lax)?.[1] ?? "";
  await server.run(lax, `alter database ${name} set synchronous_commit = off`);
  await using database = await open(lax);
  const [row] = await database.read({ compile: () => ({ sql: "select current_setting('synchronous_commit') as value", parameters: [] }) } as never);
  assert.deepEqual(row, { value: "on" });
});

test("the doctor says that all is well, and what to do when nobody answers, the name is wrong, or the disk is not waited for", async () => {
  const verdict = async (place: string) => (await checkDatabase(place)).map(({ verdict: how, found, action = "" }) => `${how}: ${found}: ${action}`).join();
  assert.match(await verdict(url), /^ok: PostgreSQL \d+\.\d+, on disk/);
  assert.match(await verdict(server.url("nowhere")), /^problem: .*nowhere.*: correct user, password and database/);
  await server.stop();
  assert.match(await verdict(url), /^problem: .*: start it, or correct database\.url/);
  await server.resume(["fsync=off"]);
  assert.match(await verdict(url), /^problem: .*may be lost with its power: set fsync = on/);
  await server.stop();
  await server.resume();
  assert.deepEqual(await checkDatabase(undefined), []);
});

test("a server that is away at the start is waited for and it is said at once for what, why and how long; when it comes the start goes on", async () => {
  await server.stop();
  const said: Record<string, unknown>[] = [];
  const told = Promise.withResolvers<void>();
  const warn = (_: string, details: Record<string, unknown> = {}) => {
    said.push(details);
    told.resolve();
  };
  const secret = url.replace("earshot@", "earshot:hunter2@");
  const opening = openDatabase({ dataFolder: "", databaseUrl: secret }, systemClock, { warn });
  await told.promise;
  await server.resume();
  await using database = await opening;
  await act(database, 1);
  const [{ database: place, reason, waited_seconds, gives_up_after_seconds } = {}] = said;
  assert.deepEqual([typeof reason, waited_seconds, gives_up_after_seconds], ["string", 0, 300]);
  assert.match(String(place), /^postgres:\/\/\/house/);
  assert.ok(!JSON.stringify(said).includes("hunter2"));
});

test("a server that stays away is given up after five minutes, each ten seconds of which were told", async () => {
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
  };
  const clock: Clock = { ...systemClock, steadyMs: () => milliseconds(now), sleep };
  const said: unknown[] = [];
  const away = url.replace(/host=.*/, "host=/nowhere/at/all");
  const opened = openDatabase({ dataFolder: "", databaseUrl: away }, clock, { warn: (...words) => void said.push(words) });
  await assert.rejects(opened, (error: unknown) => error instanceof EarshotError && error.code === "database-away");
  assert.ok(now > 290_000 && now <= 300_000, `${now}`);
  assert.ok(said.length >= 24 && said.length <= 30, `${said.length}`);
});

test("a database that does not let this house in is named at the start, at once", async () => {
  await assert.rejects(open(server.url("nowhere")), (error: unknown) => error instanceof EarshotError && error.details.setting === "database.url");
});

test("a text that this engine cannot keep is a broken rule of whoever sent it", async () => {
  await using database = await open();
  const query = database.sql.selectFrom("live_event").selectAll().where("slug", "=", "a\0b");
  await assert.rejects(database.read(query), (error: unknown) => error instanceof EarshotError && error.code === "bad-request");
});
