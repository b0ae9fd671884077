import { type Clock, systemClock } from "../../src/core/clock.ts";
import { milliseconds, unixMilliseconds } from "../../src/core/units.ts";

/** A clock on which an evening passes `speed` times as fast, the same in every process that is told the same `startUnixMs`. */
export function fastClock(speed: number, startUnixMs: number): Clock {
  const passed = () => (systemClock.wallMs() - startUnixMs) * speed;
  return {
    wallMs: () => unixMilliseconds(startUnixMs + passed()),
    steadyMs: () => milliseconds(passed()),
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
