import type { FindingKind, Hop, MicrophoneSettings, PathFinding } from "../../src/wire/path-record.ts";
import { locale } from "../words/language.ts";
import { say, type StudioWord } from "../words/studio.ts";
import { sayVoice, type VoiceWord } from "../words/voices.ts";

/** A figure as the reader writes it. */
export const figure = (value: number, digits = 0): string => value.toLocaleString(locale, { maximumFractionDigits: digits });
/** A share as per cent, without the sign. */
export const percent = (share: number): string => figure(share * 100, 1);
/** A frequency or rate as thousands of it. */
export const thousands = (value: number, digits = 0): string => figure(value / 1_000, digits);
/** A moment as a clock shows it. */
export const time = (unixMs: number): string => new Date(unixMs).toLocaleTimeString(locale);

/** How each finding is put, and its value for people. */
const FOUND: Readonly<Record<FindingKind, readonly [word: StudioWord, value: (value: number) => string]>> = {
  cut: ["foundCut", (hertz) => thousands(hertz, 1)],
  duller: ["foundDuller", figure],
  "voice-duller": ["foundVoiceDuller", figure],
  clipping: ["foundClipping", percent],
  hum: ["foundHum", figure],
  noise: ["foundNoise", figure],
  dead: ["foundDead", figure],
  "device-rate": ["foundDeviceRate", (hertz) => thousands(hertz, 1)],
  "not-opus": ["foundNotOpus", figure],
  loss: ["foundLoss", percent],
  stutter: ["foundStutter", figure],
  outage: ["foundOutage", (seconds) => figure(seconds, 1)],
  concealed: ["foundConcealed", percent],
  ducked: ["foundDucked", figure],
};
const HOP_WORDS: Readonly<Record<Hop, StudioWord>> = {
  microphone: "hopMicrophone",
  browser: "hopBrowser",
  codec: "hopCodec",
  network: "hopNetwork",
  decoder: "hopDecoder",
  mix: "hopMix",
  encoder: "hopEncoder",
};
/** What a browser may do to a voice, on and off. */
const PROCESSING = [
  ["echoCancellation", "echoOn", "echoOff"],
  ["noiseSuppression", "noiseOn", "noiseOff"],
  ["autoGainControl", "gainOn", "gainOff"],
] as const satisfies readonly (readonly [keyof MicrophoneSettings, VoiceWord, VoiceWord])[];

/** What was found, without when. */
export function whatWas({ kind, value }: Pick<PathFinding, "kind" | "value">): string {
  const [word, put] = FOUND[kind];
  return say(word, { value: put(value) });
}

/** A hop's name. */
export function hopName(hop: Hop): string {
  return say(HOP_WORDS[hop]);
}

/** What the browser does to the voice, as far as it says; empty when it does not. */
export function processingOf(settings: MicrophoneSettings): string {
  const told = PROCESSING.flatMap(([flag, on, off]) => (settings[flag] === undefined ? [] : [sayVoice(settings[flag] ? on : off)]));
  return told.join(", ");
}
