import promClient, { type Registry } from "prom-client";

/** Distance of the probes of the event loop's lag. Milliseconds; the client's own 10 wake a process that has nothing to do a hundred times a second, a quarter of what a front without listeners costs. */
export const LAG_PROBE_MS = 100;

/** A registry whose every metric carries the process' name, with the process' own figures (CPU, memory, event-loop lag). */
export function createRegistry(processName: string): Registry {
  const registry = new promClient.Registry();
  registry.setDefaultLabels({ process: processName });
  promClient.collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PROBE_MS });
  return registry;
}

/** A number that only rises, read when it is asked for. */
export function counter(registry: Registry, name: `${string}_total`, help: string, read: () => number): void {
  new promClient.Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

/** A metric whose value is read when it is asked for. */
export function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new promClient.Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}
