import { FRAME_MS } from "../../core/units.ts";
import { type FindingKind, HOPS, type Hop, type MicrophoneSettings, microphoneSettings, type PathNow, type SeatPathRecord } from "../../wire/path-record.ts";
import type { VoiceActivity } from "../sound/voice-activity.ts";
import { ClipWatch } from "./clip-watch.ts";
import { CutJudge } from "./cut-judge.ts";
import { FindingLog } from "./finding-log.ts";
import { type LineCounters, LineWatch, STEP_MS } from "./line-watch.ts";
import { MinuteLog } from "./minute-log.ts";
import { PauseWatch } from "./pause-watch.ts";
import { SibilantWatch } from "./sibilant-watch.ts";

/** A device that delivers less was made for telephones. Samples per second. */
const FULL_RATE = 32_000;
/** How far the howl guard must hold a voice down before one hears it. dB. */
const DUCKED_DB = -6;
/** Microphones remembered; a person changes a few times in an evening. */
const MOST_MICROPHONES = 100;
/** Findings a host is shown per voice. */
const SHOWN = 6;
/** What a muted input counts as. dB. */
const MUTED_DB = 99;
const SETTINGS = Object.keys(microphoneSettings.shape) as (keyof MicrophoneSettings)[];
/** A look that comes this late was held up by our own machine, and what runs dry in the time after it is our doing. Milliseconds. */
const LATE_MS = 2 * STEP_MS;
const OWN_FAULT_MS = 5_000;
/** Frames of talk between two looks from which somebody spoke. 5 = 100 ms of 200. */
const TALK_FRAMES = 5;

/** The path of one seat's voice, from the microphone to the mix: what was wrong, where first, from when to when. It belongs to the seat and outlives every connection. */
export class SeatPath {
  readonly #sibilants = new SibilantWatch();
  readonly #pauses = new PauseWatch();
  readonly #clips = new ClipWatch();
  readonly #line = new LineWatch();
  readonly #log = new FindingLog();
  readonly #minutes = new MinuteLog({ sibilants: this.#sibilants, pauses: this.#pauses, line: this.#line });
  readonly #microphones: SeatPathRecord["microphones"] = [];
  readonly #cuts = new CutJudge(this.#log);
  #frame = 0;
  #talkFrames = 0;
  #guardDb = 0;
  #nowUnixMs = 0;
  #lateUnixMs = Number.NEGATIVE_INFINITY;

  /** Takes a frame as it came in, before anything is done to it. @hot */
  hear(frame: Float32Array): void {
    this.#frame++;
    this.#sibilants.hear(frame);
    this.#pauses.hear(frame);
    this.#clips.hear(frame, this.#pauses.peak);
  }

  /** Takes the same frame as it goes into the mix. `guardDb`: what the howl guard does to it. @hot */
  mixed(frame: Float32Array, { talking, voiced, meanSquare, floor }: VoiceActivity, guardDb: number): void {
    this.#guardDb = guardDb;
    this.#pauses.judge(talking, voiced ? meanSquare : 0, floor);
    if (!talking || !voiced) return;
    this.#talkFrames++;
    this.#clips.judge(this.#frame);
    this.#sibilants.mixed(frame, this.#frame);
  }

