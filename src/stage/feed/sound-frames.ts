import type { EarshotError } from "../../core/errors.ts";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { fromFault } from "./feed-job.ts";
import { startFeed } from "./feed-thread.ts";
import { FrameRing } from "./frame-ring.ts";

/** Frames between the thread that decodes and whoever takes them: 4 s, so that neither often waits for the other. */
const RING_FRAMES = 200;

/**
 * A sound file as stage frames: mono, 48 kHz, 960 samples of [-1, 1], the same array each time. Decoded once from start to end in a thread of its own, by `gainDb` louder.
 * @throws `sound-unplayable`
 */
export async function* soundFrames(path: string, gainDb: number): AsyncGenerator<Float32Array> {
  const ring = FrameRing.of(RING_FRAMES);
  let fault: EarshotError | undefined;
  const thread = startFeed({ kind: "file", path, gainDb, loop: false, memory: ring.memory }, (report) => {
    if (report.type === "fault") fault = fromFault(report);
  });
  const frame = new Float32Array(FRAME_SAMPLES);
  try {
    for (;;) {
      // Asked before the ring is emptied: what was written before the end is not lost.
      const { ended } = ring;
      while (ring.read(frame)) yield frame;
      if (fault !== undefined) throw fault;
      if (ended) return;
      await ring.more();
    }
  } finally {
    await thread.close();
  }
}
