import { fill, lang } from "./language.ts";

/** Words for programmes in other languages; every key in every language. */
const en = {
  choose: "Language you hear",
  floor: "Original",
  floorIn: "Original ({language})",
  now: "You now hear: {language}",
  task: "Task",
  taskOf: "Task of {name}",
  onFloor: "Speaks on the floor",
  interprets: "Interprets into {language}",
  otherLanguage: "Another language…",
  otherTag: "Language tag, such as de or pt-BR",
  interpreter: "Interpreter: {language}",
  youInterpret: "You interpret into {language}. You hear everyone on the floor; only listeners who choose {language} hear you, nobody on stage does.",
};
/** A key of the words. */
export type InterpretationWord = keyof typeof en;
const de: Record<InterpretationWord, string> = {
  choose: "Sprache, die Sie hören",
  floor: "Original",
  floorIn: "Original ({language})",
  now: "Sie hören jetzt: {language}",
  task: "Aufgabe",
  taskOf: "Aufgabe von {name}",
  onFloor: "Spricht auf der Bühne",
  interprets: "Dolmetscht: {language}",
  otherLanguage: "Andere Sprache …",
  otherTag: "Sprachkürzel, etwa de oder pt-BR",
  interpreter: "Dolmetschen: {language}",
  youInterpret: "Sie dolmetschen: {language}. Sie hören alle auf der Bühne; Sie hört nur das Publikum, das {language} wählt, auf der Bühne niemand.",
};
/** All languages, for the test that holds them complete. */
export const INTERPRETATION_WORDS = { en, de };

/** A text in the page's language, with its `{values}` put in. */
export function sayInterpretation(word: InterpretationWord, values: Readonly<Record<string, string>> = {}): string {
  return fill(INTERPRETATION_WORDS[lang][word], values);
}
