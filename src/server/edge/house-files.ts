import { mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeDurably } from "../adapters/durable-file.ts";

const EVENT_ID = "[a-z0-9][a-z0-9-]{0,63}";
/** What a house may write and remove here: the files that fronts read, and nothing that this machine writes itself. */
const HOUSE_FILE = new RegExp(`^(?:public/_?[a-z0-9][a-z0-9-]{0,79}|events/${EVENT_ID}/(?:state|doors|listeners))\\.json$`);
/** Leftovers of files whose writer was killed before they had their name. */
const UNFINISHED = /\.json\.\d+\.tmp$/;

/** Whether this names an event and can be the name of a folder. */
export function isEventId(text: string): boolean {
  return new RegExp(`^${EVENT_ID}$`).test(text);
}

/** The few small files of the house that fronts read, as they lie in this machine's data folder. A house can write nothing else here, whoever has taken it over. */
export class HouseFiles {
  readonly #dataFolder: string;
  #named = new Set<string>();

  constructor(dataFolder: string) {
    this.#dataFolder = dataFolder;
  }

  /** From now on the house names all files anew. */
  begin(): void {
    this.#named = new Set();
  }

  /** Writes a whole file. Resolves to false for a path that is none of a house's. */
  async put(path: string, bytes: Uint8Array): Promise<boolean> {
    if (!HOUSE_FILE.test(path)) return false;
    this.#named.add(path);
    const absolute = join(this.#dataFolder, path);
    await mkdir(dirname(absolute), { recursive: true });
    await writeDurably(absolute, bytes);
    return true;
  }

  /** Takes a file away. Resolves to false for a path that is none of a house's. */
  async remove(path: string): Promise<boolean> {
    if (!HOUSE_FILE.test(path)) return false;
    this.#named.delete(path);
    await rm(join(this.#dataFolder, path), { force: true });
    return true;
  }

  /** Takes away what the house did not name since {@link begin}. */
  async settle(): Promise<void> {
    const events = await readdir(join(this.#dataFolder, "events"));
    for (const folder of ["public", ...events.map((id) => `events/${id}`)]) {
      for (const name of await readdir(join(this.#dataFolder, folder)).catch(() => [])) {
        const path = `${folder}/${name}`;
        if (UNFINISHED.test(path) || (HOUSE_FILE.test(path) && !this.#named.has(path))) await rm(join(this.#dataFolder, path), { force: true });
      }
    }
  }
}
