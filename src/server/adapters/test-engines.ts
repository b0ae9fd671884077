// Both databases of the house, empty and made for one test each: what is true of one must be true of the other.
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { TEST_DISK } from "../../core/test-disk.ts";
import type { Database } from "./database.ts";
import { openPostgres } from "./database-postgres.ts";
import { openSqlite } from "./database-sqlite.ts";
import { TestPostgres } from "./test-postgres.ts";

/** An empty database of one test. */
export interface TestDatabase {
  /** Opens it (again). The caller closes what it opened. */
  open(): Promise<Database>;
  /** Runs a statement past the house. */
  run(sql: string): Promise<void>;
}

/** An engine the house runs on. */
export interface Engine {
  readonly name: "SQLite" | "PostgreSQL";
  newDatabase(): Promise<TestDatabase>;
}

let folder: Promise<string> | undefined;
let server: Promise<TestPostgres> | undefined;
after(async () => {
  if (server !== undefined) await (await server)[Symbol.asyncDispose]();
  if (folder !== undefined) await rm(await folder, { recursive: true, force: true });
});

/** Every engine; a repository's tests are written once, in a loop over these. */
export const ENGINES: readonly Engine[] = [
  {
    name: "SQLite",
    async newDatabase() {
      folder ??= mkdtemp(join(TEST_DISK, "earshot-database-"));
      const path = join(await mkdtemp(join(await folder, "one-")), "earshot.sqlite");
      const run = async (sql: string) => {
        const { DatabaseSync } = await import("node:sqlite");
        const raw = new DatabaseSync(path);
        raw.exec(sql);
        raw.close();
      };
      return { open: () => openSqlite({ path }), run };
    },
  },
  {
    name: "PostgreSQL",
    async newDatabase() {
      server ??= TestPostgres.start(["fsync=off"]);
      const postgres = await server;
      const url = await postgres.newSchema();
      const run = async (sql: string) => void (await postgres.run(url, sql));
      return { open: () => openPostgres({ url, clock: systemClock }), run };
    },
  },
];
