/** Mean wait of work in the event loop at which the process is full. Milliseconds; a listener's part then comes a fifth of its length late. */
const FULL_WAIT_MS = 100;
/** Mean wait of newcomers' requests until they were looked at, at which the process is full. Milliseconds; from as much on a door gives them times instead of letting them in. */
const FULL_QUEUED_MS = 100;
/** Share of the memory the process may use at which it is full. */
const FULL_MEMORY = 0.85;
/** Share of the uplink that may be sent before it is full; the rest is retransmissions and everything that is not audio. */
const FULL_UPLINK = 0.9;
/** Wait in the accept queue at which the process is full. Milliseconds; the longest that anybody at the door shall wait to be looked at. */
const FULL_ACCEPT_MS = 500;
/** How fast the number follows a rise and a fall. Per second. */
const RISE = 0.7;
const FALL = 0.25;

/** What is measured once a second. */
export interface PressureReadings {
  /** Mean time that work waited for the event loop. Milliseconds. */
  readonly loopWaitMs: number;
  /** Share of the time the loop was busy, 0 to 1. */
  readonly loopBusy: number;
  /** Mean time that newcomers' requests waited to be looked at; 0 when nobody came. Milliseconds. */
  readonly queuedMs: number;
  /** Connections that stand and wait to be accepted, and how many may; both 0 where the system does not tell. */
  readonly acceptWaiting: number;
  readonly acceptMost: number;
  readonly acceptedPerSecond: number;
  readonly memoryBytes: number;
  readonly memoryLimitBytes: number;
  readonly bytesPerSecond: number;
  /** What the line carries; 0 when nobody said. */
  readonly uplinkBytesPerSecond: number;
}

/** One number for how full the process is: 1 is full, whatever is fullest. */
export class Pressure {
  #value = 0;

  /** 0 is idle, 1 is full; over 1 it is late. */
  get value(): number {
    return this.#value;
  }

  /** Takes the readings of the last second. */
  take(readings: PressureReadings): number {
    const now = Math.max(...Object.values(pressureParts(readings)));
    this.#value += (now - this.#value) * (now > this.#value ? RISE : FALL);
    return this.#value;
  }
}

/** The number's parts, each as a share of full. */
export function pressureParts(readings: PressureReadings) {
  const { loopWaitMs, loopBusy, queuedMs, acceptWaiting, acceptMost, acceptedPerSecond, memoryBytes, memoryLimitBytes, bytesPerSecond, uplinkBytesPerSecond } =
    readings;
  // Little's law: the last in the queue waits until all before it are accepted.
  const acceptWaitMs = acceptWaiting === 0 ? 0 : (acceptWaiting * 1_000) / Math.max(1, acceptedPerSecond);
  return {
    // Waits are our own fault only as far as the loop is busy; waits of an idle loop are another program's.
    loop: Math.min(loopWaitMs / FULL_WAIT_MS, loopBusy),
    queued: Math.min(queuedMs / FULL_QUEUED_MS, loopBusy),
    // The same holds for the wait; a queue that is nearly full is one whoever is to blame, because the kernel turns away whoever comes next.
    accepts: Math.max(Math.min(acceptWaitMs / FULL_ACCEPT_MS, loopBusy), acceptMost > 0 ? acceptWaiting / acceptMost : 0),
    memory: memoryLimitBytes > 0 ? memoryBytes / (memoryLimitBytes * FULL_MEMORY) : 0,
    uplink: uplinkBytesPerSecond > 0 ? bytesPerSecond / (uplinkBytesPerSecond * FULL_UPLINK) : 0,
  };
}
