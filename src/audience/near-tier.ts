import { SAMPLE_RATE } from "../core/units.ts";
import { type Part, partSamples, writeEventMessage } from "../programme/mod.ts";
import { METADATA_SCHEME, type TimedMetadata } from "../wire/timed-metadata.ts";

/** Places near the stage, per event and process, when the operator says nothing. Each costs ten writes a second instead of two. */
export const NEAR_PLACES = 200;
/** Parts between the notice and the change. Thirty seconds: a player that runs 3 % slower is 0.8 s further back by then, and nobody hears a gap. */
export const STEP_BACK_PARTS = 60;

/** What tells a player that from soon on it gets so many whole parts at a time. Its time is the part's last sample: after the message on the part's last chunk, before the next part's own. */
export function cadenceNotice({ rendition, timestamp, duration, sequenceNumber }: Part, parts: number): Uint8Array {
  const told: TimedMetadata = { w: Math.round((parts * partSamples(rendition) * 1_000) / SAMPLE_RATE) };
  const metadata = { scheme: METADATA_SCHEME, message: new TextEncoder().encode(JSON.stringify(told)) };
  return writeEventMessage({ timestamp: timestamp + duration - 1, duration: 0, id: sequenceNumber, metadata });
}
