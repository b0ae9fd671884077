import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSlugAllowed, SLUG_MAX, SLUG_PATTERN, slugCandidate, slugFromTitle } from "./slug.ts";

const FALLBACK = "event-2026-10-03";

test("titles become addresses one can say on the telephone", () => {
  const cases: readonly [title: string, language: string, slug: string][] = [
    ["An evening with Ada", "en", "an-evening-with-ada"],
    ["Über Größe & Maß", "de-AT", "ueber-groesse-mass"],
    ["Über Größe", "en", "uber-grosse"],
    ["Ein a\u0308ltere\u0301r Weg", "de", "ein-aelterer-weg"],
    ["L'été à l'île", "fr", "lete-a-lile"],
    ["Ærø, Łódź, Þingvellir", "", "aero-lodz-thingvellir"],
    ["  --  3 × 3 = 9!  ", "", "3-3-9"],
    ["ﬁne Ⅻ", "", "fine-xii"],
    ["İstanbul", "tr", "istanbul"],
  ];
  for (const [title, language, slug] of cases) assert.equal(slugFromTitle(title, language, FALLBACK), slug);
});

test("a title without any letter that folds gets the day as its address", () => {
  for (const title of ["音の夕べ", "🎙️🎙️", "…", ""]) assert.equal(slugFromTitle(title, "", FALLBACK), FALLBACK);
});

test("whatever the title, the address has the right shape and length, also with a number", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.constantFrom("", "de", "en"), fc.nat(5_000), (title, language, attempt) => {
      const base = slugFromTitle(title, language, FALLBACK);
      for (const slug of [base, slugCandidate(base, attempt)]) {
        assert.match(slug, SLUG_PATTERN);
        assert.ok(slug.length <= SLUG_MAX, slug);
      }
      assert.ok(isSlugAllowed(slugCandidate(base, attempt)));
    }),
  );
});

test("words of the house are never an event's address", () => {
  for (const word of ["index", "house", "series", "api", "studio", "sound-check", "new"]) {
    assert.equal(isSlugAllowed(word), false, word);
    assert.equal(slugCandidate(word, 0), `${word}-2`);
  }
});

test("candidates of one title are all different", () => {
  const long = "a".repeat(SLUG_MAX);
  const candidates = Array.from({ length: 1_200 }, (_, attempt) => slugCandidate(long, attempt));
  assert.equal(new Set(candidates).size, candidates.length);
});

test("addresses with anything but lower-case letters, digits and single hyphens are refused", () => {
  for (const slug of ["", "A", "a--b", "-a", "a-", "a_b", "a/b", "a.b", "ä", "a b", "..", "x".repeat(SLUG_MAX + 1)])
    assert.equal(isSlugAllowed(slug), false, slug);
});
