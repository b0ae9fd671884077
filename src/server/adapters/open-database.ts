import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Database } from "./database.ts";
import { openPostgres } from "./database-postgres.ts";
import { openSqlite } from "./database-sqlite.ts";

/** Where the house's database lies: on a PostgreSQL server when an address is set, else in a file of the data folder. */
export interface DatabasePlace {
  readonly dataFolder: string;
  readonly databaseUrl?: string | undefined;
}

/** Opens the house's database. The caller closes it. @throws `disk-full`, `database-away`, `config-invalid`, `internal` */
export function openDatabase({ dataFolder, databaseUrl }: DatabasePlace, clock: Clock): Promise<Database> {
  return databaseUrl === undefined ? openSqlite({ path: join(dataFolder, "earshot.sqlite") }) : openPostgres({ url: databaseUrl, clock });
}
