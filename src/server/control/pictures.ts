import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { readPicture } from "../../event/mod.ts";
import { type PublicPicture, readPictureName } from "../../wire/picture.ts";
import { PICTURE_BYTES_MAX } from "../../wire/picture-limits.ts";
import { writeDurably } from "../adapters/durable-file.ts";
import { picturePath } from "../stage/event-files.ts";

/** Pictures kept at most; with the largest of each that is 8 GB. */
const PICTURES_MAX = 2_000;
/** How long a picture that nothing shows any more is kept, so that taking it away can be undone. Milliseconds; thirty days. */
const KEPT_MS = 30 * 86_400_000;

/** Pictures of events and of the house: taken in, checked and written anew, named by their content, removed when nothing shows them. */
export class Pictures {
  readonly #dataFolder: string;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(options: { readonly dataFolder: string; readonly clock: Clock; readonly log: Log }) {
    this.#dataFolder = options.dataFolder;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  /** Takes in a picture; on disk when it resolves. `mostBytes`: what comes out may be no larger. @throws `body-too-large`, `picture-unusable`, `disk-full` */
  async add(sent: AsyncIterable<Uint8Array>, mostBytes = PICTURE_BYTES_MAX): Promise<PublicPicture> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of sent) {
      length += piece.length;
      if (length > PICTURE_BYTES_MAX) throw new EarshotError("body-too-large", { limit_bytes: PICTURE_BYTES_MAX });
      pieces.push(piece);
    }
    const read = await readPicture(Buffer.concat(pieces));
    if (!read.ok) throw new EarshotError("picture-unusable", { rule: read.rule, offset: read.offset });
    if (read.bytes.length > mostBytes) throw new EarshotError("picture-unusable", { rule: `at most ${mostBytes} bytes`, value: read.bytes.length });
    const path = picturePath(this.#dataFolder, read.file);
    await mkdir(dirname(path), { recursive: true });
    if ((await readdir(dirname(path))).length >= PICTURES_MAX) throw new EarshotError("disk-full", { rule: `at most ${PICTURES_MAX} pictures` });
    try {
      // Written again where it is there already: its age counts from its last use.
      await writeDurably(path, read.bytes);
    } catch (cause) {
      throw (cause as NodeJS.ErrnoException).code === "ENOSPC" ? new EarshotError("disk-full", {}, cause) : cause;
    }
    return readPictureName(read.file) as PublicPicture;
  }

  /** Removes pictures that nothing has shown for thirty days, and what a broken-off writing left. `shown`: names in use. */
  async prune(shown: ReadonlySet<string>): Promise<void> {
    const folder = dirname(picturePath(this.#dataFolder, "any"));
    for (const name of await readdir(folder).catch(() => [])) {
      if (shown.has(name)) continue;
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || this.#clock.wallMs() - found.mtimeMs < KEPT_MS) continue;
      await rm(path, { force: true });
      this.#log.info("a picture that nothing shows was removed", { picture: name });
    }
  }
}
