import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { findViolations, packagesLoadedBy } from "./boundaries.ts";

test("imports keep the directions of the house", async () => {
  assert.deepEqual(await findViolations(join(import.meta.dirname, "..")), []);
});

test("the check notices a planted violation of every rule", async () => {
  const planted: readonly [string, string, string][] = [
    ["src/core/x.ts", "../wire/room.ts", "core may not import wire"],
    ["src/wire/x.ts", "../event/mod.ts", "wire may not import event"],
    ["src/programme/x.ts", "../stage/mod.ts", "programme may not import stage"],
    ["src/programme/x.ts", "../wire/room.ts", "programme may not import wire"],
    ["src/stage/x.ts", "../programme/mod.ts", "stage may not import programme"],
    ["src/audience/x.ts", "../event/mod.ts", "audience may not import event"],
    ["src/event/x.ts", "../server/mod.ts", "event may not import server"],
    ["src/ledger/x.ts", "../wire/room.ts", "ledger may not import wire"],
    ["src/cli/x.ts", "../stage/mod.ts", "cli may not import stage"],
    ["src/server/x.ts", "../stage/room.ts", "stage is entered through its mod.ts"],
    ["src/stage/x.ts", "../../test/material/speech.ts", "stage may not import test"],
    ["src/stage/x.test.ts", "../../test/e2e/house.ts", "stage may not import test"],
    ["web/listen/x.ts", "../../src/core/errors.ts", "web may not import core"],
    ["web/listen/x.ts", "../../src/server/mod.ts", "web may not import server"],
  ];
  for (const [file, imported, rule] of planted) {
    const root = await mkdtemp(join(tmpdir(), "earshot-boundaries-"));
    await mkdir(join(root, dirname(file)), { recursive: true });
    await writeFile(join(root, file), `import { anything } from "${imported}";\n`);
    assert.deepEqual(
      (await findViolations(root)).map((violation) => violation.rule),
      [rule],
      `${file} imports ${imported}`,
    );
    await rm(root, { recursive: true });
  }
});

test("a stage that was killed loads little before it listens: no database layer, no encoder libraries, no metrics", async () => {
  const root = join(import.meta.dirname, "..");
  assert.deepEqual(await packagesLoadedBy(root, "src/server/stage/main.ts"), ["libopus-wasm", "ws", "zod"]);
  const front = await packagesLoadedBy(root, "src/server/front/main.ts");
  assert.ok(front.includes("prom-client") && !front.includes("kysely") && !front.includes("mediabunny"), front.join(", "));
});