  /** Looks at everything; call five times a second, with the counters of the open connection. */
  advance(nowUnixMs: number, line: LineCounters | undefined): void {
    if (this.#nowUnixMs > 0 && nowUnixMs - this.#nowUnixMs > LATE_MS) this.#lateUnixMs = nowUnixMs;
    this.#nowUnixMs = nowUnixMs;
    const talk = this.#talkFrames >= TALK_FRAMES;
    if (line !== undefined) {
      this.#line.step(line, talk);
      if (!this.#line.flowing) this.#pauses.excuse();
      this.#judgeSound();
      this.#judgeLine();
      this.#cuts.judge(this.#sibilants, this.#line, (frame) => this.#unixMs(frame), nowUnixMs);
    }
    this.#minutes.advance(nowUnixMs, this.#talkFrames * FRAME_MS, this.#fault());
    this.#talkFrames = 0;
  }

  /** The page tells of its microphone. */
  tell(settings: MicrophoneSettings, nowUnixMs: number): void {
    const before = this.#microphones.at(-1);
    if (before !== undefined && isSame(before, settings)) return;
    this.#microphones.push({ atUnixMs: nowUnixMs, ...settings });
    if (this.#microphones.length > MOST_MICROPHONES) this.#microphones.shift();
    this.#cuts.settingsChanged(before, settings, nowUnixMs);
    if (before !== undefined && before.device !== settings.device) {
      this.#sibilants.forgetVoice();
      this.#pauses.reset();
      this.#clips.reset();
    }
  }

  /** The connection is over. */
  leave(nowUnixMs: number): void {
    this.#log.endAll(nowUnixMs);
    this.#line.reset();
    this.#sibilants.reset();
    this.#pauses.reset();
    this.#clips.reset();
    this.#cuts.reset();
  }

  /** What a host is shown. */
  get now(): PathNow {
    const hop = this.#fault();
    const microphone = this.#microphones.at(-1);
    const { figures, rolloffHertz, sibilanceDb, mixSibilanceDb } = this.#sibilants;
    const line = this.#line.figures;
    return {
      verdict: hop !== undefined ? "path" : figures > 0 ? "voice" : "unknown",
      ...(hop === undefined ? {} : { hop }),
      ...(microphone === undefined ? {} : { microphone: settingsOf(microphone) }),
      ...(figures === 0 ? {} : { rolloffHertz: Math.round(rolloffHertz), sibilanceDb: toTenths(sibilanceDb), mixSibilanceDb: toTenths(mixSibilanceDb) }),
      ...(this.#line.codedHertz === 0 ? {} : { codedHertz: this.#line.codedHertz }),
      ...(line === undefined ? {} : { line }),
      findings: this.#log.findings.slice(-SHOWN),
    };
  }

  /** Everything, for the event's record; undefined when this seat never sent anything. */
  record(id: string, name: string): SeatPathRecord | undefined {
    const minutes = this.#minutes.until(this.#nowUnixMs);
    const { findings, omitted } = this.#log;
    if (minutes.length === 0 && findings.length === 0 && this.#microphones.length === 0) return undefined;
    return { id, name, microphones: [...this.#microphones], findings: findings.map((finding) => ({ ...finding })), omitted, minutes: [...minutes] };
  }

  /** Takes up the record of an earlier run, which was written at `writtenUnixMs`. */
  restore({ microphones, findings, omitted, minutes }: SeatPathRecord, writtenUnixMs: number): void {
    this.#microphones.push(...microphones);
    this.#log.restore(findings, omitted, writtenUnixMs);
    this.#minutes.restore(minutes);
  }

  /** The first hop at fault now. */
  #fault(): Hop | undefined {
    let first: number = HOPS.length;
    for (const { verdict, hop } of this.#log.open) if (verdict === "path") first = Math.min(first, HOPS.indexOf(hop));
    return HOPS[first];
  }

  #judgeSound(): void {
    const { duller, dullerSince, voiceDuller, voiceDullerSince } = this.#sibilants;
    const { hum, noise, dead } = this.#pauses;
    const { track = "live", sampleRate = FULL_RATE } = this.#microphones.at(-1) ?? {};
    this.#hold("duller", "mix", duller > 0, duller, this.#unixMs(dullerSince));
    this.#hold("voice-duller", "microphone", voiceDuller > 0, voiceDuller, this.#unixMs(voiceDullerSince));
    this.#hold("clipping", "microphone", this.#clips.share > 0, this.#clips.share, this.#unixMs(this.#clips.since), this.#unixMs(this.#clips.last));
    this.#hold("hum", "microphone", hum > 0, hum, this.#nowUnixMs);
    this.#hold("noise", "microphone", noise >= 0, noise, this.#nowUnixMs);
    this.#hold("dead", "microphone", dead > 0 || track !== "live", (dead * FRAME_MS) / 1_000, this.#nowUnixMs - dead * FRAME_MS);
    this.#hold("device-rate", "microphone", sampleRate < FULL_RATE, sampleRate, this.#nowUnixMs);
    this.#hold("ducked", "mix", this.#guardDb <= DUCKED_DB, Math.min(MUTED_DB, -this.#guardDb), this.#nowUnixMs);
  }

  #judgeLine(): void {
    const line = this.#line;
    const since = this.#nowUnixMs - STEP_MS;
    this.#hold("loss", "network", line.lossShare > 0, line.lossShare, this.#nowUnixMs - line.lossAgoMs, this.#nowUnixMs - line.lastLossAgoMs);
    // A line that lost packets ran dry because of that.
    const ownFault = this.#nowUnixMs - this.#lateUnixMs < OWN_FAULT_MS;
    this.#hold("stutter", ownFault ? "decoder" : "network", line.dry > 0 && line.lossShare === 0, line.dry, since);
    // While we catch up, looks follow each other faster than packets can come.
    this.#hold("outage", "network", line.outMs > 0 && !ownFault, line.outMs / 1_000, this.#nowUnixMs - line.outMs);
    this.#hold("concealed", "decoder", line.invented > 0, line.invented, since);
    this.#hold("not-opus", "codec", line.broken > 0, line.broken, since);
  }

  #hold(kind: FindingKind, hop: Hop, present: boolean, value: number, startUnixMs: number, endUnixMs = this.#nowUnixMs): void {
    if (!present) return this.#log.end(kind, endUnixMs);
    const verdict = kind === "voice-duller" ? "voice" : "path";
    this.#log.note({ kind, hop, verdict, value: Math.round(value * 1_000) / 1_000, startUnixMs });
  }

  #unixMs(frame: number): number {
    return this.#nowUnixMs - (this.#frame - frame) * FRAME_MS;
  }
}

function isSame(one: MicrophoneSettings, other: MicrophoneSettings): boolean {
  return SETTINGS.every((key) => one[key] === other[key]);
}

function settingsOf({ atUnixMs: _, ...settings }: SeatPathRecord["microphones"][number]): MicrophoneSettings {
  return settings;
}

function toTenths(decibels: number): number {
  return Math.round(decibels * 10) / 10;
}
