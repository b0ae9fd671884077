import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readPlainGet } from "./request-head.ts";

const read = (text: string) => readPlainGet(Buffer.from(text, "latin1"));
const code = (text: string) => {
  const result = read(text);
  return result.ok ? "plain" : result.code;
};

test("what players send is understood", () => {
  const result = read("GET /live/a.mp3?x=1 HTTP/1.1\r\nHost: x\r\nUser-Agent: Mozilla/5.0\r\nAccept-Encoding: gzip, br\r\n\r\nGET /next");
  assert.ok(result.ok);
  const { target, fields, old, close, length } = result.request;
  assert.deepEqual(
    [target, old, close, length, fields.acceptsGzip, fields.headers],
    ["/live/a.mp3?x=1", false, false, 93, true, { "user-agent": "Mozilla/5.0" }],
  );
  const radio = read("GET /live/a.mp3 HTTP/1.0\r\nIcy-MetaData: 1\r\n\r\n");
  assert.ok(radio.ok && radio.request.old && radio.request.close && !radio.request.fields.acceptsGzip, "an old radio without a Host field");
  assert.deepEqual([radio.request.fields.wantsIcy, fields.wantsIcy], [true, false]);
  const bare = read("GET /live/a.mp3 HTTP/1.0\r\n\r\n");
  assert.ok(bare.ok, "and without any");
});

test("everything that is more than a plain question, or less than HTTP, is left to the server that knows all of it", () => {
  for (const text of [
    "POST /live/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET /a HTTP/1.1\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\n folded: yes\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nA: b\nTransfer-Encoding: chunked\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nA: b\0\r\n\r\n",
    "GET /a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\n\r\n",
    "GET /a HTTP/2.0\r\nHost: x\r\n\r\n",
    "GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n",
    "\x16\x03\x01\x02\x00",
    `GET /${"a".repeat(5_000)}`,
  ])
    assert.equal(code(text), "not-plain", JSON.stringify(text.slice(0, 60)));
});

test("what a connection said last time is not read again, unless it says something else", () => {
  const first = read("GET /a HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n");
  assert.ok(first.ok);
  const again = readPlainGet(Buffer.from("GET /b HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"), first.request.fields);
  assert.ok(again.ok && again.request.target === "/b" && again.request.fields === first.request.fields);
  const other = readPlainGet(Buffer.from("GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), first.request.fields);
  assert.ok(other.ok && other.request.close && !other.request.fields.acceptsGzip);
  assert.equal(readPlainGet(Buffer.from("GET /b HTTP/1.1\r\nHost: x\r\nRange: bytes=0-\r\n\r\n"), first.request.fields).ok, false);
});

test("a question that comes in pieces is waited for, whatever the pieces", () => {
  const text = "GET /live/evening/opus/part-12.m4s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  for (let length = 0; length < text.length; length++) assert.equal(code(text.slice(0, length)), "incomplete", String(length));
  assert.equal(code(text), "plain");
});

test("no bytes make the reader throw, and what it accepts it read to its exact end", () => {
  const piece = fc.oneof(
    fc.constantFrom("GET /", " HTTP/1.1", "\r\n", "\r\n\r\n", "Host: x", "Connection: close", "\n", ":", "Content-Length: 1", "\0"),
    fc.string({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const bytes = Buffer.from(pieces.join(""), "latin1");
      const result = readPlainGet(bytes);
      if (result.ok) assert.equal(bytes.toString("latin1", result.request.length - 4, result.request.length), "\r\n\r\n");
      else assert.ok(result.offset >= 0);
    }),
    { numRuns: 20_000 },
  );
});
