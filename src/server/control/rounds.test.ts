import assert from "node:assert/strict";
import { test } from "node:test";
import { Rounds } from "./rounds.ts";

test("rounds follow one another and never overlap, whoever asks for one; one that fails is told and ends nothing", async () => {
  const faults: unknown[] = [];
  const course: string[] = [];
  const sleeps: (() => void)[] = [];
  const sleep = (_: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => {
      sleeps.push(resolve);
      signal?.addEventListener("abort", () => resolve());
    });
  let number = 0;
  const round = async () => {
    const own = ++number;
    course.push(`begin ${own}`);
    await new Promise((resolve) => setImmediate(resolve));
    course.push(`end ${own}`);
    if (own === 1) throw new Error("first");
  };
  const rounds = new Rounds({ clock: { sleep }, everyMs: 1_000, round, onFault: (cause) => faults.push(String(cause)) });
  rounds.start();
  await Promise.all([rounds.once(), rounds.once()]);
  assert.deepEqual(course, ["begin 1", "end 1", "begin 2", "end 2", "begin 3", "end 3"]);
  assert.deepEqual(faults, ["Error: first"]);
  sleeps.shift()?.();
  const closed = rounds.close();
  assert.equal(rounds.signal.aborted, true);
  await closed;
  const ended = course.length;
  assert.equal(ended % 2, 0, "the round under way came to its end");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(course.length, ended, "and none follows");
});
