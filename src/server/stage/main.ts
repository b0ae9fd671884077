import { systemClock } from "../../core/clock.ts";
import { createRegistry } from "../../core/metrics.ts";
import { failToStart, live, processConfig, processLog } from "../adapters/process-life.ts";
import { tellSupervisor } from "../supervisor/ipc.ts";
import type { StageConfig } from "./config.ts";
import { registerStageMetrics } from "./metrics.ts";
import { runStage } from "./stage-process.ts";

const config = processConfig<StageConfig>();
const name = `stage-${config.slug}`;
const log = processLog(name);

const running = await runStage({
  config,
  clock: systemClock,
  log,
  onDone: () => void running?.close().then(() => process.exit(0)),
  onStall: (lagMs) => {
    log.error("the machine stood still; the stage starts anew and fills the hole", { lag_ms: Math.round(lagMs) });
    process.exit(1);
  },
}).catch((cause: unknown) => failToStart(log, cause));

// Nothing left to do: the event is over and its archive whole.
if (running === undefined) process.exit(0);

const registry = createRegistry(name);
registerStageMetrics(registry, running);
live({ registry, log, close: () => running.close() });
log.info("stage listens", { url: running.url });
tellSupervisor({ type: "ready", url: running.url });
