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

/** The first codec this browser can be fed; undefined where it plays HLS better by itself. */
export function supported(): Codec | undefined {
  const phone = /iPhone|iPad|iPod/.test(navigator.userAgent);
  const source =
    typeof MediaSource !== "undefined"
      ? (MediaSource as unknown as typeof ManagedMediaSource)
      : typeof ManagedMediaSource !== "undefined" && !phone
        ? ManagedMediaSource
        : undefined;
  if (source === undefined || phone) return undefined;
  for (const [type, rendition] of [
    ['audio/mp4; codecs="opus"', "opus"],
    ['audio/mp4; codecs="Opus"', "opus"],
    ['audio/mp4; codecs="mp4a.40.2"', "aac"],
  ] as const) {
    if (source.isTypeSupported(type)) return { source, type, rendition, query: rendition === "aac" ? "&codec=aac" : "" };
  }
  return undefined;
}
