import { z } from "zod";
import type { HouseSettings } from "../core/house-config.ts";
import type { HouseEdit } from "../wire/house.ts";
import type { EventStore, Step } from "./store.ts";

/** What the operator set on the page; what is absent is as the settings file says. */
export type HouseChoices = Partial<Omit<HouseSettings, "logo">> & {
  /** Name of a picture's file; null: none, whatever the settings file says. */
  readonly logo?: string | null;
};

/** What the operator chose for the house, kept over restarts. */
export class HouseDesk {
  readonly #store: EventStore;

  constructor(store: EventStore) {
    this.#store = store;
  }

  async choices(): Promise<HouseChoices> {
    const rows = await this.#store.read(this.#store.sql.selectFrom("house_setting").selectAll());
    return Object.fromEntries(rows.map(({ name, value }) => [name, z.json().parse(JSON.parse(value))])) as HouseChoices;
  }

  /** Takes over choices; on disk when it resolves. Null goes back to the settings file. */
  async choose(edit: HouseEdit): Promise<void> {
    await this.#write(Object.entries(edit).map(([name, value]) => [name, value ?? undefined] as const));
  }

  /** Sets the logo: the name of a picture's file, or null for none. */
  async setLogo(file: string | null): Promise<void> {
    await this.#write([["logo", file]]);
  }

  /** Undefined forgets a choice. */
  async #write(values: readonly (readonly [name: string, value: unknown])[]): Promise<void> {
    const { sql } = this.#store;
    const steps = values.flatMap(([name, value]): Step[] => [
      { query: sql.deleteFrom("house_setting").where("name", "=", name) },
      ...(value === undefined ? [] : [{ query: sql.insertInto("house_setting").values({ name, value: JSON.stringify(value) }) }]),
    ]);
    if (steps.length > 0) await this.#store.write(steps);
  }
}
