import { PhaseRotator } from "../../src/stage/sound/phase-rotator.ts";

/** What was spoken as the stage sends it: its voices come with their phases turned, which no ear minds but a correlation of waveforms does. */
export function asSent(spoken: Float32Array): Float32Array {
  const sent = spoken.slice();
  new PhaseRotator().apply(sent);
  return sent;
}
