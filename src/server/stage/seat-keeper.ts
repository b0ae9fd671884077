import { z } from "zod";
import type { Log } from "../../core/log.ts";
import type { KeptSeat, Room } from "../../stage/mod.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";

const record = z.object({
  version: z.literal(1),
  seats: z.array(
    z.object({ id: z.string(), muted: z.boolean(), mutedBy: z.enum(["self", "host", "none"]), noiseSuppressed: z.boolean(), onFloor: z.boolean() }),
  ),
});

/** Seats as an earlier run of the stage left them; none where nothing says so. */
export async function readKeptSeats(path: string): Promise<readonly KeptSeat[]> {
  return record.safeParse(await readJson(path)).data?.seats ?? [];
}

/** What a seat keeper works with. */
export interface SeatKeeperOptions {
  readonly path: string;
  readonly room: Pick<Room, "kept">;
  readonly log: Log;
}

/** Keeps what was decided about each voice, so that a kill of the stage puts nobody on air who was muted, nor mutes who was not. Closed by the stage process. */
export class SeatKeeper {
  readonly #options: SeatKeeperOptions;
  #kept = "";
  #writing: Promise<void> = Promise.resolve();
  #waits = false;

  constructor(options: SeatKeeperOptions) {
    this.#options = options;
  }

  /** Something about the seats changed. However often a page says so, one write waits at most. */
  note(): void {
    if (this.#waits) return;
    this.#waits = true;
    this.#writing = this.#writing.then(() => this.#write());
  }

  /** What changed is on the disk; ending the stage is not the end of a mute. */
  async close(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    this.#waits = false;
    const { path, room, log } = this.#options;
    const text = `${JSON.stringify({ version: 1, seats: room.kept })}\n`;
    if (text === this.#kept) return;
    await writeDurably(path, text)
      .then(() => {
        this.#kept = text;
      })
      .catch((cause: unknown) => log.warn("who is muted could not be kept", { cause }));
  }
}
