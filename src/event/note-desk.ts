import type { Changes } from "./changes.ts";

/** What people write down for themselves at an event: only they read it, it is in no log and no record. */
export class NoteDesk {
  readonly #changes: Changes;

  constructor(changes: Changes) {
    this.#changes = changes;
  }

  /** A person's notes; empty when they wrote none. */
  async of(personId: string): Promise<string> {
    const { store } = this.#changes;
    const [row] = await store.read(store.sql.selectFrom("person_note").select("text").where("person_id", "=", personId));
    return row?.text ?? "";
  }

  /** Replaces a person's notes; on disk when it resolves. */
  async keep(personId: string, text: string): Promise<void> {
    const { store, nowMs } = this.#changes;
    const values = { text, changed_ms: nowMs };
    const query = store.sql
      .insertInto("person_note")
      .values({ person_id: personId, ...values })
      .onConflict((conflict) => conflict.column("person_id").doUpdateSet(values));
    await store.write([{ query }]);
  }
}
