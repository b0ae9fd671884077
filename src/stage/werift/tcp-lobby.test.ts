import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { parseOffer } from "../offer.ts";
import { TestSpeaker } from "./test-speaker.ts";
import { createWerift } from "./werift-transport.ts";

/** Rounds of 20 ms something is waited for: 10 s, against a busy machine. */
const MAX_ROUNDS = 500;

/** A speaker whose UDP is blocked, before they connect, and a crowd of strangers who connect to the same port. */
async function open(ports: readonly [number, number], singlePort: boolean) {
  const transport = createWerift({ udpPorts: ports, singlePort, announce: [], loopback: true, iceTcp: true, log: silentLog });
  const speaker = await TestSpeaker.open(400, { iceTcp: true });
  const parsed = parseOffer(await speaker.offer());
  assert.ok(parsed.ok);
  let heard = 0;
  const peer = await transport.accept(parsed.offer, { onArrival: () => true, onPacket: () => heard++, onGone: () => {} });
  const byTcp = peer.answer.replace(/a=candidate:.* udp .*\r\n/g, "").replace(/a=candidate:(?!.* 127\.0\.0\.1 ).*\r\n/g, "");
  const [, port] = /a=candidate:\S+ 1 tcp \d+ 127\.0\.0\.1 (\d+)/.exec(byTcp) ?? [];
  const strangers = new Set<Socket>();
  let closed = 0;
  /** A stranger who says nothing, from an address of their own. */
  const idle = (localAddress: string) => {
    const socket = connect({ port: Number(port), host: "127.0.0.1", localAddress });
    strangers.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => {
      strangers.delete(socket);
      closed++;
    });
    return new Promise((resolve) => socket.once("connect", resolve));
  };
  /** Waits until `done`, while the speaker talks. */
  const until = async (done: () => boolean, what: string, step: () => void = () => {}) => {
    for (let round = 0; round < MAX_ROUNDS && !done(); round++) {
      step();
      speaker.speak();
      await systemClock.sleep(20);
    }
    assert.ok(done(), what);
  };
  return {
    idle,
    until,
    join: () => speaker.take(byTcp),
    get heard() {
      return heard;
    },
    get closed() {
      return closed;
    },
    strangers,
    async close() {
      for (const socket of strangers) socket.destroy();
      await speaker.close();
      await peer.close();
    },
  };
}

test("strangers who connect by TCP and say nothing keep no speaker out whose UDP is blocked, and are shown the door", () =>
  keepsNobodyOut([30_600, 30_630], false, 16));

test("nor do they where all speakers come by one port", () => keepsNobodyOut([30_631, 30_632], true, 64));

/** `room`: for how many who prove nothing. */
async function keepsNobodyOut(ports: readonly [number, number], singlePort: boolean, room: number): Promise<void> {
  const line = await open(ports, singlePort);
  try {
    for (let count = 0; count < room + 24; count++) await line.idle(`127.0.0.${2 + (count % 4)}`);
    await line.until(() => line.closed >= 24, `there is no more room than for ${room}`);
    await line.join();
    await line.until(
      () => line.heard > 10,
      "the speaker is heard while strangers keep coming",
      () => void line.idle("127.0.0.2"),
    );
    await line.until(() => line.strangers.size === 0, "whoever proved nothing is gone");
    const before = line.heard;
    await line.until(() => line.heard > before + 50, "the speaker stays");
  } finally {
    await line.close();
  }
}
