import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Caption, readCaptions, renderCaptions } from "./captions.ts";

test("captions are written as WebVTT that a player shows at the right time, whatever signs are in them", () => {
  const file = renderCaptions([
    { start: 1.5, end: 4, text: "Good evening & welcome." },
    { start: 3_725.25, end: 3_730, text: "1 < 2 --> true" },
  ]);
  assert.equal(file, "WEBVTT\n\n00:00:01.500 --> 00:00:04.000\nGood evening &amp; welcome.\n\n01:02:05.250 --> 01:02:10.000\n1 &lt; 2 --&gt; true\n");
});

test("a file of captions is read back as it was written, also one without any", () => {
  const line = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 120 })
    .map((text) => text.replaceAll(/\p{Control}/gu, " ").trim())
    .filter((text) => text !== "");
  fc.assert(
    fc.property(fc.array(fc.record({ start: fc.nat(20_000_000), length: fc.integer({ min: 1, max: 8_000 }), text: line })), (cues) => {
      const captions = cues.map(({ start, length, text }): Caption => ({ start: start / 1000, end: (start + length) / 1000, text }));
      assert.deepEqual(readCaptions(renderCaptions(captions)), { ok: true, captions });
    }),
  );
});

test("whatever else lies in the place of a file of captions is refused with where it is wrong, and nothing is thrown", () => {
  assert.deepEqual(readCaptions(""), { ok: false, code: "no-webvtt", offset: 0 });
  assert.deepEqual(readCaptions("WEBVTT\n\n00:00:02.000 --> 00:00:01.000\nback in time\n"), { ok: false, code: "bad-cue", offset: 8 });
  assert.deepEqual(readCaptions("WEBVTT\n\n00:00:01.000 --> 00:00:02.000\ntwo\nlines\n"), { ok: false, code: "bad-cue", offset: 8 });
  fc.assert(fc.property(fc.string(), (rest) => typeof readCaptions(`WEBVTT\n\n${rest}`).ok === "boolean"));
});
