import { EarshotError, ERRORS } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { type PlayingSound, type SoundRecord, SOUNDS_PLAYING_MAX } from "../../wire/sounds.ts";
import type { Mixer } from "../mixer.ts";
import type { FeedReport } from "./feed-job.ts";
import { FeedSource } from "./feed-source.ts";
import { type FeedThread, startFeed } from "./feed-thread.ts";
import { FrameRing } from "./frame-ring.ts";

/** Frames between a sound's thread and the mixer. 2 s of a file; 8 s of a stream, more than a station sends ahead when one connects. */
const RING_FRAMES = { file: 100, stream: 400 } as const;

/** A sound the stage may play, and where its file lies. */
export interface PlayableSound extends SoundRecord {
  readonly path: string;
}

/** What a soundboard works with. */
export interface SoundboardOptions {
  readonly mixer: Pick<Mixer, "add" | "remove" | "talking">;
  /** The sound of this id; undefined when there is none. */
  readonly find: (id: string) => Promise<PlayableSound | undefined>;
  /** Whether streams may come from this machine or its own network. */
  readonly allowPrivate: boolean;
  readonly log: Log;
  /** Something began, ended, came or went. */
  readonly onChange: () => void;
}

interface Playing {
  readonly key: string;
  readonly source: FeedSource;
  readonly thread: FeedThread;
  sound: PlayableSound;
  up: boolean;
  stopped: boolean;
  fault: Extract<FeedReport, { type: "fault" }> | undefined;
}

/** Plays an event's sounds into the mix: jingles, waiting music, a stream. Closed by the stage. */
export class Soundboard {
  readonly #options: SoundboardOptions;
  /** In the order in which they began; a sound that fades out may stand beside its successor. */
  readonly #playing = new Map<string, Playing>();
  readonly #opening = new Set<string>();
  #count = 0;
  #closed = false;

  constructor(options: SoundboardOptions) {
    this.#options = options;
  }

