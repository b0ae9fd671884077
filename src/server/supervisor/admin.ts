import { createServer, type Server } from "node:http";
import type { Gauge, MetricObject } from "prom-client";
import promClient from "prom-client";
import { LAG_PROBE_MS } from "../../core/metrics.ts";

/** One process' state as the health page shows it. */
export interface ProcessHealth {
  readonly name: string;
  readonly ready: boolean;
  readonly restarts: number;
}

/** What the admin port needs to know. */
export interface AdminOptions {
  readonly port: number;
  readonly health: () => readonly ProcessHealth[];
  /** Metrics of every process as prom-client's JSON. */
  readonly collect: () => Promise<readonly unknown[]>;
}

/** The operator's port, on loopback only: `/healthz` and `/metrics`. It sheds nothing and serves nobody else. */
export async function openAdmin(options: AdminOptions): Promise<Server> {
  const registry = new promClient.Registry();
  registry.setDefaultLabels({ process: "supervisor" });
  promClient.collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_PROBE_MS });
  const restarts: Gauge<"name"> = new promClient.Gauge({
    name: "earshot_process_restarts_total",
    help: "How often the supervisor started this process again.",
    labelNames: ["name"],
    registers: [registry],
    collect() {
      for (const health of options.health()) this.set({ name: health.name }, health.restarts);
    },
  });
  const server = createServer((request, response) => {
    void answer(request.url ?? "/").then(
      ({ status, type, body }) => response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body),
      (error: unknown) => response.writeHead(500, { "content-type": "text/plain" }).end(String(error)),
    );
  });
  const answer = async (url: string) => {
    if (url === "/healthz") {
      const processes = options.health();
      const ok = processes.every((health) => health.ready);
      return { status: ok ? 200 : 503, type: "application/json", body: JSON.stringify({ ok, processes }) };
    }
    if (url === "/metrics") {
      await restarts.get();
      const all = [await registry.getMetricsAsJSON(), ...(await options.collect())] as MetricObject[][];
      return { status: 200, type: registry.contentType, body: await promClient.AggregatorRegistry.aggregate(all as unknown as object[]).metrics() };
    }
    return { status: 404, type: "text/plain", body: "Here are /healthz and /metrics.\n" };
  };
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, "127.0.0.1", resolve);
  });
  return server;
}
