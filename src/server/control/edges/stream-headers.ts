/** Header fields of an endless stream of frames to an edge; the last tells proxies in between to hand every frame on at once. */
export const STREAM_HEADERS = { "content-type": "application/octet-stream", "cache-control": "no-store", "x-accel-buffering": "no" } as const;
