import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { test } from "node:test";
import { migrations, sqliteMigrationDialect } from "./database-migrations.ts";
import { openSqlite } from "./database-sqlite.ts";

/** The schema before producers, moderators and captioners were known. */
const BEFORE_ROLES = 5;

test("a database from before the new roles keeps its people, sessions and hands, and takes the new roles and no others", async () => {
  const folder = await mkdtemp(join(tmpdir(), "earshot-migrations-"));
  try {
    const path = join(folder, "earshot.sqlite");
    const old = new DatabaseSync(path, { enableForeignKeyConstraints: true });
    for (const migration of migrations.slice(0, BEFORE_ROLES)) for (const statement of migration(sqliteMigrationDialect)) old.exec(statement);
    old.exec(`pragma user_version = ${BEFORE_ROLES};
      insert into live_event (id, slug, title, description, language, time_zone, start_ms, door_ms, status, permanent, created_ms, revision) values ('e', 'e', 'E', '', '', 'UTC', 1, 1, 'scheduled', 0, 1, 1);
      insert into person (id, event_id, name, role, position, generation, secret_hash, created_ms, interprets) values
        ('h', 'e', 'Grace', 'host', 0, 1, x'01', 1, ''), ('c', 'e', 'Jean', 'co-host', 1, 1, x'02', 1, ''), ('s', 'e', 'Ada', 'speaker', 2, 1, x'03', 1, 'de');
      insert into session (id_hash, operator, created_ms, expires_ms) values (x'0a', 0, 1, 2);
      insert into session_person (session_hash, person_id, granted_ms) values (x'0a', 's', 1);
      insert into hand (id, event_id, name, topic, device_hash, raised_ms, state, person_id, changed_ms) values ('x', 'e', 'Ada', '', x'0b', 1, 'on-stage', 's', 1);`);
    old.close();
    const database = await openSqlite({ path });
    const { sql } = database;
    const people = await database.read(sql.selectFrom("person").select(["id", "role", "interprets", "aside"]).orderBy("position"));
    assert.deepEqual(
      people.map((row) => Object.values(row).join(" ")),
      ["h host  0", "c co-host  0", "s speaker de 0"],
    );
    await database.write([{ query: sql.updateTable("person").set({ role: "producer" }).where("id", "=", "c"), changes: 1 }]);
    await assert.rejects(
      database.write([
        {
          query: sql
            .updateTable("person")
            .set({ role: "king" as never })
            .where("id", "=", "c"),
        },
      ]),
    );
    await assert.rejects(database.write([{ query: sql.deleteFrom("person").where("id", "=", "s") }]), "who refers to them still does");
    await database.close();
    const raw = new DatabaseSync(path);
    assert.deepEqual(raw.prepare("pragma foreign_key_check").all(), []);
    assert.deepEqual(
      raw
        .prepare("select person_id from hand union all select person_id from session_person")
        .all()
        .map((row) => row.person_id),
      ["s", "s"],
    );
    raw.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});
