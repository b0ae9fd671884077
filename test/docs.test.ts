import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { errorPage } from "../scripts/error-page.ts";
import { LADDER } from "../src/audience/mod.ts";
import { AUDIENCE_WORDS } from "../web/words/audience.ts";
import { LISTEN_WORDS } from "../web/words/listen.ts";
import { RECORD_WORDS } from "../web/words/record.ts";
import { REMIND_WORDS } from "../web/words/remind-me.ts";
import { REMINDER_PAGE_WORDS } from "../web/words/reminders.ts";
import { REPLAY_WORDS } from "../web/words/replay.ts";
import { STUDIO_WORDS } from "../web/words/studio.ts";
import { WAITING_WORDS } from "../web/words/waiting.ts";

test("the manual's page of errors says what the table says", () => {
  assert.equal(readFileSync(join(import.meta.dirname, "../docs/errors.md"), "utf8"), errorPage(), "run npm run docs");
});

test("the manual's ladder is the one the doors follow", () => {
  const page = readFileSync(join(import.meta.dirname, "../docs/door.md"), "utf8");
  const rows = LADDER.map(({ from, until, words }) => `| ${from} | ${until} | ${words} |`);
  assert.ok(page.includes(rows.join("\n")), rows.join("\n"));
});

test("every fault of the stage's connection has the test that the manual names", () => {
  const root = join(import.meta.dirname, "..");
  const rows = readFileSync(join(root, "docs/stage-faults.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes("`"));
  assert.ok(rows.length > 30);
  for (const row of rows) {
    const [, fault = "", name = "", where = ""] = row.split("|").map((cell) => cell.trim());
    const source = readFileSync(join(root, where.replaceAll("`", "")), "utf8");
    // Tests that run over several profiles or kinds of call put what differs in front of their name.
    const plain = name.replace(/^AES-GCM: /, `\${line.name}: `);
    assert.ok(source.includes(`"${name}"`) || source.includes(`\`${plain}\``), `${fault}: ${name}`);
  }
});

test("every text of the pages takes the same values in both languages", () => {
  for (const { en, de } of [LISTEN_WORDS, STUDIO_WORDS, AUDIENCE_WORDS, RECORD_WORDS, WAITING_WORDS, REPLAY_WORDS, REMIND_WORDS, REMINDER_PAGE_WORDS]) {
    for (const [key, text] of Object.entries(en)) {
      const german = (de as Record<string, string>)[key] ?? "";
      const values = (words: string) => [...words.matchAll(/\{\w+\}/g)].map(([value]) => value).toSorted();
      assert.deepEqual(values(german), values(text), key);
      assert.notEqual(german, "", key);
    }
  }
});

test("the page of dependencies names each package with the licence it really has", () => {
  const root = join(import.meta.dirname, "..");
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8")) as Record<string, Record<string, string> & string>;
  const rows = readFileSync(join(root, "docs/dependencies.md"), "utf8")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .flatMap((line) => {
      const [, names = "", licence = "", reason = ""] = line.split("|").map((cell) => cell.trim());
      assert.ok(reason.length > 3, line);
      return [...names.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => [name, licence] as const);
    });
  const manifest = read("package.json");
  const direct = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((kind) => Object.keys(manifest[kind] ?? {}));
  assert.deepEqual(rows.map(([name]) => name).toSorted(), direct.toSorted());
  for (const [name, licence] of rows) {
    const path = `node_modules/${name}/package.json`;
    // A Node for another platform is listed but not installed.
    if (existsSync(join(root, path))) assert.equal(read(path).license, licence, name);
  }
});