  /** Begins a sound; one that plays already goes on. @throws `not-found`, `sounds-full` */
  async play(id: string): Promise<void> {
    if (this.#closed || this.#opening.has(id) || this.#sounds(id)) return;
    this.#opening.add(id);
    try {
      const sound = await this.#options.find(id);
      if (sound === undefined) throw new EarshotError("not-found", { sound: id });
      this.#putAway(this.#current(id));
      const now = [...this.#playing.values()].filter(({ fault, stopped }) => fault === undefined && !stopped).length;
      if (now >= SOUNDS_PLAYING_MAX) throw new EarshotError("sounds-full", { rule: `${SOUNDS_PLAYING_MAX} at the same time` });
      if (!this.#closed) this.#begin(sound);
    } finally {
      this.#opening.delete(id);
    }
  }

  /** Fades a sound out. */
  stop(id: string): void {
    const playing = this.#current(id);
    if (playing === undefined) return;
    playing.stopped = true;
    playing.source.stop();
    if (playing.fault !== undefined) this.#putAway(playing);
    this.#options.onChange();
  }

  /** Fades everything out. */
  stopAll(): void {
    for (const { sound } of [...this.#playing.values()]) this.stop(sound.id);
  }

  /** Takes over what the host changed about the sounds that play; one that is gone ends. */
  async refresh(): Promise<void> {
    for (const playing of [...this.#playing.values()]) {
      const sound = await this.#options.find(playing.sound.id);
      if (sound === undefined) {
        this.stop(playing.sound.id);
        continue;
      }
      if (sound.loop !== playing.sound.loop) playing.thread.tell({ type: "loop", on: sound.loop });
      // Its source goes on where it is, in another mix.
      if (sound.language !== playing.sound.language && playing.fault === undefined) this.#options.mixer.add(playing.key, inputOf(playing.source, sound));
      playing.sound = sound;
      playing.source.levelDb = sound.levelDb;
      playing.source.ducks = sound.ducks;
    }
    this.#options.onChange();
  }

  /** Lets go of what is over; call a few times a second. */
  advance(): void {
    let changed = false;
    for (const playing of [...this.#playing.values()]) {
      if (!playing.source.done || playing.fault !== undefined) continue;
      this.#putAway(playing);
      changed = true;
    }
    if (changed) this.#options.onChange();
  }

  /** What plays now, and what failed and was not yet put away. */
  get playing(): readonly PlayingSound[] {
    return [...this.#playing.values()].filter(({ stopped }) => !stopped).map(viewOf);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#playing.values()].map(({ thread }) => thread);
    for (const playing of [...this.#playing.values()]) this.#options.mixer.remove(playing.key);
    this.#playing.clear();
    await Promise.all(threads.map((thread) => thread.close()));
  }

  #begin(sound: PlayableSound): void {
    const { mixer, allowPrivate, log, onChange } = this.#options;
    const { id, kind, loop, levelDb, ducks, gainDb, path, url = "" } = sound;
    const key = `sound:${id}:${++this.#count}`;
    const ring = FrameRing.of(RING_FRAMES[kind]);
    const source = new FeedSource(ring, { kind, levelDb, ducks, someoneTalks: () => mixer.talking });
    const job = kind === "file" ? { kind, path, gainDb, loop, memory: ring.memory } : { kind, url, allowPrivate, memory: ring.memory };
    const thread = startFeed(job, (report) => this.#hear(key, report));
    this.#playing.set(key, { key, source, thread, sound, up: true, stopped: false, fault: undefined });
    mixer.add(key, inputOf(source, sound));
    log.info("a sound begins", { sound: id, kind, loop });
    onChange();
  }

  #hear(key: string, report: FeedReport): void {
    const playing = this.#playing.get(key);
    if (playing === undefined) return;
    const { log, onChange } = this.#options;
    const sound = playing.sound.id;
    if (report.type === "damaged") return log.warn("a stream comes damaged", { sound, damaged: report.count });
    if (report.type === "line") {
      playing.up = report.up;
      if (!report.up) log.warn("a stream is away and asked again", { sound, reason: report.reason });
    } else if (report.type === "fault") {
      playing.fault = report;
      this.#options.mixer.remove(key);
      log.warn("a sound ended because of an error", { sound, code: report.code, ...report.details });
    }
    onChange();
  }

  #current(id: string): Playing | undefined {
    return [...this.#playing.values()].find((playing) => playing.sound.id === id && !playing.stopped);
  }

  /** Whether a sound plays or is about to, and did not fail. */
  #sounds(id: string): boolean {
    const playing = this.#current(id);
    return playing !== undefined && playing.fault === undefined;
  }

  #putAway(playing: Playing | undefined): void {
    if (playing === undefined || !this.#playing.delete(playing.key)) return;
    this.#options.mixer.remove(playing.key);
    playing.thread.close().catch((cause: unknown) => this.#options.log.warn("the thread of a sound did not end cleanly", { cause }));
  }
}

function inputOf(source: FeedSource, { language }: PlayableSound) {
  return { source, gain: 1, muted: false, ...(language === "" ? {} : { language }) };
}

function viewOf({ sound, source, up, fault }: Playing): PlayingSound {
  const { id, name, loop, seconds } = sound;
  const elapsedSeconds = source.elapsedSeconds;
  const state = fault !== undefined ? "failed" : !up ? "away" : source.flowing ? "playing" : "opening";
  return {
    id,
    name,
    state,
    loop,
    elapsedSeconds,
    ...(seconds === null ? {} : { remainingSeconds: Math.max(0, seconds - (loop ? elapsedSeconds % seconds : elapsedSeconds)) }),
    ...(fault === undefined ? {} : { problem: problemOf(fault) }),
  };
}

function problemOf({ code, details }: NonNullable<Playing["fault"]>): NonNullable<PlayingSound["problem"]> {
  const { meaning: title, action } = ERRORS[code];
  const rule = [details.rule ?? details.reason ?? details.http_status, details.value].filter((part) => part !== undefined).join(": ");
  return { code, title, action, rule };
}
