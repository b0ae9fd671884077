import { totalmem } from "node:os";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { PressureReadings } from "../../audience/mod.ts";

/** Distance of the loop's probes. Milliseconds; Node adds it to every value it reports. */
const RESOLUTION_MS = 20;
/** Shortest time that says anything. Milliseconds; a few probes. */
const SHORTEST_MS = 100;

/** Reads how full this process is, once a second. */
export class PressureGauge {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #uplinkBytesPerSecond: number;
  readonly #bytesOut: () => number;
  #utilization = performance.eventLoopUtilization();
  #bytesBefore = 0;
  #atMs = performance.now();
  #last: PressureReadings | undefined;

  /** `bytesOut`: bytes sent so far. */
  constructor(uplinkBytesPerSecond: number, bytesOut: () => number) {
    this.#uplinkBytesPerSecond = uplinkBytesPerSecond;
    this.#bytesOut = bytesOut;
    this.#delay.enable();
  }

  /** What happened since the last reading. */
  read(): PressureReadings {
    const nowMs = performance.now();
    const elapsedMs = nowMs - this.#atMs;
    if (this.#last !== undefined && elapsedMs < SHORTEST_MS) return this.#last;
    const utilization = performance.eventLoopUtilization();
    const { utilization: loopBusy } = performance.eventLoopUtilization(utilization, this.#utilization);
    this.#utilization = utilization;
    const mean = this.#delay.mean / 1e6;
    this.#delay.reset();
    const bytes = this.#bytesOut();
    const bytesPerSecond = ((bytes - this.#bytesBefore) * 1_000) / elapsedMs;
    this.#bytesBefore = bytes;
    this.#atMs = nowMs;
    const limit = process.constrainedMemory();
    this.#last = {
      // Without a single probe the loop was held up for the whole time.
      loopWaitMs: Number.isFinite(mean) ? Math.max(0, mean - RESOLUTION_MS) : elapsedMs,
      loopBusy,
      memoryBytes: process.memoryUsage.rss(),
      memoryLimitBytes: limit > 0 && limit < totalmem() ? limit : totalmem(),
      bytesPerSecond,
      uplinkBytesPerSecond: this.#uplinkBytesPerSecond,
    };
    return this.#last;
  }

  close(): void {
    this.#delay.disable();
  }
}
