import { z } from "zod";
import { CONTRAST_MIN, contrast, looksOnAir, PAPER } from "./colour.ts";

/** Longest name of a house. Characters; it stands beside the logo on a phone. */
const NAME_MAX = 60;
/** Longest address of imprint and privacy pages. Characters. */
const URL_MAX = 500;
/** Languages the pages are written in. */
export const PAGE_LANGUAGES = ["en", "de"] as const;
/** A language the pages are written in. */
export type PageLanguage = (typeof PAGE_LANGUAGES)[number];

const colourOn = (paper: keyof typeof PAPER) =>
  z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, { error: "a colour such as #2d4a6e" })
    .transform((colour) => colour.toLowerCase())
    .superRefine((colour, context) => {
      const found = contrast(colour, PAPER[paper]);
      if (found < CONTRAST_MIN)
        context.addIssue({ code: "custom", message: `a contrast of at least ${CONTRAST_MIN} to ${PAPER[paper]}; this one has ${found.toFixed(2)}` });
      if (looksOnAir(colour)) context.addIssue({ code: "custom", message: "no red: it means on air, and nothing else" });
    });

/** What can be said about a house; the settings file and the operator's page check it alike. */
export const houseFields = {
  name: z
    .string()
    .trim()
    .min(1, { error: `1 to ${NAME_MAX} characters` })
    .max(NAME_MAX, { error: `1 to ${NAME_MAX} characters` })
    .regex(/^\P{Control}*$/u, { error: "one line" }),
  accent: colourOn("light"),
  accentDark: colourOn("dark"),
  pageUrl: z.url({ protocol: /^https?$/, error: "an http or https address" }).max(URL_MAX),
  languages: z
    .array(z.enum(PAGE_LANGUAGES))
    .min(1)
    .refine((languages) => new Set(languages).size === languages.length, { error: "each language once" }),
};

/** The part of the settings that says what the house is called and how it looks. */
export const houseSchema = z.strictObject({
  name: houseFields.name.default("Earshot"),
  accent: houseFields.accent.optional(),
  accent_dark: houseFields.accentDark.optional(),
  logo: z.string().min(1).optional(),
  imprint_url: houseFields.pageUrl.optional(),
  privacy_url: houseFields.pageUrl.optional(),
  languages: houseFields.languages.default([...PAGE_LANGUAGES]),
});

/** What the settings file says about the house; the operator's page is stronger. */
export interface HouseSettings {
  readonly name: string;
  /** `#rrggbb`; null: the house's own. */
  readonly accent: string | null;
  /** For dark pages; null: made from `accent`. */
  readonly accentDark: string | null;
  /** Path of a picture file; null: none. */
  readonly logo: string | null;
  readonly imprintUrl: string | null;
  readonly privacyUrl: string | null;
  /** In the order of preference; the first is for those who read none of them. */
  readonly languages: readonly PageLanguage[];
}

/** A house of which nothing was said. */
export const PLAIN_HOUSE: HouseSettings = {
  name: "Earshot",
  accent: null,
  accentDark: null,
  logo: null,
  imprintUrl: null,
  privacyUrl: null,
  languages: PAGE_LANGUAGES,
};

/** Completes checked settings. `resolve` makes a path whole. */
export function completeHouse(settings: z.infer<typeof houseSchema>, resolve: (path: string) => string): HouseSettings {
  const { name, accent = null, accent_dark: accentDark = null, logo, imprint_url: imprintUrl = null, privacy_url: privacyUrl = null, languages } = settings;
  return { name, accent, accentDark, logo: logo === undefined ? null : resolve(logo), imprintUrl, privacyUrl, languages };
}
