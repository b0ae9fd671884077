// The record: what an event leaves behind, and every form in which it can be had.
// Owner: whoever changes replays, chapters, clips, feeds or exports.
// In: the programme's archive, who talked when, the host's marks. Out: marks, clips, feeds, cards, folders.
// Cuts and copies whole codec frames, never encodes; keeps no connection and no clock.
// Specifications: Podcasting 2.0 (chapters, liveItem), RSS 2.0, oEmbed 1.0, sitemaps 0.9, ID3v2 Chapters 1.0.
export { chaptersOf, type HostMark, hostMarksOf } from "./chapters.ts";
export { PeakMeter } from "./peaks.ts";
