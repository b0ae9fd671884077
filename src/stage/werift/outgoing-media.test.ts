import assert from "node:assert/strict";
import { test } from "node:test";
import type { RtpSender, SrtpContext } from "./component.ts";
import { werift, weriftFile } from "./load.ts";
import { OutgoingMedia } from "./outgoing-media.ts";

type Context = SrtpContext & { decryptRtp(packet: Buffer): readonly [Buffer, unknown] };
const { SrtpContext: ComponentContext } = weriftFile<{ SrtpContext: new (key: Buffer, salt: Buffer, profile: number) => Context }>(
  "rtp/src/srtp/context/srtp.js",
);

const KEY = Buffer.alloc(16, 5);
/** Profiles by number, with the length of their salts in bytes. @spec RFC 5764 §4.1.2, RFC 7714 §14.2 */
const AES_GCM = { name: "AES-GCM", profile: 7, salt: Buffer.alloc(12, 9) };
const AES_CM = { name: "AES-CM", profile: 1, salt: Buffer.alloc(14, 9) };

/** A sender as the component makes it, whose datagrams are kept. */
function line({ profile, salt }: typeof AES_GCM) {
  const sent: Buffer[] = [];
  const socket = { send: (data: Buffer) => void sent.push(data) };
  const agent = {
    state: "connected",
    nominated: {
      protocol: { transport: { type: "udp", closed: false, socket }, sendData: async () => assert.fail("the long way") },
      remoteAddr: ["127.0.0.1", 9] as const,
    },
  };
  const context = new ComponentContext(KEY, salt, profile);
  const sender: RtpSender = {
    ssrc: 0x89abcdef,
    codec: { payloadType: 111 },
    mid: "audio",
    headerExtensions: [{ id: 4, uri: "urn:ietf:params:rtp-hdrext:sdes:mid" }],
    dtlsTransport: { state: "connected", srtp: { localContext: context, remoteContext: context }, iceTransport: { connection: agent } },
    ntpTimestamp: 0n,
    rtpTimestamp: 0,
    packetCount: 0,
    octetCount: 0,
    runRtcp: async () => {},
  };
  return { sent, sender, agent };
}

for (const kind of [AES_GCM, AES_CM])
  test(`${kind.name}: what a speaker's browser gets is one unbroken stream, also past the end of the sequence numbers`, () => {
    const { sent, sender } = line(kind);
    const media = new OutgoingMedia(sender, () => assert.fail("the long way"));
    media.send(Uint8Array.of(0));
    // To just before the wrap, as silently as time passes before a connection is up.
    for (let left = 65_536 - (sent.pop() as Buffer).readUInt16BE(2) - 200; left > 0; left--) media.skip();
    const receiver = new ComponentContext(KEY, kind.salt, kind.profile);
    let before: { sequenceNumber: number; timestamp: number } | undefined;
    for (let count = 0; count < 400; count++) {
      media.send(Uint8Array.of(count & 0xff, 1, 2, 3));
      const { header, payload } = werift.RtpPacket.deSerialize(receiver.decryptRtp(sent.pop() as Buffer)[0]);
      assert.deepEqual([...payload], [count & 0xff, 1, 2, 3]);
      assert.equal(header.ssrc, 0x89abcdef);
      assert.equal(header.payloadType, 111);
      assert.deepEqual(
        header.extensions.map(({ id, payload: value }) => `${id} ${value.toString()}`),
        ["4 audio"],
      );
      if (before !== undefined) {
        assert.equal(header.sequenceNumber, (before.sequenceNumber + 1) % 65_536);
        assert.equal(header.timestamp, (before.timestamp + 960) % 2 ** 32);
      }
      before = { sequenceNumber: header.sequenceNumber, timestamp: header.timestamp };
    }
    assert.equal(sender.packetCount, 401);
    assert.equal(sender.octetCount, 1_601);
    const seconds = Number(sender.ntpTimestamp >> 32n) - 2_208_988_800;
    assert.ok(Math.abs(seconds - Date.now() / 1_000) < 60, "sender reports tell the time of day");
  });

test("time that passes before the connection is up passes in the stream's time stamps too", () => {
  const { sent, sender } = line(AES_GCM);
  const media = new OutgoingMedia(sender, () => assert.fail("the long way"));
  const stamps: number[] = [];
  for (const skips of [0, 3]) {
    for (let count = 0; count < skips; count++) media.skip();
    media.send(Uint8Array.of(1));
    stamps.push((sent.pop() as Buffer).readUInt32BE(4));
  }
  assert.equal(((stamps[1] ?? 0) - (stamps[0] ?? 0) + 2 ** 32) % 2 ** 32, 4 * 960);
  assert.equal(media.packets, 2);
});

test("what has no keys of a known kind is left to the component, and a path that is gone swallows packets without a word", () => {
  const other = line(AES_GCM);
  const unknown: RtpSender = { ...other.sender, dtlsTransport: undefined };
  let long = 0;
  new OutgoingMedia(unknown, () => long++).send(Uint8Array.of(1));
  assert.equal(long, 1);
  assert.equal(other.sent.length, 0);
  const { sent, sender, agent } = line(AES_GCM);
  agent.state = "closed";
  new OutgoingMedia(sender, () => assert.fail("the long way")).send(Uint8Array.of(1));
  assert.equal(sent.length, 0);
});

test("a section's name that is too long for a header extension is left out, and the sound still goes", () => {
  const { sent, sender } = line(AES_GCM);
  new OutgoingMedia({ ...sender, mid: "a".repeat(17) }, () => assert.fail("the long way")).send(Uint8Array.of(1));
  const [packet] = sent;
  assert.equal(packet?.[0], 0x80, "no extension");
  assert.equal(packet?.length, 12 + 1 + 16);
});
