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

/** A text with its `{values}` put in. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
}
