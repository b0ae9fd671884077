import assert from "node:assert/strict";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TEST_DISK } from "../../core/test-disk.ts";
import { EdgeSigner } from "../../ledger/mod.ts";
import { NOBODY } from "../../ledger/test-counts.ts";
import { SignedWindows } from "./signed-windows.ts";

const SEED = new Uint8Array(32).fill(9);
let folder: string;
let path: string;

before(async () => {
  folder = await mkdtemp(join(TEST_DISK, "earshot-windows-"));
  path = join(folder, "windows.jsonl");
});
after(() => rm(folder, { recursive: true, force: true }));

function signer(windows: SignedWindows): EdgeSigner {
  return new EdgeSigner({ event: "e", edge: "south", seed: SEED, ...(windows.resume === undefined ? {} : { resume: windows.resume.chain }) });
}

const sign = (by: EdgeSigner, t: number, last = false) => by.sign({ ...NOBODY, t: t * 10_000, last });

test("windows go on after a kill where the disk knows them; what was cut off or spoiled by it was told to nobody", async () => {
  const first = await SignedWindows.open(path);
  assert.deepEqual([first.next, first.resume, first.closed], [0, undefined, false]);
  const by = signer(first);
  await first.keep([sign(by, 1), sign(by, 2)]);
  const whole = await readFile(path, "utf8");
  for (const torn of ['{"v":1,"kind":"window","t":3', "\u0000\u0000\n", `${"\u0000".repeat(40)}\n{"v":1`]) {
    await writeFile(path, whole);
    await appendFile(path, torn);
    const second = await SignedWindows.open(path);
    assert.deepEqual([second.next, second.resume?.untilMs], [2, 30_000], JSON.stringify(torn));
    await second.keep([sign(signer(second), 3)]);
    const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
    assert.deepEqual([lines.length, lines.slice(0, 2).join("\n")], [3, whole.trimEnd()]);
    assert.equal((JSON.parse(lines[2] ?? "") as { seq: number }).seq, 2);
  }
});

test("what a full disk refused is put there with the next windows, before anybody is told", async () => {
  await rm(path, { force: true });
  const windows = await SignedWindows.open(path);
  const by = signer(windows);
  const missing = await SignedWindows.open(join(folder, "nowhere", "windows.jsonl"));
  await assert.rejects(missing.keep([sign(signer(missing), 1)]));
  assert.deepEqual([missing.next, await missing.from(0)], [0, []]);
  await windows.keep([sign(by, 1)]);
  assert.equal((await windows.from(0)).length, 1);
});

test("a house that lost what it had is told again, from the disk", async () => {
  await rm(path, { force: true });
  const windows = await SignedWindows.open(path);
  const by = signer(windows);
  await windows.keep([sign(by, 1), sign(by, 2), sign(by, 3, true)]);
  assert.equal((await windows.from(2)).length, 1);
  assert.deepEqual([...(await windows.from(3))], []);
  assert.equal((await windows.from(1)).length, 2);
  assert.equal((await SignedWindows.open(path)).closed, true, "nothing may follow the last window");
});
