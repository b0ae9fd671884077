import { EndlessStreams, HlsOrigin, PartStore, SegmentStreams } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { readBus } from "../adapters/part-bus-stream.ts";
import type { RunningStage } from "../supervisor/ipc.ts";
import { SharedAnswers } from "./shared-answers.ts";

/** How far back a front asks a stage. Milliseconds; the whole window, so that a restarted front serves the same list. */
const BUS_WINDOW_MS = 90_000;

/** One event as this front serves it; stays when the stage dies and is taken up again when it is back. */
export interface ServedEvent {
  readonly eventId: string;
  readonly slug: string;
  readonly store: PartStore;
  readonly hls: HlsOrigin;
  readonly endless: EndlessStreams;
  readonly segments: SegmentStreams;
  readonly answers: SharedAnswers;
}

interface Entry extends ServedEvent {
  url: string | undefined;
  reader: { close(): void } | undefined;
}

/** The events on air here, by address. */
export class EventDesk {
  readonly #entries = new Map<string, Entry>();
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The supervisor's list of running stages; those that are missing may come back. */
  setStages(stages: readonly RunningStage[]): void {
    for (const stage of stages) {
      const entry = this.#entry(stage);
      if (entry.url === stage.url) continue;
      entry.reader?.close();
      entry.url = stage.url;
      entry.reader = this.#read(stage.url, entry);
    }
    const running = new Set(stages.map((stage) => stage.slug));
    for (const entry of this.#entries.values()) {
      if (running.has(entry.slug) || entry.url === undefined) continue;
      entry.reader?.close();
      entry.reader = undefined;
      entry.url = undefined;
      entry.store.connected = false;
    }
  }

  get(slug: string): ServedEvent | undefined {
    return this.#entries.get(slug);
  }

  get all(): readonly ServedEvent[] {
    return [...this.#entries.values()];
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.reader?.close();
  }

  #entry({ eventId, slug }: RunningStage): Entry {
    const before = this.#entries.get(slug);
    if (before !== undefined && before.eventId === eventId) return before;
    const store = new PartStore();
    const hls = new HlsOrigin(store);
    const endless = new EndlessStreams(store, slug, this.#clock);
    const segments = new SegmentStreams(store, this.#clock);
    const answers = new SharedAnswers(hls, store);
    const entry: Entry = { eventId, slug, store, hls, endless, segments, answers, url: undefined, reader: undefined };
    this.#entries.set(slug, entry);
    return entry;
  }

  #read(url: string, { store }: Entry): { close(): void } {
    return readBus({
      url,
      windowMs: BUS_WINDOW_MS,
      clock: this.#clock,
      log: this.#log,
      reader: {
        onHeader: (rendition, codecs, header) => store.setHeader(rendition, header, codecs),
        onPart: (part) => store.put(part),
        onChunk: (chunk) => store.putChunk(chunk),
        onState: (state) => {
          store.live = state;
          if (state.phase === "ended" && state.durationSamples !== undefined) store.end();
        },
        onConnected: (connected) => {
          store.connected = connected;
        },
      },
    });
  }
}
