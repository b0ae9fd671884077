import { pauseBefore } from "./pace.ts";

/** What is fetched ahead of what is heard. Seconds; enough for a tunnel, little enough to waste nothing. */
const AHEAD_SECONDS = 20;
/** How often it is looked whether more is needed. Milliseconds. */
const LOOK_MS = 500;
/** Wait before a segment is asked for again that is neither whole nor being made, on average. Milliseconds. */
const AGAIN_MS = 1_000;
/** How often it is asked for again before everything begins anew. */
const TRIES = 6;

/** How a rewound player reads. */
export interface RewindOptions {
  /** Where header and segments of the rendition are. */
  readonly folder: string;
  /** Length of a segment. Milliseconds. */
  readonly segmentMs: number;
  /** What requests say of who asks, so that the server counts one listener; empty where a cache must see one address. */
  readonly query: string;
  readonly signal: AbortSignal;
  /** How much there is ahead of what is heard. Seconds; called while nothing needs to be fetched. */
  readonly ahead: () => number;
}

/**
 * The programme from `fromSeconds` (since going live) on, by the addresses segments had on air: header first, then whole segments a little ahead of what is heard;
 * the one that is being made comes as it is made. Ends when a segment cannot be had, after the end of the event among others; throws {@link SentAway} when the server asks to stay away.
 */
export async function* readRewound(fromSeconds: number, { folder, segmentMs, query, signal, ahead }: RewindOptions): AsyncGenerator<Uint8Array> {
  const header = await fetch(`${folder}/header.mp4`, { signal });
  if (!header.ok) return;
  yield new Uint8Array(await header.arrayBuffer());
  let number = Math.max(0, Math.floor((fromSeconds * 1_000) / segmentMs));
  for (let failures = 0; failures < TRIES; ) {
    while (ahead() > AHEAD_SECONDS) await pause(LOOK_MS, signal);
    let response = await fetch(`${folder}/segment-${number}.m4s${query}`, { signal });
    // Not whole yet: it is being made, and is sent while it is.
    if (response.status === 404) response = await fetch(`${folder}/stream-${number}.m4s${query}`, { signal });
    if (!response.ok || response.body === null) {
      failures++;
      await pauseBefore(response, AGAIN_MS, signal);
      continue;
    }
    failures = 0;
    const reader = response.body.getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
    number++;
  }
}

/** @throws AbortError when it is aborted meanwhile */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
  signal.throwIfAborted();
}
