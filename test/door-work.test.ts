import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Door, NetworkHash } from "../src/audience/mod.ts";
import { solve } from "../web/player/work.ts";

test("the page's own way of doing the door's task opens it, and a task beyond the promised size is left undone", async () => {
  const door = new Door({ eventId: "ev", secret: new Uint8Array(16), joinsPerSecond: 200, random: randomBytes });
  door.follow(0.9, { step: 6, gated: true, takesWork: true, shut: false, listeners: 0 }, 0);
  const networks = Uint32Array.from(new NetworkHash(1).of("198.51.100.7"));
  const ask = (work?: string) => door.decide({ networks, ticket: undefined, canWait: true, known: false, queuedMs: 0, work }, 0);
  let verdict = ask();
  while (verdict.kind !== "refused") verdict = ask();
  assert.ok(verdict.work !== undefined);
  assert.equal(await solve({ ...verdict.work, work_iterations: verdict.work.work_iterations + 1 }), undefined);
  assert.equal(await solve({ ...verdict.work, work_target: "0000000000000000" }), undefined);
  const work = await solve(verdict.work);
  assert.ok(work !== undefined);
  assert.equal(ask(work).kind, "wait");
});
