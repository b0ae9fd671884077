import assert from "node:assert/strict";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { systemClock } from "../../core/clock.ts";
import { silentLog } from "../../core/log.ts";
import { parseOffer } from "../offer.ts";
import { undoRetransmission } from "./load.ts";
import { endsFlight, TestLine } from "./test-line.ts";
import { TestSpeaker } from "./test-speaker.ts";
import { createWerift } from "./werift-transport.ts";

/** Longest wait for a connection. Milliseconds; unmended, the component gives up only after half a minute. */
const LIMIT_MS = 4_000;
/** A DTLS record that asks for a cookie: its type, where its message begins, and that message's type. @spec RFC 6347 §4.2.1 */
const HANDSHAKE = 22;
const HEADER_BYTES = 13;
const HELLO_VERIFY_REQUEST = 3;

/** Connects a speaker whose DTLS asks for a cookie, and does so twice, as for a hello that was repeated; says whether it came up. */
export async function joinsDespiteTwoCookies(): Promise<boolean> {
  let cookies = 0;
  const line: TestLine = new TestLine((way, datagram) => {
    if (way === "to-stage" && datagram[0] === HANDSHAKE && datagram[HEADER_BYTES] === HELLO_VERIFY_REQUEST && cookies++ === 0)
      setTimeout(() => line.replay(datagram), 1);
    return false;
  });
  const came = await joins(line);
  assert.ok(cookies > 0, "the speaker asked for a cookie");
  return came;
}

/** Connects a speaker over a line that loses the speaker's first ChangeCipherSpec and Finished; says whether it came up. The Chromium test loses the stage's too: the component as DTLS server, which only tests use it as, does not survive that. */
export async function joinsDespiteLoss(): Promise<boolean> {
  let lost = 0;
  const came = await joins(new TestLine((way, datagram) => way === "to-stage" && endsFlight(datagram) && lost++ < 2));
  assert.ok(lost >= 2, "the line lost the flight");
  return came;
}

async function joins(line: TestLine): Promise<boolean> {
  const transport = createWerift({ udpPorts: [30_100, 30_140], announce: [], loopback: true, iceTcp: false, log: silentLog });
  const speaker = await TestSpeaker.open(400);
  const parsed = parseOffer(await speaker.offer());
  assert.ok(parsed.ok);
  let heard = 0;
  const peer = await transport.accept(parsed.offer, { onArrival: () => true, onPacket: () => heard++, onGone: () => {} });
  await speaker.take(await line.through(peer.answer));
  const until = systemClock.steadyMs() + LIMIT_MS;
  while (heard === 0 && systemClock.steadyMs() < until) {
    speaker.speak();
    await systemClock.sleep(20);
  }
  await peer.close();
  await speaker.close();
  line.close();
  return heard > 0;
}

// As a worker: the component without the fix, whose timers nobody can stop, ends with the thread.
if (!isMainThread && workerData === "unmended") {
  undoRetransmission();
  parentPort?.postMessage(await joinsDespiteLoss());
}
