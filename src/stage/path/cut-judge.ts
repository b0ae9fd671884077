import type { Hop, MicrophoneSettings } from "../../wire/path-record.ts";
import type { FindingLog } from "./finding-log.ts";
import type { LineWatch } from "./line-watch.ts";
import type { SibilantWatch } from "./sibilant-watch.ts";

/** A cut this close under what the codec passes is the codec's. Share; the filters of telephones and headsets begin lower. */
const CODEC_CUT = 0.94;
/** While an encoder changes its bandwidth it lets the edge glide; within this time of a change what is heard below is still its doing. Milliseconds; five seconds in libopus, and the ear's own delay. */
const GLIDE_MS = 8_000;
/** Codecs that carry more than this take nothing from speech that anybody misses: the peak of an /s/ is under 9 kHz. Hertz. Encoders go from 20 kHz to 12 and back by themselves. */
const HARMLESS_HERTZ = 10_000;
/** A change of the browser's settings explains a cut that begins within this time of it. Milliseconds. */
const EXPLAINS_MS = 30_000;

/** Says which hop cut a voice off, from what the ear finds in the sound, what the packets say of themselves, and what the page says of its microphone. */
export class CutJudge {
  readonly #log: FindingLog;
  #coded = 0;
  #codedUnixMs = 0;
  #settingsUnixMs = Number.NEGATIVE_INFINITY;
  #hop: Hop | undefined;

  constructor(log: FindingLog) {
    this.#log = log;
  }

  /** The page told of other settings of the same device: what changes now is the browser's doing. */
  settingsChanged(before: MicrophoneSettings | undefined, after: MicrophoneSettings, nowUnixMs: number): void {
    if (before === undefined) return;
    this.#settingsUnixMs = before.device === after.device && before.track === after.track ? nowUnixMs : Number.NEGATIVE_INFINITY;
  }

  /** Looks at both; `unixOf` gives the time of a frame. */
  judge(sibilants: SibilantWatch, line: LineWatch, unixOf: (frame: number) => number, nowUnixMs: number): void {
    if (line.codedHertz !== this.#coded) {
      // What the ear found so far was the codec.
      if (this.#hop === "codec") sibilants.releaseCut();
      this.#coded = line.codedHertz;
      this.#codedUnixMs = nowUnixMs - line.codedSinceMs;
    }
    const limited = this.#coded > 0 && this.#coded < HARMLESS_HERTZ;
    const heard = sibilants.cutHertz;
    const glides = this.#hop !== "microphone" && this.#hop !== "browser" && nowUnixMs - this.#codedUnixMs < GLIDE_MS;
    if (heard > 0 && !(limited && (glides || heard >= CODEC_CUT * this.#coded))) {
      const startUnixMs = unixOf(sibilants.cutSince);
      const explained = startUnixMs > this.#settingsUnixMs - EXPLAINS_MS && startUnixMs < this.#settingsUnixMs + EXPLAINS_MS;
      // Whichever it was when it began stays: a later change explains nothing.
      const known = this.#hop === "microphone" || this.#hop === "browser" ? this.#hop : undefined;
      this.#note(known ?? (explained ? "browser" : "microphone"), heard, startUnixMs);
    } else if (limited) {
      // A cut before the codec ended: from then on it is the codec that shows.
      if (this.#hop === "microphone" || this.#hop === "browser") this.#codedUnixMs = Math.max(this.#codedUnixMs, unixOf(sibilants.cutSince));
      this.#note("codec", this.#coded, this.#codedUnixMs);
    } else if (this.#hop !== undefined) {
      this.#log.end("cut", this.#hop === "codec" ? this.#codedUnixMs : unixOf(sibilants.cutSince));
      this.#hop = undefined;
    }
  }

  /** The line is over. */
  reset(): void {
    this.#hop = undefined;
    this.#coded = 0;
  }

  #note(hop: Hop, hertz: number, startUnixMs: number): void {
    this.#hop = hop;
    this.#log.note({ kind: "cut", hop, verdict: "path", value: Math.round(hertz), startUnixMs });
  }
}
