import { EndlessStreams, type FindOlder, HlsOrigin, PartStore, type Programmes, readLanguagePath, SegmentStreams } from "../../audience/mod.ts";
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
  /** The same event in other languages, by tag; empty for what is one itself. */
  readonly interpretations: ReadonlyMap<string, ServedEvent>;
}

interface Entry extends ServedEvent {
  readonly interpretations: Map<string, ServedEvent>;
  readonly programmes: Programmes;
  url: string | undefined;
  reader: { close(): void } | undefined;
}

const NONE: ReadonlyMap<string, ServedEvent> = new Map();

/** A programme and what is asked of it. */
export interface Addressed {
  readonly served: ServedEvent;
  /** Below the programme. */
  readonly path: string;
}

/** The programme a path below an event belongs to, `lang/<tag>/` taken off; undefined for a language that is not there. */
export function inLanguage(event: ServedEvent, path: string): Addressed | undefined {
  if (!path.startsWith("lang/")) return { served: event, path };
  const found = readLanguagePath(path);
  const served = found === undefined ? undefined : event.interpretations.get(found.language);
  return found === undefined || served === undefined ? undefined : { served, path: found.rest };
}

/** The programme of an endless stream with `?lang=<tag>`: the floor for whoever says nothing or names a language nobody interprets into, undefined for one that is only on its way. */
export function streamLanguage(event: ServedEvent, query: URLSearchParams): ServedEvent | undefined {
  const language = query.get("lang");
  if (language === null) return event;
  const served = event.interpretations.get(language);
  return served ?? (event.store.live?.interpretation?.into.includes(language) === true ? undefined : event);
}

/** What a desk works with. */
export interface EventDeskOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Finds an event's segments that are no longer in memory. */
  readonly older: (event: Pick<RunningStage, "eventId" | "slug">, language: string | undefined) => FindOlder;
  /** Places near the stage, per event. Absent: the usual number. */
  readonly nearPlaces?: number;
}

/** The events on air here, by address. */
export class EventDesk {
  readonly #entries = new Map<string, Entry>();
  readonly #options: EventDeskOptions;

  constructor(options: EventDeskOptions) {
    this.#options = options;
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

  /** Whether an event's stage runs now, as far as we were told. */
  isRunning(slug: string): boolean {
    return this.#entries.get(slug)?.url !== undefined;
  }

  get all(): readonly ServedEvent[] {
    return [...this.#entries.values()];
  }

  /** Every programme that is served: the floors and their interpretations. */
  get programmes(): readonly ServedEvent[] {
    return this.all.flatMap((served) => [served, ...served.interpretations.values()]);
  }

  close(): void {
    for (const entry of this.#entries.values()) entry.reader?.close();
  }

  #entry({ eventId, slug }: RunningStage): Entry {
    const before = this.#entries.get(slug);
    if (before !== undefined && before.eventId === eventId) return before;
    // Another event has its address now: nobody comes to this one any more.
    before?.reader?.close();
    const interpretations = new Map<string, ServedEvent>();
    const programmes: Programmes = () => [
      { language: undefined, store: floor.store },
      ...[...interpretations].map(([language, served]) => ({ language, store: served.store })),
    ];
    const floor = this.#serve({ eventId, slug }, programmes, undefined);
    const entry: Entry = { ...floor, interpretations, programmes, url: undefined, reader: undefined };
    this.#entries.set(slug, entry);
    return entry;
  }

  #serve({ eventId, slug }: Pick<RunningStage, "eventId" | "slug">, programmes: Programmes, language: string | undefined): ServedEvent {
    const { clock, older, nearPlaces } = this.#options;
    const store = new PartStore();
    const hls = new HlsOrigin(store, programmes, older({ eventId, slug }, language));
    const endless = new EndlessStreams(store, slug, clock);
    endless.nearPlaces = nearPlaces ?? endless.nearPlaces;
    const segments = new SegmentStreams(store, clock);
    return { eventId, slug, store, hls, endless, segments, answers: new SharedAnswers(hls, store), interpretations: NONE };
  }

  /** Where what the bus brings in a language is kept; made when it is first heard of. */
  #storeOf(entry: Entry, language: string | undefined): PartStore {
    if (language === undefined) return entry.store;
    let served = entry.interpretations.get(language);
    if (served === undefined) {
      served = this.#serve(entry, entry.programmes, language);
      served.store.live = entry.store.live;
      served.store.connected = entry.store.connected;
      entry.interpretations.set(language, served);
    }
    return served.store;
  }

  #read(url: string, entry: Entry): { close(): void } {
    const stores = () => [entry.store, ...[...entry.interpretations.values()].map(({ store }) => store)];
    return readBus({
      url,
      windowMs: BUS_WINDOW_MS,
      clock: this.#options.clock,
      log: this.#options.log,
      reader: {
        onHeader: (rendition, codecs, header, language) => this.#storeOf(entry, language).setHeader(rendition, header, codecs),
        onPart: (part, language) => this.#storeOf(entry, language).put(part),
        onChunk: (chunk, language) => this.#storeOf(entry, language).putChunk(chunk),
        onState: (state) => {
          const over = state.phase === "ended" && state.durationSamples !== undefined;
          for (const store of stores()) {
            store.live = state;
            if (over) store.end();
          }
        },
        onConnected: (connected) => {
          for (const store of stores()) store.connected = connected;
        },
      },
    });
  }
}
