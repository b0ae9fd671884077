import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { loadConfig } from "../../core/config.ts";
import { EarshotError } from "../../core/errors.ts";
import { serveEdge } from "./mod.ts";

test("a machine that nobody made an edge is told what to write", async () => {
  await assert.rejects(serveEdge(loadConfig({}, tmpdir())), (error) => {
    assert.ok(error instanceof EarshotError);
    assert.deepEqual([error.code, error.details.setting], ["config-invalid", "edge"]);
    assert.match(String(error.details.rule), /edge: \{ name: south, house: https:\/\/.+, origin: https:\/\/.+ \}/);
    return true;
  });
});
