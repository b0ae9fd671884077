import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { OggPackets } from "./ogg-packets.ts";

const made = execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=2:a=0.3", "-c:a", "libopus", "-b:a", "160k", "-f", "ogg", "-"]);
const whole = new OggPackets().push(made);

test("an Ogg stream gives its packets, head and tags first", () => {
  assert.equal(String.fromCharCode(...(whole[0]?.data.subarray(0, 8) ?? [])), "OpusHead");
  assert.equal(String.fromCharCode(...(whole[1]?.data.subarray(0, 8) ?? [])), "OpusTags");
  assert.deepEqual([whole[0]?.first, whole[1]?.first], [true, false]);
  // Two seconds in packets of 20 ms, and what the encoder needs to start.
  assert.ok(whole.length >= 102 && whole.length <= 104, `${whole.length}`);
});

test("in whatever pieces it comes, the packets are the same", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5_000 }), { minLength: 1, maxLength: 40 }), (sizes) => {
      const packets = new OggPackets();
      const got = [];
      let at = 0;
      for (let turn = 0; at < made.length; turn++) {
        const size = sizes[turn % sizes.length] ?? 1;
        got.push(...packets.push(made.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(got, whole);
      assert.equal(packets.skippedBytes, 0);
    }),
    { numRuns: 20 },
  );
});

test("damage costs the pages it hits and nothing else: every packet that comes out is one that went in", () => {
  const known = new Set(whole.map(({ data }) => Buffer.from(data).toString("base64")));
  fc.assert(
    fc.property(fc.array(fc.record({ at: fc.nat(made.length - 1), value: fc.nat(255) }), { minLength: 1, maxLength: 6 }), fc.nat(40), (damage, cut) => {
      const bytes = Uint8Array.from(made);
      for (const { at, value } of damage) bytes[at] = value;
      const packets = new OggPackets();
      const got = packets.push(bytes.subarray(cut));
      // Damage may name a page of any length, and six hits may cost every page; what comes after the longest page is whole again.
      got.push(...packets.push(made), ...packets.push(made));
      for (const { data } of got) assert.ok(known.has(Buffer.from(data).toString("base64")));
      assert.deepEqual(got.slice(-whole.length), whole);
    }),
    { numRuns: 50 },
  );
});

test("junk gives nothing, throws nothing, and keeps no more than a page", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4_000 }), (junk) => {
      const packets = new OggPackets();
      for (let turn = 0; turn < 3; turn++) assert.deepEqual(packets.push(Buffer.concat([Buffer.from("OggS\0"), junk])), []);
    }),
    { numRuns: 100 },
  );
});
