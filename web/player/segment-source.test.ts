import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { SentAway } from "./pace.ts";
import { readSegments, segmentNow } from "./segment-source.ts";

const asked: string[] = [];
let status = "live";
let answers: Record<string, (() => Response) | undefined> = {};
const { fetch: realFetch } = globalThis;

before(() => {
  globalThis.fetch = async (input) => {
    const path = String(input);
    asked.push(path);
    if (path.endsWith("state.json")) return Response.json({ status, serverUnixMs: 1_009_000, live: { originUnixMs: 1_000_000 } });
    return answers[path.split("/").at(-1) ?? ""]?.() ?? new Response("", { status: 404 });
  };
});
after(() => {
  globalThis.fetch = realFetch;
});

async function collect(onOver = () => {}): Promise<string> {
  let text = "";
  for await (const bytes of readSegments("evening", "opus", { signal: new AbortController().signal, onOver })) text += new TextDecoder().decode(bytes);
  return text;
}

test("the segment that is being made follows from the server's clock, not from the listener's", () => {
  assert.deepEqual(
    [segmentNow("opus", 1_000, 1_000), segmentNow("opus", 1_000, 4_999), segmentNow("opus", 1_000, 5_000), segmentNow("aac", 0, 4_095)],
    [0, 0, 1, 0],
  );
  assert.equal(segmentNow("opus", 10_000, 9_000), 0);
});

test("header and segments come in order, each asked for once, and a segment that is not known yet is asked for again", async () => {
  let late = 0;
  answers = {
    "header.mp4": () => new Response("H"),
    "stream-2.m4s": () => new Response("two"),
    "stream-3.m4s": () => (late++ === 0 ? new Response("", { status: 404 }) : new Response("three")),
    "stream-4.m4s": () => new Response("", { status: 410 }),
  };
  let over = false;
  assert.equal(await collect(() => (over = true)), "Htwothree");
  assert.equal(over, true);
  assert.deepEqual(
    asked.map((path) => path.split("/").at(-1)),
    ["state.json", "header.mp4", "stream-2.m4s", "stream-3.m4s", "stream-3.m4s", "stream-4.m4s"],
  );
});

test("whoever is counted says in each request for sound who asks, and half the data has a folder of its own", async () => {
  asked.length = 0;
  answers = { "header.mp4": () => new Response("H"), "stream-2.m4s?s=me": () => new Response("", { status: 410 }) };
  await Array.fromAsync(readSegments("evening", "low", { signal: new AbortController().signal, onOver: () => {}, query: "?s=me" }));
  assert.deepEqual(asked, ["/live/evening/state.json", "/live/evening/low/header.mp4", "/live/evening/low/stream-2.m4s?s=me"]);
});

test("a player that is told to come back later does not ask again at once, and whoever is sent away for long begins anew afterwards", async () => {
  let early = 0;
  const refused = (seconds: string) => new Response("", { status: 503, headers: { "retry-after": seconds } });
  let firstAt = 0;
  answers = {
    "header.mp4": () => new Response("H"),
    "stream-2.m4s": () => {
      if (early++ > 0) return new Response("", { status: 410 });
      firstAt = performance.now();
      return refused("1");
    },
  };
  await collect();
  assert.ok(performance.now() - firstAt >= 950);
  answers = { "header.mp4": () => new Response("H"), "stream-2.m4s": () => refused("20") };
  asked.length = 0;
  await assert.rejects(collect(), (cause) => cause instanceof SentAway && cause.seconds === 20);
  assert.equal(asked.filter((path) => path.includes("stream-2")).length, 1);
});

test("an event that has ended is told so and nothing is asked for", async () => {
  status = "ended";
  let over = false;
  assert.equal(await collect(() => (over = true)), "");
  assert.equal(over, true);
});
