import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { readRewound } from "./rewind-source.ts";

const WHERE = { folder: "/live/evening/opus", segmentMs: 4_000, query: "" };
const real = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = real;
});

/** A server that has the segments below `whole` and one that is being made; notes what is asked for. */
function serve(whole: number): string[] {
  const asked: string[] = [];
  globalThis.fetch = ((address: string) => {
    asked.push(address);
    const segment = /(segment|stream)-(\d+)\.m4s/.exec(address);
    const number = Number(segment?.[2]);
    const there = segment === null || (segment[1] === "segment" ? number < whole : number === whole);
    return Promise.resolve(there ? new Response(Uint8Array.of(number || 0)) : new Response(null, { status: 404 }));
  }) as typeof fetch;
  return asked;
}

test("who goes back to 13 s gets the header, the segment with that second, those after it, and the one that is being made", async () => {
  const asked = serve(5);
  const heard: number[] = [];
  for await (const bytes of readRewound(13, { ...WHERE, signal: new AbortController().signal, ahead: () => 0 })) {
    heard.push(bytes[0] ?? -1);
    if (heard.length === 4) break;
  }
  assert.deepEqual(heard, [0, 3, 4, 5]);
  assert.deepEqual(asked, [
    "/live/evening/opus/header.mp4",
    "/live/evening/opus/segment-3.m4s",
    "/live/evening/opus/segment-4.m4s",
    "/live/evening/opus/segment-5.m4s",
    "/live/evening/opus/stream-5.m4s",
  ]);
});

test("nothing is fetched far ahead of what is heard, and stopping stops it", async () => {
  const asked = serve(50);
  const stop = new AbortController();
  let ahead = 0;
  const reading = readRewound(0, { ...WHERE, signal: stop.signal, ahead: () => ahead });
  await reading.next();
  await reading.next();
  ahead = 21;
  const waiting = reading.next();
  stop.abort();
  await assert.rejects(waiting, { name: "AbortError" });
  assert.equal(asked.length, 2);
});

test("a break in the middle of a place gone back to ends the reading, so that the player asks again from where it is", async () => {
  globalThis.fetch = (() => Promise.reject(new TypeError("network"))) as typeof fetch;
  const reading = readRewound(0, { ...WHERE, signal: new AbortController().signal, ahead: () => 0 });
  await assert.rejects(reading.next(), TypeError);
});
