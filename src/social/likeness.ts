/** Letters of other alphabets that are drawn like Latin ones, and digits like letters. The usual disguises, not all of Unicode's. @spec UTS #39 §4 (a part of its table) */
const DRAWN_ALIKE: Readonly<Record<string, string>> = {
  ...{
    а: "a",
    в: "b",
    е: "e",
    ё: "e",
    з: "3",
    и: "u",
    к: "k",
    м: "m",
    н: "h",
    о: "o",
    р: "p",
    с: "c",
    т: "t",
    у: "y",
    х: "x",
    ѕ: "s",
    і: "i",
    ј: "j",
    ԁ: "d",
    һ: "h",
    ӏ: "l",
    ԛ: "q",
    ԝ: "w",
  },
  ...{ α: "a", β: "b", γ: "y", ε: "e", η: "n", ι: "i", κ: "k", μ: "u", ν: "v", ο: "o", ρ: "p", σ: "o", τ: "t", υ: "u", χ: "x", ω: "w" },
  ...{ "0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", $: "s", i: "l", ı: "l", ł: "l", ø: "o", đ: "d", ß: "ss" },
};

/** A text by what it looks like: one spelling for letters that are drawn alike, words with one space between, spaces at both ends. */
function appearance(text: string): string {
  const plain = text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}|\p{Cf}/gu, "");
  const drawn = Array.from(plain, (letter) => DRAWN_ALIKE[letter] ?? letter).join("");
  return ` ${drawn.replace(/[^\p{L}\p{N}]+/gu, " ").trim()} `;
}

/** The name among `names` that a reader could take `name` for; undefined when there is none. */
export function lookalike(name: string, names: readonly string[]): string | undefined {
  const squeezed = (text: string) => appearance(text).replaceAll(" ", "");
  const seen = squeezed(name);
  return names.find((other) => other !== "" && squeezed(other) === seen);
}

/** The first word or phrase of a list that stands in a text, in whatever disguise; undefined when none does. */
export function findWord(text: string, words: readonly string[]): string | undefined {
  const seen = appearance(text);
  return words.find((word) => appearance(word).trim() !== "" && seen.includes(appearance(word)));
}
