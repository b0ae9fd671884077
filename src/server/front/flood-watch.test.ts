import assert from "node:assert/strict";
import { test } from "node:test";
import { FloodWatch } from "./flood-watch.ts";

/** Lets one second be like this. */
function second(watch: FloodWatch, { asked = 0, over = 0, cutOff = 0, busy = 0, waitMs = 2 }): boolean {
  Object.assign(watch, { asked, over, cutOff });
  watch.follow({ loopBusy: busy, loopWaitMs: waitMs });
  return watch.flooded;
}

test("a flood is told while there is still room; a crowd from everywhere, and whatever an idle machine bears, is none", () => {
  assert.equal(second(new FloodWatch(), { asked: 3_000, over: 2_500, busy: 0.5 }), true);
  assert.equal(second(new FloodWatch(), { asked: 3_000, over: 600, busy: 0.95 }), false, "a crowd");
  assert.equal(second(new FloodWatch(), { asked: 3_000, over: 2_500, busy: 0.1 }), false, "nobody is hurt");
  assert.equal(second(new FloodWatch(), { asked: 3_000, over: 2_500, busy: 0.5, waitMs: 0.1 }), false, "one who asks for one thing after the other");
  assert.equal(second(new FloodWatch(), { asked: 120, over: 120, busy: 0.6 }), false, "too few to be what keeps it busy");
});

test("a flood that is held off is not over because it costs nothing any more, only when it has stayed away", () => {
  const watch = new FloodWatch();
  second(watch, { asked: 3_000, over: 2_500, busy: 0.5 });
  for (let rest = 0; rest < 60; rest++) assert.equal(second(watch, { asked: 200, over: 10, cutOff: 130, busy: 0.02 }), true);
  for (let quiet = 0; quiet < 9; quiet++) assert.equal(second(watch, { asked: 200, busy: 0.02 }), true);
  assert.equal(second(watch, { asked: 200, busy: 0.02 }), false);
});
