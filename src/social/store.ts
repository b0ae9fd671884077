import type { Compilable, Kysely } from "kysely";
import type { EventStore, EventTables, Step } from "../event/mod.ts";
import type { SocialTables } from "./tables.ts";

/** What the social domain needs of a database: the events' own, with its tables beside theirs. */
export interface SocialStore {
  readonly sql: Kysely<EventTables & SocialTables>;
  read<Row>(query: Compilable<Row>): Promise<readonly Row[]>;
  write(steps: readonly Step[]): Promise<readonly number[]>;
}

/** The events' database with the tables of posts and moderation. */
export function socialStore(store: EventStore): SocialStore {
  return {
    // The builder executes nothing: which tables it knows is a matter of types alone.
    sql: store.sql as unknown as Kysely<EventTables & SocialTables>,
    read: (query) => store.read(query),
    write: (steps) => store.write(steps),
  };
}
