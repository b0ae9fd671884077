import assert from "node:assert/strict";
import { test } from "node:test";
import { openHighFront } from "./high-front.ts";
import { enter, storm } from "./newcomers.ts";

/** Everybody gets in long before; a machine that is busy elsewhere gets the time it needs. Milliseconds. */
const PATIENCE_MS = 60_000;
const HONEST = 40;

test("honest newcomers from all over, and those who share an address with others, get in while hostile networks ask fifty times as often", async () => {
  const house = await openHighFront(200);
  try {
    const networks = Array.from({ length: 2 }, (_, index) => `127.${20 + index}.7`);
    const hostile = storm(house.door, { networks, perSecond: 1_000, forMs: 2_000 });
    const passes = await Promise.all(
      Array.from({ length: HONEST }, async (_, index) => {
        await new Promise((resolve) => setTimeout(resolve, index * 50));
        const address = index % 2 === 0 ? `127.${60 + index}.1.9` : "127.9.9.9";
        return await enter(house.door, { name: `honest-visitor-${index}`, address, patienceMs: PATIENCE_MS });
      }),
    );
    const made = await hostile;
    assert.equal(made, 50 * HONEST);
    assert.ok(passes.filter((pass) => pass !== undefined).length >= 0.98 * HONEST);
    assert.ok(house.front.door.gatekeeper.turnedBack + house.front.door.gatekeeper.cutOff > 0, "the storm was felt");
  } finally {
    await house.close();
  }
});
