import type { Samples } from "./units.ts";

/** 20 ms of programme audio: what the stage hands to the programme. */
export interface AudioFrame {
  /** Position of the first sample on the programme's own counter; 0 is the moment of going live. */
  readonly timestamp: Samples;
  /** Planar f32, nominally [-1, 1], `FRAME_SAMPLES` values per channel. Owned by the producer: valid only until the call returns. */
  readonly channels: readonly Float32Array[];
}
