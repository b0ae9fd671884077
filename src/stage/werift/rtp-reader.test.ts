import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { werift } from "./load.ts";
import { RtpReader } from "./rtp-reader.ts";

const header = fc.record({
  sequenceNumber: fc.integer({ min: 0, max: 65_535 }),
  timestamp: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  ssrc: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  payloadType: fc.integer({ min: 0, max: 127 }),
  marker: fc.boolean(),
  csrc: fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { maxLength: 3 }),
  levels: fc.uniqueArray(fc.integer({ min: 1, max: 14 }), { maxLength: 4 }),
});

test("a header reads as the component wrote it: numbers, length and every extension", () => {
  const reader = new RtpReader();
  fc.assert(
    fc.property(header, fc.constantFrom(0xbede, 0x1000), ({ levels, ...fields }, extensionProfile) => {
      const extensions = levels.map((id) => ({ id, payload: Buffer.from([100 + id]) }));
      const written = new werift.RtpPacket(new werift.RtpHeader({ ...fields, extensions, extensionProfile }), Buffer.from([1, 2, 3]));
      const packet = written.serialize();
      assert.equal(reader.read(packet, packet.length), true);
      for (const field of ["sequenceNumber", "timestamp", "ssrc", "payloadType"] as const) assert.equal(reader[field], fields[field]);
      assert.deepEqual([...packet.subarray(reader.length)], [1, 2, 3]);
      for (let id = 1; id <= 14; id++) assert.equal(reader.extension(packet, id), levels.includes(id) ? 100 + id : undefined);
    }),
  );
});

test("no bytes lead the reader past the end of a packet", () => {
  const reader = new RtpReader();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 90 }), (bytes, limit) => {
      const packet = Buffer.from(bytes);
      if (bytes.length > 0 && limit % 2 === 0) packet[0] = 0x90;
      if (!reader.read(packet, limit)) return;
      assert.ok(reader.length >= 12 && reader.length <= limit && limit <= packet.length);
      for (let id = 1; id <= 255; id++) reader.extension(packet, id);
    }),
    { numRuns: 2_000 },
  );
});
