import { systemClock } from "../../src/core/clock.ts";
import { FRAME_SAMPLES, SAMPLE_RATE, samples } from "../../src/core/units.ts";
import { openArchive, Programme, type ProgrammeOptions } from "../../src/programme/mod.ts";
import { MemoryPartBus } from "../../src/server/adapters/part-bus-memory.ts";
import { BusEndpoint } from "../../src/server/stage/bus-endpoint.ts";
import type { LiveState } from "../../src/wire/public-state.ts";

/** A frame of the mix. Milliseconds. */
const FRAME_MS = 20;

/** Whose programme the tone is. */
export interface ToneOptions {
  readonly eventId: string;
  readonly slug: string;
  /** Folder of the archive. */
  readonly archive: string;
  /** How much has been on air already. Seconds. */
  readonly pastSeconds: number;
  readonly originUnixMs: number;
  readonly state: () => LiveState;
  readonly metadata?: ProgrammeOptions["metadata"];
  /** Called before each frame goes in. Samples since going live. */
  readonly onFrame?: (position: number, channel: Float32Array) => void;
}

/** A programme on air: real encoders, a real archive, a real bus; only the mixer is a tone. */
export interface Tone {
  readonly bus: MemoryPartBus;
  readonly endpoint: BusEndpoint;
  /** Publishes the last parts and completes the archive. Resolves to the length in samples. */
  end(tags: { readonly title: string; readonly date: string }): Promise<number>;
  close(): Promise<void>;
}

/** Puts a tone on air, in real time from here on. */
export async function openTone({ eventId, slug, archive: folder, pastSeconds, originUnixMs, state, metadata = () => [], onFrame }: ToneOptions): Promise<Tone> {
  const bus = new MemoryPartBus();
  const endpoint = new BusEndpoint(bus, { eventId, slug, epoch: 1 }, state());
  const archive = await openArchive({ folder, numberOfChannels: 1 });
  const programme = await Programme.open({
    eventId,
    epoch: 1,
    startAt: samples(0),
    resume: archive.nextSequenceNumber,
    numberOfChannels: 1,
    archive,
    publish: (part) => bus.publish(part),
    publishChunk: (chunk) => bus.publishChunk(chunk),
    metadata,
    clock: systemClock,
    onFault: (error) => {
      throw error;
    },
  });
  endpoint.setHeaders(programme.headers);
  const channel = new Float32Array(FRAME_SAMPLES);
  let position = 0;
  const push = () => {
    const level = 0.15 + 0.1 * Math.sin(position / SAMPLE_RATE / 3);
    for (let index = 0; index < FRAME_SAMPLES; index++) channel[index] = level * Math.sin((2 * Math.PI * 220 * (position + index)) / SAMPLE_RATE);
    onFrame?.(position, channel);
    programme.push({ timestamp: samples(position), channels: [channel] });
    position += FRAME_SAMPLES;
  };
  const isDue = () => (position * 1_000) / SAMPLE_RATE + FRAME_MS <= Date.now() - originUnixMs;
  // What passes while the past is made is past too: on a busy machine it is more than encoders may be behind.
  while (position < pastSeconds * SAMPLE_RATE || isDue()) {
    while (programme.queueDepth > 20) await new Promise((resolve) => setTimeout(resolve, 1));
    push();
  }
  const timer = setInterval(() => {
    while (isDue()) push();
  }, FRAME_MS / 2);
  return {
    bus,
    endpoint,
    async end(tags) {
      clearInterval(timer);
      const { durationSamples } = await programme.end();
      await archive.finish({ durationSamples, ...tags });
      return durationSamples;
    },
    async close() {
      clearInterval(timer);
      await programme.close();
      await archive.close();
    },
  };
}
