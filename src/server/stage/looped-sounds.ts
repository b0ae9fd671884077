import { z } from "zod";
import type { Log } from "../../core/log.ts";
import type { Stage } from "../../stage/mod.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";

const record = z.object({ version: z.literal(1), sounds: z.array(z.uuid()) });

/** What the keeper of looped sounds works with. */
export interface LoopedSoundsOptions {
  readonly path: string;
  readonly sounds: Stage["sounds"];
  readonly log: Log;
}

/** Keeps which sounds play again and again, and which streams: a stage that was killed goes on with them; a jingle is not played twice. */
export class LoopedSounds {
  readonly #options: LoopedSoundsOptions;
  #kept = "";
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: LoopedSoundsOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier run of the stage played. */
  async resume(): Promise<void> {
    const { path, sounds, log } = this.#options;
    const { data } = record.safeParse(await readJson(path));
    for (const id of data?.sounds ?? []) await sounds.play(id).catch((cause: unknown) => log.warn("a sound could not be taken up again", { sound: id, cause }));
  }

  /** Something began or ended. */
  note(): void {
    if (this.#closed) return;
    const { path, sounds, log } = this.#options;
    const lasting = sounds.playing.filter(({ loop, remainingSeconds, state }) => state !== "failed" && (loop || remainingSeconds === undefined));
    const text = `${JSON.stringify({ version: 1, sounds: lasting.map(({ id }) => id) })}\n`;
    if (text === this.#kept) return;
    this.#kept = text;
    this.#writing = this.#writing.then(() => writeDurably(path, text)).catch((cause: unknown) => log.warn("which sounds play could not be kept", { cause }));
  }

  /** What is written is on the disk; ending the stage is not the end of its music. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
  }
}
