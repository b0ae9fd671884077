import { readAudienceLine } from "../../../audience/mod.ts";
import { type AudienceWindow, COUNT_WINDOW_MS } from "../../../wire/audience.ts";
import { EDGE_CLOCK_MS } from "../../../wire/edge.ts";

/** Longest line taken. Characters; one with the estimate of uniques has up to 12,000. */
const LINE_CHARACTERS = 32 * 1024;
/** How an edge calls one of its fronts. */
const FRONT_NAME = /^[A-Za-z0-9-]{1,60}$/;

/** Whose line it is, and of when. */
export interface LineOrigin {
  readonly eventId: string;
  /** Name of the edge that sent it. */
  readonly edge: string;
  readonly nowUnixMs: number;
}

/**
 * Reads a line that an edge's front wrote and calls the front `<edge>/<front>`; undefined when it is no line of this event.
 * One of a time to come is none either: the newest window is the one everybody is shown, and a single wrong one would stand there for good.
 */
export function readEdgeLine(text: string, { eventId, edge, nowUnixMs }: LineOrigin): AudienceWindow | undefined {
  const line = text.length > LINE_CHARACTERS ? undefined : readAudienceLine(text);
  if (line === undefined || line.eventId !== eventId || !FRONT_NAME.test(line.edge)) return undefined;
  const { endUnixMs, windowMs } = line;
  // A front that closes writes down the window it is in.
  if (windowMs !== COUNT_WINDOW_MS || endUnixMs % COUNT_WINDOW_MS !== 0 || endUnixMs > nowUnixMs + COUNT_WINDOW_MS + EDGE_CLOCK_MS) return undefined;
  return { ...line, edge: `${edge}/${line.edge}` };
}

/** The edge that counted a line; "" for fronts of this house. */
export function counterOf({ edge }: Pick<AudienceWindow, "edge">): string {
  const slash = edge.indexOf("/");
  return slash === -1 ? "" : edge.slice(0, slash);
}
