import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { findWord, lookalike } from "./likeness.ts";
import { cleanText, type TextRules } from "./text.ts";

const RULES: TextRules = { graphemes: 20, lines: 3 };
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
const length = (text: string) => [...segmenter.segment(text)].length;
const clean = (source: string, rules = RULES) => {
  const result = cleanText(source, rules);
  return result.ok ? result.text : result.code;
};

test("a length is counted in what readers call letters: at the limit it is taken, one more is not", () => {
  for (const letter of ["a", "é", "e\u0301", "👩🏽‍❤️‍💋‍👨🏿", "🇩🇪", "नि", "각"]) {
    assert.equal(length(clean(letter.repeat(20))), 20, letter);
    assert.deepEqual(cleanText(letter.repeat(21), RULES), { ok: false, code: "too-long", offset: 20 }, letter);
  }
  assert.equal(clean("1\n2\n3"), "1\n2\n3");
  assert.equal(clean("1\n2\n3\n4"), "too-many-lines");
});

test("what nobody sees is no text", () => {
  for (const text of ["", " \n\t", "\u200B\u200B", "\u202E", "\u200D", "\u0301\u0301", "\uFEFF", "\u3164", "\u{E0041}", "\uE000", "\uD800"])
    assert.equal(clean(text), "empty", JSON.stringify(text));
});

test("nothing turns or smears its neighbours: orders to write in another direction are taken out, marks are bounded", () => {
  assert.equal(clean("a\u202Eb\u2066c\u2069\u200Fd\u061C"), "abcd");
  assert.equal(clean("x\u0000\u0007\u001B[31my\r\nz"), "x[31my\nz");
  const smeared = clean(`Z${"\u0335\u0336\u0337\u0338\u0339".repeat(50)}!`);
  assert.ok(smeared.length <= 6, `${smeared.length}`);
  assert.equal(clean("שָׁלוֹם"), "שָׁלוֹם".normalize("NFC"));
  assert.equal(clean("Tiếng Việt"), "Tiếng Việt");
  assert.equal(clean("👨‍👩‍👧‍👦 ✊🏾 🏳️‍🌈"), "👨‍👩‍👧‍👦 ✊🏾 🏳️‍🌈");
});

test("whatever comes, what goes on the wall is bounded, well formed and stays what it is when it is cleaned again", () => {
  const nasty = fc.constantFrom("\u202E", "\u200D", "\u0301", "\uFE0F", "\n", " ", "👩", "🏽", "e", "\u0000", "\u{E0061}", "\uD800", "<", "ᄀ", "ᅡ", "क", "्");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.array(nasty, { maxLength: 60 }).map((list) => list.join("")),
      ),
      (source) => {
        const result = cleanText(source, RULES);
        if (!result.ok) return;
        const { text } = result;
        assert.ok(text.isWellFormed());
        assert.ok(length(text) <= RULES.graphemes + 1 && text.split("\n").length <= RULES.lines, JSON.stringify(text));
        assert.doesNotMatch(text.replaceAll("\n", ""), /[\u202A-\u202E\u2066-\u2069\p{Cc}]/u);
        assert.doesNotMatch(text, /\p{M}{13}/u);
        const again = cleanText(text, { ...RULES, graphemes: RULES.graphemes + 1 });
        assert.deepEqual(again, { ok: true, text });
      },
    ),
    { numRuns: 3_000 },
  );
});

test("a name that looks like another's is found in whatever letters, and one that does not is not", () => {
  for (const name of ["ada", "ADA", "A d a", "Аda", "Αda", "@da", "a\u0301da", "4DA", "𝐀𝐝𝐚", "Ａｄａ"])
    assert.equal(lookalike(name, ["Ben", "Ada"]), "Ada", name);
  for (const name of ["Adam", "Ida", "Ad", "Bea"]) assert.equal(lookalike(name, ["Ben", "Ada"]), undefined, name);
});

test("a listed word is found as a word, in capitals, disguises and phrases, and not inside others", () => {
  const words = ["idiot", "scam coin"];
  for (const text of ["You IDIOT!", "1d10t", "an ídíot.", "Scam-coin here", "idiot", "iԁiοt"]) assert.notEqual(findWord(text, words), undefined, text);
  for (const text of ["idiotic", "scam. my coin", "patriot", ""]) assert.equal(findWord(text, words), undefined, text);
});
