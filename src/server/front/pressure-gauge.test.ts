import assert from "node:assert/strict";
import { test } from "node:test";
import type { AcceptQueue } from "./accept-queue.ts";
import { PressureGauge } from "./pressure-gauge.ts";

/** How long the loop is held. Milliseconds; many probes, and longer than a reading's shortest time. */
const HELD_MS = 400;

/** A gauge whose accept queue tells how often it was read. */
async function makeGauge() {
  // How busy a loop is, Node tells only once it runs.
  await rest(1);
  const gauge = new PressureGauge({ uplinkBytesPerSecond: 0, bytesOut: () => 0 });
  let reads = 0;
  gauge.acceptQueue = { read: () => ({ waiting: ++reads, most: 50 }) } as unknown as AcceptQueue;
  return { gauge, reads: () => reads };
}

function hold(forMs: number): void {
  const end = performance.now() + forMs;
  while (performance.now() < end);
}

async function rest(forMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, forMs));
}

test("a loop that is held up is late for as long, and so is who comes then", async () => {
  const { gauge } = await makeGauge();
  hold(HELD_MS);
  const { loopWaitMs, loopBusy } = gauge.read();
  assert.ok(loopBusy > 0.5, `busy ${loopBusy}`);
  assert.ok(loopWaitMs > HELD_MS * 0.8 && loopWaitMs < HELD_MS, `no probe came in ${HELD_MS} ms, told ${loopWaitMs}`);
  hold(HELD_MS);
  assert.ok(gauge.takeQueuedMs() > HELD_MS, "whoever is looked at now has waited since the first probe was due");
  gauge.close();
});

test("who comes to a calm loop has not waited, however long a probe is due", async () => {
  const { gauge } = await makeGauge();
  await rest(HELD_MS);
  gauge.read();
  hold(HELD_MS);
  assert.equal(gauge.takeQueuedMs(), 0, "the last second tells whose fault it is");
  gauge.close();
});

test("the accept queue is asked while the loop is busy or late, and left alone while it is calm", async () => {
  const { gauge, reads } = await makeGauge();
  hold(HELD_MS);
  assert.equal(gauge.read().acceptWaiting, 1);
  // Somebody else's program may keep this one from its turn for a moment.
  for (let tries = 0; tries < 20; tries++) {
    await rest(HELD_MS);
    const before = reads();
    const { acceptWaiting } = gauge.read();
    if (reads() === before) {
      assert.equal(acceptWaiting, 0);
      break;
    }
    assert.ok(tries < 19, "never calm");
  }
  hold(HELD_MS);
  assert.ok(gauge.read().acceptWaiting > 0, "busy again");
  gauge.close();
});
