import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { FRAME_SAMPLES } from "../core/units.ts";
import { levelOf } from "./audio.ts";
import { openReturnEncoder, type ReturnEncoder } from "./codecs.ts";
import { OpusSource } from "./opus-source.ts";

let encoder: ReturnEncoder;
before(async () => {
  encoder = await openReturnEncoder();
  encoder.repairs = true;
});
after(() => encoder.close());

/** A voice-like tone: encodes `count` frames of 200 Hz with harmonics. */
function voice(count: number): Uint8Array[] {
  const frame = new Float32Array(FRAME_SAMPLES);
  return Array.from({ length: count }, (_, index) => {
    for (let at = 0; at < FRAME_SAMPLES; at++) {
      const time = (index * FRAME_SAMPLES + at) / 48_000;
      frame[at] = 0.2 * (Math.sin(2 * Math.PI * 200 * time) + 0.5 * Math.sin(2 * Math.PI * 400 * time) + 0.3 * Math.sin(2 * Math.PI * 1_000 * time));
    }
    return encoder.encode(frame);
  });
}

function listen(source: OpusSource, packets: readonly (Uint8Array | undefined)[]): number[] {
  const out = new Float32Array(FRAME_SAMPLES);
  const levels: number[] = [];
  const next = (index: number) => {
    const payload = packets[index];
    if (payload !== undefined) source.put(index, index * FRAME_SAMPLES, payload);
  };
  next(0);
  next(1);
  for (let index = 2; index < packets.length; index++) {
    next(index);
    source.pull(out);
    levels.push(levelOf(out));
  }
  return levels;
}

test("one lost packet in five leaves no hole in a voice", async () => {
  const source = await OpusSource.open();
  const levels = listen(
    source,
    voice(100).map((payload, index) => (index % 5 === 4 ? undefined : payload)),
  );
  const spoken = levels.slice(10);
  assert.ok(Math.min(...spoken) > Math.max(...spoken) - 12, `levels from ${Math.min(...spoken)} to ${Math.max(...spoken)}`);
  assert.ok(source.repaired > 10);
  source.close();
});

test("a voice that stops arriving fades to silence within 200 ms and comes back by itself", async () => {
  const source = await OpusSource.open();
  const packets = voice(60).map((payload, index) => (index >= 20 && index < 40 ? undefined : payload));
  const levels = listen(source, packets);
  assert.ok((levels[32] as number) < -90, `still ${levels[32]} dBFS`);
  assert.ok((levels[50] as number) > -30, `only ${levels[50]} dBFS`);
  source.close();
});

test("bytes that are not Opus are silence, not an error", async () => {
  const source = await OpusSource.open();
  const out = new Float32Array(FRAME_SAMPLES);
  let sequenceNumber = 0;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
      source.put(sequenceNumber++ % 65_536, (sequenceNumber * FRAME_SAMPLES) % 2 ** 32, payload);
      source.pull(out);
      assert.equal(out.length, FRAME_SAMPLES);
    }),
    { numRuns: 2_000 },
  );
  source.close();
  source.pull(out);
  assert.ok(out.every((value) => value === 0));
});
