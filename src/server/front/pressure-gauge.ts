import { totalmem } from "node:os";
import { performance } from "node:perf_hooks";
import type { PressureReadings } from "../../audience/mod.ts";
import type { AcceptQueue } from "./accept-queue.ts";

/** Distance of the loop's probes while it is busy or late. Milliseconds; a fifth of the wait at which a process is full. */
const PROBE_MS = 20;
/** The same while it is calm. Milliseconds: every probe wakes a process that would sleep, which is half of what a front costs that nobody listens to. */
const CALM_PROBE_MS = 100;
/** Share of the last second the loop was busy up to which it is calm, unless its probes were late by more than a probe. */
const CALM_BUSY = 0.5;
/** Shortest time that says anything. Milliseconds; a few probes of a busy loop. */
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
  readonly #options: PressureGaugeOptions;
  #utilization = performance.eventLoopUtilization();
  #bytesBefore = 0;
  #probe: NodeJS.Timeout | undefined;
  #probeDueMs = 0;
  #probesLateMs = 0;
  #probes = 0;
  #isCalm = false;
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
    this.#awaitProbe();
  }

  /** How long a newcomer's request that is looked at now has waited, as far as this process is to blame; part of the next reading. Milliseconds. @hot */
  takeQueuedMs(): number {
    const waited = this.#last === undefined || this.#last.loopBusy < OWN_FAULT ? 0 : this.#probeLateMs();
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
    // Without a single probe the loop may have been held up for the whole time.
    const loopWaitMs = this.#probes === 0 ? this.#probeLateMs() : this.#probesLateMs / this.#probes;
    this.#probesLateMs = 0;
    this.#probes = 0;
    this.#isCalm = loopBusy < CALM_BUSY && loopWaitMs < PROBE_MS;
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
    // A calm process accepts at once.
    const queue = this.#isCalm ? undefined : this.acceptQueue?.read();
    const limit = process.constrainedMemory();
    this.#last = {
      loopWaitMs,
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
    clearTimeout(this.#probe);
  }

  #awaitProbe(): void {
    const inMs = this.#isCalm ? CALM_PROBE_MS : PROBE_MS;
    this.#probeDueMs = performance.now() + inMs;
    this.#probe = setTimeout(() => {
      this.#probesLateMs += this.#probeLateMs();
      this.#probes++;
      this.#awaitProbe();
    }, inMs).unref();
  }

  /** How late the next probe is. Milliseconds. */
  #probeLateMs(): number {
    return Math.max(0, performance.now() - this.#probeDueMs);
  }
}
