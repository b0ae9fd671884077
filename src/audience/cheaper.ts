import { GRIDS, type Part, writeEventMessage } from "../programme/mod.ts";
import { METADATA_SCHEME, type TimedMetadata } from "../wire/timed-metadata.ts";
import type { EndlessKind } from "./endless-form.ts";

/** Share of those who were given the cheaper stream that get the usual one back at a time, and at least so many. A fiftieth a second: the pressure has time to say that it is too many. */
const SHARE_BACK = 0.02;
const LEAST_BACK = 5;

/** The same stream at half the data; undefined where a form has none: radios and players without Opus keep what they ask for. */
export function cheaperKind(kind: EndlessKind): EndlessKind | undefined {
  return kind === "mp4-opus" ? "mp4-low" : undefined;
}

/** How many of `given` are given the usual stream back now. */
export function countBack(given: number): number {
  return Math.min(given, Math.max(LEAST_BACK, Math.ceil(given * SHARE_BACK)));
}

/** What tells a player that the usual stream follows. Its time is the last sample of the part before, in the cheaper stream. */
export function usualAgainNotice({ timestamp, duration, sequenceNumber }: Part): Uint8Array {
  const told: TimedMetadata = { q: GRIDS.opus.bitrate / 1_000 };
  const metadata = { scheme: METADATA_SCHEME, message: new TextEncoder().encode(JSON.stringify(told)) };
  return writeEventMessage({ timestamp: timestamp + duration - 1, duration: 0, id: sequenceNumber, metadata });
}
