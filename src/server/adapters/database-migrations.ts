/** Names of column types and table options in one dialect, so that the same migration serves every engine. */
export interface MigrationDialect {
  readonly integer: string;
  readonly bytes: string;
  /** Appended to every `create table`. */
  readonly tableOptions: string;
}

/** SQLite: STRICT, because without it a number column takes any text. */
export const sqliteMigrationDialect: MigrationDialect = { integer: "integer", bytes: "blob", tableOptions: "strict" };

/**
 * Every change of the schema in order; the position is its number. Append only: a number that has run somewhere never changes.
 * Each is one transaction.
 */
export const migrations: readonly ((dialect: MigrationDialect) => readonly string[])[] = [
  ({ integer, bytes, tableOptions }) => [
    `create table live_event (
      id text primary key,
      slug text not null unique,
      title text not null,
      description text not null,
      language text not null,
      time_zone text not null,
      start_ms ${integer} not null,
      door_ms ${integer} not null,
      status text not null check (status in ('scheduled', 'doors', 'live', 'ended', 'postponed', 'cancelled')),
      permanent ${integer} not null check (permanent in (0, 1)),
      created_ms ${integer} not null,
      live_ms ${integer},
      ended_ms ${integer},
      backstage_ms ${integer},
      revision ${integer} not null
    ) ${tableOptions}`,
    `create table person (
      id text primary key,
      event_id text not null references live_event (id),
      name text not null,
      role text not null check (role in ('host', 'co-host', 'speaker')),
      position ${integer} not null,
      generation ${integer} not null,
      secret_hash ${bytes} not null unique,
      created_ms ${integer} not null,
      revoked_ms ${integer}
    ) ${tableOptions}`,
    "create index person_by_event on person (event_id, position)",
    `create table session (
      id_hash ${bytes} primary key,
      operator ${integer} not null check (operator in (0, 1)),
      created_ms ${integer} not null,
      expires_ms ${integer} not null
    ) ${tableOptions}`,
    "create index session_by_end on session (expires_ms)",
    `create table session_person (
      session_hash ${bytes} not null references session (id_hash) on delete cascade,
      person_id text not null references person (id),
      granted_ms ${integer} not null,
      primary key (session_hash, person_id)
    ) ${tableOptions}`,
    `create table used_host_link (
      secret_hash ${bytes} primary key,
      used_ms ${integer} not null
    ) ${tableOptions}`,
  ],
];
