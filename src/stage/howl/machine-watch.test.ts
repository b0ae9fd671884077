import assert from "node:assert/strict";
import { test } from "node:test";
import { MachineWatch } from "./machine-watch.ts";

/** Ducks an input of energy 1 and weighs three seconds of a return; gives the second at which it is taken for a machine. */
function takenFor(watch: MachineWatch, returnDb: number, energy = 1): number | undefined {
  for (let look = 0; look < 50; look++) watch.hear(1);
  watch.ducked();
  for (let look = 0; look < 75; look++) {
    watch.hear(energy);
    if (watch.weigh(returnDb)) return look * 0.04;
  }
  return undefined;
}

test("what comes back far louder than it was sent for two seconds is a machine, and an echo is not", () => {
  assert.equal(takenFor(new MachineWatch(), 14), 1.96);
  assert.equal(takenFor(new MachineWatch(), 6), undefined);
});

test("what has grown since it was ducked is no machine", () => {
  assert.equal(takenFor(new MachineWatch(), 14, 3), undefined);
});

test("a machine is left alone for ten minutes, or until it is much louder", () => {
  const watch = new MachineWatch();
  takenFor(watch, 14);
  for (let look = 0; look < 14_000; look++) watch.hear(1);
  assert.equal(watch.known, true);
  for (let look = 0; look < 100; look++) watch.hear(6);
  assert.equal(watch.known, false, "louder: it may howl now");
  takenFor(watch, 14);
  for (let look = 0; look < 15_001; look++) watch.hear(1);
  assert.equal(watch.known, false, "ten minutes are over");
});
