import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Answer, TYPES } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { PAGES_MAX, type PublicWall } from "../../wire/wall.ts";

/** How long a file's content is used before its time stamp is looked at again. Milliseconds. */
const LOOK_AGAIN_MS = 500;
/** How long caches keep a page. Seconds: a new post is everywhere within a few seconds, and a cache asks once for all. */
const MAX_AGE = 2;
/** When pages ask again while the server keeps its strength for the sound. Seconds. */
const OFF_SECONDS = 30;
/** Pages kept. Some forty events with all their pages. */
const KEPT_MAX = 200;

interface Page {
  lookedAt: number;
  readonly modifiedMs: number;
  readonly plain: Answer;
  readonly packed: Answer;
}

/** The walls of all events as control wrote them: each page read, packed and named once for all who ask. */
export class WallFiles {
  readonly #dataFolder: string;
  readonly #clock: Clock;
  readonly #pages = new Map<string, Page>();

  constructor(dataFolder: string, clock: Clock) {
    this.#dataFolder = dataFolder;
    this.#clock = clock;
  }

  /** A page of an event's wall; undefined when there is none. */
  async answer(eventId: string, page: number, gzip: boolean): Promise<Answer | undefined> {
    if (page > PAGES_MAX) return undefined;
    const path = join("events", eventId, "wall", `${page}.json`);
    const nowMs = this.#clock.steadyMs();
    let kept = this.#pages.get(path);
    if (kept === undefined || nowMs - kept.lookedAt >= LOOK_AGAIN_MS) {
      const absolute = join(this.#dataFolder, path);
      const modifiedMs = await stat(absolute).then(
        ({ mtimeMs }) => mtimeMs,
        () => undefined,
      );
      this.#pages.delete(path);
      if (modifiedMs === undefined) return undefined;
      if (kept?.modifiedMs !== modifiedMs) kept = makePage(modifiedMs, await readFile(absolute));
      kept.lookedAt = nowMs;
      this.#pages.set(path, kept);
      if (this.#pages.size > KEPT_MAX) this.#pages.delete(this.#pages.keys().next().value as string);
    }
    return gzip ? kept.packed : kept.plain;
  }

  /** What is said instead while posts are switched off. */
  off(page: number): Answer {
    const wall: PublicWall = {
      ...{ asOfUnixMs: this.#clock.wallMs(), lookAgainSeconds: OFF_SECONDS, opening: "off", locked: true, hold: "none", slowSeconds: 0 },
      ...{ page, pages: 1, pinned: [], questions: [], posts: [], told: [], off: "busy" },
    };
    return { status: 200, type: TYPES.json, body: JSON.stringify(wall), maxAge: MAX_AGE };
  }
}

function makePage(modifiedMs: number, body: Buffer): Page {
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 16)}"`;
  const answer = { status: 200, type: TYPES.json, maxAge: MAX_AGE };
  return {
    lookedAt: 0,
    modifiedMs,
    plain: { ...answer, body, gzip: false, etag },
    // Another coding is another content to a cache.
    packed: { ...answer, body: gzipSync(body), gzip: true, etag: `${etag.slice(0, -1)}-g"` },
  };
}
