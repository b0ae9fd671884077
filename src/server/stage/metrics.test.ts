import assert from "node:assert/strict";
import { test } from "node:test";
import { createRegistry } from "../../core/metrics.ts";
import { registerStageMetrics } from "./metrics.ts";

test("an operator sees lost audio, lost parts and every line's figures", async () => {
  const registry = createRegistry("stage-evening");
  const lines = new Map([["ada", { packetsReceived: 500, concealed: 3, lossTowardsPeer: undefined }]]);
  const onAir = { programme: { queueDepth: 0, blocksLost: 2, partsMade: 40, partsNotKeptInTime: 1 }, archiveQueueDepth: 4, archivePartsLost: 5 };
  registerStageMetrics(registry, {
    frameClock: { lagMs: 3, lateFrames: 7 },
    onAir,
    kept: { queueDepth: 6, partsLost: 7, packetsLeftOut: 8 },
    bus: { readers: 1, slowReadersCut: 0 },
    stage: { lines, returnsEncoded: 99, master: { loudness: { shortTerm: Number.NEGATIVE_INFINITY }, truePeakDb: -1.3 } },
  } as unknown as Parameters<typeof registerStageMetrics>[1]);
  const text = await registry.metrics();
  for (const line of [
    'earshot_programme_blocks_lost_total{process="stage-evening"} 2',
    'earshot_archive_parts_lost_total{process="stage-evening"} 5',
    'earshot_kept_sound_queue_parts{process="stage-evening"} 6',
    'earshot_kept_sound_parts_lost_total{process="stage-evening"} 7',
    'earshot_track_packets_left_out_total{process="stage-evening"} 8',
    'earshot_stage_returns_encoded_total{process="stage-evening"} 99',
    'earshot_stage_line{seat="ada",figure="concealed",process="stage-evening"} 3',
    'earshot_programme_loudness_lufs{process="stage-evening"} -99',
    'earshot_programme_true_peak_dbtp{process="stage-evening"} -1.3',
    'earshot_stage_lines_open{process="stage-evening"} 1',
  ])
    assert.ok(text.includes(line), line);
  assert.ok(!text.includes("lossTowardsPeer"));
  onAir.archivePartsLost = 6;
  lines.clear();
  const later = await registry.metrics();
  assert.match(later, /earshot_archive_parts_lost_total\{[^}]*\} 6/);
  assert.ok(!later.includes('seat="ada"'), "a line that is gone is not reported for ever");
});
