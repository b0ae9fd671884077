import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../src/core/units.ts";
import { VoiceActivity } from "../src/stage/sound/voice-activity.ts";
import { BRIDGE_FRAMES } from "../src/stage/talk/talk-clock.ts";
import { TalkTime } from "../src/stage/talk/talk-time.ts";
import { decode } from "../test/material/speech.ts";
import type { Bench } from "./harness.ts";

/** The cast: a voice, the level of the voice and of the room at that microphone. dBFS. */
const CAST = [
  { id: "ada", voice: "en-gb", voiceDb: -20, roomDb: -75 },
  { id: "ben", voice: "en-us", voiceDb: -30, roomDb: -60 },
  { id: "cleo", voice: "de", voiceDb: -14, roomDb: -46 },
  { id: "dan", voice: "fr", voiceDb: -26, roomDb: -52 },
] as const;
const LINES = [
  "Let me begin with what we know. Three weeks ago nobody had heard of this, and now everybody asks the same question.",
  "Yes, that is right.",
  "I would put it differently. The numbers say one thing, and the people I met on the way here say another, so we have to be careful.",
  "May I come in there? Because this is the point at which it usually goes wrong, and I would like to understand why.",
  "Of course. Please.",
  "There are two answers. The short one is that it was late. The long one takes the rest of the evening, and I am happy to give it.",
  "No, absolutely not.",
  "When we tried this the last time, it worked for an hour, then it stopped, and nobody could tell us what had happened until the next morning.",
];
/** Length of the conversation. Seconds. */
const LENGTH = 20 * 60;
/** Level below an utterance's own peak that still is voice, and the window in which it is looked for. dB, samples; the truth is taken from the clean file and knows nothing of the detector. */
const TRUTH_DB = -38;
const TRUTH_WINDOW = SAMPLE_RATE / 100;

interface Line {
  readonly samples: Float32Array;
  /** First and last window with voice, and the pauses inside that are too long to be bridged. Samples. */
  readonly stretches: readonly (readonly [number, number])[];
}

