// The record: what an event leaves behind, and every form in which it can be had.
// Owner: whoever changes replays, chapters, clips, feeds or exports.
// In: the programme's archive, who talked when, the host's marks. Out: marks, clips, feeds, cards, pages.
// Cuts and copies whole codec frames, never encodes; keeps no connection, no file and no clock.
// Specifications: Podcasting 2.0 (chapters, liveItem), RSS 2.0, oEmbed 1.0, OpenGraph, schema.org Event, sitemaps 0.9, PNG.
export { gapsOf } from "./gaps.ts";
export { drawCard } from "./card.ts";
export { chaptersOf, type HostMark, hostMarksOf } from "./chapters.ts";
export { aacSpan, type ClipRange, cutM4a, mp3Span, readClipRange } from "./clip.ts";
export { renderEventData } from "./event-data.ts";
export { type FeedEvent, renderFeed } from "./feed.ts";
export { CARD, oembedOf, oembedXml, renderHead, renderSitemap } from "./links.ts";
export { renderOfflinePage } from "./offline-page.ts";
export { drawIcon } from "./icon.ts";
export { coarser, PeakMeter } from "./peaks.ts";
export { keptUntil, replayPageOf } from "./replay-page.ts";
export { sharedDescription, sharedTitle, standingOf } from "./standing.ts";
