import assert from "node:assert/strict";
import { test } from "node:test";
import { packetLength } from "../../src/stage/path/opus-packet.ts";
import { RedBlocks, readRed } from "../../src/stage/red.ts";
import { holdsItsHeader } from "../../src/stage/werift/ice-guard.ts";
import { werift, weriftFile } from "../../src/stage/werift/load.ts";
import { fuzz, random } from "./cases.ts";
import { mutateBytes } from "./mutate.ts";

/** RTCP packets that fit into one datagram, each with its header of 4 bytes. */
const MAX_PACKETS = 1_500 / 4;

const { parseMessage } = weriftFile<{ parseMessage: (data: Buffer, key?: Buffer) => unknown }>("ice/src/stun/message.js");
const { splitTcpFrames } = weriftFile<{ splitTcpFrames: (data: Buffer) => { frames: Buffer[]; rest: Buffer } }>("ice/src/stun/tcpFrame.js");
const { parsePacket } = weriftFile<{ parsePacket: (data: Buffer) => { fragment: Buffer }[] }>("dtls/src/record/receive.js");
const { FragmentedHandshake } = weriftFile<{ FragmentedHandshake: { deSerialize(data: Buffer): { fragment_length: number; fragment: Buffer } } }>(
  "dtls/src/record/message/fragment.js",
);
type Reader = { deSerialize(data: Buffer): unknown };
const { ServerHello } = weriftFile<{ ServerHello: Reader }>("dtls/src/handshake/message/server/hello.js");
const { ServerKeyExchange } = weriftFile<{ ServerKeyExchange: Reader }>("dtls/src/handshake/message/server/keyExchange.js");
const { ServerCertificateRequest } = weriftFile<{ ServerCertificateRequest: Reader }>("dtls/src/handshake/message/server/certificateRequest.js");
const { ServerHelloVerifyRequest } = weriftFile<{ ServerHelloVerifyRequest: Reader }>("dtls/src/handshake/message/server/helloVerifyRequest.js");
const { Certificate } = weriftFile<{ Certificate: Reader }>("dtls/src/handshake/message/certificate.js");
const { Alert } = weriftFile<{ Alert: Reader }>("dtls/src/handshake/message/alert.js");
const { SrtpContext } = weriftFile<{ SrtpContext: new (key: Buffer, salt: Buffer, profile: number) => { decryptRtp(data: Buffer): unknown } }>(
  "rtp/src/srtp/context/srtp.js",
);
const { SrtcpContext } = weriftFile<{ SrtcpContext: new (key: Buffer, salt: Buffer, profile: number) => { decryptRTCP(data: Buffer): unknown } }>(
  "rtp/src/srtp/context/srtcp.js",
);

/** Counting bytes, so that a part in the wrong place shows. */
const filling = (length: number) => Array.from({ length }, (_, index) => index & 255);
const broken = (seed: readonly number[]) => Buffer.from(mutateBytes(Uint8Array.from(seed), random));

/** What the component reads may throw, its callers drop the datagram: but it may not hang, nor make much out of little. */
function read(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof Error && !(error instanceof assert.AssertionError), String(error));
  }
}

test("no STUN message holds the stage up, with credentials or without", () => {
  const request = [
    0,
    1,
    0,
    44,
    0x21,
    0x12,
    0xa4,
    0x42,
    ...filling(12),
    0,
    6,
    0,
    9,
    ...filling(9),
    0,
    0,
    0,
    0x80,
    0x29,
    0,
    8,
    ...filling(8),
    0,
    0x25,
    0,
    0,
    0x80,
    0x28,
    0,
    4,
    1,
    2,
    3,
    4,
  ];
  const key = Buffer.from("a password of ICE");
  fuzz(0.1, () => {
    const data = broken(request);
    return () => read(() => [parseMessage(data), parseMessage(data, key)]);
  });
});

test("no stream of TCP frames holds the stage up or is lost from", () => {
  fuzz(0.05, () => {
    const data = broken([0, 4, 1, 2, 3, 4, 0, 0, 0, 2, 9, 9, 1, 0, ...filling(40)]);
    return () => {
      const { frames, rest } = splitTcpFrames(data);
      assert.equal(
        frames.reduce((sum, frame) => sum + frame.length + 2, rest.length),
        data.length,
      );
    };
  });
});

