import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FRAME_MS, FRAME_SAMPLES } from "../src/core/units.ts";
import { PacketWatch } from "../src/stage/path/packet-watch.ts";
import { SeatPath } from "../src/stage/path/seat-path.ts";
import { VoiceActivity } from "../src/stage/sound/voice-activity.ts";
import { seeded } from "../test/material/seeded.ts";
import { decode, RATE } from "../test/material/speech.ts";
import { STARTED_MS, sox, VoicePath, widen } from "../test/material/voice-path.ts";
import type { FindingKind, Hop, PathFinding } from "../src/wire/path-record.ts";
import type { Bench } from "./harness.ts";
import { band } from "./room-simulator/music.ts";

const CAST = ["en-gb", "de", "fr", "en-us+f3"] as const;
const WORDS =
  "evening voice country people question answer radio seven silence sister season sixth fish street choice always because listen speak water house winter summer paper stone the a of and with this is these was without on in to from she says yes".split(
    " ",
  );
/** What is said follows from this, so that a figure can be had again; `PATH_SEED` says another. */
const random = seeded(Number(process.env.PATH_SEED ?? 1));
/** Clean speech listened to for false findings, per voice. Seconds. */
const CLEAN_SECONDS = 300;
/** Length of each stretch, before a fault, with it, and after. Seconds. */
const STRETCH = 20;
/** Speakers on a full stage. */
const SEATS = 13;
/** What each voice is heard over: the level of a room, and the gain of its microphone. dBFS, linear. */
const ROOMS = [
  { roomDb: -75, gain: 0.5 },
  { roomDb: -55, gain: 0.25 },
  { roomDb: -60, gain: 0.05 },
  { roomDb: -50, gain: 0.8 },
] as const;

interface Fault {
  readonly kind: FindingKind;
  readonly hop: Hop;
  /** True value, for cuts. Hertz. */
  readonly hertz?: number;
  /** What it does to the voice, or to the line. */
  readonly sound?: (voice: Float32Array) => Float32Array;
  readonly bandwidth?: 4_000 | 8_000;
  readonly arrives?: (packet: number) => boolean;
}
const FAULTS: readonly Fault[] = [
  { kind: "cut", hop: "microphone", hertz: 7_100, sound: (voice) => sox(voice, "sinc", "-7100") },
  { kind: "cut", hop: "microphone", hertz: 3_400, sound: (voice) => sox(voice, "sinc", "-3400") },
  { kind: "cut", hop: "microphone", hertz: 5_500, sound: (voice) => sox(voice, "sinc", "-5500") },
  { kind: "cut", hop: "codec", hertz: 8_000, bandwidth: 8_000 },
  { kind: "cut", hop: "codec", hertz: 4_000, bandwidth: 4_000 },
  { kind: "clipping", hop: "microphone", sound: (voice) => voice.map((value) => Math.max(-1, Math.min(1, 8 * value))) },
  { kind: "loss", hop: "network", arrives: (packet) => packet % 12 !== 0 },
];

