import { SAMPLE_RATE } from "../core/units.ts";
import { GRIDS, partSamples, type RenditionId } from "./part.ts";

/** TargetDuration of every playlist: 4.000 s and 4.096 s both round to it. Seconds. @spec RFC 8216 §4.3.3.1 */
export const TARGET_DURATION = 4;
/** Distance LL players keep from the edge. Seconds; at least three parts of the longest part (0.512 s). @spec RFC 8216bis §4.4.3.8 */
const PART_HOLD_BACK = 2;
/** Distance plain players keep. Seconds; three target durations. */
const HOLD_BACK = 3 * TARGET_DURATION;
/** Age from which a delta update leaves segments out. Seconds; six target durations is the least allowed. */
export const CAN_SKIP_UNTIL = 6 * TARGET_DURATION;
/** Age after which parts are listed no more. Seconds; three target durations. @spec RFC 8216bis §6.2.2 */
const PARTS_LISTED_SECONDS = 3 * TARGET_DURATION;

/** What a media playlist shows of one rendition: a run of parts without a hole. */
export interface PlaylistWindow {
  readonly rendition: RenditionId;
  /** First part that may be listed; the first whole segment from it on opens the list. */
  readonly firstPart: number;
  /** Newest part there is. */
  readonly lastPart: number;
  /** Samples in the newest part: full but for the last of the event. */
  readonly lastPartSamples: number;
  readonly originUnixMs: number;
  readonly ended: boolean;
}

/** Newest part of another rendition, for the rendition report. */
export interface RenditionReport {
  readonly rendition: RenditionId;
  /** Its folder, seen from the playlist's own. */
  readonly folder: string;
  readonly lastPart: number;
}

/** Duration of a full segment. Seconds. */
export function segmentSeconds(rendition: RenditionId): number {
  return (partSamples(rendition) * GRIDS[rendition].partsPerSegment) / SAMPLE_RATE;
}

/** Number of the segment that holds a part. */
export function segmentOf(rendition: RenditionId, part: number): number {
  return Math.floor(part / GRIDS[rendition].partsPerSegment);
}

/** Renders a media playlist: low-latency with parts, or plain. @spec RFC 8216bis §4.4, §6.2.2 */
export function renderMediaPlaylist(
  window: PlaylistWindow,
  options: { readonly lowLatency: boolean; readonly skip: boolean; readonly reports: readonly RenditionReport[] },
): string {
  const { rendition, firstPart, lastPart, ended } = window;
  const { partsPerSegment } = GRIDS[rendition];
  const { lowLatency, reports } = options;
  const firstSegment = Math.ceil(firstPart / partsPerSegment);
  const openSegment = segmentOf(rendition, lastPart + 1);
  // The last segment of the event may be short; while live only whole ones are listed.
  const endSegment = ended && (lastPart + 1) % partsPerSegment !== 0 ? openSegment + 1 : openSegment;
  const seconds = segmentSeconds(rendition);
  const skipped = lowLatency && options.skip && !ended ? Math.max(0, Math.floor(endSegment - firstSegment - CAN_SKIP_UNTIL / seconds)) : 0;
  // All parts of a segment or none: players count them from the segment's start.
  const partsFrom = segmentOf(rendition, Math.max(0, lastPart + 1 - Math.ceil(PARTS_LISTED_SECONDS / partSeconds(rendition)))) * partsPerSegment;
  const lines = ["#EXTM3U", `#EXT-X-VERSION:${lowLatency ? 9 : 7}`, `#EXT-X-TARGETDURATION:${TARGET_DURATION}`];
  if (lowLatency) {
    lines.push(`#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${PART_HOLD_BACK}.0,HOLD-BACK=${HOLD_BACK}.0,CAN-SKIP-UNTIL=${CAN_SKIP_UNTIL}.0`);
    lines.push(`#EXT-X-PART-INF:PART-TARGET=${decimal(partSeconds(rendition))}`);
  }
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${firstSegment}`);
  if (skipped > 0) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${skipped}`);
  else lines.push('#EXT-X-MAP:URI="header.mp4"');
  for (let segment = firstSegment + skipped; segment < endSegment; segment++) {
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${dateTime(window, segment)}`);
    const parts = Math.min(partsPerSegment, lastPart + 1 - segment * partsPerSegment);
    if (lowLatency && segment * partsPerSegment >= partsFrom) pushParts(lines, window, segment * partsPerSegment, segment * partsPerSegment + parts - 1);
    lines.push(`#EXTINF:${decimal(durationOf(window, segment * partsPerSegment, parts))},`, `segment-${segment}.m4s`);
  }
  if (lowLatency && !ended) {
    if (openSegment * partsPerSegment <= lastPart) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${dateTime(window, openSegment)}`);
    pushParts(lines, window, openSegment * partsPerSegment, lastPart);
    lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI="part-${lastPart + 1}.m4s"`);
    for (const report of reports) {
      const parts = GRIDS[report.rendition].partsPerSegment;
      lines.push(
        `#EXT-X-RENDITION-REPORT:URI="${report.folder}/index.m3u8",LAST-MSN=${Math.floor(report.lastPart / parts)},LAST-PART=${report.lastPart % parts}`,
      );
    }
  }
  if (ended) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}

function pushParts(lines: string[], window: PlaylistWindow, from: number, to: number): void {
  for (let part = from; part <= to; part++) lines.push(`#EXT-X-PART:DURATION=${decimal(durationOf(window, part, 1))},URI="part-${part}.m4s",INDEPENDENT=YES`);
}

function partSeconds(rendition: RenditionId): number {
  return partSamples(rendition) / SAMPLE_RATE;
}

