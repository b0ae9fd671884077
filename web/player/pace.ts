/** Distance behind the newest audio while it comes every tenth of a second. Seconds; most of it rides out an ordinary hiccup. */
export const TARGET_SECONDS = 0.6;
/** What is kept in hand beside the wait for the next piece. Seconds. */
const IN_HAND_SECONDS = 0.5;
/** Further behind the target than this it jumps instead of running faster. Seconds. */
const JUMP_SECONDS = 1.5;
/** Distance from the target within which nothing is done. Seconds; more than a chunk and a tick of the player. */
const SLACK_SECONDS = 0.2;
/** The same for those near the stage: what is in hand beside the wait, when it jumps, what is left alone. Seconds. */
const NEAR_IN_HAND_SECONDS = 0.18;
const NEAR_JUMP_SECONDS = 0.35;
const NEAR_SLACK_SECONDS = 0.08;
/** What a line that let the player run dry costs those near the stage. Seconds; nine times bring them to the usual distance. */
const NEAR_STALL_STEP = 0.05;
/** Rates nobody hears on speech. */
const FASTER = 1.04;
const SLOWER = 0.97;
/** What a line that lets the player run dry costs in distance each time, up to the most, and what a quiet second gives back. Seconds. */
const STALL_STEP = 0.3;
const MAX_TARGET_SECONDS = 2.4;
const CALM_STEP = 0.005;
/** What a quiet second gives back to those near the stage: one bad minute must not keep them away for the evening. Seconds. */
const NEAR_CALM_STEP = 0.02;

/** What to do about being `ahead` seconds behind the newest audio at the moment it comes: a playback rate, or a jump. `near`: whether every tenth of a second counts. */
export function pace(ahead: number, target: number = TARGET_SECONDS, near = false): { readonly rate: number; readonly jump: boolean } {
  const slack = near ? NEAR_SLACK_SECONDS : SLACK_SECONDS;
  if (ahead > target + (near ? NEAR_JUMP_SECONDS : JUMP_SECONDS)) return { rate: 1, jump: true };
  if (ahead > target + slack) return { rate: FASTER, jump: false };
  return { rate: ahead < target - slack ? SLOWER : 1, jump: false };
}

/** The distance a listener's own line needs: close on a good one, further on one that let the player run dry, slowly closer again. Seconds. */
export class Distance {
  seconds: number;
  #least: number;
  #near: boolean;
  #cadenceMs = 0;
  /** How far behind the newest audio it was lately, newest last. */
  #lately: { readonly atMs: number; readonly seconds: number }[] = [];

  /** `near`: whether the listener wants to be as close as possible. */
  constructor(near = false) {
    this.#near = near;
    this.#least = near ? NEAR_IN_HAND_SECONDS : TARGET_SECONDS;
    this.seconds = this.#least;
  }

  /** Whether every tenth of a second counts. */
  get near(): boolean {
    return this.#near;
  }

  /** Near the stage is no room: the usual distance from now on. */
  stepBack(): void {
    this.#near = false;
    this.#least = Math.max(this.#least, TARGET_SECONDS);
    this.seconds = Math.max(this.seconds, this.#least);
  }

  /** The server says how often it sends. Milliseconds; a full house sends less often to each. */
  follow(cadenceMs: number): void {
    this.#cadenceMs = cadenceMs;
    this.#least = (this.#near ? NEAR_IN_HAND_SECONDS : IN_HAND_SECONDS) + cadenceMs / 1000;
    this.seconds = Math.max(this.seconds, this.#least);
  }

  /** Takes how far behind the newest audio the player is at `nowMs`; gives how far it was when that came: from one piece to the next it only gets less, and whoever goes by each moment runs faster and slower in turns. Seconds. */
  atPiece(seconds: number, nowMs: number): number {
    this.#lately = [...this.#lately.filter(({ atMs }) => atMs > nowMs - this.#cadenceMs), { atMs: nowMs, seconds }];
    return Math.max(...this.#lately.map((look) => look.seconds));
  }

  /** The player goes on at another place. */
  moved(): void {
    this.#lately = [];
  }

  /** The player ran dry. */
  stalled(): void {
    this.seconds = Math.min(MAX_TARGET_SECONDS, this.seconds + (this.#near ? NEAR_STALL_STEP : STALL_STEP));
  }

  /** The player played on for `seconds`. */
  calm(seconds: number): void {
    this.seconds = Math.max(this.#least, this.seconds - (this.#near ? NEAR_CALM_STEP : CALM_STEP) * seconds);
  }
}

/** Longest wait between attempts. Milliseconds. */
const MAX_WAIT_MS = 10_000;

/** Wait before attempt `attempt` (0, 1, …): full jitter, doubling, or what the server asked for. Milliseconds. */
export function backoff(attempt: number, random: number, retryAfterSeconds: number | undefined): number {
  const jittered = random * Math.min(MAX_WAIT_MS, 250 * 2 ** attempt);
  return retryAfterSeconds === undefined ? jittered : retryAfterSeconds * 1000 * (1 + random);
}

/** What the server asks to wait before the next attempt; undefined when it says nothing. Seconds. */
export function retryAfter(response: Response): number | undefined {
  return Number(response.headers.get("retry-after")) || undefined;
}

/** Longest wait for a piece that is asked for again where it stands. Seconds; whoever is asked to stay away longer begins anew afterwards. */
const IN_PLACE_SECONDS = 3;

/** The server asked to stay away longer than sound lasts. */
export class SentAway extends Error {
  readonly seconds: number;

  constructor(seconds: number) {
    super(`asked to come back after ${seconds} s`);
    this.seconds = seconds;
  }
}

/** Waits before a piece of sound that was refused is asked for again: as long as the server says, else about `usualMs`; both with jitter. @throws SentAway, AbortError */
export async function pauseBefore(refusal: Response, usualMs: number, signal: AbortSignal): Promise<void> {
  const seconds = retryAfter(refusal);
  if (seconds !== undefined && seconds > IN_PLACE_SECONDS) throw new SentAway(seconds);
  await new Promise((resolve) => setTimeout(resolve, seconds === undefined ? usualMs * (0.5 + Math.random()) : backoff(0, Math.random(), seconds)));
  signal.throwIfAborted();
}

/** Keeps a page that looks again and again from asking before the server wants to be asked. */
export class Patience {
  #untilMs = 0;

  /** Whether it may ask now. */
  get isOver(): boolean {
    return performance.now() >= this.#untilMs;
  }

  /** Takes over what an answer says. */
  hear(response: Response): void {
    const seconds = response.ok ? undefined : retryAfter(response);
    if (seconds !== undefined) this.#untilMs = performance.now() + backoff(0, Math.random(), seconds);
  }
}
