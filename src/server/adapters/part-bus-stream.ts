import { get, type IncomingMessage } from "node:http";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { samples } from "../../core/units.ts";
import type { Chunk, Part, RenditionId } from "../../programme/mod.ts";
import { BUS_FRAME, type BusChunk, type BusHeader, type BusHello, type BusPart } from "../../wire/bus.ts";
import { FrameDecoder, type WireFrame } from "../../wire/frames.ts";
import type { LiveState } from "../../wire/public-state.ts";

/** Wait between attempts. Milliseconds; a stage on the same machine is back within a second, and there is one reader per front. */
const RETRY_MS = 150;

/** What arrives on a stage's bus. */
export interface BusReader {
  /** `language`: of an interpretation, BCP 47; undefined: the floor. */
  readonly onHeader: (rendition: RenditionId, codecs: string, header: Uint8Array, language: string | undefined) => void;
  readonly onPart: (part: Part, language: string | undefined) => void;
  readonly onChunk?: (chunk: Chunk, language: string | undefined) => void;
  readonly onState: (state: LiveState) => void;
  readonly onConnected: (connected: boolean) => void;
}

/** How a bus is read. */
export interface BusReading {
  /** Of the stage, no trailing slash; of a bus that is asked for otherwise, what the log calls it. */
  readonly url: string;
  readonly windowMs: number;
  readonly reader: BusReader;
  readonly clock: Clock;
  readonly log: Log;
  /** Asks for the bus and resolves with an answer of status 200. Absent: by plain HTTP, from the stage itself. */
  readonly ask?: (signal: AbortSignal) => Promise<IncomingMessage>;
  /** Wait before the next attempt. Milliseconds. Absent: a stage's on this machine. */
  readonly retryMs?: () => number;
}

/** Reads a stage's bus until closed, connecting again whenever it breaks. Parts may repeat after a break; the reader leaves them out by number. */
export function readBus({
  url,
  windowMs,
  reader,
  clock,
  log,
  ask = (signal) => open(`${url}/bus?windowMs=${windowMs}`, signal),
  retryMs = () => RETRY_MS,
}: BusReading): { close(): void } {
  const stop = new AbortController();
  let toldAway = false;
  void (async () => {
    while (!stop.signal.aborted) {
      try {
        const response = await ask(stop.signal);
        toldAway = false;
        reader.onConnected(true);
        await readFrames(response, reader);
      } catch (cause) {
        if (!stop.signal.aborted && !toldAway) log.info("the stage's bus is away", { url, reason: cause instanceof Error ? cause.message : String(cause) });
        toldAway = true;
      }
      reader.onConnected(false);
      await clock.sleep(retryMs(), stop.signal).catch(() => {});
    }
  })();
  return { close: () => stop.abort(new Error("closed")) };
}

async function open(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    get(url, { signal, agent: false }, (response) => {
      if (response.statusCode === 200) return resolve(response);
      response.resume();
      reject(new Error(`answered with ${response.statusCode}`));
    }).once("error", reject);
  });
}

async function readFrames(response: IncomingMessage, reader: BusReader): Promise<void> {
  const decoder = new FrameDecoder();
  let eventId = "";
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    const result = decoder.push(chunk);
    if (!result.ok) throw new Error(`${result.code} at ${result.offset}`);
    for (const frame of result.frames) {
      if (frame.kind === BUS_FRAME.hello) eventId = (frame.header as BusHello).eventId;
      else dispatch(frame, eventId, reader);
    }
  }
}

function dispatch(frame: WireFrame, eventId: string, reader: BusReader): void {
  if (frame.kind === BUS_FRAME.header) {
    const { rendition, codecs, language } = frame.header as BusHeader;
    reader.onHeader(rendition as RenditionId, codecs, frame.payload, language);
  } else if (frame.kind === BUS_FRAME.state) {
    reader.onState(frame.header as LiveState);
  } else if (frame.kind === BUS_FRAME.chunk) {
    const { rendition, timestamp, duration, language, ...rest } = frame.header as BusChunk;
    const placed = { rendition: rendition as RenditionId, timestamp: samples(timestamp), duration: samples(duration) };
    reader.onChunk?.({ ...rest, ...placed, eventId, data: frame.payload }, language);
  } else if (frame.kind === BUS_FRAME.part) {
    const { rendition, timestamp, duration, language, ...rest } = frame.header as BusPart;
    const placed = { rendition: rendition as RenditionId, timestamp: samples(timestamp), duration: samples(duration) };
    reader.onPart({ ...rest, ...placed, eventId, data: frame.payload }, language);
  }
}