/** Who talked when by the script, against what the clocks say. */
export const bench: Bench = {
  name: "talk-time",
  rounds: 3,
  figures: {
    worst_error_percent: { unit: "% of a speaker's share", target: { limit: 1, direction: "at most" } },
    worst_error_percent_noisy: { unit: "% of a speaker's share, rooms 12 dB louder" },
    turns_error_percent: { unit: "% of the number of turns" },
    times_real_time: { unit: "times faster than real time, four microphones" },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-talk-"));
    try {
      const lines = new Map(CAST.map(({ id, voice, voiceDb }) => [id, LINES.map((text, index) => say(folder, `${id}-${index}`, voice, text, voiceDb))]));
      progress(`a conversation of ${LENGTH / 60} minutes between ${CAST.length} microphones`);
      const script = write(lines);
      const usual = run(script, 0);
      const noisy = run(script, 12);
      return {
        worst_error_percent: usual.error,
        worst_error_percent_noisy: noisy.error,
        turns_error_percent: usual.turnsError,
        times_real_time: usual.speed,
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function say(folder: string, name: string, voice: string, text: string, voiceDb: number): Line {
  const path = join(folder, `${name}.wav`);
  execFileSync("espeak-ng", ["-v", voice, "-s", String(140 + (name.length % 3) * 15), "-w", path, text]);
  const samples = decode(path);
  const energies: number[] = [];
  for (let at = 0; at + TRUTH_WINDOW <= samples.length; at += TRUTH_WINDOW) {
    let sum = 0;
    for (let index = at; index < at + TRUTH_WINDOW; index++) sum += (samples[index] as number) ** 2;
    energies.push(10 * Math.log10(sum / TRUTH_WINDOW + 1e-12));
  }
  const peak = Math.max(...energies);
  const bridge = (BRIDGE_FRAMES * FRAME_SAMPLES) / TRUTH_WINDOW;
  const stretches: [number, number][] = [];
  for (const [window, energy] of energies.entries()) {
    if (energy < peak + TRUTH_DB) continue;
    const last = stretches.at(-1);
    if (last !== undefined && window * TRUTH_WINDOW - last[1] <= bridge * TRUTH_WINDOW) last[1] = (window + 1) * TRUTH_WINDOW;
    else stretches.push([window * TRUTH_WINDOW, (window + 1) * TRUTH_WINDOW]);
  }
  // The level is set by the loud parts, as a person sets it by ear.
  const gain = 10 ** ((voiceDb - (peak - 6)) / 20);
  return { samples: samples.map((value) => value * gain), stretches };
}

interface Placed {
  readonly seat: number;
  readonly line: Line;
  readonly at: number;
}

/** Turns by chance: mostly one after the other, some over each other, some after a silence. */
function write(lines: ReadonlyMap<string, readonly Line[]>): readonly Placed[] {
  const placed: Placed[] = [];
  const busyUntil = CAST.map(() => 0);
  for (let at = SAMPLE_RATE * 2, last = -1; at < (LENGTH - 30) * SAMPLE_RATE; ) {
    let seat = Math.floor(Math.random() * CAST.length);
    if (seat === last) seat = (seat + 1) % CAST.length;
    const own = lines.get(CAST[seat]?.id ?? "") ?? [];
    const line = own[Math.floor(Math.random() * own.length)] as Line;
    // Two lines of one person never touch: the truth would need a bridge between files.
    const from = Math.max(at, (busyUntil[seat] as number) + SAMPLE_RATE);
    placed.push({ seat, line, at: Math.round(from) });
    busyUntil[seat] = from + line.samples.length;
    const gap = Math.random() < 0.2 ? -1.2 : Math.random() < 0.15 ? 4 : 0.2 + Math.random();
    at = from + line.samples.length + gap * SAMPLE_RATE;
    last = seat;
  }
  return placed;
}

function run(script: readonly Placed[], louderDb: number) {
  const talk = new TalkTime();
  const frame = new Float32Array(FRAME_SAMPLES);
  const voices = CAST.map(() => new VoiceActivity());
  const noise = CAST.map(() => 0);
  const open: Placed[][] = CAST.map((_, seat) => script.filter((line) => line.seat === seat));
  const next = CAST.map(() => 0);
  const started = performance.now();
  for (let position = 0; position < LENGTH * SAMPLE_RATE; position += FRAME_SAMPLES) {
    for (const [seat, { id, roomDb }] of CAST.entries()) {
      const room = 10 ** ((roomDb + louderDb) / 20);
      for (let index = 0; index < FRAME_SAMPLES; index++) {
        // Noise that falls towards high frequencies, as rooms have it.
        noise[seat] = 0.9 * (noise[seat] as number) + 0.75 * (Math.random() * 2 - 1);
        frame[index] = room * (noise[seat] as number);
      }
      const own = open[seat] as Placed[];
      while (
        (next[seat] as number) < own.length &&
        position >= (own[next[seat] as number] as Placed).at + (own[next[seat] as number] as Placed).line.samples.length
      )
        next[seat] = (next[seat] as number) + 1;
      const line = own[next[seat] as number];
      if (line !== undefined) {
        for (let index = 0; index < FRAME_SAMPLES; index++) frame[index] = (frame[index] as number) + (line.line.samples[position + index - line.at] ?? 0);
      }
      // Somebody types, and now and then coughs away from a line.
      if (position % (SAMPLE_RATE * 7) < FRAME_SAMPLES) for (let index = 0; index < 60; index++) frame[index] = 0.2 * (Math.random() * 2 - 1);
      const voice = voices[seat] as VoiceActivity;
      voice.push(frame);
      talk.note(id, voice, false);
    }
    talk.advance();
  }
  const speed = (LENGTH * 1000) / (performance.now() - started);
  const record = talk.record(String);
  const truth = CAST.map((_, seat) =>
    script.filter((line) => line.seat === seat).flatMap(({ line, at }) => line.stretches.map(([from, to]) => [from + at, to + at] as const)),
  );
  const seconds = truth.map((stretches) => stretches.reduce((sum, [from, to]) => sum + to - from, 0));
  const all = seconds.reduce((sum, value) => sum + value, 0);
  const errors = CAST.map(({ id }, seat) => {
    const share = record.speakers.find((speaker) => speaker.id === id)?.share ?? 0;
    const right = (seconds[seat] as number) / all;
    return (Math.abs(share - right) / right) * 100;
  });
  const turns = truth.reduce((sum, stretches) => sum + stretches.length, 0);
  const counted = record.speakers.reduce((sum, speaker) => sum + speaker.turns.length, 0);
  return { error: Math.max(...errors), turnsError: (Math.abs(counted - turns) / turns) * 100, speed };
}
