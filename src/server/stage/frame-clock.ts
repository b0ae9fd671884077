import type { Clock } from "../../core/clock.ts";
import { FRAME_MS } from "../../core/units.ts";

/** Frames made up at once when the process was held up. 5 frames = 100 ms of audio; more in one go would hold up the network in turn. */
const CATCH_UP_FRAMES = 5;
/** Being this late means the machine slept or froze. Milliseconds; the wiring then starts anew from disk, which fills the hole at once. */
export const STALL_LIMIT_MS = 10_000;

/** The 20 ms heartbeat of a stage. */
export interface FrameClock {
  /** How late the newest frame was. Milliseconds. */
  readonly lagMs: number;
  /** Frames that came more than one frame late since the start. */
  readonly lateFrames: number;
  close(): void;
}

/** What drives a frame clock. */
export interface FrameClockOptions {
  readonly clock: Clock;
  /** Steady time of the first frame; frames since then are made up. Milliseconds. */
  readonly startedAt: number;
  readonly onFrame: () => void;
  readonly onStall: (lagMs: number) => void;
}

/** Calls `onFrame` once per 20 ms of steady time, never skipping one; `onStall` once when it fell {@link STALL_LIMIT_MS} behind. */
export function startFrameClock(options: FrameClockOptions): FrameClock {
  const { clock, startedAt, onFrame, onStall } = options;
  let made = 0;
  let lagMs = 0;
  let lateFrames = 0;
  let closed = false;
  let timer: NodeJS.Timeout | undefined;

  const beat = () => {
    if (closed) return;
    const behind = clock.steadyMs() - startedAt - made * FRAME_MS;
    if (behind > STALL_LIMIT_MS) {
      closed = true;
      onStall(behind);
      return;
    }
    lagMs = Math.max(0, behind);
    if (behind > 2 * FRAME_MS) lateFrames++;
    for (let count = 0; count < CATCH_UP_FRAMES && clock.steadyMs() - startedAt >= made * FRAME_MS; count++) {
      made++;
      onFrame();
    }
    timer = setTimeout(beat, Math.max(0, made * FRAME_MS - (clock.steadyMs() - startedAt)));
  };
  beat();

  return {
    get lagMs() {
      return lagMs;
    },
    get lateFrames() {
      return lateFrames;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
