import { systemClock } from "../../core/clock.ts";
import { createRegistry, gauge } from "../../core/metrics.ts";
import { failToStart, live, processConfig, processLog } from "../adapters/process-life.ts";
import { tellSupervisor } from "../supervisor/ipc.ts";
import type { StageConfig } from "./config.ts";
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
gauge(registry, "earshot_stage_frame_lag_milliseconds", "How late the newest 20 ms frame was.", () => running.frameClock.lagMs);
gauge(registry, "earshot_stage_late_frames_total", "Frames that came more than 40 ms late.", () => running.frameClock.lateFrames);
gauge(registry, "earshot_programme_queue_blocks", "Codec blocks taken and not yet encoded.", () => running.onAir.programme.queueDepth);
gauge(registry, "earshot_programme_parts_total", "Parts published.", () => running.onAir.programme.partsMade);
gauge(
  registry,
  "earshot_programme_parts_not_kept_in_time_total",
  "Parts published before the disk had them.",
  () => running.onAir.programme.partsNotKeptInTime,
);
gauge(registry, "earshot_archive_queue_parts", "Parts waiting for the disk.", () => running.onAir.archiveQueueDepth);
gauge(registry, "earshot_bus_readers", "Fronts reading this stage's parts.", () => running.bus.readers);
gauge(registry, "earshot_bus_slow_readers_cut_total", "Readers of the bus cut off because they did not read.", () => running.bus.slowReadersCut);
live({ registry, log, close: () => running.close() });
log.info("stage listens", { url: running.url });
tellSupervisor({ type: "ready", url: running.url });
