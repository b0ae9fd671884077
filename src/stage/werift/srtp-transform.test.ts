import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { SrtpContext } from "./component.ts";
import { werift, weriftFile } from "./load.ts";
import { transformOf } from "./srtp-transform.ts";

type Context = SrtpContext & {
  encryptRtp(payload: Buffer, header: InstanceType<typeof werift.RtpHeader>): Buffer;
  decryptRtp(packet: Buffer): readonly [Buffer, unknown];
};
const { SrtpContext: ComponentContext } = weriftFile<{ SrtpContext: new (key: Buffer, salt: Buffer, profile: number) => Context }>(
  "rtp/src/srtp/context/srtp.js",
);

const KEY = Buffer.from("00112233445566778899aabbccddeeff", "hex");
const PROFILES = [
  { name: "AES-CM, as Chromium chooses", profile: 1, saltBytes: 14 },
  { name: "AES-GCM", profile: 7, saltBytes: 12 },
] as const;

for (const { name, profile, saltBytes } of PROFILES) {
  const make = () => new ComponentContext(KEY, Buffer.alloc(saltBytes, 7), profile);

  test(`${name}: what the component sealed is opened, what was changed is not, and the other way round`, () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.integer({ min: 0, max: 65_535 }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.nat(),
        (bytes, sequenceNumber, ssrc, place) => {
          const transform = transformOf(make());
          assert.ok(transform !== undefined);
          const header = new werift.RtpHeader({ ssrc, sequenceNumber, timestamp: 960, payloadType: 111 });
          const packet = make().encryptRtp(Buffer.from(bytes), header);
          assert.deepEqual(transform.open(packet, 12, 0)?.compare(bytes), 0);
          const changed = Buffer.from(packet);
          changed[place % packet.length] = (changed[place % packet.length] as number) ^ 1;
          assert.equal(transform.open(changed, 12, 0), undefined);
          assert.equal(transform.open(packet, 12, 1), undefined, "of another round of sequence numbers");
          assert.deepEqual(transform.seal(packet.subarray(0, 12), bytes, 0), packet);
        },
      ),
    );
  });
}

test("a profile only the component knows has no shortcut", () => {
  assert.equal(transformOf({ ...new ComponentContext(KEY, Buffer.alloc(14), 1), profile: 2 }), undefined);
});
