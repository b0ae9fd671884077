import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, createEncoder } from "libopus-wasm";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../src/core/units.ts";
import { OpusSource } from "../src/stage/opus-source.ts";
import { decode, speak } from "../test/material/speech.ts";
import type { Bench } from "./harness.ts";
import { withCopy } from "./red-packet.ts";

const TEXT =
  "Good evening and welcome. She sells sea shells on the sea shore, and tonight we talk about sound that arrives in time, whatever is lost on its way.";
const SECONDS = 40;
/** What our answer asks browsers to send. Bits per second. */
const BROWSER_BITRATE = 64_000;
/** Mean length of a burst. Packets; a radio that hands over loses three at a time. */
const BURST = 3;
const LOSSES = [5, 10, 20] as const;
const LINES = ["random", "bursty"] as const;
/** Opus' own coarse copy in the next packet, or the whole packet once more in the next (RFC 2198). */
const REPAIRS = ["fec", "red"] as const;

const cases = LOSSES.flatMap((percent) => LINES.flatMap((line) => REPAIRS.map((repair) => ({ percent, line, repair }))));
const keyOf = ({ percent, line, repair }: (typeof cases)[number]) => `snr_${repair}_${line}_${percent}`;

/** What loss on a line does to a voice: signal to error against the same voice without loss, by loss, line and means of repair. */
export const bench: Bench = {
  name: "loss",
  rounds: 1,
  figures: {
    ...Object.fromEntries(cases.map((each) => [keyOf(each), { unit: `dB at ${each.percent} % ${each.line} loss` }])),
    concealed_fec_random_10: { unit: "share of frames invented, 10 % random loss" },
    concealed_red_random_10: { unit: "share of frames invented, 10 % random loss" },
  },
  async measure(progress) {
    const folder = await mkdtemp(join(tmpdir(), "earshot-loss-"));
    try {
      const said = decode(speak(folder, "voice", "en-gb", TEXT, SECONDS));
      const result: Record<string, number> = {};
      for (const percent of LOSSES) {
        const packets = await encode(said, percent);
        const whole = await receive(packets, () => false, false);
        for (const each of cases.filter((one) => one.percent === percent)) {
          const heard = await receive(packets, lossOf(each.line, percent / 100), each.repair === "red");
          result[keyOf(each)] = snr(whole.sound, heard.sound);
          if (percent === 10 && each.line === "random") result[`concealed_${each.repair}_random_10`] = heard.concealed / packets.length;
        }
        progress(`${percent} %: ${packets.length} packets`);
      }
      return result;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function encode(said: Float32Array, percent: number): Promise<Uint8Array[]> {
  const encoder = await createEncoder({
    application: Application.Voip,
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: BROWSER_BITRATE,
    complexity: 9,
    fec: true,
    packetLossPercent: percent,
    frameSize: FRAME_SAMPLES,
  });
  const packets = Array.from({ length: Math.floor(said.length / FRAME_SAMPLES) }, (_, index) =>
    encoder.encodeFloat(said.slice(index * FRAME_SAMPLES, (index + 1) * FRAME_SAMPLES)).slice(),
  );
  encoder.free();
  return packets;
}

async function receive(packets: readonly Uint8Array[], isLost: () => boolean, red: boolean) {
  const source = await OpusSource.open();
  const sound = new Float32Array(packets.length * FRAME_SAMPLES);
  for (const [index, packet] of packets.entries()) {
    const timestamp = index * FRAME_SAMPLES;
    // The first two always come, so that every case begins at the same place.
    if (!isLost() || index < 2) {
      if (red) source.putRed(index & 0xffff, timestamp, withCopy(packets[index - 1], packet));
      else source.put(index & 0xffff, timestamp, packet);
    }
    source.pull(sound.subarray(timestamp, timestamp + FRAME_SAMPLES));
  }
  const { concealed } = source;
  source.close();
  return { sound, concealed };
}

/** A row of chance that is the same in every run; bursty: a line with a good and a bad state (Gilbert). */
function lossOf(line: (typeof LINES)[number], share: number): () => boolean {
  let random = 12_345;
  const next = () => {
    random = (random * 48_271) % 2_147_483_647;
    return random / 2_147_483_647;
  };
  if (line === "random") return () => next() < share;
  let bad = false;
  const begin = share / (1 - share) / BURST;
  return () => {
    bad = bad ? next() >= 1 / BURST : next() < begin;
    return bad;
  };
}

function snr(whole: Float32Array, heard: Float32Array): number {
  let [signal, error] = [0, 0];
  for (let index = 0; index < whole.length; index++) {
    signal += (whole[index] as number) ** 2;
    error += ((whole[index] as number) - (heard[index] as number)) ** 2;
  }
  return 10 * Math.log10(signal / error);
}
