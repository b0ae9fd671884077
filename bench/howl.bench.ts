import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../src/core/units.ts";
import { HowlGuard } from "../src/stage/howl/howl-guard.ts";
import { seeded } from "../test/material/seeded.ts";
import { decode } from "../test/material/speech.ts";
import { type Bench, percentile } from "./harness.ts";
import { type LoopResult, runLoop } from "./room-simulator/loop.ts";
import { band } from "./room-simulator/music.ts";
import { Convolver, impulseResponse, peakGainDb, ROOMS, TAPS } from "./room-simulator/room.ts";

const CAST = ["en-gb", "de", "fr", "en-us+f3"] as const;
const WORDS =
  "evening voice country people question answer radio number river window seven silence morning station power never always because before listen speak water light again between under music house winter summer paper stone the a of and with without on in to from".split(
    " ",
  );
/** Speech made per voice. Seconds; as much as it has to say in the conversation, where nothing is said twice, as people do not either. */
const VOICE_SECONDS = 700;
/** Samples a second espeak-ng gives, and bytes of the header before them. */
const ESPEAK_RATE = 22_050;
const WAV_HEADER_BYTES = 44;
/** What is said, sung and struck follows from this, so that a figure can be had again; `HOWL_SEED` says another. */
const random = seeded(Number(process.env.HOWL_SEED ?? 1));
/** Times round the loop. Milliseconds: two devices in one room, a bad network. */
const DELAYS = [200, 400];
/** How much louder than before the end may be for the loop to count as held. dB. */
const HELD_DB = 6;
/** Gains tried above the room's own limit. dB. */
const STEPS = [-2, 0, 6, 12, 18];
/** Gain above the limit at which the time is taken. dB. */
const TIMED_DB = 6;
/** Conversations listened to for false alarms, each with words of its own, and the length of each and of each kind of music. Seconds; with three, three hours and twenty minutes in all, so that one alarm more or less does not decide. `HOWL_CONVERSATIONS` asks for more. */
const CONVERSATIONS = Number(process.env.HOWL_CONVERSATIONS ?? 3);
const SPEECH_SECONDS = 1_800;
const MUSIC_SECONDS = 600;
/** Neither speech nor music, and reported by itself. */
const MACHINE = "telephone";

