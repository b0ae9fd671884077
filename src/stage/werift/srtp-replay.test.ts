import assert from "node:assert/strict";
import { test } from "node:test";
import { guardFigures } from "./ice-guard.ts";
import { werift, weriftFile } from "./load.ts";

interface Srtp {
  encryptRtp(payload: Buffer, header: InstanceType<typeof werift.RtpHeader>): Buffer;
  decryptRtp(packet: Buffer): [Buffer, unknown];
}
interface Srtcp {
  encryptRTCP(packet: Buffer): Buffer;
  decryptRTCP(packet: Buffer): [Buffer, unknown];
}
type Make<Context> = new (key: Buffer, salt: Buffer, profile: number) => Context;
const { SrtpContext } = weriftFile<{ SrtpContext: Make<Srtp> }>("rtp/src/srtp/context/srtp.js");
const { SrtcpContext } = weriftFile<{ SrtcpContext: Make<Srtcp> }>("rtp/src/srtp/context/srtcp.js");

const KEY = Buffer.alloc(16, 5);
/** Both ends of a line, by the profiles browsers take: AES-CM with HMAC, and AES-GCM. */
const LINES = [
  { name: "AES-CM", profile: 1, salt: Buffer.alloc(14, 9) },
  { name: "AES-GCM", profile: 7, salt: Buffer.alloc(12, 9) },
] as const;

/** A voice's packets as they go over the line; counts its sequence numbers' wraps as a sender does. */
function voice({ profile, salt }: (typeof LINES)[number], ssrc = 7) {
  const sender = new SrtpContext(KEY, salt, profile);
  const header = (sequenceNumber: number) => new werift.RtpHeader({ ssrc, sequenceNumber, timestamp: 960 * sequenceNumber, payloadType: 96 });
  return (sequenceNumber: number) => sender.encryptRtp(Buffer.from([1, 2, 3, sequenceNumber & 0xff]), header(sequenceNumber));
}

for (const line of LINES) {
  test(`${line.name}: a recorded packet is taken once, whenever it comes again; what comes in another order is taken`, () => {
    const send = voice(line);
    const stage = new SrtpContext(KEY, line.salt, line.profile);
    const packets = Array.from({ length: 3_000 }, (_, index) => send(60_000 + index));
    for (let at = 0; at < packets.length; at += 2) {
      for (const packet of [packets[at + 1], packets[at]]) stage.decryptRtp(packet as Buffer);
    }
    const before = guardFigures.replayedPackets;
    for (const at of [2_999, 2_500, 2_000, 1_000, 0]) assert.throws(() => stage.decryptRtp(packets[at] as Buffer), /second time/);
    assert.equal(guardFigures.replayedPackets, before + 5);
    assert.equal(stage.decryptRtp(send(63_000))[0].at(-1), 63_000 & 0xff);
  });

  test(`${line.name}: a line that is down for minutes while the sequence number wraps is heard again`, () => {
    const send = voice(line);
    const stage = new SrtpContext(KEY, line.salt, line.profile);
    for (let sequenceNumber = 60_000; sequenceNumber < 60_500; sequenceNumber++) stage.decryptRtp(send(sequenceNumber));
    for (let lost = 60_500; lost < 65_536 + 8_000; lost++) send(lost % 65_536);
    assert.equal(stage.decryptRtp(send(8_000))[0].at(-1), 8_000 & 0xff);
  });

  test(`${line.name}: who began shortly before a wrap is heard although the first packet that arrives comes after it`, () => {
    const send = voice(line);
    const stage = new SrtpContext(KEY, line.salt, line.profile);
    for (const lost of [65_534, 65_535, 0]) send(lost);
    assert.equal(stage.decryptRtp(send(1))[0].at(-1), 1);
    assert.equal(stage.decryptRtp(send(2))[0].at(-1), 2);
  });

  test(`${line.name}: nobody fills the memory with packets of ever new sources, nor moves the window with forged ones`, () => {
    const stage = new SrtpContext(KEY, line.salt, line.profile);
    for (let ssrc = 1; ssrc <= 8; ssrc++) stage.decryptRtp(voice(line, ssrc)(100));
    assert.throws(() => stage.decryptRtp(voice(line, 9)(100)), /one source too many/);
    const send = voice(line, 1);
    send(100);
    const forged = Buffer.from(send(101));
    forged.writeUInt16BE(30_000, 2);
    assert.throws(() => stage.decryptRtp(forged));
    assert.equal(stage.decryptRtp(send(102))[0].at(-1), 102);
  });

  test(`${line.name}: a recorded report about the line is taken once`, () => {
    const [sender, stage] = [new SrtcpContext(KEY, line.salt, line.profile), new SrtcpContext(KEY, line.salt, line.profile)];
    const report = Buffer.concat([Buffer.from([0x80, 200, 0, 6, 0, 0, 0, 7]), Buffer.alloc(20, 3)]);
    const [first, second] = [sender.encryptRTCP(report), sender.encryptRTCP(report)];
    assert.deepEqual(stage.decryptRTCP(second)[0], report);
    assert.deepEqual(stage.decryptRTCP(first)[0], report);
    for (const again of [first, second]) assert.throws(() => stage.decryptRTCP(again), /second time/);
    assert.throws(() => stage.decryptRTCP(Buffer.from([0x80, 200, 0, 1, 0, 0, 0, 7])), /second time/);
  });
}
