import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, createEncoder } from "libopus-wasm";
import { systemClock } from "../src/core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, samples } from "../src/core/units.ts";
import { openArchive, Programme } from "../src/programme/mod.ts";
import { heal } from "../src/stage/audio.ts";
import { Fft } from "../src/stage/howl/fft.ts";
import { OpusSource } from "../src/stage/opus-source.ts";
import { Master } from "../src/stage/sound/master.ts";
import { PROGRAMME_TARGET } from "../src/stage/sound/programme-leveller.ts";
import { VoiceChain } from "../src/stage/sound/voice-chain.ts";
import { decode, find } from "../test/material/speech.ts";
import type { Bench } from "./harness.ts";

const TEXTS = [
  [
    "en-gb",
    "She sells sea shells on the sea shore. The stage is set, six singers stand still, and the first phrase of this evening's story begins with a whisper.",
  ],
  ["de", "Sechs sächsische Sänger saßen im Süden und sangen so sanft, dass selbst die stillsten Straßen es fassten. Das ist der Satz, um den es heute geht."],
] as const;
/** What is said, again and again. Seconds. */
const SECONDS = 40;
/** What our answer asks browsers to send. Bits per second; at 32 kbit/s with in-band repair Opus takes 2.8 dB off an /s/. */
const BROWSER_BITRATE = 64_000;
/** Size of a look at the spectrum. Samples. */
const LOOK = 2048;

