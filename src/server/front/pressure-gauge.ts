import { totalmem } from "node:os";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import type { PressureReadings } from "../../audience/mod.ts";
import type { AcceptQueue } from "./accept-queue.ts";

/** Distance of the loop's probes. Milliseconds; Node adds it to every value it reports. */
const RESOLUTION_MS = 20;
/** Shortest time that says anything. Milliseconds; a few probes. */
const SHORTEST_MS = 100;
/** Share of the last second the loop was busy from which its lateness is its own. */
const OWN_FAULT = 0.7;

/** What a gauge measures against. */
export interface PressureGaugeOptions {
  /** What the line to the listeners carries; 0 when nobody said. */
  readonly uplinkBytesPerSecond: number;
  /** Bytes sent so far. */
  readonly bytesOut: () => number;
  /** Processes that share line and memory in equal parts: the kernel deals connections out evenly. Absent: this one alone. */
  readonly fronts?: number;
}

/** Reads how full this process is, once a second. */
export class PressureGauge {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #options: PressureGaugeOptions;
  #utilization = performance.eventLoopUtilization();
  #bytesBefore = 0;
  #probedAtMs = performance.now();
  readonly #probe = setInterval(() => {
    this.#probedAtMs = performance.now();
  }, RESOLUTION_MS);
  #atMs = performance.now();
  #last: PressureReadings | undefined;
  /** Connections accepted so far; counted by whoever accepts them. */
  accepted = 0;
  #acceptedBefore = 0;
  /** Where those wait who are not accepted yet; undefined where the system does not tell. */
  acceptQueue: AcceptQueue | undefined;

  #queuedSumMs = 0;
  #queuedRequests = 0;

  constructor(options: PressureGaugeOptions) {
    this.#options = options;
    this.#delay.enable();
    this.#probe.unref();
  }

  /** How long a newcomer's request that is looked at now has waited, as far as this process is to blame; part of the next reading. Milliseconds. @hot */
  takeQueuedMs(): number {
    const waited = this.#last === undefined || this.#last.loopBusy < OWN_FAULT ? 0 : Math.max(0, performance.now() - this.#probedAtMs - RESOLUTION_MS);
    this.#queuedSumMs += waited;
    this.#queuedRequests++;
    return waited;
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
    const { bytesOut, uplinkBytesPerSecond, fronts = 1 } = this.#options;
    const bytes = bytesOut();
    const bytesPerSecond = ((bytes - this.#bytesBefore) * 1_000) / elapsedMs;
    this.#bytesBefore = bytes;
    const acceptedPerSecond = ((this.accepted - this.#acceptedBefore) * 1_000) / elapsedMs;
    this.#acceptedBefore = this.accepted;
    this.#atMs = nowMs;
    const queuedMs = this.#queuedRequests === 0 ? 0 : this.#queuedSumMs / this.#queuedRequests;
    this.#queuedSumMs = 0;
    this.#queuedRequests = 0;
    const queue = this.acceptQueue?.read();
    const limit = process.constrainedMemory();
    this.#last = {
      // Without a single probe the loop was held up for the whole time.
      loopWaitMs: Number.isFinite(mean) ? Math.max(0, mean - RESOLUTION_MS) : elapsedMs,
      loopBusy,
      queuedMs,
      acceptWaiting: queue?.waiting ?? 0,
      acceptMost: queue?.most ?? 0,
      acceptedPerSecond,
      memoryBytes: process.memoryUsage.rss(),
      memoryLimitBytes: (limit > 0 && limit < totalmem() ? limit : totalmem()) / fronts,
      bytesPerSecond,
      uplinkBytesPerSecond: uplinkBytesPerSecond / fronts,
    };
    return this.#last;
  }

  close(): void {
    this.#delay.disable();
    clearInterval(this.#probe);
  }
}
