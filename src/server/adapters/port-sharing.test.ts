import assert from "node:assert/strict";
import { test } from "node:test";
import { canSharePorts } from "./port-sharing.ts";

test("Linux lets speakers share a port, each with a queue of their own", async () => {
  assert.equal(await canSharePorts(), true);
});

test("a system that does not know how is found out", async () => {
  assert.equal(await canSharePorts({}), false);
});
