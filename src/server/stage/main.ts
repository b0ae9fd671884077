import type { Registry } from "prom-client";
import { systemClock } from "../../core/clock.ts";
import { failToStart, live, processConfig, processLog } from "../adapters/process-life.ts";
import { tellSupervisor } from "../supervisor/ipc.ts";
import type { StageConfig } from "./config.ts";
import { runStage, type StageProcess } from "./stage-process.ts";

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

let registry: Promise<Registry> | undefined;
live({ registry: () => (registry ??= openRegistry(running)), log, close: () => running.close() });
log.info("stage listens", { url: running.url });
tellSupervisor({ type: "ready", url: running.url });

/** Ninety files that nobody who comes back waits for. */
async function openRegistry(stage: StageProcess): Promise<Registry> {
  const [{ createRegistry }, { registerStageMetrics }] = await Promise.all([import("../../core/metrics.ts"), import("./metrics.ts")]);
  const opened = createRegistry(name);
  registerStageMetrics(opened, stage);
  return opened;
}
