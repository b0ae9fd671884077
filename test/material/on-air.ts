import { PhaseRotator } from "../../src/stage/sound/phase-rotator.ts";
import { decode, find, level, median, RATE } from "./speech.ts";

/** Where voices are compared: above the room's rumble, which correlates with nothing, and below the hiss that codecs draw anew. Hertz. */
const BAND = { from: 150, to: 2000 };

/** What was spoken as the stage sends it: its voices come with their phases turned, which no ear minds but a correlation of waveforms does. */
export function asSent(spoken: Float32Array): Float32Array {
  const sent = spoken.slice();
  new PhaseRotator().apply(sent);
  return sent;
}

/** A copy with only what tells one voice from another: both sides of a comparison go through it. */
export function voiceBand(signal: Float32Array): Float32Array {
  const rumble = smoothing(BAND.from);
  const hiss = smoothing(BAND.to);
  let low = 0;
  let once = 0;
  let twice = 0;
  return signal.map((sample) => {
    low += rumble * (sample - low);
    once += hiss * (sample - low - once);
    twice += hiss * (once - twice);
    return twice;
  });
}

/** How far a filter of the first order moves towards its input with each sample. */
function smoothing(hertz: number): number {
  return 1 - Math.exp((-2 * Math.PI * hertz) / RATE);
}

/** Windows of what was spoken that are looked for. Seconds: where they begin, how long they are. */
const WINDOWS = [0.6, 1.9, 3.2, 4.5];
const WINDOW_S = 1;
/** Windows quieter than this hold a pause. dBFS. */
const PAUSE_DBFS = -35;

/**
 * How well a spoken file is found in a recording of what was on air: the median of windows from the first pass of its text, each wherever in `seconds` of the recording it fits best,
 * because the phase of the loop is not known. Correlation, 0 to 1; a voice that is not there gives 0.1 to 0.25.
 */
export function heard(recording: Float32Array, wav: string, { from = 0, seconds = 16 } = {}): number {
  const band = voiceBand(recording.subarray(from * RATE, (from + seconds) * RATE));
  return median(windowsOf(wav).map((window) => find(band, window).ncc));
}

/** Windows of each file that was looked for. */
const known = new Map<string, readonly Float32Array[]>();

function windowsOf(wav: string): readonly Float32Array[] {
  const found = known.get(wav);
  if (found !== undefined) return found;
  const spoken = voiceBand(asSent(decode(wav, ["-t", "8"])));
  const windows = WINDOWS.map((at) => spoken.subarray(Math.round(at * RATE), Math.round((at + WINDOW_S) * RATE))).filter(
    (window) => level(window) > PAUSE_DBFS,
  );
  known.set(wav, windows);
  return windows;
}
