/** What a handler answers with; the front writes it. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Uint8Array | string;
  /** Seconds anyone may keep it; 0 = nobody. */
  readonly maxAge: number;
  readonly immutable?: boolean;
  /** Whether the body is gzip; absent where the same bytes go to everyone. */
  readonly gzip?: boolean;
  /** Names this very content, in quotes; who has it already is told so instead. @spec RFC 9110 §8.8.3 */
  readonly etag?: string;
  /** Whether it is read from disk for the few who ask, and not worth keeping in memory. */
  readonly fleeting?: boolean;
}

/** Content types of the house. */
export const TYPES = {
  playlist: "application/vnd.apple.mpegurl",
  mp4: "audio/mp4",
  mp3: "audio/mpeg",
  aac: "audio/aac",
  ogg: "audio/ogg",
  json: "application/json",
  captions: "text/vtt; charset=utf-8",
} as const;
