import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { FRAME_SAMPLES } from "../../core/units.ts";
import type { PlayableSound } from "./soundboard.ts";

/** Makes a sound file of a tone by ffmpeg; the ending of its name is its format. Gives its path. */
export function makeTone(folder: string, name: string, options: { hertz?: number; seconds?: number; volume?: number; more?: readonly string[] } = {}): string {
  const { hertz = 700, seconds = 1, volume = 1, more = [] } = options;
  const path = join(folder, name);
  const tone = `sine=frequency=${hertz}:sample_rate=44100:duration=${seconds},volume=${volume}`;
  execFileSync("ffmpeg", ["-v", "error", "-y", "-f", "lavfi", "-i", tone, "-ac", "2", ...more, path]);
  return path;
}

/** A sound as the shelf gives it. */
export function soundOf(change: Partial<PlayableSound>): PlayableSound {
  return {
    id: randomUUID(),
    name: "Jingle",
    kind: "file",
    seconds: 1,
    bytes: 1,
    gainDb: 0,
    levelDb: 0,
    loop: false,
    ducks: false,
    language: "",
    waiting: false,
    addedUnixMs: 0,
    path: "",
    ...change,
  };
}

/** Time between two pulls. Milliseconds; a sixth of the stage's, which is still no hurry for the thread behind. */
const PULL_MS = 3;

/** What a 20 ms pull gives from the first sound on, again and again, until `enough` says so or ten seconds are over. */
export async function pullUntil(pull: (frame: Float32Array) => void, enough: (frames: readonly Float32Array[]) => boolean): Promise<Float32Array> {
  const frames: Float32Array[] = [];
  const until = performance.now() + 10_000;
  while (!enough(frames) && performance.now() < until) {
    const frame = new Float32Array(FRAME_SAMPLES);
    pull(frame);
    if (frames.length > 0 || frame.some((sample) => sample !== 0)) frames.push(frame);
    await new Promise((resolve) => setTimeout(resolve, PULL_MS));
  }
  const all = new Float32Array(frames.length * FRAME_SAMPLES);
  for (const [index, frame] of frames.entries()) all.set(frame, index * FRAME_SAMPLES);
  return all;
}

/** The part of a recording in which something is heard. */
export function heard(signal: Float32Array, over = 1e-4): Float32Array {
  const first = signal.findIndex((sample) => Math.abs(sample) > over);
  const last = signal.findLastIndex((sample) => Math.abs(sample) > over);
  return first < 0 ? new Float32Array(0) : signal.slice(first, last + 1);
}

/** Largest change of the steepness from one sample to the next: a click has a large one, a tone a small one. */
export function sharpest(signal: Float32Array): number {
  let most = 0;
  for (let index = 2; index < signal.length; index++) {
    const bend = (signal[index] as number) - 2 * (signal[index - 1] as number) + (signal[index - 2] as number);
    if (Math.abs(bend) > most) most = Math.abs(bend);
  }
  return most;
}
