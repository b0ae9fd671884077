import assert from "node:assert/strict";
import { test } from "node:test";
import { listenerKey, mintListenerToken, readListenerToken } from "./listener-token.ts";

const KEY = listenerKey(new Uint8Array(32).fill(7));
const LINK = "abcDEF123_-x";

test("a listener's link opens the event it was made for, and no other, in no other house", () => {
  const token = mintListenerToken(KEY, "event-1", LINK);
  assert.equal(readListenerToken(KEY, "event-1", token), LINK);
  assert.equal(readListenerToken(KEY, "event-2", token), undefined);
  assert.equal(readListenerToken(listenerKey(new Uint8Array(32).fill(8)), "event-1", token), undefined);
});

test("a link in which one character was changed, left out or added opens nothing", () => {
  const token = mintListenerToken(KEY, "event-1", LINK);
  for (let index = 0; index < token.length; index++) {
    // The last character of 18 bytes in base64url carries six whole bits: no two spellings mean the same.
    const other = token[index] === "A" ? "B" : "A";
    assert.equal(readListenerToken(KEY, "event-1", token.slice(0, index) + other + token.slice(index + 1)), undefined, `${index}`);
    assert.equal(readListenerToken(KEY, "event-1", token.slice(0, index) + token.slice(index + 1)), undefined);
  }
  for (const wrong of ["", ".", `${token}A`, `${token}=`, ` ${token}`, token.split(".")[0] ?? "", "x".repeat(10_000)])
    assert.equal(readListenerToken(KEY, "event-1", wrong), undefined);
});
