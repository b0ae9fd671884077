/** Distance behind the newest audio while it comes every tenth of a second. Seconds; most of it rides out an ordinary hiccup. */
export const TARGET_SECONDS = 0.6;
/** What is kept in hand beside the wait for the next piece. Seconds. */
const IN_HAND_SECONDS = 0.5;
/** Further behind the target than this it jumps instead of running faster. Seconds. */
const JUMP_SECONDS = 1.5;
/** Distance from the target within which nothing is done. Seconds; more than a chunk and a tick of the player. */
const SLACK_SECONDS = 0.2;
/** Rates nobody hears on speech. */
const FASTER = 1.04;
const SLOWER = 0.97;
/** What a line that lets the player run dry costs in distance each time, up to the most, and what a quiet second gives back. Seconds. */
const STALL_STEP = 0.3;
const MAX_TARGET_SECONDS = 2.4;
const CALM_STEP = 0.005;

/** What to do about being `ahead` seconds before the newest audio: a playback rate, or a jump. */
export function pace(ahead: number, target: number = TARGET_SECONDS): { readonly rate: number; readonly jump: boolean } {
  if (ahead > target + JUMP_SECONDS) return { rate: 1, jump: true };
  if (ahead > target + SLACK_SECONDS) return { rate: FASTER, jump: false };
  return { rate: ahead < target - SLACK_SECONDS ? SLOWER : 1, jump: false };
}

/** The distance a listener's own line needs: close on a good one, further on one that let the player run dry, slowly closer again. Seconds. */
export class Distance {
  seconds = TARGET_SECONDS;
  #least = TARGET_SECONDS;

  /** The server says how often it sends. Milliseconds; a full house sends less often to each. */
  follow(cadenceMs: number): void {
    this.#least = IN_HAND_SECONDS + cadenceMs / 1000;
    this.seconds = Math.max(this.seconds, this.#least);
  }

  /** The player ran dry. */
  stalled(): void {
    this.seconds = Math.min(MAX_TARGET_SECONDS, this.seconds + STALL_STEP);
  }

  /** The player played on for `seconds`. */
  calm(seconds: number): void {
    this.seconds = Math.max(this.#least, this.seconds - CALM_STEP * seconds);
  }
}

/** Longest wait between attempts. Milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Wait before attempt `attempt` (0, 1, …): full jitter, doubling, or what the server asked for. Milliseconds. */
export function backoff(attempt: number, random: number, retryAfterSeconds: number | undefined): number {
  const jittered = random * Math.min(MAX_WAIT_MS, 250 * 2 ** attempt);
  return retryAfterSeconds === undefined ? jittered : retryAfterSeconds * 1000 * (1 + random);
}
