import { Worker } from "node:worker_threads";
import { EarshotError } from "../../core/errors.ts";
import { type FeedJob, type FeedOrder, type FeedReport, fromFault, type SoundMeasure } from "./feed-job.ts";

/** Longest time a sound is measured. Milliseconds; two hours of MP3 take about one minute on a small machine. */
const MEASURE_MS = 180_000;
/** Memory a worker may take besides its buffers. Megabytes. */
const HEAP_MEGABYTES = 128;

/** A thread that makes one sound. Closed by the soundboard. */
export interface FeedThread {
  tell(order: FeedOrder): void;
  close(): Promise<void>;
}

/** Starts the thread of a sound: what its decoder does, however slow or broken, never holds up the mix. */
export function startFeed(job: FeedJob, onReport: (report: FeedReport) => void): FeedThread {
  const worker = new Worker(new URL("./feed-worker.ts", import.meta.url), {
    workerData: job,
    name: "feed",
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
  });
  let closed = false;
  worker.on("message", (report: FeedReport) => {
    if (!closed) onReport(report);
  });
  worker.on("error", (error: Error) => {
    if (!closed) onReport({ type: "fault", code: "sound-unplayable", details: { rule: "a sound that can be decoded", value: error.message.slice(0, 120) } });
  });
  return {
    tell: (order) => worker.postMessage(order),
    async close() {
      closed = true;
      await worker.terminate();
    },
  };
}

/** Decodes a file to its end in a thread of its own and says how long and how loud it is. @throws `sound-unplayable` naming rule and value */
export async function measureSound(path: string): Promise<SoundMeasure> {
  let thread: FeedThread | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<SoundMeasure>((resolve, reject) => {
      timer = setTimeout(() => reject(new EarshotError("sound-unplayable", { rule: `decoded within ${MEASURE_MS / 1000} s`, value: "longer" })), MEASURE_MS);
      thread = startFeed({ kind: "measure", path }, (report) => {
        if (report.type === "measured") resolve(report.measure);
        else if (report.type === "fault") reject(fromFault(report));
      });
    });
  } finally {
    clearTimeout(timer);
    await thread?.close();
  }
}
