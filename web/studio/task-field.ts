import { html } from "lit";
import { canonicalLanguage, languageName } from "../../src/wire/language.ts";
import { sayInterpretation } from "../words/interpretation.ts";
import { lang } from "../words/language.ts";

/** Languages offered at once; any other is written as its tag. */
const OFFERED = [
  "ar",
  "bg",
  "cs",
  "da",
  "de",
  "el",
  "en",
  "es",
  "et",
  "fi",
  "fr",
  "hi",
  "hr",
  "hu",
  "it",
  "ja",
  "ko",
  "lt",
  "lv",
  "nl",
  "no",
  "pl",
  "pt",
  "ro",
  "ru",
  "sk",
  "sl",
  "sv",
  "tr",
  "uk",
  "zh",
];
/** Value of the entry that asks for a tag. */
const OTHER = "?";

/** A choice between speaking on the floor and interpreting into a language. `onChoose` is called with the tag; empty: the floor. */
export function taskField(options: { readonly name: string; readonly label: string; readonly value: string; readonly onChoose?: (language: string) => void }) {
  const { name, label, value, onChoose } = options;
  const languages = value === "" || OFFERED.includes(value) ? OFFERED : [value, ...OFFERED];
  const sorted = languages.map((language) => [language, languageName(language, lang)] as const).sort(([, one], [, other]) => one.localeCompare(other, lang));
  const change = (event: Event) => {
    const select = event.target as HTMLSelectElement;
    if (select.value === OTHER) askTag(select, value);
    onChoose?.(select.value);
  };
  return html`<select name=${name} aria-label=${label} @change=${change}>
    <option value="" ?selected=${value === ""}>${sayInterpretation("onFloor")}</option>
    ${sorted.map(([language, text]) => html`<option value=${language} ?selected=${language === value}>${sayInterpretation("interprets", { language: text })}</option>`)}
    <option value=${OTHER}>${sayInterpretation("otherLanguage")}</option></select>`;
}

/** Asks for a tag and puts it into the list; what is none leaves the choice as it was. */
function askTag(select: HTMLSelectElement, before: string): void {
  const tag = canonicalLanguage(prompt(sayInterpretation("otherTag"))?.trim() ?? "");
  if (tag !== undefined && ![...select.options].some((option) => option.value === tag))
    select.add(new Option(sayInterpretation("interprets", { language: languageName(tag, lang) }), tag));
  select.value = tag ?? before;
}
