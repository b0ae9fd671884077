import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TEST_DISK } from "../../core/test-disk.ts";
import { Elsewhere } from "./elsewhere.ts";
import { countLine } from "./test-lines.ts";

let folder: string;

before(async () => {
  folder = await mkdtemp(join(TEST_DISK, "earshot-elsewhere-"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("what the house tells again after a break is there once, also after a kill in the middle of a line", async () => {
  const path = join(folder, "elsewhere.jsonl");
  const line = (counter: string, seq: number) => countLine("e", { edge: counter, seq });
  const all = [line("front-a", 0), line("north/front-b", 0), line("front-a", 1), line("north/front-b", 1)];
  const first = new Elsewhere(path);
  await first.take(Buffer.from(`${all.slice(0, 2).join("\n")}\n`));
  await first.take(Buffer.from(`${all.slice(0, 3).join("\n")}\nno line at all\n`));
  assert.deepEqual((await readFile(path, "utf8")).trimEnd().split("\n"), all.slice(0, 3));
  await writeFile(path, `${all.slice(0, 2).join("\n")}\n${all[2]?.slice(0, 40)}`);
  const second = new Elsewhere(path);
  await second.take(Buffer.from(`${all.join("\n")}\n`));
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  assert.deepEqual(lines, [...all.slice(0, 2), all[2]?.slice(0, 40), ...all.slice(2)], "readers go on where they were: nothing before is changed");
});
