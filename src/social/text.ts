/** Marks kept on one letter. Vietnamese has two, pointed Hebrew three or four; what is more only smears over other people's lines. */
const MARKS_MAX = 4;
/** Code points of one grapheme. The longest emoji of a family or a couple with skin tones has ten. */
const CODE_POINTS_MAX = 12;
/** Empty lines between two paragraphs. */
const EMPTY_LINES = /\n{3,}/g;
/** Controls except the line feed; orders to write in another direction; what is invisible, private or means nothing. Joiners stay: emoji and Persian need them. */
const UNWANTED = /[\p{Cc}--\n]|[\p{Default_Ignorable_Code_Point}--[\u200C\u200D]--[\uFE0E\uFE0F]]|[\u2028\u2029\uFFF9-\uFFFB]|\p{Co}|\p{Cn}|\p{Cs}/gv;
const MARK = /^\p{M}$/u;
const VARIATION = "\uFE0F";
/** What one sees: not spaces, marks or joiners alone. */
const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u;
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** What a text must keep to. */
export interface TextRules {
  /** Longest, in graphemes. */
  readonly graphemes: number;
  readonly lines: number;
}

/** A text fit to be shown, or why not; `offset`: grapheme at which it breaks its rule. */
export type TextResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: "empty" | "too-long" | "too-many-lines"; readonly offset: number };

/** Makes a text fit to be shown: one spelling of each letter, nothing invisible, nothing that turns or smears its neighbours. Never throws. @spec UAX #15 NFC, UAX #29 grapheme clusters, UAX #9 */
export function cleanText(source: string, { graphemes, lines }: TextRules): TextResult {
  const plain = source.toWellFormed().replaceAll("\uFFFD", "").normalize("NFC").replace(/\r\n?/g, "\n").replaceAll("\t", " ").replace(UNWANTED, "");
  let text = "";
  let count = 0;
  for (const { segment } of segmenter.segment(
    plain
      .replace(/[^\S\n]+$/gm, "")
      .replace(EMPTY_LINES, "\n\n")
      .trim(),
  )) {
    if (count++ >= graphemes) return { ok: false, code: "too-long", offset: graphemes };
    text += bounded(segment);
  }
  text = text.normalize("NFC").trim();
  if (text === "" || !SEEN.test(text)) return { ok: false, code: "empty", offset: 0 };
  if (text.split("\n").length > lines) return { ok: false, code: "too-many-lines", offset: text.split("\n", lines).join("\n").length };
  return { ok: true, text };
}

/** A grapheme without the marks that are too many. */
function bounded(segment: string): string {
  if (segment.length <= 1) return segment;
  let marks = 0;
  let kept = "";
  let points = 0;
  for (const point of segment) {
    if (point !== VARIATION && MARK.test(point) && ++marks > MARKS_MAX) continue;
    if (++points > CODE_POINTS_MAX) break;
    kept += point;
  }
  return kept;
}
