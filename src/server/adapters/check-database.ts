import { PostgresConnection } from "./postgres-connection.ts";
import { isRefused } from "./postgres-failure.ts";

/** How one check of the database came out, in words. */
export interface DatabaseFinding {
  readonly check: "Database";
  readonly verdict: "ok" | "warning" | "problem";
  readonly found: string;
  readonly action?: string;
}

/** What a server says of itself. Truth values are `on` and `off`. */
interface Answers {
  readonly version: string;
  readonly fsync: string;
  readonly full_page_writes: string;
  readonly may_create: number;
}

const QUESTIONS = `select current_setting('server_version') as version, current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
  has_schema_privilege(current_schema(), 'create')::int as may_create`;

/** Asks the PostgreSQL server everything the house relies on; nothing when the database is a file. Whatever is off with `synchronous_commit` there is overruled by us. */
export async function checkDatabase(url: string | undefined): Promise<readonly DatabaseFinding[]> {
  if (url === undefined) return [];
  let connection: PostgresConnection;
  try {
    connection = await PostgresConnection.open(url);
  } catch (cause) {
    return [
      problem(
        reasonOf(cause),
        isRefused(cause) ? "correct user, password and database in database.url" : "start it, or correct database.url; see docs/database.md",
      ),
    ];
  }
  try {
    const [answers] = (await connection.query(QUESTIONS)).rows as Answers[];
    if (answers === undefined) return [problem("it does not say what it is", "see docs/database.md")];
    const found = `PostgreSQL ${answers.version.split(" ")[0]}`;
    if (answers.fsync !== "on" || answers.full_page_writes !== "on")
      return [problem(`${found}; what it acknowledges may be lost with its power`, "set fsync = on and full_page_writes = on in its settings")];
    if (answers.may_create !== 1)
      return [problem(`${found}; this user may make no tables there`, "let the user own the database, or grant create on its schema")];
    return [{ check: "Database", verdict: "ok", found: `${found}, on disk before it acknowledges (synchronous_commit)` }];
  } catch (cause) {
    return [problem(reasonOf(cause), "look at the server's log")];
  } finally {
    await connection.close();
  }
}

function reasonOf(cause: unknown): string {
  const { message, details } = cause as { message?: string; details?: { rule?: string; value?: unknown } };
  return details?.rule === undefined ? (message ?? String(cause)) : `version ${String(details.value)}; it must be ${details.rule}`;
}

function problem(found: string, action: string): DatabaseFinding {
  return { check: "Database", verdict: "problem", found, action };
}
