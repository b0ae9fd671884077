import { paths } from "../../src/wire/paths.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { pauseBefore } from "./pace.ts";

/** Length of a segment by rendition. Milliseconds; the grid of the programme. */
export const SEGMENT_MS = { opus: 4_000, low: 4_000, aac: 4_096 } as const;
/** Wait before a segment is asked for again that the cache or the server did not know yet, on average. Milliseconds. */
const AGAIN_MS = 500;
/** How often it is asked for again before everything begins anew. */
const TRIES = 4;

/** The renditions there are in segments. */
export type SegmentRendition = keyof typeof SEGMENT_MS;

/** Number of the segment that is being made, by the server's clock. */
export function segmentNow(rendition: SegmentRendition, originUnixMs: number, serverUnixMs: number): number {
  return Math.max(0, Math.floor((serverUnixMs - originUnixMs) / SEGMENT_MS[rendition]));
}

/**
 * The live programme as one request per segment, each sent while it is made and kept by every cache on the way: header first, then the segments from the present one on.
 * Ends when a segment cannot be had, and throws {@link SentAway} when the server asks to stay away; `onOver` is called when the event is. `query`: what requests say of who asks; empty where a cache must see one address.
 */
export async function* readSegments(
  slug: string,
  rendition: SegmentRendition,
  {
    signal,
    onOver,
    language,
    query = "",
  }: { readonly signal: AbortSignal; readonly onOver: () => void; readonly language?: string | undefined; readonly query?: string | undefined },
): AsyncGenerator<Uint8Array> {
  const state = (await (await fetch(paths.state(slug), { signal })).json()) as PublicState;
  if (state.status === "ended") return onOver();
  const origin = state.live?.originUnixMs;
  if (origin === undefined) return;
  const folder = paths.segments(slug, rendition, language);
  const header = await fetch(`${folder}/header.mp4`, { signal });
  if (!header.ok) return;
  yield new Uint8Array(await header.arrayBuffer());
  let failures = 0;
  for (let number = segmentNow(rendition, origin, state.serverUnixMs); failures < TRIES; ) {
    const response = await fetch(`${folder}/stream-${number}.m4s${query}`, { signal });
    if (response.status === 410) return onOver();
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
