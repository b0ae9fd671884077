import type { WaitDetails, WaitReason, WorkDetails } from "../../src/wire/door.ts";
import { sessionNumber } from "./session-number.ts";

/** Most that is added to a wait at random, so that nobody comes in the same moment as everybody. Milliseconds. */
const JITTER_MS = 1_000;

/** A wait at the door. */
export interface Wait {
  /** When to ask again, jitter included. By `performance.now()`. */
  readonly untilMs: number;
  readonly place: number;
  readonly why: WaitReason;
}

/** A task that was done, until it is shown. */
let done: string | undefined;

const key = (slug: string) => `earshot-ticket-${slug}`;
/** For browsers that forbid storage. */
const inMemory = new Map<string, string>();

/** Keeps the ticket or pass the server gave, so that a reload keeps the place. */
export function keepTicket(slug: string, ticket: string): void {
  inMemory.set(slug, ticket);
  try {
    sessionStorage.setItem(key(slug), ticket);
  } catch {
    // Storage is forbidden: a reload costs the place then.
  }
}

/** What a request for audio carries: who asks, and the ticket if there is one. */
export function doorQuery(slug: string): string {
  let ticket = inMemory.get(slug);
  try {
    ticket ??= sessionStorage.getItem(key(slug)) ?? undefined;
  } catch {
    // Storage is forbidden.
  }
  const work = done === undefined ? "" : `&work=${done}`;
  done = undefined;
  return `?s=${sessionNumber()}${ticket === undefined ? "" : `&ticket=${encodeURIComponent(ticket)}`}${work}`;
}

/** Takes over what an answer of the door says: a pass, or a ticket and how long to wait, or a task, which is done; undefined when it speaks of no wait. */
export async function hearDoor(slug: string, response: Response, onWork?: () => void): Promise<Wait | undefined> {
  const pass = response.headers.get("earshot-pass");
  if (pass !== null) keepTicket(slug, pass);
  if (response.status !== 503) return undefined;
  const { code, details } = (await response.json().catch(() => ({}))) as { readonly code?: string; readonly details?: Partial<WaitDetails & WorkDetails> };
  if (details?.work !== undefined) {
    onWork?.();
    const { solve } = await import("./work.ts");
    done = await solve(details as WorkDetails).catch(() => undefined);
    return done === undefined ? undefined : { untilMs: performance.now(), place: 0, why: "busy" };
  }
  if (code !== "waiting" || details?.ticket === undefined) return undefined;
  keepTicket(slug, details.ticket);
  const { wait_seconds = 1, place = 0, why = "crowd" } = details;
  // The server's number is obeyed; our clock may be wrong, so only the length counts.
  return { untilMs: performance.now() + Math.max(1, wait_seconds) * 1_000 + Math.random() * JITTER_MS, place, why };
}
