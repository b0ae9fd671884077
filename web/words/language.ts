/** What of a page decides its language; absent outside a browser. */
const page = globalThis as {
  readonly location?: { readonly search: string };
  readonly navigator?: { readonly languages?: readonly string[] };
  readonly document?: { readonly documentElement: { readonly lang: string } };
};

/** The language of the page: `?lang=`, else what the server put there, else English. */
export const lang: "en" | "de" = (new URLSearchParams(page.location?.search ?? "").get("lang") ?? page.document?.documentElement.lang ?? "en").startsWith("de")
  ? "de"
  : "en";

/** How the reader writes dates and numbers: their own variety of the page's language, where they named one. */
export const locale: string = page.navigator?.languages?.find((wanted) => wanted.startsWith(lang)) ?? lang;

/** Letters that are written from right to left: Hebrew, Arabic and their kin. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Somebody's own text as it may stand inside a line of ours: what runs the other way turns nothing around it. What stands alone has `dir="auto"` or is a `<bdi>`. @spec UAX #9, isolates */
export function isolated(text: string): string {
  return RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text;
}

/** A text with its `{values}` put in, each with a direction of its own. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => isolated(values[name] ?? ""));
}