/** The howl guard in simulated rooms, over speech and over music. */
export const bench: Bench = {
  name: "howl",
  rounds: 1,
  figures: {
    added_stable_gain_db: { unit: "dB, worst of all rooms and delays", target: { limit: 12, direction: "at least" } },
    added_stable_gain_db_median: { unit: "dB" },
    gain_given_up_db: { unit: "dB the guard holds the input down at that gain, median" },
    time_to_duck_ms: {
      unit: "ms from the first audible howl, less two loop trips, amid speech and in silence; p95",
      target: { limit: 500, direction: "at most" },
    },
    time_from_closing_ms: { unit: "ms from turning the loudspeaker on amid speech, p95" },
    false_alarms_per_hour: { unit: "ducks an hour over speech and music", target: { limit: 1, direction: "at most" } },
    machine_ducked_ms: { unit: "ms a telephone that repeats itself exactly is held down until it is known for what it is, of 10 minutes" },
    copy_found_ms: { unit: "ms until a second device in the room is ducked, p95" },
    broadcast_found_ms: { unit: "ms until a loudspeaker with the programme of 6 s ago is ducked" },
    cpu_share_13: { unit: "of one core, 13 inputs all loud", target: { limit: 0.05, direction: "at most" } },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-howl-"));
    try {
      const cast = () => CAST.map((voice, index) => talk(folder, `voice-${index}`, voice));
      const voices = cast();
      return { ...loops(voices, progress), ...alarms(voices, cast, progress), ...copies(voices, progress), cpu_share_13: cost(voices) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Minutes of sentences by chance, each said a little higher, lower, faster or slower than the last, at the level of a voice near a microphone. */
function talk(folder: string, name: string, voice: string): Float32Array {
  const said: Buffer[] = [];
  for (let bytes = 0; bytes < VOICE_SECONDS * ESPEAK_RATE * 2; ) {
    // No word twice in a sentence: espeak-ng says it the same to the sample, as only machines and echoes do.
    const left = [...WORDS];
    const sentence = Array.from({ length: 12 + Math.floor(random() * 12) }, () => left.splice(Math.floor(random() * left.length), 1)).join(" ");
    const hand = ["-p", String(35 + Math.floor(random() * 30)), "-s", String(135 + Math.floor(random() * 35))];
    const samples = execFileSync("espeak-ng", ["-v", voice, ...hand, "--stdout", sentence]).subarray(WAV_HEADER_BYTES);
    said.push(samples);
    bytes += samples.length;
  }
  const path = join(folder, `${name}.raw`);
  writeFileSync(path, Buffer.concat(said));
  return decode(path, ["-f", "s16le", "-ar", String(ESPEAK_RATE)])
    .subarray(0, VOICE_SECONDS * SAMPLE_RATE)
    .map((value) => value * 0.3);
}

function loops(voices: readonly Float32Array[], progress: (text: string) => void) {
  const added: number[] = [];
  const given: number[] = [];
  const ducks: number[] = [];
  const closings: number[] = [];
  const silence = new Float32Array(SAMPLE_RATE).map(() => 0.0004 * (random() * 2 - 1));
  for (const [index, room] of ROOMS.entries()) {
    const taps = impulseResponse(room);
    const limit = -peakGainDb(taps);
    for (const delayMs of DELAYS) {
      const run = (overDb: number, guarded: boolean, voice = voices[index % voices.length] as Float32Array) =>
        runLoop({ taps, gainDb: limit + overDb, delayMs, voice, seconds: 20, closesAt: 2, guarded });
      const loudest = run(-40, false).endDb + HELD_DB;
      const without = STEPS.findLast((step) => step <= 0 && run(step, false).endDb < loudest) ?? Number.NaN;
      let highest = without;
      let gain = 0;
      for (const step of STEPS.filter((step) => step > without)) {
        const result = run(step, true);
        if (step === TIMED_DB) {
          ducks.push(lateness(result, delayMs));
          closings.push((result.duckedAt - 2) * 1000);
        }
        if (!(result.endDb < loudest)) break;
        highest = step;
        gain = result.gainDb;
      }
      added.push(highest - without);
      given.push(gain);
      const quiet = run(TIMED_DB, true, silence);
      ducks.push(lateness(quiet, delayMs));
      progress(
        `${room.name}, ${delayMs} ms: held ${without} dB over its limit alone, ${highest} dB guarded (input at ${gain.toFixed(0)} dB); ducked ${Math.round(closings.at(-1) as number)} ms after closing; in silence ${Math.round((quiet.duckedAt - 2) * 1000)} ms after closing, ${Math.round((quiet.duckedAt - quiet.audibleAt) * 1000)} ms after it was audible, loudest ${quiet.loudestDb.toFixed(0)} dBFS`,
      );
    }
  }
  return {
    added_stable_gain_db: Math.min(...added),
    added_stable_gain_db_median: median(added),
    gain_given_up_db: -median(given.map((value) => Math.max(-60, value))),
    time_to_duck_ms: percentile(sorted(ducks), 0.95),
    time_from_closing_ms: percentile(sorted(closings.map((value) => (Number.isNaN(value) ? 99_999 : value))), 0.95),
  };
}

/** Time from the first audible howl to the duck, less two loop trips; 0 when the duck came first. Milliseconds. */
function lateness({ duckedAt, audibleAt }: LoopResult, delayMs: number): number {
  if (Number.isNaN(duckedAt)) return 99_999;
  return Number.isNaN(audibleAt) ? 0 : Math.max(0, (duckedAt - audibleAt) * 1000 - 2 * delayMs);
}

function alarms(voices: readonly Float32Array[], others: () => readonly Float32Array[], progress: (text: string) => void) {
  let count = 0;
  let hours = 0;
  const listen = (name: string, inputs: readonly ((at: number) => number)[], seconds: number) => {
    let own = 0;
    const kinds: string[] = [];
    const guard = new HowlGuard(({ act, kind }) => {
      if (act !== "duck") return;
      own++;
      kinds.push(kind);
    });
    let down = 0;
    const frame = new Float32Array(FRAME_SAMPLES);
    const mix = new Float32Array(FRAME_SAMPLES);
    for (let at = 0; at < seconds * SAMPLE_RATE; at += FRAME_SAMPLES) {
      mix.fill(0);
      for (const [index, input] of inputs.entries()) {
        for (let sample = 0; sample < FRAME_SAMPLES; sample++) frame[sample] = input(at + sample);
        const watch = guard.watch(`${index}`);
        watch.hear(frame);
        watch.treat(frame);
        if (watch.gainDb <= -12) down++;
        add(mix, frame);
      }
      guard.advance(mix);
    }
    if (name !== MACHINE) {
      count += own;
      hours += seconds / 3600;
    }
    progress(`${name}: ${own} in ${Math.round(seconds / 60)} minutes ${[...new Set(kinds)].join(" ")}`);
    return (down * FRAME_SAMPLES * 1000) / SAMPLE_RATE;
  };
  for (let round = 0; round < CONVERSATIONS; round++) listen("conversation", conversation(round === 0 ? voices : others()), SPEECH_SECONDS);
  let machine = 0;
  for (const [name, make] of Object.entries(band(random))) {
    const sound = make(MUSIC_SECONDS);
    const down = listen(name, [(at) => sound[at % sound.length] as number], MUSIC_SECONDS);
    if (name === MACHINE) machine = down;
  }
  progress(`${count} false alarms in ${hours.toFixed(2)} hours`);
  return { false_alarms_per_hour: count / hours, machine_ducked_ms: machine };
}

/** A conversation: everyone has a microphone, turns of ten seconds, a second talks over the first now and then. */
function conversation(voices: readonly Float32Array[]): readonly ((at: number) => number)[] {
  return voices.map((voice, index) => {
    let said = 0;
    return (at) => {
      const second = Math.floor(at / SAMPLE_RATE);
      const talks = Math.floor(second / 10) % voices.length === index || (second % 37 < 6 && second % voices.length === index);
      return (talks ? (voice[said++ % voice.length] as number) : 0) + 0.0004 * (random() * 2 - 1);
    };
  });
}

function copies(voices: readonly Float32Array[], progress: (text: string) => void) {
  const found: number[] = [];
  const other = voices.at(-1) as Float32Array;
  const measure = (delayMs: number, source: Float32Array, room: Convolver, own: boolean): number => {
    let now = 0;
    let foundAt = Number.NaN;
    const guard = new HowlGuard(({ seatId, kind, act }) => {
      if (kind === "delayed-copy" && act === "duck" && seatId === (own ? "a" : "b") && Number.isNaN(foundAt)) foundAt = now;
    });
    const late = Math.round((delayMs * SAMPLE_RATE) / 1000);
    const a = new Float32Array(FRAME_SAMPLES);
    const b = new Float32Array(FRAME_SAMPLES);
    const c = new Float32Array(FRAME_SAMPLES);
    const begin = 20 * SAMPLE_RATE;
    for (let at = 0; at < (own ? 50 : 26) * SAMPLE_RATE; at += FRAME_SAMPLES) {
      now = at / SAMPLE_RATE;
      const speaks = (position: number) => Math.floor(position / (4 * SAMPLE_RATE)) % 2 === 0;
      const talks = (position: number) => (speaks(position) || !own ? (source[position % source.length] as number) : 0);
      for (let sample = 0; sample < FRAME_SAMPLES; sample++) {
        a[sample] = talks(at + sample);
        // Where it is the broadcast that comes back, another talks while this one is silent.
        c[sample] = own && !speaks(at + sample) ? (other[(at + sample) % other.length] as number) : 0;
        b[sample] =
          at >= begin ? talks(at + sample - late) + (own && !speaks(at + sample - late) ? (other[(at + sample - late) % other.length] as number) : 0) : 0;
      }
      room.process(b, b);
      for (let sample = 0; sample < FRAME_SAMPLES; sample++) {
        if (own) a[sample] = (a[sample] as number) + 0.4 * (b[sample] as number);
        b[sample] = 0.4 * (b[sample] as number) + 0.0005 * (random() * 2 - 1);
      }
      const first = guard.watch("a");
      first.hear(a);
      first.treat(a);
      const second = guard.watch(own ? "c" : "b");
      second.hear(own ? c : b);
      second.treat(own ? c : b);
      add(a, own ? c : b);
      guard.advance(a);
    }
    return (foundAt - 20) * 1000;
  };
  const rooms = ROOMS.map((room) => {
    const taps = impulseResponse(room);
    const gain = 1 / Math.sqrt(taps.reduce((sum, value) => sum + value * value, 0));
    return taps.map((value) => value * gain);
  });
  for (const [index, voice] of voices.entries())
    for (const delayMs of [80, 180, 420]) found.push(measure(delayMs, voice, new Convolver(rooms[index] as Float64Array), false));
  const broadcast = measure(6_000, voices[0] as Float32Array, new Convolver(rooms[1] as Float64Array), true);
  progress(`copies found after ${found.map(Math.round).join(", ")} ms; broadcast after ${Math.round(broadcast)} ms`);
  return {
    copy_found_ms: percentile(sorted(found.map((value) => (Number.isNaN(value) ? 99_999 : value))), 0.95),
    broadcast_found_ms: Number.isNaN(broadcast) ? 99_999 : broadcast,
  };
}

function cost(voices: readonly Float32Array[]): number {
  const guard = new HowlGuard(() => {});
  const frames = 1_500;
  const mix = new Float32Array(FRAME_SAMPLES);
  const frame = new Float32Array(FRAME_SAMPLES);
  const started = process.cpuUsage();
  for (let index = 0; index < frames; index++) {
    for (let seat = 0; seat < 13; seat++) {
      const voice = voices[seat % voices.length] as Float32Array;
      const at = (index * FRAME_SAMPLES + seat * TAPS) % (voice.length - FRAME_SAMPLES);
      frame.set(voice.subarray(at, at + FRAME_SAMPLES));
      const watch = guard.watch(`${seat}`);
      watch.hear(frame);
      watch.treat(frame);
      add(mix, frame);
    }
    guard.advance(mix);
    mix.fill(0);
  }
  const { user, system } = process.cpuUsage(started);
  return (user + system) / (frames * 20_000);
}

function add(sum: Float32Array, frame: Float32Array): void {
  for (let sample = 0; sample < FRAME_SAMPLES; sample++) sum[sample] = (sum[sample] as number) + (frame[sample] as number);
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]) => percentile(sorted(values), 0.5);
