import { execFileSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import { samples } from "../../src/core/units.ts";
import { type CmafRendition, GRIDS, type Part, partSamples, RENDITIONS, type RenditionId, renditionHeaders, writeChunk } from "../../src/programme/mod.ts";
import { MemoryPartBus } from "../../src/server/adapters/part-bus-memory.ts";
import { BusEndpoint } from "../../src/server/stage/bus-endpoint.ts";
import { steadyMs } from "./orders.ts";
import { goFirst } from "./process-cost.ts";

/** Bit rate of the MP3 every contestant is given. Bits per second. */
export const MP3_BITRATE = 48_000;
/** Length of one MP3 frame at that rate and 48 kHz. Bytes; whole, so that every part is as long as every other. */
const MP3_FRAME_BYTES = (144 * MP3_BITRATE) / 48_000;
/** Parts of the window that is there when the first listener comes. */
const PARTS_BEFORE = 60;

/** Called with each MP3 part as it is published. */
export type Mp3Listener = (bytes: Uint8Array, sequenceNumber: number) => void;

/** A stage as fronts see it, with real MP3 and CMAF parts at the real pace, and the same MP3 for whoever else wants it. */
export class ProgrammeFeed {
  readonly url: string;
  /** Steady clock at which each part was published, by rendition and number. Milliseconds. */
  readonly publishedAt = new Map<string, number>();
  readonly #bus: MemoryPartBus;
  readonly #server: Server;
  readonly #mp3: Uint8Array;
  readonly #bitrates: Readonly<Record<CmafRendition, number>>;
  readonly #listeners = new Set<Mp3Listener>();
  readonly #speed: number;
  #startedAt = 0;
  readonly #next: Record<RenditionId, number> = { opus: 0, aac: 0, mp3: 0, low: 0 };
  #timer: NodeJS.Timeout | undefined;

  private constructor(parts: {
    bus: MemoryPartBus;
    server: Server;
    url: string;
    mp3: Uint8Array;
    bitrates: Readonly<Record<CmafRendition, number>>;
    speed: number;
  }) {
    this.#speed = parts.speed;
    this.#bus = parts.bus;
    this.#server = parts.server;
    this.url = parts.url;
    this.#mp3 = parts.mp3;
    this.#bitrates = parts.bitrates;
  }

  /** Starts publishing; half a minute of programme is there at once. `opusBitrate` in bits per second decides how long Opus parts are, `speed` how much faster than life they come. */
  static async start(opusBitrate: number = GRIDS.opus.bitrate, speed = 1): Promise<ProgrammeFeed> {
    goFirst();
    const bus = new MemoryPartBus();
    const originUnixMs = Date.now() - 60_000;
    const state = { eventId: "bench", slug: "bench", phase: "live", epoch: 1, originUnixMs, onStage: [], revision: 1 } as const;
    const endpoint = new BusEndpoint(bus, { eventId: "bench", slug: "bench", epoch: 1 }, state);
    endpoint.setHeaders(renditionHeaders(1));
    const server = createServer((_, response) => endpoint.serve(response, 90_000));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
    const feed = new ProgrammeFeed({
      bus,
      server,
      url,
      mp3: encodeMp3(),
      bitrates: { opus: opusBitrate, aac: GRIDS.aac.bitrate, low: GRIDS.low.bitrate },
      speed,
    });
    for (const rendition of RENDITIONS) for (let number = 0; number < PARTS_BEFORE; number++) feed.#publish(rendition);
    feed.#run();
    return feed;
  }

  /** Calls `on` for every MP3 part from now on; returns what to call to stop. */
  listen(on: Mp3Listener): () => void {
    this.#listeners.add(on);
    return () => this.#listeners.delete(on);
  }

  /** Number of the part a rendition publishes next. */
  next(rendition: RenditionId): number {
    return this.#next[rendition];
  }

  /** Where the programme's clock stands for Opus. Milliseconds since going live. */
  get programmeMs(): number {
    return (PARTS_BEFORE * partSamples("opus")) / 48 + (steadyMs() - this.#startedAt) * this.#speed;
  }

  /** Waits until a part is out; resolves to the steady clock of that moment. */
  async published(rendition: RenditionId, sequenceNumber: number): Promise<number> {
    for (;;) {
      const at = this.publishedAt.get(`${rendition}/${sequenceNumber}`);
      if (at !== undefined) return at;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #run(): void {
    const started = steadyMs();
    this.#startedAt = started;
    const dueAt = (rendition: RenditionId) => started + ((this.#next[rendition] - PARTS_BEFORE + 1) * partSamples(rendition)) / 48 / this.#speed;
    const tick = () => {
      const now = steadyMs();
      for (const rendition of RENDITIONS) while (dueAt(rendition) <= now) this.#publish(rendition);
      this.#timer = setTimeout(tick, Math.max(1, Math.min(...RENDITIONS.map(dueAt)) - steadyMs()));
    };
    tick();
  }

  #publish(rendition: RenditionId): void {
    const sequenceNumber = this.#next[rendition]++;
    const { framesPerPart, frameSamples } = GRIDS[rendition];
    const timestamp = samples(sequenceNumber * partSamples(rendition));
    let data: Uint8Array;
    if (rendition === "mp3") {
      const length = framesPerPart * MP3_FRAME_BYTES;
      const at = (sequenceNumber % Math.floor(this.#mp3.length / length)) * length;
      data = this.#mp3.subarray(at, at + length);
    } else {
      const packet = new Uint8Array(Math.round((this.#bitrates[rendition] * frameSamples) / 48_000 / 8)).fill(0x55);
      data = writeChunk({ rendition, sequenceNumber, timestamp, packets: Array.from({ length: framesPerPart }, () => packet) });
    }
    const part: Part = {
      eventId: "bench",
      rendition,
      epoch: 1,
      sequenceNumber,
      timestamp,
      duration: samples(partSamples(rendition)),
      filler: false,
      last: false,
      data,
    };
    this.publishedAt.set(`${rendition}/${sequenceNumber}`, steadyMs());
    this.#bus.publish(part);
    if (rendition === "mp3") for (const listener of this.#listeners) listener(data, sequenceNumber);
  }
}

/** A minute of pink noise as MP3, without any tag: whole frames only. */
function encodeMp3(): Uint8Array {
  const bytes = execFileSync(
    "ffmpeg",
    ["-v", "error", "-f", "lavfi", "-i", "anoisesrc=color=pink:amplitude=0.3:duration=62:sample_rate=48000", "-ac", "1", "-b:a", String(MP3_BITRATE)].concat([
      "-write_xing",
      "0",
      "-id3v2_version",
      "0",
      "-reservoir",
      "0",
      "-f",
      "mp3",
      "pipe:1",
    ]),
    { maxBuffer: 4e6 },
  );
  return new Uint8Array(bytes.subarray(0, bytes.length - (bytes.length % MP3_FRAME_BYTES)));
}
