import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Database } from "./database.ts";
import { openSqlite } from "./database-sqlite.ts";
import type { OnWait } from "./postgres-connection.ts";

/** How often it is said that the database is waited for. Milliseconds. */
const SAY_AGAIN_MS = 10_000;

/** Where the house's database lies: on a PostgreSQL server when an address is set, else in a file of the data folder. */
export interface DatabasePlace {
  readonly dataFolder: string;
  readonly databaseUrl?: string | undefined;
}

/** Opens the house's database; a server that is away is waited for, and the log says so. The caller closes it. @throws `disk-full`, `database-away`, `config-invalid`, `internal` */
export async function openDatabase({ dataFolder, databaseUrl }: DatabasePlace, clock: Clock, log: Pick<Log, "warn">): Promise<Database> {
  if (databaseUrl === undefined) return await openSqlite({ path: join(dataFolder, "earshot.sqlite") });
  // Few houses have a server: its client is not loaded by the others.
  const { openPostgres } = await import("./database-postgres.ts");
  return await openPostgres({ url: databaseUrl, clock }, sayWait(databaseUrl, log));
}

/** Says every few seconds, from the first failure on, what is waited for, why and for how long. */
function sayWait(url: string, log: Pick<Log, "warn">): OnWait {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return ({ reason, waitedMs, patienceMs }) => {
    if (waitedMs - saidAtMs < SAY_AGAIN_MS) return;
    saidAtMs = waitedMs;
    log.warn("the database does not answer and is waited for; what is on air goes on, nothing can be changed backstage", {
      database: withoutSecrets(url),
      reason,
      waited_seconds: Math.round(waitedMs / 1_000),
      gives_up_after_seconds: Math.round(patienceMs / 1_000),
    });
  };
}

/** The address without user and password. */
function withoutSecrets(url: string): string {
  return url.replace(/\/\/[^@/]*@/, "//").replace(/([?&]password=)[^&]*/g, "$1...");
}
