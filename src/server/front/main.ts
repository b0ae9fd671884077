import { ENDLESS_KINDS } from "../../audience/mod.ts";
import { systemClock } from "../../core/clock.ts";
import { counter, createRegistry, gauge } from "../../core/metrics.ts";
import { LiveCertificate } from "../adapters/certificate.ts";
import { Pages } from "../adapters/pages.ts";
import { failToStart, live, processConfig, processLog } from "../adapters/process-life.ts";
import { tellSupervisor } from "../supervisor/ipc.ts";
import type { FrontConfig } from "./config.ts";
import { registerAudienceMetrics } from "./audience-meter.ts";
import { registerDoorMetrics } from "./front-door.ts";
import { Front } from "./front.ts";
import { registerHouseMetrics } from "./pass-on.ts";
import { registerTlsMetrics } from "./tls-entry.ts";

const config = processConfig<FrontConfig>();
const log = processLog(config.name);

try {
  const certificate = config.tls === undefined ? undefined : await LiveCertificate.open(config.tls, { clock: systemClock, log });
  const { ticketKeys, listenerKey, ...settings } = config;
  const front = new Front({
    ...settings,
    ...(certificate === undefined ? {} : { certificate }),
    ...(ticketKeys === undefined ? {} : { ticketKeys: Buffer.from(ticketKeys, "base64") }),
    listenerKey: new Uint8Array(Buffer.from(listenerKey, "base64")),
    pages: await Pages.open(config.webFolder),
    clock: systemClock,
    log,
  });
  const registry = createRegistry(config.name);
  counter(registry, "earshot_front_requests_total", "Requests answered.", () => front.requests);
  counter(registry, "earshot_front_bytes_out_total", "Bytes of bodies written.", () => front.bytesOut);
  gauge(
    registry,
    "earshot_front_live_connections",
    "Connections that get live audio or may ask for it, in the fast lane or by HTTP/2.",
    () => front.connections,
  );
  gauge(registry, "earshot_front_blocked_requests", "Requests waiting for their part.", () =>
    front.desk.programmes.reduce((sum, event) => sum + event.hls.waiting, 0),
  );
  for (const kind of ENDLESS_KINDS) {
    gauge(registry, `earshot_front_streams_${kind.replace("-", "_")}`, `Open endless streams of kind ${kind}.`, () =>
      front.desk.programmes.reduce((sum, event) => sum + event.endless.listeners(kind), 0),
    );
  }
  if (certificate !== undefined && front.tls !== undefined) registerTlsMetrics(registry, certificate, front.tls);
  const { cache } = front.sounds;
  if (cache !== undefined) {
    counter(registry, "earshot_front_store_requests_total", "Pieces of recordings asked of the store.", () => cache.requests);
    counter(registry, "earshot_front_store_failures_total", "Those that did not come.", () => cache.failures);
  }
  if (front.house !== undefined) registerHouseMetrics(registry, front.house.passOn);
  registerAudienceMetrics(registry, front.audience);
  registerDoorMetrics(registry, front.door);
  counter(registry, "earshot_front_skipped_parts_total", "Parts left out for readers that were too slow.", () =>
    front.desk.programmes.reduce((sum, event) => sum + event.endless.skippedParts, 0),
  );
  live({
    registry: () => registry,
    log,
    onMessage: (message) => message.type === "stages" && front.setStages(message.stages),
    close: () => {
      certificate?.close();
      return front.close();
    },
  });
  const port = await front.listen(config.frontPort, config.frontHost, config.fronts > 1);
  tellSupervisor({ type: "ready", url: `http://127.0.0.1:${port}` });
} catch (cause) {
  failToStart(log, cause);
}
