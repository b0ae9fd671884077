import assert from "node:assert/strict";
import { test } from "node:test";
import { noticeDelay, readNotice } from "./notice.ts";

const NOTICE = { title: "On air now: Looms", body: "It has begun.", tag: "looms", url: "/e/looms", lang: "de", slotMs: 100_000 } as const;

test("a notice opens a page of this house and no other; what is no notice is not shown", () => {
  assert.deepEqual(readNotice(JSON.stringify(NOTICE)), NOTICE);
  for (const url of ["https://evil.test/", "//evil.test/e/looms", "/e/looms/../../x", "javascript:alert(1)", "/"])
    assert.equal(readNotice(JSON.stringify({ ...NOTICE, url })), undefined, url);
  for (const text of ["", "null", "[]", "{", '{"title":"x"}', JSON.stringify({ ...NOTICE, slotMs: "1" })]) assert.equal(readNotice(text), undefined, text);
  assert.equal(readNotice(JSON.stringify({ ...NOTICE, body: "x".repeat(9_000) }))?.body.length, 500);
});

test("devices show a notice at its place in the spread or later, each by a little of its own, and never keep the worker long", () => {
  assert.equal(noticeDelay(NOTICE, 100_000, 0), 0);
  assert.equal(noticeDelay(NOTICE, 97_000, 0.5), 5_500);
  assert.equal(noticeDelay(NOTICE, 160_000, 0.9), 4_500);
  assert.equal(noticeDelay(NOTICE, 0, 0.9), 15_000);
});
