/** A number that carries its unit in its type; arithmetic gives a plain number, so a unit must be said again on purpose. */
type Unit<Name extends string> = number & { readonly unit: Name };

/** A length of time. Milliseconds. */
export type Milliseconds = Unit<"ms">;
/** A wall-clock instant. Milliseconds since 1970-01-01T00:00:00Z. */
export type UnixMilliseconds = Unit<"unix-ms">;
/** A count or position of audio samples per channel at {@link SAMPLE_RATE}. */
export type Samples = Unit<"samples">;

/** Says that a plain number is a length of time in milliseconds. */
export const milliseconds = (value: number): Milliseconds => value as Milliseconds;
/** Says that a plain number is a wall-clock instant in milliseconds since the Unix epoch. */
export const unixMilliseconds = (value: number): UnixMilliseconds => value as UnixMilliseconds;
/** Says that a plain number counts samples per channel at 48 kHz. */
export const samples = (value: number): Samples => value as Samples;

/** The one sample rate inside the house. Hertz; Opus' native rate, so nothing is ever resampled on the way. */
export const SAMPLE_RATE = 48_000;
/** Samples per channel in one stage frame: 20 ms at 48 kHz, the Opus frame every browser sends. */
export const FRAME_SAMPLES = 960;
/** Duration of one stage frame. Milliseconds. */
export const FRAME_MS = 20;
