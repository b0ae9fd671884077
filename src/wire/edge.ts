/**
 * What a house and its edges say to each other: servers elsewhere that hand the same audio to more listeners (decision 32).
 * Every request is the edge's and carries its signature; the house never calls an edge.
 */

/** Below the house's backstage address. */
export const edgePaths = {
  /** Endless stream of frames: what an edge must know, and every change of it. */
  feed: "/edge/feed",
  /** Where an edge that follows the feed says every {@link EDGE_HERE_MS} that it is there; answered with `{}`. */
  here: "/edge/here",
  /** The event's part bus, as its stage gives it (`wire/bus.ts`); `?windowMs=`. */
  bus: (slug: string) => `/edge/bus/${slug}`,
  /** Where an edge says how many listened: {@link EdgeCounts}; answered with {@link EdgeReceipt}. */
  counts: (eventId: string) => `/edge/counts/${eventId}`,
};

/** Header fields that say who asks, and that it is them. */
export const EDGE_HEADERS = { name: "earshot-edge", time: "earshot-time", signature: "earshot-signature" } as const;
/** What an edge's signature is over, before method, path, time and hash of the body. */
export const EDGE_SIGNATURE = "earshot-edge/v1";
/** How far the edge's clock may be from the house's. Milliseconds; windows of ten seconds are counted by it, and a signature is good for as long. */
export const EDGE_CLOCK_MS = 5_000;

/** Kinds of frames on the feed. */
export const EDGE_FRAME = { hello: 1, file: 2, gone: 3, stages: 4, counts: 5, beat: 6 } as const;
/** Time between two beats. Milliseconds. */
export const EDGE_BEAT_MS = 2_000;
/** A feed that is silent for so long is cut off. Milliseconds; four beats. */
export const EDGE_SILENCE_MS = 4 * EDGE_BEAT_MS;

/** Time between two times that an edge says it is there. Milliseconds. */
export const EDGE_HERE_MS = 10_000;
/** An edge of which nothing was heard for so long is away, and its feed is ended. Milliseconds; three times, without which a house would wait a quarter of an hour for its system to give a line up that nobody answers on. */
export const EDGE_AWAY_MS = 3 * EDGE_HERE_MS;

/** Header of a `hello` frame: first on every feed. */
export interface EdgeHello {
  readonly version: string;
  readonly publicUrl: string;
  readonly backstageUrl: string;
  /** Key of personal listener links, base64. */
  readonly listenerKey: string;
  /** Key of the networks' hashes that all fronts share, 32 bits. */
  readonly networkKey: number;
}
/**
 * Header of a `file` frame, a file of the house's data folder as fronts read it; the payload is all of it. And of a `gone` frame: it is not there any more.
 * Before the first `stages` all come that there are: `public/house.json`, `public/_reminders.json`, `public/<slug>.json` of each running stage, and
 * `state.json`, `doors.json` and `listeners.json` below its `events/<id>/`.
 */
export interface EdgeFile {
  /** Relative to the data folder, with slashes. */
  readonly path: string;
}
/** Header of a `stages` frame: all stages that run now. */
export interface EdgeStages {
  readonly stages: readonly EdgeStage[];
}
/** An event an edge may serve. */
export interface EdgeStage {
  readonly eventId: string;
  readonly slug: string;
  /** Salt of the event's audience keys, base64; never written anywhere. */
  readonly audienceSalt: string;
}
/** Header of a `counts` frame; the payload is new lines of JSON (`AudienceWindow`): what others than this edge counted, the house and its other edges. */
export interface EdgeOthers {
  readonly eventId: string;
}

/** Most bytes of one {@link EdgeCounts} as JSON. An hour of windows of a few fronts; who has more to say says it in several posts. */
export const EDGE_COUNTS_BYTES = 4 * 1024 * 1024;

/** What an edge says of one event. */
export interface EdgeCounts {
  /** Lines of its fronts (`AudienceWindow`), as they were written; for the figure, at once. */
  readonly lines: readonly string[];
  /** Windows signed by the edge (`WindowEntry`), in order and without a hole from what was last asked for; for the ledger. */
  readonly windows: readonly string[];
}
/** The house's answer, once everything is on its disk. */
export interface EdgeReceipt {
  /** Number of the window that is due next; all before need not be sent again. */
  readonly due: number;
}
