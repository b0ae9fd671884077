import type { PublicSpeaker } from "../wire/public-state.ts";
import { type LiveEvent, PLAIN } from "./live-event.ts";

/** Id of the permanent event; the same in every house, so that a restored backup finds its folder. */
export const SOUND_CHECK_ID = "00000000-0000-7000-8000-000000000001";
/** Address of the permanent event; tests of strangers rely on it. */
export const SOUND_CHECK_SLUG = "sound-check";
/** The voice of the bundled loop as listeners see it. */
export const SOUND_CHECK_SPEAKERS: readonly PublicSpeaker[] = [{ id: "house", name: "Earshot", role: "speaker" }];

/** The permanent event as it is at the first start. `nowMs`: Unix milliseconds. */
export function soundCheck(nowMs: number): LiveEvent {
  return {
    id: SOUND_CHECK_ID,
    slug: SOUND_CHECK_SLUG,
    title: "Sound check",
    description: "Always on air: a spoken loop to test your loudspeaker, your player or this server.",
    language: "en",
    timeZone: "UTC",
    startMs: nowMs,
    doorMs: nowMs,
    status: "live",
    permanent: true,
    createdMs: nowMs,
    liveMs: nowMs,
    endedMs: null,
    backstageMs: null,
    revision: 1,
    visibility: "public",
    plannedMinutes: 60,
    sequence: 0,
    updatedMs: nowMs,
    previousStartMs: null,
    reason: "",
    handsOpen: false,
    ...PLAIN,
  };
}
