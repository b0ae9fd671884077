import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PacketWindow } from "./packet-window.ts";

/** Takes a packet of a sequence number; says whether it was new. */
function take(window: PacketWindow, sequenceNumber: number): boolean {
  const index = window.indexOf(sequenceNumber);
  if (!window.admits(index)) return false;
  window.take(index);
  return true;
}

/** A window after its first packet. */
function after(first: number): PacketWindow {
  const window = new PacketWindow();
  assert.equal(window.empty && take(window, first), true);
  return window;
}

test("every packet is taken once, in whatever order it comes", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 65_535 }), fc.shuffledSubarray(Array.from({ length: 200 }, (_, index) => index + 1)), (first, order) => {
      const window = after(first);
      for (const ahead of order) assert.equal(take(window, (first + ahead) % 65_536), true);
      for (const ahead of [0, ...order]) assert.equal(take(window, (first + ahead) % 65_536), false);
    }),
  );
});

test("a line that is down while sequence numbers wrap is heard again, with the right count of wraps", () => {
  const window = after(60_000);
  const index = window.indexOf(20_000);
  assert.equal(index, 65_536 + 20_000);
  assert.equal(PacketWindow.rolloverCount(index), 1);
  window.take(index);
  assert.equal(PacketWindow.rolloverCount(window.indexOf(65_000)), 0);
});

test("what is older than twenty seconds is refused, also before the first wrap", () => {
  const window = after(5);
  assert.equal(take(window, 65_530), false);
  take(window, 3_000);
  assert.equal(take(window, 1_900), false);
  assert.equal(take(window, 2_100), true);
});
