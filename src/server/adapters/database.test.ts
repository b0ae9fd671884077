import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { EarshotError, type ErrorCode } from "../../core/errors.ts";
import { EventDesk, HOUSE, SOUND_CHECK_ID } from "../../event/mod.ts";
import type { Database } from "./database.ts";
import { ENGINES } from "./test-engines.ts";

const code = (expected: ErrorCode) => (error: unknown) => error instanceof EarshotError && error.code === expected;

const hash = (number: number) => new Uint8Array(new Float64Array([number]).buffer);
const mark = (database: Database, number: number) => ({
  query: database.sql.insertInto("used_host_link").values({ secret_hash: hash(number), used_ms: number }),
});
const marks = (database: Database) => database.read(database.sql.selectFrom("used_host_link").select(["secret_hash", "used_ms"]).orderBy("used_ms"));

for (const engine of ENGINES) {
  describe(engine.name, () => {
    test("what was written is read back with its types, also after a restart", async () => {
      const place = await engine.newDatabase();
      {
        await using database = await place.open();
        assert.deepEqual(await database.write([mark(database, 1), mark(database, 2)]), [1, 1]);
      }
      await using database = await place.open();
      assert.deepEqual(
        (await marks(database)).map((row) => ({ ...row })),
        [1, 2].map((number) => ({ secret_hash: hash(number), used_ms: number })),
      );
    });

    test("transactions that wait together share one flush to disk", async () => {
      await using database = await (await engine.newDatabase()).open();
      await Promise.all(Array.from({ length: 200 }, (_, number) => database.write([mark(database, number)])));
      const { transactions, commits } = database.figures();
      assert.equal(transactions, 200);
      assert.ok(commits < 100, `${commits} commits`);
    });

    test("a taken value undoes its own transaction whole, and no other of the same flush", async () => {
      await using database = await (await engine.newDatabase()).open();
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
      await using database = await (await engine.newDatabase()).open();
      const nobody = database.sql.updateTable("used_host_link").set({ used_ms: 0 }).where("used_ms", "=", 99);
      await assert.rejects(database.write([mark(database, 1), { query: nobody, changes: 1 }]), code("conflict"));
      assert.equal((await marks(database)).length, 0);
    });

    test("rules of the tables hold: types, foreign keys, known states", async () => {
      await using database = await (await engine.newDatabase()).open();
      const wrongType = { secret_hash: hash(1), used_ms: "soon" as unknown as number };
      await assert.rejects(database.write([{ query: database.sql.insertInto("used_host_link").values(wrongType) }]), code("internal"));
      const orphan = { session_hash: hash(1), person_id: "nobody", granted_ms: 1 };
      await assert.rejects(database.write([{ query: database.sql.insertInto("session_person").values(orphan) }]), code("internal"));
    });

    test("after close every call is refused instead of hanging", async () => {
      const database = await (await engine.newDatabase()).open();
      await Promise.all([database.close(), database.close()]);
      await assert.rejects(marks(database), code("internal"));
    });

    test("a database of a newer Earshot is left alone and the reason is said", async () => {
      const place = await engine.newDatabase();
      await (await place.open()).close();
      await place.run(engine.name === "SQLite" ? "pragma user_version = 9999" : "update earshot_schema set version = 9999");
      await assert.rejects(place.open(), (error: Error) => error instanceof EarshotError && /newer version/.test(String((error.cause as Error).message)));
    });

    test("figures over 32 bits are exact, and one too large to be exact is refused instead of rounded", async () => {
      const place = await engine.newDatabase();
      await using database = await place.open();
      await database.write([mark(database, Number.MAX_SAFE_INTEGER)]);
      assert.deepEqual(
        (await marks(database)).map((row) => row.used_ms),
        [Number.MAX_SAFE_INTEGER],
      );
      await place.run("update used_host_link set used_ms = 9007199254740993");
      await assert.rejects(marks(database), code("internal"));
    });

    test("acts are numbered in the order in which they are seen, whoever writes at the same time", async () => {
      const place = await engine.newDatabase();
      await using one = await place.open();
      await using other = await place.open();
      const deskOf = (store: Database) => new EventDesk({ store, houseKey: new Uint8Array(32), clock: systemClock, onChange: () => {} });
      await deskOf(one).ensureSoundCheck();
      // What somebody who follows the log has passed by must never fill up behind them.
      let passed: readonly number[] = [];
      const writer = async (database: Database) => {
        const desk = deskOf(database);
        for (let count = 0; count < 30; count++) {
          await desk.noteRecording(SOUND_CHECK_ID, "edit-recording", HOUSE, {});
          const numbers = (await desk.schedule.history(SOUND_CHECK_ID)).map(({ number }) => number);
          const [shorter, longer] = numbers.length < passed.length ? [numbers, passed] : [passed, numbers];
          assert.deepEqual(longer.slice(0, shorter.length), shorter);
          passed = longer;
        }
      };
      await Promise.all([writer(one), writer(other)]);
      assert.equal(passed.length, 60);
    });
  });
}
