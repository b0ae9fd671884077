import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, createEncoder, EncoderCtl } from "libopus-wasm";
import { systemClock } from "../src/core/clock.ts";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE, samples } from "../src/core/units.ts";
import { openArchive, Programme } from "../src/programme/mod.ts";
import { heal } from "../src/stage/audio.ts";
import { OpusSource } from "../src/stage/opus-source.ts";
import { Master } from "../src/stage/sound/master.ts";
import { PROGRAMME_TARGET } from "../src/stage/sound/programme-leveller.ts";
import { VoiceChain } from "../src/stage/sound/voice-chain.ts";
import { decode } from "../test/material/speech.ts";
import { measureJanus } from "./fidelity-janus.ts";
import type { Bench, FigureSpec } from "./harness.ts";
import { hasJanus } from "./peers/janus.ts";
import { withCopy } from "./red-packet.ts";
import { aligned, referee, sibilanceChange, spectralDistance } from "./sound-measures.ts";

const TEXTS = [
  [
    "en-gb",
    "She sells sea shells on the sea shore. The stage is set, six singers stand still, and the first phrase of this evening's story begins with a whisper.",
  ],
  ["de", "Sechs sächsische Sänger saßen im Süden und sangen so sanft, dass selbst die stillsten Straßen es fassten. Das ist der Satz, um den es heute geht."],
  ["en-us+f3", "Good evening and welcome. My name is Ada, and tonight we talk about sound that arrives on time, from one end of the country to the other."],
] as const;
/** What is said, again and again. Seconds. */
const SECONDS = 40;
/** When measuring begins: the voice is known. Seconds. */
const SETTLED = 5;
/** Length over which the programme's loudness is to hold, and step of the looks at it. Seconds. */
const LOUDNESS_SECONDS = 10;
const LOUDNESS_STEP = 5;
/** What our answer asks browsers to send. Bits per second; at 32 kbit/s with in-band repair Opus takes 2.8 dB off an /s/. */
const BROWSER_BITRATE = 64_000;
/** Ways to the house. Chromium and Safari send each packet once more with the next (RED) because our page asks for it; others send coarse copies (in-band repair). */
const LINES = {
  clean: { loss: 0, repair: "fec" },
  lossy: { loss: 0.1, repair: "red" },
  lossy_without_red: { loss: 0.1, repair: "fec" },
} as const;
type LineName = keyof typeof LINES;
/** When a browser has heard of the loss, and its encoder knows. Frames; 1 s. */
const TOLD_FRAMES = 50;
/** Janus as it comes (16 kHz), and told to mix at our rate. */
const JANUS_ROOMS = { janus: {}, janus_48k: { samplingRate: 48_000 } } as const;

/** A voice on its way to the house. */
interface Voice {
  readonly name: string;
  readonly said: Float32Array;
  readonly line: LineName;
  readonly packets: readonly (Uint8Array | undefined)[];
}

const janusFigures = (): Record<string, FigureSpec> =>
  Object.fromEntries(
    Object.keys(JANUS_ROOMS).flatMap((room) => [
      [`${room}_sibilance_change_db`, { unit: "dB, the same voices to the ear of another participant" }],
      [`${room}_sibilance_change_db_loss10`, { unit: "dB at 10 % loss" }],
      [`${room}_lsd_4_12k_db`, { unit: "dB" }],
      [`${room}_lsd_4_12k_db_loss10`, { unit: "dB at 10 % loss" }],
    ]),
  );

