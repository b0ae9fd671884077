import assert from "node:assert/strict";
import { test } from "node:test";
import { Application, createEncoder } from "libopus-wasm";
import { tries } from "../core/test-length.ts";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "../core/units.ts";
import { OpusSource } from "./opus-source.ts";

/** How long the two clocks run: without a correction the buffer would be six packets off after ten minutes, and eighteen after thirty. */
const MINUTES = tries(10, 30);
const HERTZ = 250;

/** A second of a steady tone that can be repeated without a seam. */
async function tone(): Promise<Uint8Array[]> {
  const encoder = await createEncoder({
    application: Application.Audio,
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: 96_000,
    vbr: false,
    frameSize: FRAME_SAMPLES,
  });
  const frame = new Float32Array(FRAME_SAMPLES);
  const packets: Uint8Array[] = [];
  for (let index = 0; index < 100; index++) {
    for (let at = 0; at < FRAME_SAMPLES; at++) frame[at] = 0.3 * Math.sin((2 * Math.PI * HERTZ * (index * FRAME_SAMPLES + at)) / SAMPLE_RATE);
    packets.push(encoder.encodeFloat(frame).slice());
  }
  encoder.free();
  return packets.slice(50);
}

for (const ppm of [200, -200]) {
  test(`${MINUTES} minutes from a clock that is ${Math.abs(ppm)} ppm ${ppm > 0 ? "fast" : "slow"} costs no delay, no click and no invented sound`, async () => {
    const packets = await tone();
    const source = await OpusSource.open();
    const out = new Float32Array(FRAME_SAMPLES);
    const period = FRAME_MS / (1 + ppm * 1e-6);
    const ticks = (MINUTES * 60_000) / FRAME_MS;
    // A tone obeys x[n] = 2 cos(w) x[n-1] - x[n-2]: whatever does not is a click.
    const twoCos = 2 * Math.cos((2 * Math.PI * HERTZ) / SAMPLE_RATE);
    let [before, last] = [0, 0];
    let worstStep = 0;
    let deepest = 0;
    let corrected = 0;
    let sent = 0;
    let random = 1;
    let nextAt = 3;
    for (let tick = 0; tick < ticks; tick++) {
      const nowMs = tick * FRAME_MS;
      while (nextAt <= nowMs) {
        source.put(sent % 65_536, (sent * FRAME_SAMPLES) % 2 ** 32, packets[sent % packets.length] as Uint8Array);
        sent++;
        random = (random * 48_271) % 2_147_483_647;
        // Up to 12 ms late, as on a good line.
        nextAt = 3 + sent * period + (random / 2_147_483_647) * 12;
      }
      source.pull(out);
      if (source.driftPpm !== 0) corrected++;
      if (tick < 100) continue;
      deepest = Math.max(deepest, source.buffer.depth);
      for (let index = 0; index < FRAME_SAMPLES; index++) {
        const value = out[index] as number;
        if (tick > 100) worstStep = Math.max(worstStep, Math.abs(value - twoCos * last + before));
        before = last;
        last = value;
      }
    }
    const { underruns, dropped, late, lost, target } = source.buffer;
    source.close();
    assert.ok(deepest <= 4, `${deepest} packets deep`);
    assert.equal(target, 2);
    assert.deepEqual({ underruns, dropped, late, lost, concealed: source.concealed }, { underruns: 0, dropped: 0, late: 0, lost: 0, concealed: 0 });
    assert.ok(worstStep < 0.003, `a step of ${worstStep}`);
    assert.ok(corrected > 0.2 * ticks && corrected < 0.7 * ticks, `corrected in ${corrected} of ${ticks} frames`);
  });
}
