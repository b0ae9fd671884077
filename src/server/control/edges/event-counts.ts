import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AudienceSum } from "../../../audience/mod.ts";
import type { Log } from "../../../core/log.ts";
import { type AudienceWindow, COUNT_FILES } from "../../../wire/audience.ts";
import type { EdgeReceipt } from "../../../wire/edge.ts";
import { syncFolder } from "../../adapters/durable-file.ts";
import { ElsewhereFile } from "./elsewhere-file.ts";
import { WindowsFile } from "./windows-file.ts";

/** What an edge posted of an event, its lines read. */
export interface Posted {
  readonly edge: string;
  readonly lines: readonly AudienceWindow[];
  readonly windows: readonly string[];
}

interface Opened {
  readonly elsewhere: ElsewhereFile;
  readonly windows: Map<string, WindowsFile>;
}

/** What edges counted of one event: read once from the disk, and from then on written by nobody else. */
export class EventCounts {
  readonly #eventId: string;
  readonly #folder: string;
  readonly #log: Log;
  #opened: Opened | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** `folder`: of the event. */
  constructor({ eventId, folder, log }: { readonly eventId: string; readonly folder: string; readonly log: Log }) {
    this.#eventId = eventId;
    this.#folder = folder;
    this.#log = log;
  }

  /** Whether nothing is being written. */
  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** Resolves when what was posted until now is dealt with. Never rejects. */
  async settled(): Promise<void> {
    await this.#turn;
  }

  /** What an edge counted, as far as it is known since the start. */
  sumOf(edge: string): AudienceSum | undefined {
    return this.#opened?.elsewhere.sumOf(edge);
  }

  /** Takes a post, all of it or nothing; one after the other. Resolves when everything lies on the disk. @throws as `WindowsFile.missing` does, and the file system's error */
  take(posted: Posted): Promise<EdgeReceipt> {
    this.#waiting++;
    const taken = this.#turn.then(() => this.#take(posted)).finally(() => this.#waiting--);
    this.#turn = taken.catch(() => {});
    return taken;
  }

  async #take({ edge, lines, windows }: Posted): Promise<EdgeReceipt> {
    this.#opened ??= { elsewhere: await ElsewhereFile.open(join(this.#folder, COUNT_FILES.elsewhere)), windows: new Map() };
    const { elsewhere, windows: files } = this.#opened;
    const file = files.get(edge) ?? (await this.#openWindows(edge));
    files.set(edge, file);
    const missing = file.missing(windows);
    const written = await Promise.allSettled([elsewhere.append(lines), file.append(missing)]);
    const failed = written.find((one) => one.status === "rejected");
    if (failed !== undefined) {
      // What of it came to lie on the disk is looked up there, so that the same post, coming again, leaves nothing twice.
      this.#opened = undefined;
      throw failed.reason;
    }
    return { due: file.due };
  }

  async #openWindows(edge: string): Promise<WindowsFile> {
    const path = join(this.#folder, COUNT_FILES.windows(edge));
    await mkdir(dirname(path), { recursive: true });
    await syncFolder(this.#folder);
    return await WindowsFile.open(path, { eventId: this.#eventId, edge }, this.#log);
  }
}
