import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Clock, systemClock } from "../core/clock.ts";
import { type EncoderOptions, type FrameEncoder, openEncoder } from "./encoder.ts";
import { GRIDS, RENDITIONS } from "./part.ts";
import { silentPacket } from "./silence.ts";
import { SteadyEncoder } from "./steady-encoder.ts";

const block = [new Float32Array(GRIDS.aac.frameSamples)];
const silence = silentPacket("aac", 1);

/** A clock whose sleeps end when the test says so. */
function handClock(): { clock: Clock; wake: () => Promise<void> } {
  let wakers: (() => void)[] = [];
  const sleep = (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      wakers.push(resolve);
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
    });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const wake = async () => {
    await settled();
    for (const waker of wakers.splice(0)) waker();
    wakers = [];
    await settled();
  };
  return { clock: { ...systemClock, sleep }, wake };
}

/** Encoders under the test's hand, in the order they were opened. */
async function openByHand() {
  const opened: EncoderOptions[] = [];
  const packets: Uint8Array[] = [];
  const faults: unknown[] = [];
  const { clock, wake } = handClock();
  const open = async (options: EncoderOptions): Promise<FrameEncoder> => {
    opened.push(options);
    return { queueDepth: 0, push: () => {}, flush: async () => {}, close: async () => {} };
  };
  const encoder = await SteadyEncoder.open({
    rendition: "aac",
    numberOfChannels: 1,
    clock,
    open,
    onPacket: (packet) => packets.push(packet),
    onFault: (error) => faults.push(error),
  });
  return { encoder, opened, packets, faults, wake };
}

describe("an encoder", () => {
  test("that breaks is told once and replaced, and no packet is missing or doubled", async () => {
    const { encoder, opened, packets, faults, wake } = await openByHand();
    const sound = Uint8Array.of(1);
    encoder.push(block);
    encoder.push(block);
    encoder.push(block);
    opened[0]?.onPacket(sound);
    opened[0]?.onFault(new Error("worker died"));
    opened[0]?.onFault(new Error("and again"));
    opened[0]?.onPacket(sound);
    assert.deepEqual(packets, [sound, silence, silence]);
    encoder.push(block);
    assert.deepEqual(packets.at(-1), silence);
    await wake();
    assert.equal(opened.length, 2);
    encoder.push(block);
    opened[0]?.onPacket(sound);
    assert.equal(packets.length, 4, "a packet of the dead encoder is not taken");
    opened[1]?.onPacket(Uint8Array.of(2));
    assert.deepEqual([...packets.map((packet) => packet[0])], [1, 1, 1, 1, 2]);
    assert.equal(faults.length, 1);
    assert.equal(encoder.blocksLost, 3);
    await encoder.close();
  });

  test("that falls far behind loses sound, never time, and is told once", async () => {
    const { encoder, opened, packets, faults } = await openByHand();
    for (let count = 0; count < 2000; count++) encoder.push(block);
    assert.equal(faults.length, 1);
    for (let count = 0; count < 1500; count++) opened[0]?.onPacket(Uint8Array.of(count % 200));
    assert.equal(packets.length, 2000);
    assert.deepEqual(packets.at(-1), silence);
    assert.equal(encoder.blocksLost, 500);
    await encoder.close();
  });

  test("that ends with packets missing does not shorten the programme", async () => {
    const { encoder, packets } = await openByHand();
    for (let count = 0; count < 7; count++) encoder.push(block);
    await encoder.flush();
    assert.equal(packets.length, 7);
    await encoder.close();
  });

  for (const rendition of RENDITIONS) {
    test(`gives exactly one ${rendition} packet a block for two minutes, and settles on our packet of silence`, async () => {
      const { frameSamples } = GRIDS[rendition];
      const blocks = Math.ceil((120 * 48_000) / frameSamples);
      const packets: Uint8Array[] = [];
      const encoder = await openEncoder({
        rendition,
        numberOfChannels: 1,
        onPacket: (packet) => packets.push(packet),
        onFault: (error) => assert.fail(String(error)),
      });
      const pcm = [new Float32Array(frameSamples)];
      for (let count = 0; count < blocks; count++) {
        const loud = count < blocks - 50;
        for (let index = 0; index < frameSamples; index++) (pcm[0] as Float32Array)[index] = loud ? 0.3 * Math.sin((count * frameSamples + index) / 20) : 0;
        encoder.push(pcm);
        while (encoder.queueDepth > 100) await systemClock.sleep(1);
      }
      await encoder.flush();
      await encoder.close();
      assert.equal(packets.length, blocks);
      // MP3 has no one packet of silence: its bit reservoir says something else each time.
      if (rendition !== "mp3") assert.deepEqual(Uint8Array.from(packets.at(-1) as Uint8Array), silentPacket(rendition, 1));
    });
  }
});
