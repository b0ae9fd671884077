import assert from "node:assert/strict";
import { test } from "node:test";
import { lookFooter, lookName, lookStyle, PLAIN_LOOK, pageLanguage, readLook } from "./house-look.ts";

const escape = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

test("a reader gets the first language they ask for among those the house speaks, and else the house's first", () => {
  assert.equal(pageLanguage("de-AT,de;q=0.9,en;q=0.8"), "de");
  assert.equal(pageLanguage("fr-CH, de;q=0.8"), "de");
  assert.equal(pageLanguage("fr"), "en");
  assert.equal(pageLanguage("fr", ["de", "en"]), "de");
  assert.equal(pageLanguage("de", ["en"]), "en");
  assert.equal(pageLanguage("de;q=0, en"), "en");
  assert.equal(pageLanguage(undefined), "en");
  assert.equal(pageLanguage("deutsch"), "en", "a word that begins like a language is none");
});

test("a house without colours, logo and links adds nothing to its pages; what cannot be read counts as nothing", () => {
  for (const look of [PLAIN_LOOK, readLook(undefined), readLook({ name: 7 }), readLook("x")]) {
    assert.equal(lookStyle(look), "");
    assert.equal(lookFooter(look, "en", escape), "");
    assert.equal(lookName(look, escape), "Earshot");
  }
});

test("one colour makes both moods; links and names come out as text", () => {
  const look = { ...PLAIN_LOOK, name: "A & <B>", accent: "#1b6b3a", imprintUrl: 'https://example.org/?a="b"' };
  assert.match(
    lookStyle(look),
    /^<style>:root\{--accent:#1b6b3a;--on-accent:#ffffff;[^<]*@media \(prefers-color-scheme:dark\)\{:root\{--accent:#[0-9a-f]{6};--on-accent:#14202e;/,
  );
  assert.equal(lookName(look, escape), "A &#38; &#60;B&#62;");
  assert.equal(lookFooter(look, "de", escape), '<footer class="house small"><a href="https://example.org/?a=&#34;b&#34;">Impressum</a></footer>');
});
