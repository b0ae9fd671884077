import { silentLog } from "../../src/core/log.ts";
import { LiveCertificate } from "../../src/server/adapters/certificate.ts";
import { Pages } from "../../src/server/adapters/pages.ts";
import { Front } from "../../src/server/front/front.ts";
import type { RunningStage } from "../../src/server/supervisor/ipc.ts";
import { fastClock } from "./fast-clock.ts";

/** What the front of a soak is told at its start. */
export interface SoakFront {
  readonly speed: number;
  readonly startUnixMs: number;
  readonly dataFolder: string;
  readonly webFolder: string;
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
}

/** What it says of itself when asked. */
export interface SoakLook {
  /** Of its heap after a full collection, and resident. Bytes. */
  readonly heapBytes: number;
  readonly residentBytes: number;
  /** End of the newest part it has, on the programme's clock since going live, and when that was looked at. Milliseconds, Unix milliseconds. */
  readonly newestMs: number;
  readonly atUnixMs: number;
  readonly connections: number;
  readonly requests: number;
}

const { speed, startUnixMs, dataFolder, webFolder, tls } = JSON.parse(process.argv[2] ?? "{}") as SoakFront;
const clock = fastClock(speed, startUnixMs);
const certificate = tls === undefined ? undefined : await LiveCertificate.open(tls, { clock, log: silentLog });
const front = new Front({
  dataFolder,
  trustedProxies: ["127.0.0.0/8"],
  joinsPerSecond: 100_000,
  uplinkBytesPerSecond: 0,
  pages: await Pages.open(webFolder),
  publicUrl: "https://soak.test",
  backstageUrl: "https://backstage.soak.test",
  clock,
  log: silentLog,
  ...(certificate === undefined ? {} : { certificate }),
});
const port = await front.listen(0, "127.0.0.1");
process.send?.(port);
process.on("message", (order: { readonly stages?: readonly RunningStage[] }) => {
  if (order.stages !== undefined) return front.setStages(order.stages);
  // Before the collections: they take their time.
  const store = front.desk.get("bench")?.store;
  const newest = store?.get("opus", store.newest("opus"));
  const atUnixMs = Date.now();
  // Twice: what the first collection finds dead may hold more that is.
  for (let count = 0; count < 2; count++) globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const look: SoakLook = {
    heapBytes: heapUsed + external,
    residentBytes: rss,
    newestMs: newest === undefined ? Number.NaN : (newest.timestamp + newest.duration) / 48,
    atUnixMs,
    connections: front.connections,
    requests: front.requests,
  };
  process.send?.(look);
});
process.on("disconnect", () => process.exit(0));