/** The whole path of a voice, from microphone to what a listener's player gives out, with nothing but the network left out. */
export const bench: Bench = {
  name: "fidelity",
  rounds: 1,
  figures: {
    sibilance_change_db: { unit: "dB, E(4-9 kHz)/E(0.3-3 kHz), worst of voices and renditions", target: { limit: 1, direction: "at most" } },
    sibilance_change_db_loss10: { unit: "dB at 10 % loss", target: { limit: 2, direction: "at most" } },
    lsd_4_12k_db: { unit: "dB, log-spectral distance from 4 to 12 kHz, worst rendition" },
    lsd_4_12k_db_loss10: { unit: "dB at 10 % loss" },
    loudness_error_lu: { unit: "LU from -18 LUFS by ffmpeg's meter, worst", target: { limit: 0.5, direction: "at most" } },
    true_peak_dbtp: { unit: "dBTP of the decoded programme by ffmpeg's meter, worst", target: { limit: -1, direction: "at most" } },
    concealed_share_loss10: { unit: "of frames invented or repaired at 10 % loss" },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-fidelity-"));
    try {
      const results: ({ readonly loss: number } & Awaited<ReturnType<typeof measureVoice>>)[] = [];
      for (const [index, [voice, text]] of TEXTS.entries()) {
        const path = join(folder, `voice-${index}.wav`);
        execFileSync("espeak-ng", ["-v", voice, "-s", "150", "-w", path, `${text} `.repeat(6)]);
        const said = decode(path).subarray(0, SECONDS * SAMPLE_RATE);
        for (const loss of [0, 0.1]) {
          const result = await measureVoice(join(folder, `${index}-${loss}`), said, loss);
          progress(
            `${voice}, ${loss * 100} % loss: ${JSON.stringify(result, (_, value: unknown) => (typeof value === "number" ? Math.round(value * 100) / 100 : value))}`,
          );
          results.push({ loss, ...result });
        }
      }
      const worst = (loss: number, key: "sibilance" | "lsd" | "concealed") =>
        Math.max(...results.filter((result) => result.loss === loss).map((result) => result[key]));
      return {
        sibilance_change_db: worst(0, "sibilance"),
        sibilance_change_db_loss10: worst(0.1, "sibilance"),
        lsd_4_12k_db: worst(0, "lsd"),
        lsd_4_12k_db_loss10: worst(0.1, "lsd"),
        loudness_error_lu: Math.max(...results.map(({ loudness }) => Math.abs(loudness - PROGRAMME_TARGET))),
        true_peak_dbtp: Math.max(...results.map(({ truePeak }) => truePeak)),
        concealed_share_loss10: worst(0.1, "concealed"),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function measureVoice(folder: string, said: Float32Array, loss: number) {
  const encoder = await createEncoder({
    application: Application.Voip,
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: BROWSER_BITRATE,
    complexity: 9,
    fec: true,
    packetLossPercent: loss * 100,
    frameSize: FRAME_SAMPLES,
  });
  const source = await OpusSource.open();
  const chain = new VoiceChain();
  const master = new Master();
  const archive = await openArchive({ folder, numberOfChannels: 1 });
  const programme = await Programme.open({
    eventId: "fidelity",
    epoch: 1,
    startAt: samples(0),
    resume: { opus: 0, aac: 0, mp3: 0 },
    numberOfChannels: 1,
    archive,
    publish: () => {},
    metadata: () => undefined,
    clock: systemClock,
    onFault: (error) => {
      throw error;
    },
  });
  const frame = new Float32Array(FRAME_SAMPLES);
  let random = 1;
  const frames = Math.floor(said.length / FRAME_SAMPLES);
  for (let index = 0; index < frames; index++) {
    const packet = Uint8Array.from(encoder.encodeFloat(said.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)));
    // A row of chance that is the same in every run.
    random = (random * 48_271) % 2_147_483_647;
    if (random / 2_147_483_647 >= loss) source.put(index & 0xffff, index * FRAME_SAMPLES, packet);
    source.pull(frame);
    heal(frame);
    chain.process(frame);
    master.apply(frame);
    programme.push({ timestamp: samples(index * FRAME_SAMPLES), channels: [frame] });
    // Encoders work beside us, in real time: a queue that is too long would lose blocks.
    while (programme.queueDepth > 50) await systemClock.sleep(FRAME_MS);
  }
  const { durationSamples } = await programme.end();
  await archive.finish({ durationSamples, title: "Fidelity", date: new Date(0).toISOString() });
  await programme.close();
  await archive.close();
  encoder.free();
  const concealed = (source.concealed + source.repaired) / frames;
  source.close();
  const heard = ["opus.mp4", "aac.mp4"].map((file) => join(folder, file));
  const decoded = heard.map((file) => aligned(said, decode(file)));
  const meters = heard.map(referee);
  const changes = decoded.map((pair) => sibilance(pair.heard) - sibilance(pair.said));
  return {
    sibilance: Math.max(...changes.map(Math.abs)),
    changes,
    lsd: Math.max(...decoded.map(distance)),
    loudness: meters.map(({ loudness }) => loudness).reduce((a, b) => (Math.abs(a - PROGRAMME_TARGET) > Math.abs(b - PROGRAMME_TARGET) ? a : b)),
    truePeak: Math.max(...meters.map(({ truePeak }) => truePeak)),
    concealed,
  };
}

/** The two recordings from the fifth second on, shifted so that they lie on each other. */
function aligned(said: Float32Array, heard: Float32Array) {
  const from = 8 * SAMPLE_RATE;
  const template = said.subarray(from, from + SAMPLE_RATE);
  const { at } = find(heard, template, from - SAMPLE_RATE / 2, from + 2 * SAMPLE_RATE);
  const length = Math.min(said.length - from, heard.length - at) - SAMPLE_RATE;
  return { said: said.subarray(from, from + length), heard: heard.subarray(at, at + length) };
}

const FFT = new Fft(LOOK);
const binOf = (hertz: number) => Math.round((hertz / SAMPLE_RATE) * LOOK);

/** Powers of every look at a signal. */
function* spectra(signal: Float32Array): Generator<Float64Array> {
  const re = new Float64Array(LOOK);
  const im = new Float64Array(LOOK);
  for (let at = 0; at + LOOK <= signal.length; at += LOOK / 2) {
    for (let index = 0; index < LOOK; index++) re[index] = (signal[at + index] as number) * (0.5 - 0.5 * Math.cos((2 * Math.PI * index) / LOOK));
    im.fill(0);
    FFT.transform(re, im);
    yield Float64Array.from({ length: LOOK / 2 }, (_, bin) => (re[bin] as number) ** 2 + (im[bin] as number) ** 2);
  }
}

function band(powers: Float64Array, from: number, to: number): number {
  let sum = 0;
  for (let bin = binOf(from); bin <= binOf(to); bin++) sum += powers[bin] as number;
  return sum;
}

/** E(4-9 kHz)/E(0.3-3 kHz) of all sound. dB. */
function sibilance(signal: Float32Array): number {
  let [high, low] = [0, 0];
  for (const powers of spectra(signal)) {
    high += band(powers, 4_000, 9_000);
    low += band(powers, 300, 3_000);
  }
  return 10 * Math.log10(high / low);
}

/** Log-spectral distance from 4 to 12 kHz over the looks in which something is said, in bands of 500 Hz; a difference of level alone counts for nothing. dB. */
function distance({ said, heard }: { readonly said: Float32Array; readonly heard: Float32Array }): number {
  const pairs: number[][] = [];
  const others = spectra(heard);
  for (const powers of spectra(said)) {
    const other = others.next().value as Float64Array | undefined;
    if (other === undefined) break;
    if (band(powers, 4_000, 12_000) < 1e-2) continue;
    pairs.push(
      Array.from(
        { length: 16 },
        (_, index) =>
          10 * Math.log10((band(other, 4_000 + 500 * index, 4_500 + 500 * index) + 1e-6) / (band(powers, 4_000 + 500 * index, 4_500 + 500 * index) + 1e-6)),
      ),
    );
  }
  const mean = pairs.flat().reduce((sum, value) => sum + value, 0) / (16 * pairs.length);
  return pairs.reduce((sum, differences) => sum + Math.sqrt(differences.reduce((squares, value) => squares + (value - mean) ** 2, 0) / 16), 0) / pairs.length;
}

/** What ffmpeg's meter says of what a listener gets. */
function referee(file: string) {
  const said = execFileSync("sh", ["-c", `ffmpeg -hide_banner -nostats -ss 5 -i '${file}' -af ebur128=peak=true -f null - 2>&1`]).toString();
  const summary = said.slice(said.lastIndexOf("Summary:"));
  return { loudness: Number(/I:\s+(-?[\d.]+) LUFS/.exec(summary)?.[1]), truePeak: Number(/Peak:\s+(-?[\d.]+) dBFS/.exec(summary)?.[1]) };
}
