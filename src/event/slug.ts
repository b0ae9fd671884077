/** Longest slug: fits a QR code, a poster and a spoken address. Characters. */
const MAX_SLUG = 60;
/** Words the house needs for itself or that would mislead. */
const RESERVED = new Set(["sound-check", "api", "admin", "operate", "studio", "enter", "new", "live", "assets", "index"]);

/** Whether a text can be the address of an event: lower-case letters, digits and single hyphens. */
export function isSlug(value: string): boolean {
  return value.length <= MAX_SLUG && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(value) && !RESERVED.has(value);
}

/** An address made from a title: folded to plain letters, cut at a word. "event" when nothing is left. */
export function slugFrom(title: string): string {
  const folded = title
    .toLowerCase()
    .replaceAll("ä", "ae")
    .replaceAll("ö", "oe")
    .replaceAll("ü", "ue")
    .replaceAll("ß", "ss")
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, "");
  return isSlug(folded) ? folded : `event${folded === "" ? "" : `-${folded}`}`.slice(0, MAX_SLUG);
}
