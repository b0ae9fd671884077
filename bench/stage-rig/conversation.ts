import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Application, createEncoder } from "libopus-wasm";
import { FRAME_MS, FRAME_SAMPLES, SAMPLE_RATE } from "../../src/core/units.ts";
import { decode, speak } from "../../test/material/speech.ts";

/** Length of the conversation, which then begins anew. Seconds. */
const LENGTH_S = 60;
/** A turn, and how far the next one begins before its end. Seconds. */
const TURN_S = 5;
const OVERLAP_S = 1.5;
/** Every nth turn somebody else says a word or two in the middle of it. */
const ASIDE_EVERY = 2;
const ASIDE_S = 0.8;
/** What a silent person's microphone gives. Linear, under full scale; a quiet room behind a browser's noise suppression. */
const ROOM_NOISE = 0.0005;
/** Bit rate of a browser's voice. Bits per second. */
const BITRATE = 32_000;
const VOICES = ["en-gb", "en-us", "de", "en-gb-scotland", "en-gb-x-rp", "fr", "it"];
const TEXT =
  "Good evening to everybody who listens. We have a long list of questions tonight, and I would like to begin with the one that was asked most often, because it is simple to ask and hard to answer. Who decides what is heard, and who can check it afterwards?";

/** What every speaker sends, one Opus packet of 20 ms after the other. */
export type Tracks = readonly (readonly Uint8Array[])[];

/** Encodes what `count` people send as browsers do: in turns, two or three voices at a time, or all of them all the time. */
export async function encodeConversation(count: number, everybody: boolean): Promise<Tracks> {
  const folder = await mkdtemp(join(tmpdir(), "earshot-conversation-"));
  try {
    const voices = VOICES.map((voice, index) => decode(speak(folder, `v${index}`, voice, TEXT, LENGTH_S)));
    const tracks: Uint8Array[][] = [];
    for (let speaker = 0; speaker < count; speaker++) {
      const voice = voices[speaker % voices.length] as Float32Array;
      tracks.push(await encode(voice, speaker * SAMPLE_RATE, (second) => everybody || talks(speaker, count, second)));
    }
    return tracks;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether somebody talks at a second of the conversation. */
function talks(speaker: number, count: number, second: number): boolean {
  const step = TURN_S - OVERLAP_S;
  for (let turn = 0; turn * step < LENGTH_S; turn++) {
    const since = second - turn * step;
    if (since < 0 || since >= TURN_S) continue;
    if (turn % count === speaker) return true;
    const aside = turn % ASIDE_EVERY === 0 && (turn + Math.ceil(count / 2)) % count === speaker;
    if (aside && since >= TURN_S / 2 && since < TURN_S / 2 + ASIDE_S) return true;
  }
  return false;
}

/** `offset`: sample of the voice it begins with, so that the same voice twice is no echo. */
async function encode(voice: Float32Array, offset: number, isTalking: (second: number) => boolean): Promise<Uint8Array[]> {
  const encoder = await createEncoder({
    application: Application.Voip,
    channels: 1,
    sampleRate: SAMPLE_RATE,
    bitrate: BITRATE,
    fec: true,
    packetLossPercent: 0,
    frameSize: FRAME_SAMPLES,
  });
  const frame = new Float32Array(FRAME_SAMPLES);
  const packets: Uint8Array[] = [];
  for (let index = 0; index < (LENGTH_S * 1_000) / FRAME_MS; index++) {
    const voiced = isTalking((index * FRAME_MS) / 1_000);
    for (let at = 0; at < FRAME_SAMPLES; at++)
      frame[at] = voiced ? (voice[(offset + index * FRAME_SAMPLES + at) % voice.length] as number) : ROOM_NOISE * (2 * Math.random() - 1);
    packets.push(Uint8Array.from(encoder.encodeFloat(frame)));
  }
  encoder.free();
  return packets;
}
