import { systemClock } from "../../core/clock.ts";
import type { EdgeSettings } from "../../core/edge-config.ts";
import { EarshotError, type ErrorCode, ERRORS } from "../../core/errors.ts";
import { edgePaths } from "../../wire/edge.ts";
import { ensureEdgeKey } from "../adapters/house-key.ts";
import { edgeEntry } from "./edge-entry.ts";
import { SignedLine } from "./signed-line.ts";

/** How one check of an edge's house came out, in words. */
export interface HouseFinding {
  readonly check: "House" | "Origin";
  readonly verdict: "ok" | "problem";
  readonly found: string;
  readonly action?: string;
}

/** Longest wait for an answer. Milliseconds. */
const ANSWER_LIMIT_MS = 5_000;
/** An event that no house has: whoever asks after it learns whether the house knows who asks, and changes nothing there. */
const NO_EVENT = "none";

/** Asks the house whether it knows this edge and its clock, and what the edge passes on to whether it is there. The edge's key is made when there is none. */
export async function checkHouse(edge: EdgeSettings, dataFolder: string): Promise<readonly HouseFinding[]> {
  return await Promise.all([checkLine(edge, dataFolder), checkOrigin(edge.origin)]);
}

async function checkLine(edge: EdgeSettings, dataFolder: string): Promise<HouseFinding> {
  const seed = await ensureEdgeKey(dataFolder);
  const line = new SignedLine({ ...edge, seed, clock: systemClock });
  const code = await line.tell(edgePaths.counts(NO_EVENT), { lines: [], windows: [] }, AbortSignal.timeout(ANSWER_LIMIT_MS)).then(
    () => undefined,
    (cause: unknown): ErrorCode => (cause instanceof EarshotError ? cause.code : "house-away"),
  );
  line.close();
  if (code === "edge-unknown")
    return {
      check: "House",
      verdict: "problem",
      found: `${edge.house}: ${ERRORS[code].meaning}`,
      action: `write it under edges: there: ${edgeEntry(edge.name, seed)}`,
    };
  if (code === "edge-clock" || code === "house-away")
    return { check: "House", verdict: "problem", found: `${edge.house}: ${ERRORS[code].meaning}`, action: ERRORS[code].action };
  return { check: "House", verdict: "ok", found: `${edge.house} knows ${edge.name}, and their clocks agree` };
}

async function checkOrigin(origin: string): Promise<HouseFinding> {
  const found = await fetch(`${origin}/healthz`, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).then(
    ({ status }) => `answered with ${status}`,
    (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)),
  );
  return found === "answered with 200"
    ? { check: "Origin", verdict: "ok", found: origin }
    : {
        check: "Origin",
        verdict: "problem",
        found: `${origin}: ${found}`,
        action: "set edge.origin to an address that leads to the house's own listeners' port",
      };
}
