import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../src/core/clock.ts";
import { silentLog } from "../src/core/log.ts";
import { archiveFileName, GRIDS } from "../src/programme/mod.ts";
import { Pages } from "../src/server/adapters/pages.ts";
import { readBus } from "../src/server/adapters/part-bus-stream.ts";
import { Front } from "../src/server/front/front.ts";
import { ensureWeb } from "../src/server/web-build.ts";
import { type Bench, percentile } from "./harness.ts";
import { BenchHouse, endStage } from "./recording/stage-child.ts";
import type { TwoHours } from "./recording/two-hours.child.ts";

/** Events that are ended, one after the other. */
const ENDS = 5;
/** How long each is on air. Milliseconds; more than one segment, and not a whole number of them. */
const ON_AIR_MS = 6_300;
/** Pause between two looks for the replay. Milliseconds. */
const LOOK_MS = 5;

/** From the host's End to the first byte of the replay; whether it is what was on air; and two hours brought to their end. */
export const bench: Bench = {
  name: "replay",
  rounds: 1,
  figures: {
    end_to_first_byte_ms: { unit: "ms, the slowest", target: { limit: 1_000, direction: "at most" } },
    end_to_first_byte_ms_p50: { unit: "ms" },
    segments_reused: { unit: "share of segments", target: { limit: 1, direction: "at least" } },
    finalise_s: { unit: "s for two hours", target: { limit: 1, direction: "at most" } },
    rss_mb: { unit: "MB recording two hours" },
    rss_growth_mb: { unit: "MB from ten minutes to two hours" },
    held_growth_mb: { unit: "MB reachable, from ten minutes to two hours", target: { limit: 1, direction: "at most" } },
    rss_slope_mb_per_hour: { unit: "MB an hour, recording" },
    ffprobe_error_samples: { unit: "samples, FLAC and Ogg by ffprobe", target: { limit: 0, direction: "at most" } },
    flac_cpu_ms_per_s: { unit: "ms of CPU a second of mix, user" },
    flac_mb_per_hour: { unit: "MB an hour of FLAC" },
    duration_error_samples: { unit: "samples", target: { limit: 0, direction: "at most" } },
  },
  async measure(progress) {
    const times: number[] = [];
    let reused = 0;
    let segments = 0;
    for (let turn = 1; turn <= ENDS; turn++) {
      const ended = await endOne();
      times.push(ended.firstByteMs);
      reused += ended.reused;
      segments += ended.segments;
      progress(
        `end ${turn}: first byte of the replay after ${Math.round(ended.firstByteMs)} ms, ${ended.reused} of ${ended.segments} segments as they were on air`,
      );
    }
    const sorted = times.sort((a, b) => a - b);
    return {
      end_to_first_byte_ms: sorted.at(-1) as number,
      end_to_first_byte_ms_p50: percentile(sorted, 0.5),
      segments_reused: reused / segments,
      ...(await twoHours()),
    };
  },
};

/** One event from Go live to its replay. */
async function endOne(): Promise<{ readonly firstByteMs: number; readonly reused: number; readonly segments: number }> {
  const house = await BenchHouse.open("replay");
  const front = new Front({
    dataFolder: house.dataFolder,
    pages: await Pages.open(await ensureWeb()),
    publicUrl: "http://localhost:8080",
    backstageUrl: "http://localhost:8081",
    trustedProxies: [],
    joinsPerSecond: 200,
    uplinkBytesPerSecond: 0,
    clock: systemClock,
    log: silentLog,
  });
  try {
    const port = await front.listen(0, "127.0.0.1");
    const stage = await house.startStage();
    const hashes = new Map<number, ReturnType<typeof createHash>>();
    const reader = readBus({
      url: stage.url,
      windowMs: 0,
      clock: systemClock,
      log: silentLog,
      reader: {
        onHeader: () => {},
        onState: () => {},
        onConnected: () => {},
        onPart: ({ rendition, sequenceNumber, data }) => {
          if (rendition !== "opus") return;
          const segment = Math.floor(sequenceNumber / GRIDS.opus.partsPerSegment);
          hashes.set(segment, (hashes.get(segment) ?? createHash("sha256")).update(data));
        },
      },
    });
    await house.command(stage.url, "go-live");
    await new Promise((resolve) => setTimeout(resolve, ON_AIR_MS));
    const address = `http://127.0.0.1:${port}/e/${house.slug}`;
    const started = performance.now();
    const ending = house.command(stage.url, "end");
    for (;;) {
      const response = await fetch(`${address}/replay.m3u8`);
      if (response.ok) break;
      await response.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    const list = await (await fetch(`${address}/archive/opus.m3u8`)).text();
    const ranges = [...list.matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)/g)].map(([, length, offset]) => [Number(offset), Number(offset) + Number(length) - 1]);
    const piece = async (index: number) => {
      const response = await fetch(`${address}/archive/${archiveFileName("opus")}`, { headers: { range: `bytes=${ranges[index]?.join("-")}` } });
      return new Uint8Array(await response.arrayBuffer());
    };
    await piece(0);
    const firstByteMs = performance.now() - started;
    await ending;
    // The last part may still be on its way to us when the replay is there.
    await new Promise((resolve) => setTimeout(resolve, 200));
    let reused = 0;
    for (let index = 0; index < ranges.length; index++)
      if (
        hashes.get(index)?.digest("hex") ===
        createHash("sha256")
          .update(await piece(index))
          .digest("hex")
      )
        reused++;
    reader.close();
    await endStage(stage, "SIGTERM");
    return { firstByteMs, reused, segments: ranges.length };
  } finally {
    await front.close();
    await house.close();
  }
}

/** Two hours recorded at high speed. */
async function twoHours(): Promise<Readonly<Record<string, number>>> {
  const folder = await mkdtemp(join(tmpdir(), "earshot-two-hours-"));
  try {
    const child = fork(join(import.meta.dirname, "recording/two-hours.child.ts"), [folder], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    return await new Promise<TwoHours>((resolve, reject) => {
      child.once("message", (message) => resolve(message as TwoHours));
      child.once("exit", (code) => reject(new Error(`the recording ended with ${code}`)));
    }).then((told) => ({ ...told }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
