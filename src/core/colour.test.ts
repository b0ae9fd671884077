import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { CONTRAST_MIN, contrast, inkOn, lighten, looksOnAir, PAPER } from "./colour.ts";

const anyColour = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, "0")}`);
const tokens = readFileSync(join(import.meta.dirname, "../../web/styles/tokens.css"), "utf8");
const token = (name: string, dark = false) => {
  const [light = "", rest = ""] = tokens.split("@media");
  return new RegExp(`--${name}:(#[0-9a-f]+)`).exec(dark ? rest : light)?.[1] ?? assert.fail(name);
};

test("contrast is what WCAG says: black on white 21, equal colours 1, and the order does not matter", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.equal(contrast("#777777", "#777777"), 1);
  assert.ok(Math.abs(contrast("#777777", "#ffffff") - 4.478) < 0.001);
  fc.assert(fc.property(anyColour, anyColour, (one, other) => contrast(one, other) === contrast(other, one)));
});

test("whatever colour a house takes that can be read on its pages, the words on its buttons can be read too, light and dark", () => {
  fc.assert(
    fc.property(anyColour, (colour) => {
      assert.ok(contrast(lighten(colour), PAPER.dark) >= CONTRAST_MIN);
      assert.ok(contrast(inkOn(lighten(colour)), lighten(colour)) >= CONTRAST_MIN);
      if (contrast(colour, PAPER.light) >= CONTRAST_MIN) assert.ok(contrast(inkOn(colour), colour) >= CONTRAST_MIN);
    }),
  );
});

test("colours are checked against the papers the pages really have, and the house's own pass", () => {
  assert.equal(token("paper"), PAPER.light);
  assert.equal(token("raised", true), PAPER.dark);
  assert.ok(contrast(token("accent"), PAPER.light) >= CONTRAST_MIN && contrast(token("accent", true), PAPER.dark) >= CONTRAST_MIN);
});

test("a red that could be taken for 'on air' is known; brown, blue and grey are not", () => {
  assert.ok(looksOnAir(token("on-air")) && looksOnAir("#ff0000") && looksOnAir("#c0102a"));
  for (const colour of ["#2d4a6e", "#6b4a12", "#555555", "#1b6b3a", "#5a2d82"]) assert.ok(!looksOnAir(colour), colour);
});
