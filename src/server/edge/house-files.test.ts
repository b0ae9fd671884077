import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TEST_DISK } from "../../core/test-disk.ts";
import { HouseFiles } from "./house-files.ts";

let folder: string;
let files: HouseFiles;
const bytes = Buffer.from("{}");

before(async () => {
  folder = await mkdtemp(join(TEST_DISK, "earshot-edge-files-"));
  for (const name of ["data/public", "data/events", "data/keys"]) await mkdir(join(folder, name), { recursive: true });
  files = new HouseFiles(join(folder, "data"));
});
after(() => rm(folder, { recursive: true, force: true }));

test("a house that was taken over writes and removes nothing but what fronts read", async () => {
  await writeFile(join(folder, "data/keys/edge.key"), "secret");
  const foreign = [
    "../outside.json",
    "/tmp/outside.json",
    "public/../keys/edge.key",
    "public/../../outside.json",
    "public/sub/evening.json",
    "public/.json",
    "public/..json",
    "public/evening.json\u0000.txt",
    "public/evening.json\n",
    "public\\evening.json",
    "public/Evening.json",
    "public/evening.html",
    "events/../public/evening.json",
    "events/./state.json",
    "events//state.json",
    "events/a/../b/state.json",
    "events/a/windows.jsonl",
    "events/a/home.json",
    "events/a/audience.jsonl",
    "events/a/state.json/x.json",
    "keys/edge.key",
    "run/stages.json",
    "state.json",
    "",
  ];
  for (const path of foreign) {
    assert.equal(await files.put(path, bytes), false, JSON.stringify(path));
    assert.equal(await files.remove(path), false, JSON.stringify(path));
  }
  assert.deepEqual(await readdir(join(folder, "data/public")), []);
  assert.deepEqual(await readdir(join(folder, "data/events")), []);
  assert.equal(await readFile(join(folder, "data/keys/edge.key"), "utf8"), "secret");
  assert.deepEqual(await readdir(folder), ["data"]);
});

test("after a new beginning only what the house named is left, and what this machine wrote", async () => {
  const named = ["public/house.json", "public/_reminders.json", "public/late-talk.json", "events/e-1/state.json", "events/e-1/doors.json"];
  for (const path of [...named, "public/old.json", "events/e-0/listeners.json"]) assert.equal(await files.put(path, bytes), true, path);
  const own = ["events/e-0/windows.jsonl", "events/e-0/home.json", "events/e-1/audience.jsonl"];
  for (const path of own) await writeFile(join(folder, "data", path), "");
  await writeFile(join(folder, "data/public/late-talk.json.77.tmp"), "half");
  await files.remove("events/e-1/doors.json");
  files.begin();
  for (const path of named.slice(0, -1)) await files.put(path, bytes);
  await files.settle();
  const left = (await readdir(join(folder, "data"), { recursive: true, withFileTypes: true })).filter((each) => each.isFile() && each.name !== "edge.key");
  assert.deepEqual(left.map((each) => join(each.parentPath, each.name).slice(folder.length + 6)).toSorted(), [...named.slice(0, -1), ...own].toSorted());
  assert.ok(!existsSync(join(folder, "data/public/old.json")));
});
