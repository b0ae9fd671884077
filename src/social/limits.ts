import { EarshotError } from "../core/errors.ts";
import { APPEAL_GRAPHEMES_MAX, AUTHOR_GRAPHEMES_MAX, POST_GRAPHEMES_MAX, POST_LINES_MAX, REASON_GRAPHEMES_MAX } from "../wire/wall.ts";
import { cleanText } from "./text.ts";

/** What can be said, and how long each may be. */
const RULES = {
  text: { graphemes: POST_GRAPHEMES_MAX, lines: POST_LINES_MAX },
  name: { graphemes: AUTHOR_GRAPHEMES_MAX, lines: 1 },
  reason: { graphemes: REASON_GRAPHEMES_MAX, lines: POST_LINES_MAX },
  appeal: { graphemes: APPEAL_GRAPHEMES_MAX, lines: 2 * POST_LINES_MAX },
} as const;

/** A text of a stranger made fit to be shown. @throws `invalid-field` with the rule it breaks */
export function readText(field: keyof typeof RULES, source: string): string {
  const { graphemes, lines } = RULES[field];
  const result = cleanText(source, RULES[field]);
  if (result.ok) return result.text;
  const rule = result.code === "too-many-lines" ? `at most ${lines} lines` : `1 to ${graphemes} characters`;
  throw new EarshotError("invalid-field", { field, rule });
}

/** Like {@link readText}, for texts that may be left out. */
export function readOptional(field: keyof typeof RULES, source: string): string {
  return source.trim() === "" ? "" : readText(field, source);
}
