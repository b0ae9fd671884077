import promClient, { type Registry } from "prom-client";
import { counter, gauge } from "../../core/metrics.ts";
import type { StageProcess } from "./stage-process.ts";

/** What a stage process tells of itself on the admin port. */
export function registerStageMetrics(
  registry: Registry,
  { frameClock, onAir, kept, bus, stage }: Pick<StageProcess, "frameClock" | "onAir" | "kept" | "bus" | "stage">,
): void {
  const { programme } = onAir;
  gauge(registry, "earshot_stage_frame_lag_milliseconds", "How late the newest 20 ms frame was.", () => frameClock.lagMs);
  counter(registry, "earshot_stage_late_frames_total", "Frames that came more than 40 ms late.", () => frameClock.lateFrames);
  counter(registry, "earshot_stage_returns_encoded_total", "Return feeds encoded, one per 20 ms and encoder.", () => stage.returnsEncoded);
  // A meter that has heard nothing reads minus infinity, which no graph can draw.
  gauge(registry, "earshot_programme_loudness_lufs", "Short-term loudness of the programme (3 s).", () => Math.max(-99, stage.master.loudness.shortTerm));
  gauge(registry, "earshot_programme_true_peak_dbtp", "Highest true peak of the programme so far.", () => Math.max(-99, stage.master.truePeakDb));
  gauge(registry, "earshot_programme_queue_blocks", "Codec blocks taken and not yet encoded.", () => programme.queueDepth);
  counter(registry, "earshot_programme_blocks_lost_total", "Codec blocks that went out as silence because an encoder failed.", () => programme.blocksLost);
  counter(registry, "earshot_programme_parts_total", "Parts published.", () => programme.partsMade);
  counter(registry, "earshot_programme_parts_not_kept_in_time_total", "Parts published before the disk had them.", () => programme.partsNotKeptInTime);
  gauge(registry, "earshot_archive_queue_parts", "Parts waiting for the disk.", () => onAir.archiveQueueDepth);
  counter(registry, "earshot_archive_parts_lost_total", "Parts the disk never took.", () => onAir.archivePartsLost);
  gauge(registry, "earshot_kept_sound_queue_parts", "Parts of speakers' tracks and the lossless recording waiting for the disk.", () => kept.queueDepth);
  counter(registry, "earshot_kept_sound_parts_lost_total", "Parts of these that the disk never took.", () => kept.partsLost);
  counter(registry, "earshot_track_packets_left_out_total", "Speakers' packets that found no place in their track.", () => kept.packetsLeftOut);
  gauge(registry, "earshot_bus_readers", "Fronts reading this stage's parts.", () => bus.readers);
  counter(registry, "earshot_bus_slow_readers_cut_total", "Readers of the bus cut off because they did not read.", () => bus.slowReadersCut);
  new promClient.Gauge({
    name: "earshot_stage_line",
    help: "Figures of each open line by seat: packets, losses and repairs since it opened, buffer depth in packets.",
    labelNames: ["seat", "figure"],
    registers: [registry],
    collect() {
      this.reset();
      for (const [seat, figures] of stage.lines) {
        for (const [figure, value] of Object.entries(figures)) if (Number.isFinite(value)) this.set({ seat, figure }, value as number);
      }
    },
  });
  gauge(registry, "earshot_stage_lines_open", "People whose sound is connected.", () => stage.lines.size);
}
