import { PhaseRotator } from "../../src/stage/sound/phase-rotator.ts";
import { RATE } from "./speech.ts";

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
