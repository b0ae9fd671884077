import assert from "node:assert/strict";
import { test } from "node:test";
import { partSamples, RENDITIONS } from "../programme/mod.ts";
import { PartStore } from "./part-store.ts";
import { testPart, testStore } from "./test-parts.ts";

const never = new AbortController().signal;

test("two hours of an event take no more memory than its newest minute and a half", () => {
  const store = testStore(0);
  for (let number = 0; number < 14_400; number++) for (const rendition of RENDITIONS) store.put(testPart(rendition, number));
  for (const rendition of RENDITIONS) {
    const seconds = (parts: number) => (parts * partSamples(rendition)) / 48_000;
    const kept = Array.from({ length: 14_400 }, (_, number) => store.get(rendition, number)).filter((part) => part !== undefined).length;
    const window = store.window(rendition);
    assert.ok(window);
    const listed = window.lastPart - window.firstPart + 1;
    assert.ok(seconds(kept) >= seconds(listed) + 12 - 1, "what was just taken off the list can still be fetched for three target durations");
    assert.ok(seconds(kept) <= 104, rendition);
    assert.ok(seconds(listed) <= 91, rendition);
    assert.equal(window.lastPart, 14_399);
  }
});

test("a stage that repeats its window after a break is heard once", () => {
  const store = testStore(10);
  const heard: number[] = [];
  store.listen((part) => heard.push(part.sequenceNumber));
  for (let number = 4; number < 13; number++) store.put({ ...testPart("opus", number), epoch: 2 });
  assert.deepEqual(heard, [10, 11, 12]);
  assert.equal(store.get("opus", 9)?.epoch, 1, "what was published is not replaced");
});

test("after a hole nothing from before it is shown as if it followed", () => {
  const store = testStore(10);
  store.put(testPart("opus", 50));
  assert.deepEqual([store.window("opus")?.firstPart, store.window("opus")?.lastPart], [50, 50]);
  assert.deepEqual(
    store.latest("opus", 60).map(({ sequenceNumber }) => sequenceNumber),
    [50],
  );
});

test("nothing is shown before the stage has said when it went live", () => {
  const store = new PartStore();
  store.put(testPart("opus", 0));
  assert.equal(store.window("opus"), undefined);
});

test("who waits for a part gets it, or is let go: by leaving, by the end, by time", async () => {
  const store = testStore(3);
  const coming = store.waitFor("opus", 3, 60_000, never);
  const other = store.waitFor("aac", 3, 60_000, never);
  const leave = new AbortController();
  const left = store.waitFor("opus", 9, 60_000, leave.signal);
  store.put(testPart("opus", 3));
  assert.equal((await coming)?.sequenceNumber, 3);
  leave.abort();
  assert.equal(await left, undefined);
  assert.equal(await store.waitFor("opus", 9, 1, never), undefined);
  assert.equal((await store.waitFor("opus", 3, 60_000, never))?.sequenceNumber, 3, "what is there is not waited for");
  store.end();
  assert.equal(await other, undefined);
  const beyond = store.waitFor("mp3", 5, 60_000, never);
  store.put(testPart("mp3", 3, { last: true }));
  assert.equal(await beyond, undefined);
  assert.equal(await store.waitFor("aac", 3, 60_000, never), undefined, "nobody waits for what will not come");
});
