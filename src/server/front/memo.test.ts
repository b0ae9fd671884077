import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { milliseconds } from "../../core/units.ts";
import { Memo } from "./memo.ts";

test("a flood of the same question costs one answer, a new one after its time, and memory for two hundred at most", async () => {
  let now = 0;
  let made = 0;
  const memo = new Memo<number>({ ...systemClock, steadyMs: () => milliseconds(now) });
  const ask = (key: string) => memo.get(key, 1_000, async () => ++made);
  assert.deepEqual(await Promise.all([ask("a"), ask("a"), ask("a")]), [1, 1, 1]);
  now = 999;
  assert.equal(await ask("a"), 1);
  now = 1_000;
  assert.equal(await ask("a"), 2);
  for (let index = 0; index < 200; index++) await ask(`other ${index}`);
  assert.equal(await ask("a"), 203, "what nobody asked for was let go");
});

test("a failure is told to everyone who asked meanwhile", async () => {
  const memo = new Memo<number>(systemClock);
  const fail = () => memo.get("x", 60_000, () => Promise.reject(new Error("gone")));
  await assert.rejects(Promise.all([fail(), fail()]), /gone/);
});
