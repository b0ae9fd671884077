import type { IncomingMessage } from "node:http";
import { z } from "zod";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { EDGE_FRAME, EDGE_HERE_MS, EDGE_SILENCE_MS, type EdgeHello, edgePaths, type EdgeStage } from "../../wire/edge.ts";
import { FrameDecoder, type WireFrame } from "../../wire/frames.ts";
import { isEventId } from "./house-files.ts";
import type { SignedLine } from "./signed-line.ts";

/** Wait before the feed is asked for again: at first, and at most after several failures in a row. Milliseconds; a house that starts anew is back within seconds. */
const RETRY_MS = { first: 500, most: 5_000 } as const;

/** Longest reason that is told. Characters; what a frame lacked is told at length. */
const MAX_REASON = 300;

const eventId = z.string().refine(isEventId, "an event's id");
const hello = z.object({ version: z.string(), publicUrl: z.url(), backstageUrl: z.url(), listenerKey: z.base64(), networkKey: z.int().min(0) });
const stages = z.object({ stages: z.array(z.object({ eventId, slug: z.string().regex(/^[a-z0-9-]{1,80}$/), audienceSalt: z.base64() })) });
const file = z.object({ path: z.string() });
const others = z.object({ eventId });

/** Who is told what the feed says, one after the other and in its order. */
export interface FeedReader {
  readonly onHello: (hello: EdgeHello) => void;
  readonly onFile: (path: string, bytes: Uint8Array) => Promise<void>;
  readonly onGone: (path: string) => Promise<void>;
  readonly onStages: (stages: readonly EdgeStage[]) => Promise<void>;
  /** `lines`: what others counted, lines of JSON. */
  readonly onCounts: (eventId: string, lines: Uint8Array) => Promise<void>;
  /** The feed is not there, or no more. */
  readonly onAway: (error: EarshotError) => void;
}

/** What following the house's feed needs. */
export interface FeedFollowing {
  readonly line: SignedLine;
  readonly reader: FeedReader;
  readonly clock: Clock;
}

/** A wait with jitter, so that edges that were cut off together do not come back together: half to all of `ms`. Milliseconds. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

/** Follows the house's feed until closed, asking again whenever it breaks or is silent. */
export function followFeed({ line, reader, clock }: FeedFollowing): { close(): void } {
  const stop = new AbortController();
  void (async () => {
    for (let waitMs: number = RETRY_MS.first; !stop.signal.aborted; waitMs = Math.min(RETRY_MS.most, waitMs * 2)) {
      try {
        const response = await line.stream(edgePaths.feed, stop.signal);
        waitMs = RETRY_MS.first;
        response.setTimeout(EDGE_SILENCE_MS, () => response.destroy(new Error(`silent for ${EDGE_SILENCE_MS} ms`)));
        const isRead = new AbortController();
        void sayHere(line, clock, AbortSignal.any([stop.signal, isRead.signal]));
        await readFeed(response, reader).finally(() => isRead.abort());
        throw new Error("the feed ended");
      } catch (cause) {
        if (!stop.signal.aborted)
          reader.onAway(cause instanceof EarshotError ? cause : new EarshotError("house-away", { reason: String(cause).slice(0, MAX_REASON) }, cause));
      }
      await clock.sleep(jittered(waitMs), stop.signal).catch(() => {});
    }
  })();
  return { close: () => stop.abort(new Error("closed")) };
}

/** Says again and again that somebody follows the feed. What comes of it does not matter here: the feed itself tells whether the house is there. */
async function sayHere(line: SignedLine, clock: Clock, signal: AbortSignal): Promise<void> {
  for (;;) {
    await clock.sleep(EDGE_HERE_MS, signal).catch(() => {});
    if (signal.aborted) return;
    await line.tell(edgePaths.here, {}, signal).catch(() => {});
  }
}

async function readFeed(response: IncomingMessage, reader: FeedReader): Promise<void> {
  const decoder = new FrameDecoder();
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    const result = decoder.push(chunk);
    if (!result.ok) throw new Error(`${result.code} at ${result.offset}`);
    for (const frame of result.frames) await dispatch(frame, reader);
  }
}

async function dispatch({ kind, header, payload }: WireFrame, reader: FeedReader): Promise<void> {
  if (kind === EDGE_FRAME.hello) reader.onHello(hello.parse(header));
  else if (kind === EDGE_FRAME.file) await reader.onFile(file.parse(header).path, payload);
  else if (kind === EDGE_FRAME.gone) await reader.onGone(file.parse(header).path);
  else if (kind === EDGE_FRAME.stages) await reader.onStages(stages.parse(header).stages);
  else if (kind === EDGE_FRAME.counts) await reader.onCounts(others.parse(header).eventId, payload);
}