/** The path report over faults that were planted and over clean speech and music. */
export const bench: Bench = {
  name: "path",
  rounds: 1,
  figures: {
    worst_false_findings_per_hour: { unit: "an hour of clean talk, worst of voices, rooms and music", target: { limit: 1, direction: "at most" } },
    faults_missed: { unit: "of those planted, or blamed on another hop", target: { limit: 0, direction: "at most" } },
    time_to_name_s: { unit: "s from the fault until it is named, worst", target: { limit: 10, direction: "at most" } },
    time_to_name_median_s: { unit: "s" },
    interval_error_s: { unit: "s, start and end of the interval against the script, worst" },
    cut_error_hz: { unit: "Hz, worst; of what was named for the most of the fault", target: { limit: 500, direction: "at most" } },
    cpu_share_13: { unit: "of one core, 13 speakers all talking without a pause", target: { limit: 0.01, direction: "at most" } },
    cpu_share_13_conversation: { unit: "of one core, 13 on stage, three of them talking" },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-path-"));
    try {
      const voices = CAST.map((voice, index) => widen(talk(folder, `voice-${index}`, voice, CLEAN_SECONDS)));
      const named = await faults(voices, progress);
      return { ...named, worst_false_findings_per_hour: await alarms(voices, progress), ...cost(voices[0] as Float32Array) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Sentences by chance, with pauses as people make them; every few said higher, lower, faster or slower. */
function talk(folder: string, name: string, voice: string, seconds: number): Float32Array {
  const out = new Float32Array(seconds * RATE);
  const path = join(folder, `${name}.wav`);
  for (let at = 0; at < out.length; ) {
    const sentences = Array.from({ length: 8 }, () =>
      Array.from({ length: 8 + Math.floor(random() * 12) }, () => WORDS[Math.floor(random() * WORDS.length)]).join(" "),
    );
    const hand = ["-p", String(35 + Math.floor(random() * 30)), "-s", String(135 + Math.floor(random() * 35))];
    execFileSync("espeak-ng", ["-v", voice, ...hand, "-w", path, sentences.join(". ")]);
    const said = decode(path);
    out.set(said.subarray(0, out.length - at), at);
    at += said.length + Math.floor(random() * 1.5 * RATE);
  }
  return out;
}

function place(voice: Float32Array, { roomDb, gain }: (typeof ROOMS)[number]): Float32Array {
  const size = 10 ** (roomDb / 20) * Math.sqrt(3);
  let noise = 0;
  return voice.map((value) => {
    // Noise that falls towards high frequencies, as rooms have it.
    noise = 0.7 * noise + 0.7 * size * (random() * 2 - 1);
    return gain * value + noise;
  });
}

async function faults(voices: readonly Float32Array[], progress: (text: string) => void) {
  const times: number[] = [];
  const intervals: number[] = [];
  const hertz: number[] = [];
  let missed = 0;
  for (const [index, voice] of voices.slice(0, 3).entries()) {
    for (const fault of FAULTS) {
      const from = Math.floor(random() * (CLEAN_SECONDS - 3 * STRETCH)) * RATE;
      const whole = place(voice.subarray(from, from + 3 * STRETCH * RATE), ROOMS[0]);
      const parts = [0, 1, 2].map((part) => whole.slice(part * STRETCH * RATE, (part + 1) * STRETCH * RATE)) as [Float32Array, Float32Array, Float32Array];
      const line = await VoicePath.open();
      let named = Number.POSITIVE_INFINITY;
      line.say(parts[0]);
      if (fault.bandwidth !== undefined) line.narrow(fault.bandwidth);
      line.say(fault.sound?.(parts[1]) ?? parts[1], fault.arrives, () => {
        if (line.findings.some(({ kind }) => kind === fault.kind)) named = Math.min(named, second(line.unixMs));
      });
      if (fault.bandwidth !== undefined) line.narrow(20_000);
      line.say(parts[2]);
      const found = line.findings.find(({ kind, hop }) => kind === fault.kind && hop === fault.hop);
      line.close();
      if (found === undefined || named === Number.POSITIVE_INFINITY) {
        missed++;
        progress(`missed: ${CAST[index]} ${fault.kind} ${fault.hertz ?? ""} ${JSON.stringify(line.findings)}`);
        continue;
      }
      times.push(named - STRETCH);
      // An encoder of libopus widens step by step over ten seconds: there the script itself has no sharp end.
      const ends = fault.bandwidth === undefined ? [Math.abs(second(found.endUnixMs ?? Number.POSITIVE_INFINITY) - 2 * STRETCH)] : [];
      intervals.push(Math.max(Math.abs(second(found.startUnixMs) - STRETCH), ...ends));
      if (fault.hertz !== undefined) hertz.push(Math.abs(longest(line.findings, fault).value - fault.hertz));
    }
    progress(
      `${CAST[index]}: named after ${times
        .slice(-FAULTS.length)
        .map((time) => time.toFixed(1))
        .join(", ")} s`,
    );
  }
  times.sort((a, b) => a - b);
  return {
    faults_missed: missed,
    time_to_name_s: times.at(-1) ?? Number.NaN,
    time_to_name_median_s: times[times.length >> 1] ?? Number.NaN,
    interval_error_s: Math.max(...intervals),
    cut_error_hz: Math.max(...hertz),
  };
}

/** What was said for the most of the fault: libopus takes up to seven seconds and two steps to reach the bandwidth it is told, and its packets say so. */
function longest(findings: readonly PathFinding[], { kind, hop }: Fault): PathFinding {
  const within = ({ startUnixMs, endUnixMs = Number.POSITIVE_INFINITY }: PathFinding) =>
    Math.min(second(endUnixMs), 2 * STRETCH) - Math.max(second(startUnixMs), STRETCH);
  return findings.filter((finding) => finding.kind === kind && finding.hop === hop).reduce((one, other) => (within(other) > within(one) ? other : one));
}

const second = (unixMs: number) => (unixMs - STARTED_MS) / 1_000;

async function alarms(voices: readonly Float32Array[], progress: (text: string) => void): Promise<number> {
  const rates: number[] = [];
  const listen = async (name: string, sound: Float32Array) => {
    const line = await VoicePath.open();
    line.say(sound);
    // What the howl guard ducks is ducked indeed; whether it should is its own bench's figure.
    const wrong = line.findings.filter(({ kind }) => kind !== "ducked");
    rates.push((wrong.length * 3_600 * RATE) / sound.length);
    progress(`${name}: ${wrong.length} in ${Math.round(sound.length / RATE)} s ${wrong.map(({ kind, value }) => `${kind} ${value}`).join(", ")}`);
    line.close();
  };
  for (const [index, voice] of voices.entries()) await listen(`${CAST[index]}, clean`, place(voice, ROOMS[index] as (typeof ROOMS)[number]));
  for (const [name, make] of Object.entries(band(random))) await listen(name, make(CLEAN_SECONDS / 5));
  return Math.max(...rates);
}

/** Processor time of the report alone. Share of one core. */
function cost(voice: Float32Array) {
  const sound = place(voice.subarray(0, 60 * RATE), ROOMS[1]);
  const frames = Array.from({ length: Math.floor(sound.length / FRAME_SAMPLES) }, (_, index) =>
    sound.subarray(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES),
  );
  const hearing = new VoiceActivity();
  const activities = frames.map((frame) => {
    hearing.push(frame);
    const { talking, voiced, meanSquare, floor } = hearing;
    return { talking, voiced, meanSquare, floor } as VoiceActivity;
  });
  const talking = frames.flatMap((_, index) => (activities[index]?.talking ? [index] : []));
  const pausing = frames.flatMap((_, index) => (activities[index]?.talking ? [] : [index]));
  const seats = Array.from({ length: SEATS }, () => ({ path: new SeatPath(), packets: new PacketWatch() }));
  const packet = Uint8Array.of(15 << 3, 1, 2);
  const run = (talkers: number) => {
    const before = process.cpuUsage();
    for (let tick = 0; tick < frames.length; tick++) {
      for (let seat = 0; seat < SEATS; seat++) {
        const row = seat < talkers ? talking : pausing;
        // Every seat at another place of the row: nobody says the same at the same time.
        const at = row[(tick + seat * 97) % row.length] as number;
        const { path, packets } = seats[seat] as (typeof seats)[number];
        packets.note(tick & 0xffff, packet);
        path.hear(frames[at] as Float32Array);
        path.mixed(frames[at] as Float32Array, activities[at] as VoiceActivity, 0);
        if (tick % 10 === 0) path.advance(STARTED_MS + tick * FRAME_MS, { packets, late: 0, copies: 0, underruns: 0, concealed: 0, repaired: 0, broken: 0 });
      }
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000 / (frames.length * FRAME_MS);
  };
  run(SEATS);
  return { cpu_share_13: run(SEATS), cpu_share_13_conversation: run(3) };
}
