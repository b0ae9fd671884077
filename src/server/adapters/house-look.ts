import { inkOn, lighten } from "../../core/colour.ts";
import { PLAIN_HOUSE, type PageLanguage } from "../../core/house-config.ts";
import { type HouseLook, houseLook } from "../../wire/house.ts";
import { paths } from "../../wire/paths.ts";

/** How a house looks of which nothing was said. */
export const PLAIN_LOOK: HouseLook = { ...PLAIN_HOUSE, logo: null, languages: [...PLAIN_HOUSE.languages] };

const WORDS: Readonly<Record<PageLanguage, { readonly imprint: string; readonly privacy: string }>> = {
  en: { imprint: "Imprint", privacy: "Privacy" },
  de: { imprint: "Impressum", privacy: "Datenschutz" },
};

/** What `public/house.json` says; the plain look where it says nothing that can be read. */
export function readLook(value: unknown): HouseLook {
  const read = houseLook.safeParse(value);
  return read.success ? read.data : PLAIN_LOOK;
}

/** The language of a page: the first the reader asks for among those the house speaks, else the house's first. @spec RFC 9110 §12.5.4 */
export function pageLanguage(accepted: string | undefined, languages: readonly PageLanguage[] = PLAIN_LOOK.languages): PageLanguage {
  for (const part of (accepted ?? "").split(",")) {
    const wanted = /^\s*([a-z]{2,3})\b/i.exec(part)?.[1]?.toLowerCase();
    const found = languages.find((language) => language === wanted);
    if (found !== undefined && !/;\s*q=0(?:\.0*)?\s*$/.test(part)) return found;
  }
  return languages[0] ?? "en";
}

/** The house's colours as a style element; empty where they are the ones every page has. */
export function lookStyle({ accent, accentDark }: HouseLook): string {
  if (accent === null && accentDark === null) return "";
  const dark = accentDark ?? (accent === null ? null : lighten(accent));
  const rule = (colour: string) => `:root{--accent:${colour};--on-accent:${inkOn(colour)};--ring:${colour}}`;
  return `<style>${accent === null ? "" : rule(accent)}${dark === null ? "" : `@media (prefers-color-scheme:dark){${rule(dark)}}`}</style>`;
}

/** Name, and logo where there is one, at the head of a page; `escape` makes a text safe inside HTML. */
export function lookName({ name, logo }: HouseLook, escape: (text: string) => string): string {
  if (logo === null) return escape(name);
  const height = 40;
  const width = Math.round((logo.width * height) / logo.height);
  return `<img src="${paths.picture(logo.file)}" alt="" width="${width}" height="${height}" class="logo"> ${escape(name)}`;
}

/** Links to imprint and privacy page at the foot of a page; empty where the house has none. */
export function lookFooter({ imprintUrl, privacyUrl }: HouseLook, lang: PageLanguage, escape: (text: string) => string): string {
  const link = (url: string | null, text: string) => (url === null ? [] : [`<a href="${escape(url)}">${text}</a>`]);
  const links = [...link(imprintUrl, WORDS[lang].imprint), ...link(privacyUrl, WORDS[lang].privacy)];
  return links.length === 0 ? "" : `<footer class="house small">${links.join(" · ")}</footer>`;
}
