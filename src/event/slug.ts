/** Longest slug. Characters; the address with it still fits a line of a message. */
export const SLUG_MAX = 60;
/** Shape of a slug: lower-case letters, digits and single hyphens between them. */
export const SLUG_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

/** Words that are addresses or files of the house itself, or could be mistaken for them. */
const RESERVED = new Set(
  "about api admin assets control demo e earshot embed enter errors event events feed help healthz home host house index ledger listen live login logout me metrics new operate public record recording replay room series social sound-check status studio verify whip".split(
    " ",
  ),
);

/** Letters that Unicode decomposition leaves whole. */
const FOLDED: Readonly<Record<string, string>> = { ß: "ss", æ: "ae", œ: "oe", ø: "o", ð: "d", þ: "th", ł: "l", đ: "d", ħ: "h", ı: "i" };
/** German writes umlauts with e where it has none; other languages drop the dots. */
const GERMAN: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue" };

/** Whether a slug may be given to an event. */
export function isSlugAllowed(slug: string): boolean {
  return slug.length <= SLUG_MAX && SLUG_PATTERN.test(slug) && !RESERVED.has(slug);
}

/** A slug made from a title; `fallback` (itself a slug) when the title has no letter or digit that folds to ASCII. */
export function slugFromTitle(title: string, language: string, fallback: string): string {
  const german = /^de\b/i.test(language);
  const folded = title
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{ASCII}]/gu, (letter) => (german ? GERMAN[letter] : undefined) ?? FOLDED[letter] ?? letter)
    .normalize("NFKD")
    .replace(/\p{Mark}|['’]/gu, "")
    .replace(/[^a-z0-9]+/g, "-");
  return trim(folded.slice(0, SLUG_MAX)) || fallback;
}

/** The `attempt`-th address to try for an event: the base itself, then with a number. Reserved bases start with a number. */
export function slugCandidate(base: string, attempt: number): string {
  const number = attempt + (RESERVED.has(base) ? 2 : 1);
  if (number === 1) return base;
  const suffix = `-${number}`;
  return `${trim(base.slice(0, SLUG_MAX - suffix.length))}${suffix}`;
}

function trim(slug: string): string {
  return slug.replace(/^-+|-+$/g, "");
}
