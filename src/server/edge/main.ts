import { systemClock } from "../../core/clock.ts";
import { counter, createRegistry, gauge } from "../../core/metrics.ts";
import { ensureEdgeKey } from "../adapters/house-key.ts";
import { failToStart, live, processConfig, processLog } from "../adapters/process-life.ts";
import { tellSupervisor } from "../supervisor/ipc.ts";
import type { LineConfig } from "./config.ts";
import { EdgeLine } from "./edge-line.ts";

const config = processConfig<LineConfig>();
const log = processLog("line");

try {
  const seed = await ensureEdgeKey(config.dataFolder);
  const line = await EdgeLine.open({ ...config, seed, clock: systemClock, log, tell: tellSupervisor });
  const registry = createRegistry("line");
  gauge(registry, "earshot_edge_house_answers", "1 while the house's feed is followed.", () => (line.follows ? 1 : 0));
  gauge(registry, "earshot_edge_events_relayed", "Events whose sound comes in now.", () => line.relays.connected);
  counter(registry, "earshot_edge_parts_total", "Parts taken from the house.", () => line.relays.parts);
  gauge(registry, "earshot_edge_counts_waiting", "Lines and signed windows that the house does not have yet.", () => line.counts.waiting);
  live({ registry: () => registry, log, close: async () => await line.close() });
  tellSupervisor({ type: "ready", url: line.relays.url });
  line.follow();
} catch (cause) {
  failToStart(log, cause);
}
