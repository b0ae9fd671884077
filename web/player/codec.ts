import type { SegmentRendition } from "./segment-source.ts";

type Source = MediaSource & { readonly handle?: never };
declare const ManagedMediaSource: (new () => Source) & { isTypeSupported(type: string): boolean };

/** How this browser is fed. */
export interface Codec {
  readonly source: new () => Source;
  readonly type: string;
  readonly rendition: SegmentRendition;
  /** What the address of the stream says of it. */
  readonly query: string;
}

/** Whether this is Safari on a phone or tablet: with the screen locked it goes on with what it plays by itself, and lets no page feed it. An iPad calls itself a Mac, but no Mac has a touch screen. */
function isHandheld(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iPhone|iPad|iPod/.test(userAgent) || (maxTouchPoints > 1 && userAgent.includes("Macintosh"));
}

/** The first codec this browser can be fed; undefined where it plays HLS better by itself. */
export function supported(): Codec | undefined {
  if (isHandheld()) return undefined;
  const source =
    typeof MediaSource !== "undefined"
      ? (MediaSource as unknown as typeof ManagedMediaSource)
      : typeof ManagedMediaSource !== "undefined"
        ? ManagedMediaSource
        : undefined;
  if (source === undefined) return undefined;
  for (const [type, rendition] of [
    ['audio/mp4; codecs="opus"', "opus"],
    ['audio/mp4; codecs="Opus"', "opus"],
    ['audio/mp4; codecs="mp4a.40.2"', "aac"],
  ] as const) {
    if (source.isTypeSupported(type)) return { source, type, rendition, query: rendition === "aac" ? "&codec=aac" : "" };
  }
  return undefined;
}
