/** How far behind the newest part to play. Seconds; two parts of half a second ride out an ordinary hiccup. */
export const TARGET_SECONDS = 0.9;
/** Further behind than this it jumps instead of running faster. Seconds. */
const JUMP_SECONDS = TARGET_SECONDS + 1.5;
/** Rates nobody hears on speech. */
const FASTER = 1.04;
const SLOWER = 0.97;

/** What to do about being `ahead` seconds before the newest audio: a playback rate, or a jump. */
export function pace(ahead: number): { readonly rate: number; readonly jump: boolean } {
  if (ahead > JUMP_SECONDS) return { rate: 1, jump: true };
  if (ahead > TARGET_SECONDS + 0.45) return { rate: FASTER, jump: false };
  return { rate: ahead < 0.35 ? SLOWER : 1, jump: false };
}

/** Longest wait between attempts. Milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Wait before attempt `attempt` (0, 1, …): full jitter, doubling, or what the server asked for. Milliseconds. */
export function backoff(attempt: number, random: number, retryAfterSeconds: number | undefined): number {
  const jittered = random * Math.min(MAX_WAIT_MS, 250 * 2 ** attempt);
  return retryAfterSeconds === undefined ? jittered : retryAfterSeconds * 1000 * (1 + random);
}