/** The whole path of a voice, from microphone to what a listener's player gives out, with nothing but the network left out; and, where it is installed, the same voices through Janus' AudioBridge. */
export const bench: Bench = {
  name: "fidelity",
  rounds: 1,
  figures: {
    sibilance_change_db: { unit: "dB, E(4-9 kHz)/E(0.3-3 kHz), worst of voices and renditions", target: { limit: 1, direction: "at most" } },
    sibilance_change_db_loss10: { unit: "dB at 10 % loss", target: { limit: 2, direction: "at most" } },
    sibilance_change_db_loss10_without_red: { unit: "dB at 10 % loss, from browsers without RED" },
    low_sibilance_change_db: { unit: "dB, of the rendition at half the data" },
    low_lsd_4_12k_db: { unit: "dB" },
    lsd_4_12k_db: { unit: "dB, log-spectral distance from 4 to 12 kHz, worst rendition" },
    lsd_4_12k_db_loss10: { unit: "dB at 10 % loss" },
    loudness_error_lu: { unit: "LU from -18 LUFS by ffmpeg's meter, worst ten seconds of all", target: { limit: 0.5, direction: "at most" } },
    true_peak_dbtp: { unit: "dBTP of the decoded programme by ffmpeg's meter, worst", target: { limit: -1, direction: "at most" } },
    concealed_share_loss10: { unit: "of frames invented or repaired at 10 % loss" },
    ...(hasJanus() ? janusFigures() : {}),
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-fidelity-"));
    try {
      const voices = await speakAll(folder);
      const results: ({ readonly line: LineName } & Awaited<ReturnType<typeof measureVoice>>)[] = [];
      for (const [index, voice] of voices.entries()) {
        const result = await measureVoice(join(folder, String(index)), voice);
        progress(`${voice.name}, ${voice.line}: ${JSON.stringify(result, (_, value: unknown) => (typeof value === "number" ? round2(value) : value))}`);
        results.push({ line: voice.line, ...result });
      }
      return {
        sibilance_change_db: worst(results, "clean", "sibilance"),
        sibilance_change_db_loss10: worst(results, "lossy", "sibilance"),
        sibilance_change_db_loss10_without_red: worst(results, "lossy_without_red", "sibilance"),
        low_sibilance_change_db: worst(results, "clean", "lowSibilance"),
        low_lsd_4_12k_db: worst(results, "clean", "lowLsd"),
        lsd_4_12k_db: worst(results, "clean", "lsd"),
        lsd_4_12k_db_loss10: worst(results, "lossy", "lsd"),
        loudness_error_lu: Math.max(...results.map(({ loudnessError }) => loudnessError)),
        true_peak_dbtp: Math.max(...results.map(({ truePeak }) => truePeak)),
        concealed_share_loss10: worst(results, "lossy", "concealed"),
        ...(hasJanus() ? await compareJanus(folder, voices, progress) : {}),
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function worst<Key extends string>(results: readonly ({ readonly line: LineName } & Record<Key, number>)[], line: LineName, key: Key): number {
  return Math.max(...results.filter((result) => result.line === line).map((result) => result[key]));
}

async function speakAll(folder: string): Promise<Voice[]> {
  const voices: Voice[] = [];
  for (const [index, [name, text]] of TEXTS.entries()) {
    const path = join(folder, `voice-${index}.wav`);
    execFileSync("espeak-ng", ["-v", name, "-s", "150", "-w", path, `${text} `.repeat(6)]);
    const said = decode(path).subarray(0, SECONDS * SAMPLE_RATE);
    for (const line of Object.keys(LINES) as LineName[]) voices.push({ name, said, line, packets: await send(said, line) });
  }
  return voices;
}

/** The voice as a browser sends it; what is lost on the way is left out. */
async function send(said: Float32Array, line: LineName): Promise<(Uint8Array | undefined)[]> {
  const { loss, repair } = LINES[line];
  const encoder = await createEncoder({
    application: Application.Voip,
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: BROWSER_BITRATE,
    complexity: 9,
    fec: repair === "fec",
    packetLossPercent: 0,
    frameSize: FRAME_SAMPLES,
  });
  let random = 1;
  let before: Uint8Array | undefined;
  const packets = Array.from({ length: Math.floor(said.length / FRAME_SAMPLES) }, (_, index) => {
    if (index === TOLD_FRAMES) encoder.encoderCtl(EncoderCtl.SetPacketLossPercent, loss * 100);
    const packet = encoder.encodeFloat(said.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)).slice();
    const sent = repair === "red" ? withCopy(before, packet) : packet;
    before = packet;
    // A row of chance that is the same in every run.
    random = (random * 48_271) % 2_147_483_647;
    return random / 2_147_483_647 >= loss ? sent : undefined;
  });
  encoder.free();
  return packets;
}

async function measureVoice(folder: string, { said, packets, line }: Voice) {
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
    metadata: () => [],
    clock: systemClock,
    onFault: (error) => {
      throw error;
    },
  });
  const frame = new Float32Array(FRAME_SAMPLES);
  for (const [index, packet] of packets.entries()) {
    if (packet !== undefined) {
      if (LINES[line].repair === "red") source.putRed(index & 0xffff, index * FRAME_SAMPLES, packet);
      else source.put(index & 0xffff, index * FRAME_SAMPLES, packet);
    }
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
  const concealed = (source.concealed + source.repaired) / packets.length;
  source.close();
  const low = aligned(said, decode(join(folder, "low.mp4")));
  return {
    lowSibilance: Math.abs(sibilanceChange(low)),
    lowLsd: spectralDistance(low),
    ...judge(
      said,
      ["opus.mp4", "aac.mp4"].map((file) => join(folder, file)),
    ),
    concealed,
  };
}

/** What listeners got, by every rendition. */
function judge(said: Float32Array, files: readonly string[]) {
  const pairs = files.map((file) => aligned(said, decode(file)));
  const changes = pairs.map(sibilanceChange);
  const seconds: number[] = [];
  for (let from = SETTLED; from + LOUDNESS_SECONDS <= SECONDS; from += LOUDNESS_STEP) seconds.push(from);
  const stretches = files.flatMap((file) => seconds.map((from) => referee(file, { from, seconds: LOUDNESS_SECONDS })));
  return {
    sibilance: Math.max(...changes.map(Math.abs)),
    changes,
    lsd: Math.max(...pairs.map(spectralDistance)),
    loudnessError: Math.max(...stretches.map(({ loudness }) => Math.abs(loudness - PROGRAMME_TARGET))),
    truePeak: Math.max(...stretches.map(({ truePeak }) => truePeak)),
  };
}

/** Janus reads no RED: in-band repair is what browsers send it. */
async function compareJanus(folder: string, voices: readonly Voice[], progress: (text: string) => void): Promise<Record<string, number>> {
  const sent = voices.filter(({ line }) => LINES[line].repair === "fec");
  const rooms = Object.entries(JANUS_ROOMS);
  const heard = await measureJanus(
    rooms.flatMap(([name, room]) => sent.map((voice, index) => ({ ...voice, room, file: join(folder, `${name}-${index}.f32`) }))),
  );
  return Object.fromEntries(
    rooms.flatMap(([name], at) => {
      const results = sent.map(({ line }, index) => ({ line, ...(heard[at * sent.length + index] as (typeof heard)[number]) }));
      progress(`${name}: ${JSON.stringify(results, (_, value: unknown) => (typeof value === "number" ? round2(value) : value))}`);
      return [
        [`${name}_sibilance_change_db`, worst(results, "clean", "sibilance")],
        [`${name}_sibilance_change_db_loss10`, worst(results, "lossy_without_red", "sibilance")],
        [`${name}_lsd_4_12k_db`, worst(results, "clean", "lsd")],
        [`${name}_lsd_4_12k_db_loss10`, worst(results, "lossy_without_red", "lsd")],
      ];
    }),
  );
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
