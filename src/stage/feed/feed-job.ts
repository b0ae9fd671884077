import { ERRORS, EarshotError, type ErrorCode } from "../../core/errors.ts";

/** What a feed worker is started for. */
export type FeedJob =
  | { readonly kind: "measure"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly gainDb: number; readonly loop: boolean; readonly memory: SharedArrayBuffer }
  | { readonly kind: "stream"; readonly url: string; readonly allowPrivate: boolean; readonly memory: SharedArrayBuffer };

/** What is known of a sound once it was decoded to its end. */
export interface SoundMeasure {
  readonly codec: string;
  readonly seconds: number;
  /** What brings it to the programme's loudness without its peaks reaching full scale. dB. */
  readonly gainDb: number;
}

/** What a feed worker says. */
export type FeedReport =
  | { readonly type: "measured"; readonly measure: SoundMeasure }
  /** A stream flows, or is away and asked again. */
  | { readonly type: "line"; readonly up: boolean; readonly reason?: string }
  /** Frames that could not be decoded so far; they are left out. */
  | { readonly type: "damaged"; readonly count: number }
  /** It is over: nothing more comes, because of this. */
  | { readonly type: "fault"; readonly code: ErrorCode; readonly details: EarshotError["details"] };

/** What a feed worker is told while it runs. */
export type FeedOrder = { readonly type: "loop"; readonly on: boolean };

/** An error as it goes from one thread to another. */
export function toFault(error: unknown): FeedReport {
  if (error instanceof EarshotError) return { type: "fault", code: error.code, details: error.details };
  return { type: "fault", code: "sound-unplayable", details: { rule: "a sound that can be decoded", value: String(error).slice(0, 120) } };
}

/** The error a fault stands for. */
export function fromFault({ code, details }: { readonly code: string; readonly details: EarshotError["details"] }): EarshotError {
  return new EarshotError(code in ERRORS ? (code as ErrorCode) : "internal", details);
}
