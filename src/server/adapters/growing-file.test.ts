import assert from "node:assert/strict";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { GrowingFile } from "./growing-file.ts";

const folder = await mkdtemp(join(tmpdir(), "earshot-growing-"));
after(() => rm(folder, { recursive: true }));

test("each whole line is read once and as it is, whatever has been written of the next one", async () => {
  const path = join(folder, "lines");
  const file = new GrowingFile(path);
  assert.deepEqual([await file.next(), file.isCut], [[], false], "a file that is not there has no lines");
  await appendFile(path, "one\n\ntwo\nthr");
  assert.deepEqual([await file.next(), file.isCut], [["one", "two"], true]);
  assert.deepEqual([await file.next(), file.isCut], [[], true]);
  await appendFile(path, "ee\n");
  assert.deepEqual([await file.next(), file.isCut], [["three"], false]);
});

test("a file longer than what is read at a time loses no line at the seams, letters of several bytes neither", async () => {
  const path = join(folder, "long");
  const lines = Array.from({ length: 4_000 }, (_, index) => `${index} ${"ü".repeat(1 + (index % 700))}`);
  lines.push("x".repeat(3 * 1024 * 1024));
  await appendFile(path, `${lines.join("\n")}\n`);
  assert.deepEqual(await new GrowingFile(path).next(), lines);
});
