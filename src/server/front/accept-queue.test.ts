import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { AcceptQueue, type AcceptQueueReading, listenOverflows } from "./accept-queue.ts";
import { ask, openFront, until } from "./test-front.ts";

const LINUX = { skip: process.platform === "linux" ? false : "only Linux tells" };
/** Longest the loop is held for the kernel to finish its handshakes. Milliseconds; it takes a few. */
const HOLD_MS = 5_000;
const BACKLOG = 50;

/** Holds the event loop, so that nothing is accepted, until as many wait. */
function holdUntil(queue: AcceptQueue, waiting: number): AcceptQueueReading | undefined {
  const still = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < HOLD_MS && (queue.read()?.waiting ?? 0) < waiting; waited++) Atomics.wait(still, 0, 0, 1);
  return queue.read();
}

async function comeAndWait(port: number, host: string, count: number): Promise<Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ port, host }).on("error", () => {}));
  // Sockets begin to connect before the loop goes on.
  await new Promise<void>((resolve) => process.nextTick(resolve));
  return sockets;
}

for (const host of ["127.0.0.1", "::1"])
  test(`connections that wait at ${host} to be accepted are counted while the process is busy, and gone once it is not`, LINUX, async (t) => {
    const server = createServer((socket) => socket.on("error", () => {}));
    const listening = server.listen({ port: 0, host, backlog: BACKLOG });
    const failed = await Promise.race([once(listening, "listening").then(() => false), once(listening, "error").then(() => true)]);
    if (failed) return t.skip("no such address here");
    const { port } = server.address() as AddressInfo;
    const queue = AcceptQueue.find(port, BACKLOG);
    assert.ok(queue !== undefined);
    assert.deepEqual(queue.read(), { waiting: 0, most: BACKLOG });
    const sockets = await comeAndWait(port, host, 7);
    assert.deepEqual(holdUntil(queue, 7), { waiting: 7, most: BACKLOG });
    await until(() => queue.read()?.waiting === 0);
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
    assert.equal(queue.read(), undefined);
  });

test("another program's socket at the same port number is not taken for ours", LINUX, () => {
  assert.equal(AcceptQueue.find(1, BACKLOG), undefined);
});

test("a front knows who waits at its own port, and that is part of its pressure and its figures", LINUX, async () => {
  const house = await openFront({ trustedProxies: [] });
  const { door } = house.front;
  assert.ok(door.acceptQueue !== undefined);
  const sockets = await comeAndWait(Number(new URL(house.url).port), "127.0.0.1", 5);
  assert.ok((holdUntil(door.acceptQueue, 5)?.waiting ?? 0) >= 5);
  await until(() => door.acceptQueue?.read()?.waiting === 0);
  for (const socket of sockets) socket.destroy();
  assert.equal((await ask(`${house.url}/healthz`)).status, 200);
  await house.close();
});

test("what the kernel turned away at full queues is a number on Linux and nothing elsewhere", () => {
  assert.equal(typeof listenOverflows(), process.platform === "linux" ? "number" : "undefined");
});
