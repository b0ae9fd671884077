import { readAudienceLine } from "../../../audience/mod.ts";
import { type AudienceWindow, COUNT_WINDOW_MS } from "../../../wire/audience.ts";
import { EDGE_CLOCK_MS } from "../../../wire/edge.ts";

/** Longest line taken. Characters; one with the estimate of uniques has up to 12,000. */
const LINE_CHARACTERS = 32 * 1024;
/** How an edge calls one of its fronts. */
const FRONT_NAME = /^[A-Za-z0-9-]{1,60}$/;

/** Whose line it is. */
export interface LineOrigin {
  readonly eventId: string;
  /** Name of the edge that sent it. */
  readonly edge: string;
}

/** Reads a line that an edge's front wrote and calls the front `<edge>/<front>`; undefined when it is no line of this event. */
export function readEdgeLine(text: string, { eventId, edge }: LineOrigin): AudienceWindow | undefined {
  const line = text.length > LINE_CHARACTERS ? undefined : readAudienceLine(text);
  if (line === undefined || line.eventId !== eventId || !FRONT_NAME.test(line.edge)) return undefined;
  const { endUnixMs, windowMs } = line;
  if (windowMs !== COUNT_WINDOW_MS || endUnixMs % COUNT_WINDOW_MS !== 0) return undefined;
  return { ...line, edge: `${edge}/${line.edge}` };
}

/** Whether a line is of a time to come: the newest window is the one everybody is shown, and one that is wrong would stand there until its time. */
export function isTooNew({ endUnixMs }: AudienceWindow, nowUnixMs: number): boolean {
  // A front that closes writes down the window it is in.
  return endUnixMs > nowUnixMs + COUNT_WINDOW_MS + EDGE_CLOCK_MS;
}

/** The edge that counted a line; "" for fronts of this house. */
export function counterOf({ edge }: Pick<AudienceWindow, "edge">): string {
  const slash = edge.indexOf("/");
  return slash === -1 ? "" : edge.slice(0, slash);
}
