/** A line of captions on the timeline of a recording. Seconds since going live. */
export interface Caption {
  readonly start: number;
  readonly end: number;
  /** One line of plain text. */
  readonly text: string;
}

/** Why a file holds no captions of ours. */
export type CaptionFault = "no-webvtt" | "bad-cue";
/** Captions read from a file, or where it is wrong. */
export type CaptionResult =
  | { readonly ok: true; readonly captions: readonly Caption[] }
  | {
      readonly ok: false;
      readonly code: CaptionFault;
      /** UTF-16 units from the start of the text. */
      readonly offset: number;
    };

const ESCAPES: readonly (readonly [plain: string, escaped: string])[] = [
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
];

/** Writes captions as a WebVTT file. @spec W3C WebVTT §4.1 */
export function renderCaptions(captions: readonly Caption[]): string {
  return `WEBVTT\n\n${captions.map(({ start, end, text }) => `${timeOf(start)} --> ${timeOf(end)}\n${escaped(text)}\n`).join("\n")}`;
}

/** Reads a file that {@link renderCaptions} wrote, so that a stage that was killed goes on with it. Never throws. */
export function readCaptions(file: string): CaptionResult {
  const blocks = file.split("\n\n");
  if (blocks[0]?.trim() !== "WEBVTT") return { ok: false, code: "no-webvtt", offset: 0 };
  const captions: Caption[] = [];
  let offset = 0;
  for (const [index, block] of blocks.entries()) {
    const cue = block.trim();
    if (index > 0 && cue !== "") {
      const read = readCue(cue);
      if (read === undefined) return { ok: false, code: "bad-cue", offset };
      captions.push(read);
    }
    offset += block.length + 2;
  }
  return { ok: true, captions };
}

function readCue(cue: string): Caption | undefined {
  const [times = "", text, ...more] = cue.split("\n");
  const [start, end] = times.split(" --> ").map(secondsOf);
  if (start === undefined || end === undefined || text === undefined || more.length > 0 || !(end > start)) return undefined;
  return { start, end, text: ESCAPES.reduceRight((plain, [sign, escape]) => plain.replaceAll(escape, sign), text) };
}

function escaped(text: string): string {
  return ESCAPES.reduce((line, [sign, escape]) => line.replaceAll(sign, escape), text);
}

/** `hh:mm:ss.ttt`; hours may have more digits. */
function timeOf(seconds: number): string {
  const ms = Math.round(seconds * 1000);
  const digits = (value: number, count: number) => String(value).padStart(count, "0");
  return `${digits(Math.floor(ms / 3_600_000), 2)}:${digits(Math.floor(ms / 60_000) % 60, 2)}:${digits(Math.floor(ms / 1000) % 60, 2)}.${digits(ms % 1000, 3)}`;
}

function secondsOf(time: string): number | undefined {
  const found = /^(\d{2,6}):([0-5]\d):([0-5]\d)\.(\d{3})$/.exec(time);
  if (found === null) return undefined;
  const [, hours, minutes, seconds, ms] = found.map(Number) as [number, number, number, number, number];
  return (((hours * 60 + minutes) * 60 + seconds) * 1000 + ms) / 1000;
}
