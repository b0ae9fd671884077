import { setTimeout as sleep } from "node:timers/promises";
import { EarshotError } from "../../core/errors.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { concatBytes, GRIDS, openEncoder } from "../../programme/mod.ts";
import { WAITING_SECONDS_MAX } from "../../wire/sounds.ts";

/** Fade at the place where a longer sound is cut. Seconds. */
const FADE_SECONDS = 2;
/** Blocks the encoder may be behind before it is waited for; five seconds of sound. */
const MOST_BEHIND = 200;
/** How often it is looked how far it is. Milliseconds. */
const LOOK_MS = 10;

/** A sound of the soundboard as listeners get it who wait: MP3 at the rate and loudness of the programme, cut where it is too long. @throws `sound-unplayable` */
export async function makeWaitingSound(path: string, gainDb: number): Promise<Uint8Array> {
  const packets: Uint8Array[] = [];
  let fault: unknown;
  const encoder = await openEncoder({
    rendition: "mp3",
    numberOfChannels: 1,
    onPacket: (packet) => packets.push(packet),
    onFault: (error) => {
      fault = error;
    },
  });
  const block = new Float32Array(GRIDS.mp3.frameSamples);
  let filled = 0;
  let taken = 0;
  try {
    // The stage's part, which control loads only when it is needed.
    const { soundFrames } = await import("../../stage/mod.ts");
    for await (const frame of soundFrames(path, gainDb)) {
      if (taken >= WAITING_SECONDS_MAX * SAMPLE_RATE) break;
      for (let index = 0; index < FRAME_SAMPLES; index++) {
        const left = WAITING_SECONDS_MAX - (taken + index) / SAMPLE_RATE;
        block[filled++] = (frame[index] as number) * Math.min(1, left / FADE_SECONDS);
        if (filled < block.length) continue;
        encoder.push([block]);
        filled = 0;
      }
      taken += FRAME_SAMPLES;
      while (encoder.queueDepth > MOST_BEHIND && fault === undefined) await sleep(LOOK_MS);
      if (fault !== undefined) break;
    }
    if (filled > 0) encoder.push([block.fill(0, filled)]);
    await encoder.flush();
  } finally {
    await encoder.close();
  }
  if (fault !== undefined) throw new EarshotError("sound-unplayable", { rule: "a sound that can be made into MP3", value: String(fault).slice(0, 120) }, fault);
  return concatBytes(packets);
}
