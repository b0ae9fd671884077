import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorPage } from "../scripts/error-page.ts";
import { LISTEN_WORDS } from "../web/words/listen.ts";
import { STUDIO_WORDS } from "../web/words/studio.ts";

test("the manual's page of errors says what the table says", () => {
  assert.equal(readFileSync(join(import.meta.dirname, "../docs/errors.md"), "utf8"), errorPage(), "run npm run docs");
});

test("every text of the pages takes the same values in both languages", () => {
  for (const { en, de } of [LISTEN_WORDS, STUDIO_WORDS]) {
    for (const [key, text] of Object.entries(en)) {
      const german = (de as Record<string, string>)[key] ?? "";
      const values = (words: string) => [...words.matchAll(/\{\w+\}/g)].map(([value]) => value).toSorted();
      assert.deepEqual(values(german), values(text), key);
      assert.notEqual(german, "", key);
    }
  }
});
