import { EarshotError } from "../../core/errors.ts";
import { migrations, postgresMigrationDialect } from "./database-migrations.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { WRITER_LOCK } from "./postgres-writer.ts";

/** Brings the schema up to date, in one transaction: what was begun by a process that died left nothing. @throws when the database is of a newer Earshot */
export async function migratePostgres(connection: PostgresConnection): Promise<void> {
  await connection.query(`begin isolation level read committed; set local statement_timeout = 0; select pg_advisory_xact_lock(${WRITER_LOCK})`);
  await connection.query(`
    create table if not exists earshot_schema (version bigint not null);
    create table if not exists earshot_writer (writer text primary key, turn bigint not null, at_ms bigint not null)`);
  const { rows } = await connection.query("select version from earshot_schema");
  const done = (rows[0] as { version: number } | undefined)?.version;
  if (done !== undefined && done > migrations.length) {
    await connection.query("rollback");
    throw new EarshotError("internal", {}, new Error(`the database is from a newer version of Earshot (schema ${done}, this one knows ${migrations.length})`));
  }
  for (const migration of migrations.slice(done ?? 0)) for (const statement of migration(postgresMigrationDialect)) await connection.query(statement);
  await connection.query(done === undefined ? "insert into earshot_schema (version) values ($1)" : "update earshot_schema set version = $1", [
    migrations.length,
  ]);
  await connection.query("commit");
}
