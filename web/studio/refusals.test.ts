import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { STUDIO_WORDS, type StudioWord } from "../words/studio.ts";
import { inWords, REFUSED } from "./refusals.ts";

test("every refusal that the stage can give a speaker has words of its own in both languages, with what to do next", async () => {
  const stage = await readFile(join(import.meta.dirname, "../../src/stage/stage.ts"), "utf8");
  const codes = [...(/Answers a WHIP request\. @throws (.+)\. \*\//.exec(stage)?.[1] ?? "").matchAll(/`([a-z-]+)`/g)].map(([, code = ""]) => code);
  assert.ok(codes.length >= 9, "the stage names what it throws");
  // These answer requests that the page never makes: it publishes anew instead of sending PATCH.
  const never = ["not-found", "method-not-allowed", "ice-fragment-invalid", "precondition-required", "precondition-failed"];
  const asked = codes.filter((code) => !never.includes(code));
  for (const code of [...asked, "stage-starting", "event-unknown", "unreachable", "no-path", "browser-failed"]) {
    const word: StudioWord | undefined = REFUSED[code];
    assert.ok(word !== undefined, code);
    for (const lang of ["en", "de"] as const) {
      const sentences: readonly string[] = STUDIO_WORDS[lang][word].split(/(?<=[.!?]) /);
      assert.ok(sentences.length >= 2, `${lang} ${code}: what happened and what to do`);
    }
  }
});

test("a refusal that this page does not know is told in the server's own words", () => {
  assert.equal(inWords({ code: "stage-on-fire", title: "The stage is on fire.", action: "Leave it." }), "The stage is on fire. Leave it.");
  assert.equal(inWords({ code: "stage-full", title: "x", action: "y" }), STUDIO_WORDS.en.refusedFull);
});
