/** Longest clip. Seconds. */
export const CLIP_MAX_SECONDS = 60;
/** Shortest clip. Seconds. */
export const CLIP_MIN_SECONDS = 1;
