import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import { EarshotError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import type { EventDesk, LiveEvent } from "../../../event/mod.ts";
import { STALE_AFTER_MS } from "../../../wire/audience.ts";
import type { EdgeCounts, EdgeReceipt } from "../../../wire/edge.ts";
import type { HouseHealth } from "../../../wire/house.ts";
import { isTooNew, readEdgeLine } from "./edge-line.ts";
import { EventCounts } from "./event-counts.ts";

/** How long after its end an event's counts are still taken. Milliseconds, ten minutes: the ledger closes earlier, but an edge whose line home was cut then still completes the account. */
const AFTER_END_MS = 600_000;

const countsSchema = z.strictObject({ lines: z.array(z.string()), windows: z.array(z.string()) });

/** What the desk works with. */
export interface CountDeskOptions {
  readonly dataFolder: string;
  readonly desk: Pick<EventDesk, "byId">;
  readonly clock: Clock;
  readonly log: Log;
}

/** Takes what edges counted, and knows how many listen at each. */
export class CountDesk {
  readonly #options: CountDeskOptions;
  readonly #events = new Map<string, EventCounts>();

  constructor(options: CountDeskOptions) {
    this.#options = options;
  }

  /** Takes a post of an edge. @throws `event-unknown`, `event-ended`, `bad-request`, `invalid-field`, `conflict`, `disk-full` */
  async take(edge: string, eventId: string, body: Uint8Array): Promise<EdgeReceipt> {
    const { desk, clock, dataFolder, log } = this.#options;
    const event = await desk.byId(eventId);
    const nowUnixMs = clock.wallMs();
    checkCounted(event, nowUnixMs);
    const { lines: texts, windows } = parse(body);
    const lines = texts.map((text) => {
      const line = readEdgeLine(text, { eventId, edge });
      if (line === undefined) throw new EarshotError("invalid-field", { field: "lines", rule: "lines of counts of this event", value: text.slice(0, 200) });
      return line;
    });
    const timely = lines.filter((line) => !isTooNew(line, nowUnixMs));
    // Not refused: an edge whose clock was wrong for a while would else be stuck with them.
    if (timely.length < lines.length)
      log.warn("an edge's lines are of a time to come and are left out", { edge, event: eventId, lines: lines.length - timely.length });
    const counts = this.#events.get(eventId) ?? new EventCounts({ eventId, folder: join(dataFolder, "events", eventId), log });
    this.#events.set(eventId, counts);
    try {
      return await counts.take({ edge, lines: timely, windows });
    } catch (cause) {
      throw (cause as NodeJS.ErrnoException).code === "ENOSPC" ? new EarshotError("disk-full", {}, cause) : cause;
    }
  }

  /** Listeners at an edge by the last window of each event it counts, and the end of the newest; null while it counted nothing lately. */
  listening(edge: string, nowUnixMs: number): Pick<HouseHealth["edges"][number], "listeningNow" | "asOfUnixMs"> {
    const told = [...this.#events.values()].flatMap((counts) => counts.sumOf(edge)?.publicAudience(nowUnixMs) ?? []);
    const fresh = told.filter(({ asOfUnixMs }) => nowUnixMs - asOfUnixMs <= STALE_AFTER_MS);
    if (fresh.length === 0) return { listeningNow: null, asOfUnixMs: null };
    return { listeningNow: fresh.reduce((sum, { listeningNow }) => sum + listeningNow, 0), asOfUnixMs: Math.max(...fresh.map(({ asOfUnixMs }) => asOfUnixMs)) };
  }

  /** Lets go of what is known of other events; a late post has it read again from the disk. */
  keepOnly(eventIds: ReadonlySet<string>): void {
    for (const [eventId, counts] of this.#events) if (!eventIds.has(eventId) && counts.isIdle) this.#events.delete(eventId);
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    await Promise.all([...this.#events.values()].map((counts) => counts.settled()));
  }
}

/** @throws `event-unknown` for the Sound check, which has no record, `event-ended` */
function checkCounted({ permanent, status, endedMs, slug }: LiveEvent, nowUnixMs: number): void {
  if (permanent) throw new EarshotError("event-unknown", { slug });
  if (status === "cancelled" || (endedMs !== null && nowUnixMs > endedMs + AFTER_END_MS)) throw new EarshotError("event-ended", { slug });
}

function parse(body: Uint8Array): EdgeCounts {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (cause) {
    throw new EarshotError("bad-request", { rule: "JSON" }, cause);
  }
  const result = countsSchema.safeParse(value);
  if (!result.success)
    throw new EarshotError("invalid-field", { field: result.error.issues[0]?.path.join(".") ?? "", rule: "lines and windows, lists of texts" });
  return result.data;
}