function durationOf({ rendition, lastPart, lastPartSamples }: PlaylistWindow, from: number, parts: number): number {
  const missing = from + parts - 1 === lastPart ? partSamples(rendition) - lastPartSamples : 0;
  return (parts * partSamples(rendition) - missing) / SAMPLE_RATE;
}

/** Wall-clock time of the first sample heard of a segment: encoder priming comes before it. */
function dateTime({ rendition, originUnixMs }: PlaylistWindow, segment: number): string {
  const { primingSamples, partsPerSegment } = GRIDS[rendition];
  const at = segment * partsPerSegment * partSamples(rendition) - primingSamples;
  return new Date(originUnixMs + (at * 1000) / SAMPLE_RATE).toISOString();
}

/** Seconds with as many digits as they need, at most six. */
function decimal(seconds: number): string {
  return String(Number(seconds.toFixed(6)));
}

/** A variant of the programme as the multivariant playlist lists it. */
export interface Variant {
  readonly codecs: string;
  readonly uri: string;
  /** Highest and mean bit rate of a segment. Bits per second. */
  readonly peakBitrate: number;
  readonly averageBitrate: number;
  /** Group of {@link AudioRendition}s one may choose from; absent where there is no choice. */
  readonly audio?: string;
  /** Players take the highest they can; all variants of a list have one, or none. @spec RFC 8216bis §4.4.6.2 */
  readonly score?: number;
}

/** One of the languages a listener may choose from. @spec RFC 8216 §4.3.4.1 */
export interface AudioRendition {
  readonly group: string;
  /** BCP 47 tag; empty when not known. */
  readonly language: string;
  readonly name: string;
  /** Playlist of the rendition; absent for the one the variant itself holds, which is also the one played unless another is chosen. */
  readonly uri?: string;
}

/** Renders a multivariant playlist, in the order given: players take the first they can. @spec RFC 8216 §4.3.4.2 */
export function renderMultivariantPlaylist(variants: readonly Variant[], languages: readonly AudioRendition[] = []): string {
  const lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"];
  for (const { group, language, name, uri } of languages) {
    const attributes = ["TYPE=AUDIO", `GROUP-ID="${group}"`, ...(language === "" ? [] : [`LANGUAGE="${language}"`]), `NAME="${name.replace(/["\r\n]/g, "")}"`];
    lines.push(
      `#EXT-X-MEDIA:${[...attributes, `DEFAULT=${uri === undefined ? "YES" : "NO"}`, "AUTOSELECT=YES", ...(uri === undefined ? [] : [`URI="${uri}"`])].join(",")}`,
    );
  }
  for (const { codecs, uri, peakBitrate, averageBitrate, audio, score } of variants) {
    const more = `${score === undefined ? "" : `,SCORE=${score.toFixed(1)}`}${audio === undefined ? "" : `,AUDIO="${audio}"`}`;
    lines.push(`#EXT-X-STREAM-INF:BANDWIDTH=${Math.ceil(peakBitrate)},AVERAGE-BANDWIDTH=${Math.ceil(averageBitrate)},CODECS="${codecs}"${more}`, uri);
  }
  return `${lines.join("\n")}\n`;
}

/** One segment of a replay. Bytes in the archive file; samples at 48 kHz. */
export interface ReplaySegment {
  readonly offset: number;
  readonly length: number;
  readonly duration: number;
}

/** Renders an event from its start while it goes on: every whole segment by the address it had on air; the list only ever grows. @spec RFC 8216 §4.3.3.5 */
export function renderEventPlaylist(options: {
  readonly rendition: RenditionId;
  readonly segments: readonly { readonly n: number; readonly timestamp: number; readonly duration: number }[];
  readonly originUnixMs: number | undefined;
  readonly ended: boolean;
}): string {
  const { rendition, segments, originUnixMs, ended } = options;
  const [first] = segments;
  const lines = ["#EXTM3U", "#EXT-X-VERSION:7", `#EXT-X-TARGETDURATION:${TARGET_DURATION}`, "#EXT-X-PLAYLIST-TYPE:EVENT"];
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${first?.n ?? 0}`, '#EXT-X-MAP:URI="header.mp4"');
  if (originUnixMs !== undefined && first !== undefined) {
    const at = originUnixMs + ((first.timestamp - GRIDS[rendition].primingSamples) * 1000) / SAMPLE_RATE;
    lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(at).toISOString()}`);
  }
  for (const { n, duration } of segments) lines.push(`#EXTINF:${decimal(duration / SAMPLE_RATE)},`, `segment-${n}.m4s`);
  if (ended) lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}

/** Renders the replay of one rendition: byte ranges of the archive file. @spec RFC 8216 §4.3.2.2 */
export function renderReplayPlaylist(options: {
  readonly segments: readonly ReplaySegment[];
  readonly fileUri: string;
  readonly headerLength: number;
  readonly originUnixMs: number | undefined;
}): string {
  const { segments, fileUri, headerLength, originUnixMs } = options;
  const longest = Math.max(1, ...segments.map((segment) => segment.duration / SAMPLE_RATE));
  const lines = ["#EXTM3U", "#EXT-X-VERSION:7", `#EXT-X-TARGETDURATION:${Math.round(longest)}`, "#EXT-X-PLAYLIST-TYPE:VOD", "#EXT-X-MEDIA-SEQUENCE:0"];
  lines.push(`#EXT-X-MAP:URI="${fileUri}",BYTERANGE="${headerLength}@0"`);
  if (originUnixMs !== undefined) lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(originUnixMs).toISOString()}`);
  for (const { offset, length, duration } of segments)
    lines.push(`#EXTINF:${decimal(duration / SAMPLE_RATE)},`, `#EXT-X-BYTERANGE:${length}@${offset}`, fileUri);
  lines.push("#EXT-X-ENDLIST");
  return `${lines.join("\n")}\n`;
}
