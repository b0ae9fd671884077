import assert from "node:assert/strict";
import { test } from "node:test";
import { LossMemory } from "./loss-memory.ts";

test("a speaker who reports loss gets copies at once, and until the line was good for half a minute", () => {
  const memory = new LossMemory();
  assert.equal(memory.note(0, 0), false);
  assert.equal(memory.note(0.05, 1_000), true);
  for (let second = 2; second <= 30; second++) assert.equal(memory.note(0, second * 1_000), true, `${second} s`);
  assert.equal(memory.note(0, 31_000), false);
});

test("a packet lost now and then changes nothing for a good line, and does not let a bad one off", () => {
  const memory = new LossMemory();
  for (let second = 0; second < 60; second++) assert.equal(memory.note(0.015, second * 1_000), false);
  memory.note(0.02, 60_000);
  for (let second = 61; second < 200; second++) assert.equal(memory.note(second % 20 === 0 ? 0.015 : 0, second * 1_000), true);
});
