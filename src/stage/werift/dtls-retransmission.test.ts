import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { joinsDespiteLoss, joinsDespiteTwoCookies } from "./test-lossy-join.ts";

test("a join comes up although the last flight of the handshake is lost on the way", async () => {
  assert.equal(await joinsDespiteLoss(), true);
});

test("a join comes up although the line is slow, the hello is repeated, and the peer asks for its cookie twice", async () => {
  assert.equal(await joinsDespiteTwoCookies(), true);
});

test("without new record numbers for repeated flights the same join hangs", async () => {
  const worker = new Worker(new URL("./test-lossy-join.ts", import.meta.url), { workerData: "unmended" });
  const [came] = (await once(worker, "message")) as [boolean];
  await worker.terminate();
  assert.equal(came, false);
});