test("no DTLS record and no part of a handshake holds the stage up", () => {
  const handshake = (type: number, body: readonly number[]) => [type, 0, 0, body.length, 0, 0, 0, 0, 0, 0, 0, body.length, ...body];
  const record = (body: readonly number[]) => [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, body.length >> 8, body.length & 255, ...body];
  const hello = [0xfe, 0xfd, ...filling(32), 0, 0xc0, 0x2b, 0, 0, 12, 0, 23, 0, 0, 0, 14, 0, 5, 0, 2, 0, 1, 0];
  const records = [
    record(handshake(2, hello)),
    record(handshake(11, [0, 0, 8, 0, 0, 5, ...filling(5)])),
    record(handshake(14, [])),
    [21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2, 2, 40],
  ];
  const readers: readonly (readonly [Reader, readonly number[]])[] = [
    [ServerHello, hello],
    [ServerHelloVerifyRequest, [0xfe, 0xff, 20, ...filling(20)]],
    [Certificate, [0, 0, 8, 0, 0, 5, ...filling(5)]],
    [ServerKeyExchange, [3, 0, 23, 65, ...filling(65), 4, 3, 0, 70, ...filling(70)]],
    [ServerCertificateRequest, [1, 64, 0, 2, 4, 3, 0, 0]],
    [Alert, [2, 40]],
  ];
  fuzz(0.15, (index) => {
    const datagram = broken([...(records[index % records.length] as number[]), ...(records[(index * 7) % records.length] as number[])]);
    const [reader, seed] = readers[index % readers.length] as (typeof readers)[number];
    const message = broken(seed);
    return () => {
      read(() => {
        for (const { fragment } of parsePacket(datagram)) {
          for (let at = 0; at < fragment.length; ) at += FragmentedHandshake.deSerialize(fragment.subarray(at)).fragment_length + 12;
        }
      });
      read(() => reader.deSerialize(message));
    };
  });
});

test("no RTP packet that passes the guard holds the stage up, sealed or open", () => {
  const packet = [0x90, 96, 0, 1, 0, 0, 3, 192, 1, 2, 3, 4, 0xbe, 0xde, 0, 2, 0x10, 0x80, 0x22, 7, 8, 9, 0, 0, ...filling(60)];
  const contexts = [new SrtpContext(Buffer.alloc(16, 5), Buffer.alloc(14, 9), 1), new SrtpContext(Buffer.alloc(16, 5), Buffer.alloc(12, 9), 7)];
  fuzz(0.1, (index) => {
    const data = broken(packet);
    return () => {
      // What calls itself RTCP is read as RTCP.
      if (!holdsItsHeader(data) || ((data[1] ?? 0) >= 192 && (data[1] ?? 0) <= 223)) return;
      read(() => werift.RtpPacket.deSerialize(data));
      if (index % 4 < 2) read(() => contexts[index % 2]?.decryptRtp(data));
    };
  });
});

test("no RTCP packet holds the stage up, sealed or open", () => {
  const seeds = [
    [0x81, 200, 0, 12, 1, 2, 3, 4, ...filling(44)],
    [0x81, 201, 0, 7, 1, 2, 3, 4, ...filling(24)],
    [0x81, 202, 0, 3, 1, 2, 3, 4, 1, 2, 65, 66],
    [0x81, 205, 0, 3, ...filling(12)],
    [0x8f, 205, 0, 6, ...filling(24)],
    [0x81, 206, 0, 2, ...filling(8)],
    [0x8f, 206, 0, 5, ...filling(8), 0x52, 0x45, 0x4d, 0x42, 1, 2, 3, 4, 5, 6, 7, 8],
  ];
  const contexts = [new SrtcpContext(Buffer.alloc(16, 5), Buffer.alloc(14, 9), 1), new SrtcpContext(Buffer.alloc(16, 5), Buffer.alloc(12, 9), 7)];
  fuzz(0.15, (index) => {
    const data = broken([...(seeds[index % seeds.length] as number[]), ...(seeds[(index * 5) % seeds.length] as number[])]);
    return () => {
      read(() => {
        const packets = werift.RtcpPacketConverter.deSerialize(data);
        assert.ok(packets.length <= MAX_PACKETS, `${packets.length} packets out of ${data.length} bytes`);
      });
      if (index % 4 < 2) read(() => contexts[index % 2]?.decryptRTCP(data));
    };
  });
});

test("no packet with copies and no Opus packet is read beyond its end", () => {
  const red = [0xef, 0, 3, 4, ...[0x6f], ...filling(30)];
  const blocks = new RedBlocks();
  fuzz(0.15, () => {
    const payload = broken(red);
    return () => {
      const copies = readRed(payload, blocks);
      for (let part = 0; part <= copies; part++)
        assert.ok((blocks.starts[part] as number) <= (blocks.ends[part] as number) && (blocks.ends[part] as number) <= payload.length);
      if (payload.length > 0) assert.ok(packetLength(payload) >= 0 && packetLength(payload) <= 63 * 60);
    };
  });
});
