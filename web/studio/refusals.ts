import { say, type StudioWord } from "../words/studio.ts";
import { tell } from "./api.ts";
import type { Refusal } from "./publisher.ts";

/** The words for every refusal of sound that a person on stage can meet. */
export const REFUSED: Readonly<Record<string, StudioWord>> = {
  "event-ended": "refusedEnded",
  "event-unknown": "refusedUnknown",
  "rate-limited": "refusedBusy",
  "stage-full": "refusedFull",
  "stage-starting": "refusedStarting",
  "port-in-use": "refusedPorts",
  conflict: "refusedElsewhere",
  unauthorised: "refusedLink",
  forbidden: "refusedRole",
  removed: "refusedRemoved",
  "sdp-invalid": "refusedBrowser",
  "media-type": "refusedBrowser",
  "browser-failed": "refusedBrowser",
  unreachable: "refusedNetwork",
  "no-path": "refusedPath",
  internal: "refusedInternal",
};

/** What happened to a person's sound and what they can do, in the language of the page; a refusal of a newer server comes in its own words. */
export function inWords(refusal: Refusal): string {
  const word = REFUSED[refusal.code];
  return word === undefined ? tell(refusal) : say(word);
}
