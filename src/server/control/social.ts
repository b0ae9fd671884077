import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { EventDesk } from "../../event/mod.ts";
import { ModerationDesk, socialStore, WallDesk } from "../../social/mod.ts";
import type { Database } from "../adapters/database.ts";
import { WallFiles } from "./wall-files.ts";
import type { WallGate } from "./wall-gate.ts";

/** What posts and moderation are wired to. */
export interface SocialHouse {
  readonly dataFolder: string;
  readonly database: Database;
  readonly desk: EventDesk;
  readonly gate: WallGate;
  readonly houseKey: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  /** Called for events in which a suspension came to its end. */
  readonly onFreed: (eventIds: readonly string[]) => Promise<void>;
}

/** Posts and moderation, and the files made of them. */
export interface Social {
  readonly wall: WallDesk;
  readonly moderation: ModerationDesk;
  readonly files: WallFiles;
  /** Whether an event's page has a wall to show. */
  hasWall(eventId: string): Promise<boolean>;
}

/** Puts the social domain on the house's database and disk. */
export function createSocial({ database, ...options }: SocialHouse): Social {
  const store = socialStore(database);
  const wall = new WallDesk({ store, ...options });
  const moderation = new ModerationDesk({ store, ...options });
  const files = new WallFiles({ store, wall, moderation, ...options });
  const hasWall = async (eventId: string) => (await wall.settings(eventId)).opening !== "off" || (await wall.posts.count(eventId)) > 0;
  return { wall, moderation, files, hasWall };
}
