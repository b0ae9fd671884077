import assert from "node:assert/strict";
import { test } from "node:test";
import { linkParts, partsOf } from "./link-parts.ts";

test("addresses of those who answer for the event can be followed, sentences around them stay whole", () => {
  assert.deepEqual(linkParts("See https://example.org/a?b=1. And http://x.test/ü!"), [
    { text: "See " },
    { text: "https://example.org/a?b=1", href: "https://example.org/a?b=1" },
    { text: ". And " },
    { text: "http://x.test/ü", href: "http://x.test/%C3%BC" },
    { text: "!" },
  ]);
});

test("what guests write is letters, whatever it looks like", () => {
  assert.deepEqual(partsOf({ text: "https://example.org" }), [{ text: "https://example.org" }]);
  assert.deepEqual(partsOf({ text: "https://example.org", role: "speaker" }), [{ text: "https://example.org" }]);
});

test("nothing but http and https is ever an address, and no address hides where it leads", () => {
  for (const text of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "https://bank.example@evil.example/",
    "//evil.example",
    '" onmouseover="alert(1)',
  ])
    assert.ok(
      linkParts(text).every(({ href }) => href === undefined),
      text,
    );
  assert.equal(linkParts("https://e.test/\"onload='alert(1)'").filter(({ href }) => href !== undefined)[0]?.href, "https://e.test/");
});
