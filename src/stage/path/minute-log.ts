import { FRAME_MS } from "../../core/units.ts";
import type { Hop, PathMinute, PathVerdict } from "../../wire/path-record.ts";
import type { LineWatch } from "./line-watch.ts";
import type { PauseWatch } from "./pause-watch.ts";
import type { SibilantWatch } from "./sibilant-watch.ts";

/** Length of an entry. Milliseconds. */
const MINUTE_MS = 60_000;
/** Entries kept per voice: a day. The oldest go first. */
const MOST_MINUTES = 1_440;
/** Sibilants in a minute that show what its path carried. Frames; 160 ms. */
const TELLING_FRAMES = 8;

/** What a minute is made from. */
export interface MinuteSources {
  readonly sibilants: SibilantWatch;
  readonly pauses: PauseWatch;
  readonly line: LineWatch;
}

/** A voice's path minute by minute: the figures behind the findings. */
export class MinuteLog {
  readonly #sources: MinuteSources;
  #minutes: PathMinute[] = [];
  #startUnixMs = 0;
  #talkMs = 0;
  #hop: Hop | undefined;
  #heard = 0;
  #figures = 0;
  #counts: LineWatch["totals"];

  constructor(sources: MinuteSources) {
    this.#sources = sources;
    this.#counts = { ...sources.line.totals };
  }

  /** All minutes, the present one as far as it is. */
  until(nowUnixMs: number): readonly PathMinute[] {
    const present = this.#present(nowUnixMs);
    return present === undefined ? this.#minutes : [...this.#minutes, present];
  }

  /** Takes up minutes of an earlier run. */
  restore(minutes: readonly PathMinute[]): void {
    this.#minutes = minutes.slice(-MOST_MINUTES);
  }

  /** Time passes. `talkMs`: talk since the last call; `hop`: the first one at fault now. */
  advance(nowUnixMs: number, talkMs: number, hop: Hop | undefined): void {
    if (this.#startUnixMs === 0) this.#startUnixMs = nowUnixMs;
    this.#talkMs += talkMs;
    this.#hop ??= hop;
    if (nowUnixMs - this.#startUnixMs < MINUTE_MS) return;
    const present = this.#present(nowUnixMs);
    if (present !== undefined) this.#minutes.push(present);
    if (this.#minutes.length > MOST_MINUTES) this.#minutes.shift();
    const { sibilants, line } = this.#sources;
    this.#startUnixMs = nowUnixMs;
    this.#talkMs = 0;
    this.#hop = undefined;
    this.#heard = sibilants.heard;
    this.#figures = sibilants.figures;
    this.#counts = { ...line.totals };
  }

  #present(nowUnixMs: number): PathMinute | undefined {
    const { sibilants, pauses, line } = this.#sources;
    const lost = line.totals.lost - this.#counts.lost;
    if (this.#startUnixMs === 0 || (this.#talkMs === 0 && lost === 0 && this.#hop === undefined)) return undefined;
    const seconds = Math.max(1, (nowUnixMs - this.#startUnixMs) / 1_000);
    const packets = line.totals.packets - this.#counts.packets;
    const verdict: PathVerdict = this.#hop !== undefined ? "path" : sibilants.heard - this.#heard >= TELLING_FRAMES ? "voice" : "unknown";
    const { voiceLufs, roomLufs } = pauses;
    return {
      atUnixMs: this.#startUnixMs,
      talkSeconds: round(this.#talkMs / 1_000),
      verdict,
      ...(this.#hop === undefined ? {} : { hop: this.#hop }),
      ...(sibilants.figures === this.#figures
        ? {}
        : { rolloffHertz: Math.round(sibilants.rolloffHertz), sibilanceDb: round(sibilants.sibilanceDb), mixSibilanceDb: round(sibilants.mixSibilanceDb) }),
      ...(voiceLufs === undefined ? {} : { voiceLufs: round(voiceLufs) }),
      ...(roomLufs === undefined ? {} : { roomLufs: round(roomLufs) }),
      ...(line.codedHertz === 0 ? {} : { codedHertz: line.codedHertz, packetMs: line.packetMs }),
      packetsPerSecond: round(packets / seconds),
      bitrate: Math.round(((line.totals.bytes - this.#counts.bytes) * 8) / seconds),
      lossShare: round(lost / Math.max(1, lost + packets), 4),
      concealedMs: (line.totals.concealed - this.#counts.concealed) * FRAME_MS,
      repairedMs: (line.totals.repaired - this.#counts.repaired) * FRAME_MS,
    };
  }
}

function round(value: number, digits = 1): number {
  return Math.round(value * 10 ** digits) / 10 ** digits;
}
