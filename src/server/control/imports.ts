import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../core/log.ts";
import type { EventDesk } from "../../event/mod.ts";
import { exportManifest } from "../../wire/export.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { eventFiles, writeState } from "../stage/event-files.ts";
import { importFile } from "../transfer/import-event.ts";

/** What takes imported events into the house's books. */
export interface ImportsOptions {
  readonly dataFolder: string;
  readonly desk: EventDesk;
  readonly log: Log;
}

/** Announces events that `earshot import` laid down: only control writes the database, so both may run at the same time. */
export class Imports {
  readonly #options: ImportsOptions;

  constructor(options: ImportsOptions) {
    this.#options = options;
  }

  /** Takes over what waits. What cannot be taken over is set aside and told. */
  async adopt(): Promise<void> {
    const { dataFolder, desk, log } = this.#options;
    const names = await readdir(join(dataFolder, "imports")).catch(() => []);
    for (const name of names) {
      const eventId = /^([0-9a-zA-Z-]{1,64})\.json$/.exec(name)?.[1];
      if (eventId === undefined) continue;
      const path = importFile(dataFolder, eventId);
      const parsed = exportManifest.shape.event.safeParse(await readJson(path));
      if (!parsed.success || parsed.data.id !== eventId) {
        log.error("an import could not be read and is left out", { path });
        await writeDurably(`${path}.refused`, "");
        await rm(path, { force: true });
        continue;
      }
      const event = await desk.adopt(parsed.data);
      const state = (await readJson(eventFiles(dataFolder, eventId).state)) as LiveState | undefined;
      // Its address may have been given already.
      if (state !== undefined && state.slug !== event.slug) await writeState(dataFolder, { ...state, slug: event.slug });
      await rm(path, { force: true });
      log.info("event imported", { slug: event.slug });
    }
  }
}
