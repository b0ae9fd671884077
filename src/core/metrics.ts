import promClient, { type Registry } from "prom-client";

/** A registry whose every metric carries the process' name, with the process' own figures (CPU, memory, event-loop lag). */
export function createRegistry(processName: string): Registry {
  const registry = new promClient.Registry();
  registry.setDefaultLabels({ process: processName });
  promClient.collectDefaultMetrics({ register: registry });
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
