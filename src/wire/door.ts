/** What a host can do with the doors: leave them to the server, let everybody in at once, or keep newcomers waiting. */
export const DOOR_MODES = ["auto", "open", "hold"] as const;
/** What a host can do with the doors. */
export type DoorMode = (typeof DOOR_MODES)[number];
/** Longest message of the host to those who wait. Characters; two lines on a phone. */
export const DOOR_MESSAGE_MAX = 200;

/** The host's orders for the doors. */
export interface DoorOrders {
  readonly mode: DoorMode;
  /** Newcomers let in per second, at all fronts of the house together; absent: what the machine bears. */
  readonly joinsPerSecond?: number;
  /** Listeners at all fronts of the house together from which newcomers wait; absent: no limit. */
  readonly mostListeners?: number;
  /** Told to those who wait. */
  readonly message?: string;
}

/** One draw among those who came while the doors were held; the same for all fronts. */
export interface DoorDraw {
  /** 32 random bytes, hex; nobody outside the house may see them until the doors have opened. */
  readonly seed: string;
  /** When it was made. Unix milliseconds. */
  readonly heldUnixMs: number;
  /** Since the doors have opened: when that was, and over how long a time the newcomers' times are spread. */
  readonly startUnixMs?: number | undefined;
  readonly windowMs?: number | undefined;
}

/** `events/<id>/doors.json`: written by control, read by the fronts, and by the stage for the ledger. `draws`: all of the event, the newest last. */
export interface DoorRecord extends DoorOrders {
  readonly draws?: readonly DoorDraw[];
}

/** Why somebody waits. */
export type WaitReason = "held" | "full" | "crowd" | "busy";

/** What somebody who waits is told, in the `details` of the problem `waiting`. */
export interface WaitDetails {
  readonly ticket: string;
  /** Coming earlier brings nothing. Unix milliseconds. */
  readonly not_before_unix_ms: number;
  readonly wait_seconds: number;
  /** How many are let in before; 0 while the order is not drawn. */
  readonly place: number;
  readonly why: WaitReason;
}

/** Steps of a task at most: a task is never longer than this, on average half. */
export const WORK_STEPS = 100;
/** Rounds of SHA-256 in each step. 1,000: all steps together are a second on a phone that is ten times slower than a desktop's tenth of a second (`npm run bench -- fairness`). */
export const WORK_ITERATIONS = 1_000;

/** A task for whoever's network is over its budget, in the `details` of the problem `busy`; who does not do it comes back later. */
export interface WorkDetails {
  /** The task; the answer is `<work>.<step>`, as `?work=` of the next request. */
  readonly work: string;
  /** PBKDF2-HMAC-SHA256 of the task's bytes 1 to 12, salted with the step in four bytes: the first eight bytes of the key, hex. */
  readonly work_target: string;
  readonly work_steps: number;
  readonly work_iterations: number;
}

/** The door as everybody may see it, in `state.json` while somebody waits. */
export interface PublicDoor {
  readonly mode: DoorMode;
  readonly waitingNow: number;
  readonly message?: string;
  /** The draw among those who came early: the hash stands before, the seed after. */
  readonly lottery?: LotteryRecord;
}

/** Lets anyone recheck the draw: slot = start + HMAC-SHA256(seed, nonce) read as a share of the window. */
export interface LotteryRecord {
  /** SHA-256 of the seed, hex. Published while the doors are held. */
  readonly seedHash: string;
  /** The seed, hex. Published when the doors have opened. */
  readonly seed?: string;
  readonly startUnixMs?: number;
  readonly windowMs?: number;
}

/** What one edge's door did in a counting window; part of the window's line. */
export interface DoorWindow {
  /** Highest pressure, 0 to 1 and over. */
  readonly pressure: number;
  /** Steps of the ladder taken at that pressure. */
  readonly step: number;
  readonly mode: DoorMode;
  readonly joinsPerSecond: number;
  readonly admitted: number;
  /** Tickets given out. */
  readonly tickets: number;
  /** Attempts refused by a budget, or before their time. */
  readonly refused: number;
  /** Wait of somebody who would come now. Seconds. */
  readonly waitSeconds: number;
  /** Whether a flood was held off at the end of the window; absent: none was. */
  readonly flooded?: true;
}
