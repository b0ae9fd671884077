import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { connect } from "node:net";
import { test } from "node:test";
import { systemClock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import { countCandidates } from "../answer.ts";
import { type Offer, parseOffer } from "../offer.ts";
import { BROWSER_OFFER } from "../test-offers.ts";
import type { Peer, StageTransport } from "../transport.ts";
import { guardFigures, MAX_VALIDATED } from "./ice-guard.ts";
import { weriftFile } from "./load.ts";
import { TestSpeaker } from "./test-speaker.ts";
import { createWerift } from "./werift-transport.ts";

const QUIET = { onArrival: () => true, onPacket: () => {}, onGone: () => {} };

/** As much of the component's STUN message as a check needs. */
interface StunMessage {
  readonly bytes: Buffer;
  setAttribute(name: string, value: string | number): void;
  addMessageIntegrity(key: Buffer): void;
  addFingerprint(): void;
}

const transport = (first: number, last: number, more: { iceTcp?: boolean; singlePort?: boolean; announce?: string[] } = {}) =>
  createWerift({
    udpPorts: [first, last],
    singlePort: more.singlePort ?? false,
    announce: more.announce ?? [],
    loopback: true,
    iceTcp: more.iceTcp ?? false,
    log: silentLog,
  });

function offerOf(text: string): Offer {
  const parsed = parseOffer(text);
  assert.ok(parsed.ok);
  return parsed.offer;
}

const ports = (answer: string, kind = "udp") =>
  [...answer.matchAll(new RegExp(`a=candidate:\\S+ 1 ${kind} \\d+ 127\\.0\\.0\\.1 (\\d+)`, "g"))].map(([, port]) => Number(port));

/** Waits until `done`, looking again after each pause, for two seconds at most. */
async function until(done: () => boolean): Promise<void> {
  for (let count = 0; count < 100 && !done(); count++) await systemClock.sleep(20);
  assert.ok(done());
}

test("ports of the range that somebody else has are stepped over", async () => {
  const taken = Array.from({ length: 20 }, () => createSocket("udp4"));
  for (const [index, socket] of taken.entries()) await new Promise<void>((resolve) => socket.bind(30_300 + index * 2, resolve));
  const peers: Peer[] = [];
  for (let count = 0; count < 4; count++) peers.push(await transport(30_300, 30_339).accept(offerOf(BROWSER_OFFER), QUIET));
  const used = peers.flatMap(({ answer }) => ports(answer));
  assert.equal(new Set(used).size, 4);
  assert.ok(
    used.every((port) => port % 2 === 1),
    used.join(),
  );
  for (const peer of peers) await peer.close();
  for (const socket of taken) socket.close();
});

test("when no port of the range is left the answer says so, and closing gives ports back", async () => {
  const narrow = transport(30_340, 30_341);
  const peers: Peer[] = [];
  await assert.rejects(
    async () => {
      for (let count = 0; count < 3; count++) peers.push(await narrow.accept(offerOf(BROWSER_OFFER), QUIET));
    },
    (error) => error instanceof EarshotError && error.code === "port-in-use",
  );
  for (const peer of peers) await peer.close();
  const again = await narrow.accept(offerOf(BROWSER_OFFER), QUIET);
  assert.ok(countCandidates(again.answer) > 0);
  await again.close();
});

test("no stranger's STUN server is asked for our address", () => {
  const { Connection } = weriftFile<{ Connection: new (controlling: boolean, options: object) => { stunServer: unknown } }>("ice/src/ice.js");
  assert.equal(new Connection(false, {}).stunServer, undefined);
  assert.deepEqual(new Connection(false, { stunServer: ["127.0.0.1", 3478] }).stunServer, ["127.0.0.1", 3478]);
});

test("binding requests without the password and media from strangers are dropped", () => strangersAreDropped(transport(30_350, 30_370)));

test("so they are on a port that speakers share", () => strangersAreDropped(transport(30_371, 30_372, { singlePort: true })));

async function strangersAreDropped(transport: StageTransport): Promise<void> {
  const peer = await transport.accept(offerOf(BROWSER_OFFER), QUIET);
  const [port] = ports(peer.answer);
  const stranger = createSocket("udp4");
  let answers = 0;
  stranger.on("message", () => answers++);
  const before = { ...guardFigures };
  // A binding request with a role conflict, as RFC 8445 §7.3.1.1 would have it answered.
  const request = Buffer.concat([Buffer.from([0, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42]), randomBytes(12), Buffer.from([0x80, 0x29, 0, 8]), Buffer.alloc(8, 0xff)]);
  stranger.send(request, port, "127.0.0.1");
  stranger.send(Buffer.concat([Buffer.from([22, 254, 253, 0, 0]), randomBytes(60)]), port, "127.0.0.1");
  stranger.send(Buffer.concat([Buffer.from([0x80, 111]), randomBytes(60)]), port, "127.0.0.1");
  await until(() => guardFigures.unauthenticatedRequests > before.unauthenticatedRequests && guardFigures.strayDatagrams >= before.strayDatagrams + 2);
  assert.equal(answers, 0);
  stranger.close();
  await peer.close();
}

test("a speaker who comes from more addresses than may send is not answered at the others", () => tooManyAddresses(transport(30_373, 30_374)));

test("nor on a port that speakers share", () => tooManyAddresses(transport(30_375, 30_376, { singlePort: true })));

async function tooManyAddresses(transport: StageTransport): Promise<void> {
  const peer = await transport.accept(offerOf(BROWSER_OFFER), QUIET);
  const [port] = ports(peer.answer);
  const check = checkFor(peer.answer);
  const answered = new Set<Socket>();
  const sockets = Array.from({ length: MAX_VALIDATED + 2 }, () => createSocket("udp4"));
  const before = guardFigures.unauthenticatedRequests;
  for (const socket of sockets) {
    socket.on("message", () => answered.add(socket));
    socket.send(check, port, "127.0.0.1");
  }
  await until(() => answered.size === MAX_VALIDATED && guardFigures.unauthenticatedRequests === before + 2);
  const [known = assert.fail()] = answered;
  answered.clear();
  known.send(check, port, "127.0.0.1");
  await until(() => answered.has(known));
  for (const socket of sockets) socket.close();
  await peer.close();
}

/** A check by the speaker whom an answer is for. */
function checkFor(answer: string): Buffer {
  const [, ufrag = ""] = /a=ice-ufrag:(\S+)/.exec(answer) ?? [];
  const [, password = ""] = /a=ice-pwd:(\S+)/.exec(answer) ?? [];
  const { Message } = weriftFile<{ Message: new (method: number, type: number) => StunMessage }>("ice/src/stun/message.js");
  const message = new Message(1, 0);
  message.setAttribute("USERNAME", `${ufrag}:peer`);
  message.setAttribute("PRIORITY", 1);
  message.addMessageIntegrity(Buffer.from(password));
  message.addFingerprint();
  return message.bytes;
}

test("nothing that reaches the open ports brings the process down, and a speaker still comes up", () =>
  survivesGarbage(transport(30_380, 30_420, { iceTcp: true })));

test("nor does what reaches a port that speakers share", () => survivesGarbage(transport(30_421, 30_422, { iceTcp: true, singlePort: true })));

async function survivesGarbage(transport: StageTransport): Promise<void> {
  const speaker = await TestSpeaker.open(400);
  let heard = 0;
  const peer = await transport.accept(offerOf(await speaker.offer()), { ...QUIET, onPacket: () => heard++ });
  const stranger = createSocket("udp4");
  for (let count = 0; count < 500; count++) {
    const garbage = randomBytes(1 + (count % 300));
    garbage[0] = count % 256;
    if (count % 3 === 0) garbage.set([0, 1, 0, Math.max(0, garbage.length - 20), 0x21, 0x12, 0xa4, 0x42].slice(0, garbage.length));
    stranger.send(garbage, ports(peer.answer)[0] ?? 0, "127.0.0.1");
  }
  const sockets = Array.from({ length: 8 }, () => connect(ports(peer.answer, "tcp")[0] ?? 0, "127.0.0.1").on("error", () => {}));
  for (const socket of sockets) socket.write(randomBytes(2_000));
  await speaker.take(peer.answer);
  await until(() => {
    speaker.speak();
    return heard > 0;
  });
  for (const socket of sockets) socket.destroy();
  stranger.close();
  await speaker.close();
  await peer.close();
}

test("a packet that claims more header than it has is dropped before it is read", async () => {
  const speaker = await TestSpeaker.open(400);
  let heard = 0;
  const peer = await transport(30_510, 30_540).accept(offerOf(await speaker.offer()), { ...QUIET, onPacket: () => heard++ });
  await speaker.take(peer.answer);
  await until(() => {
    speaker.speak();
    return heard > 0;
  });
  const before = guardFigures.malformedMedia;
  // 32,513 words of extensions in a packet of 80 bytes; then contributors, then an RTCP header, that are not there.
  const liar = Buffer.alloc(80, 0x21);
  liar.set([0x90, 96, 0, 1, 0, 0, 3, 192, 1, 2, 3, 4, 0xbe, 0xde, 0x7f, 0x01]);
  const used = process.cpuUsage();
  for (const bytes of [liar, Buffer.from([0x8f, 96, ...Array.from({ length: 20 }, () => 0)]), Buffer.from([0x80, 200, 0, 1])]) await speaker.sendRaw(bytes);
  await until(() => guardFigures.malformedMedia >= before + 3);
  // Unguarded it takes twenty seconds of processor time; nothing near that can be the machine's mood.
  assert.ok(process.cpuUsage(used).user < 5_000_000);
  await speaker.close();
  await peer.close();
});

test("a speaker who leaves in the middle of the handshake leaves nothing behind", () => leavesEarly(transport(30_430, 30_470)));

test("nor on a port of which there is only one", () => leavesEarly(transport(30_471, 30_471, { singlePort: true })));

async function leavesEarly(transport: StageTransport): Promise<void> {
  for (const pause of [0, 20, 120, 150]) {
    const speaker = await TestSpeaker.open(400);
    const peer = await transport.accept(offerOf(await speaker.offer()), QUIET);
    await speaker.take(peer.answer);
    await systemClock.sleep(pause);
    await Promise.all([speaker.close(), peer.close()]);
    await peer.close();
  }
  const again = await transport.accept(offerOf(BROWSER_OFFER), QUIET);
  assert.ok(countCandidates(again.answer) > 0);
  await again.close();
}

test("a peer that does not hold the key of its certificate is refused", async () => {
  const { CipherContext } = weriftFile<{ CipherContext: { prototype: { generateKeySignature(hash: string): Buffer } } }>("dtls/src/context/cipher.js");
  const { generateKeySignature } = CipherContext.prototype;
  // The speaker sends the right certificate, but a signature that anyone could make.
  CipherContext.prototype.generateKeySignature = function (hash) {
    const signature = Buffer.from(generateKeySignature.call(this, hash));
    signature[signature.length - 1] = (signature[signature.length - 1] as number) ^ 1;
    return signature;
  };
  try {
    const speaker = await TestSpeaker.open(400);
    let gone = "";
    const peer = await transport(30_480, 30_500).accept(offerOf(await speaker.offer()), {
      ...QUIET,
      onPacket: () => assert.fail("media from an impostor"),
      onGone: (reason) => (gone = reason),
    });
    await speaker.take(peer.answer);
    await until(() => {
      speaker.speak();
      return gone !== "";
    });
    assert.match(gone, /failed/);
    await speaker.close();
    await peer.close();
  } finally {
    CipherContext.prototype.generateKeySignature = generateKeySignature;
  }
});
