import { mkdir } from "node:fs/promises";
import { systemClock } from "../../core/clock.ts";
import { createRegistry } from "../../core/metrics.ts";
import { LiveCertificate } from "../adapters/certificate.ts";
import { ensureHouseKey } from "../adapters/house-key.ts";
import { openDatabase } from "../adapters/open-database.ts";
import { failToStart, live, processConfig, processLog } from "../adapters/process-life.ts";
import { tellSupervisor } from "../supervisor/ipc.ts";
import type { ControlConfig } from "./config.ts";
import { createControl } from "./control.ts";

const config = processConfig<ControlConfig>();
const log = processLog("control");
const registry = createRegistry("control");

const start = async () => {
  await mkdir(config.dataFolder, { recursive: true });
  const houseKey = await ensureHouseKey(config.dataFolder);
  const certificate = config.tls === undefined ? undefined : await LiveCertificate.open(config.tls, { clock: systemClock, log });
  const database = await openDatabase(config, systemClock, log);
  const wantStages = (stages: Parameters<Parameters<typeof createControl>[0]["wantStages"]>[0]) => tellSupervisor({ type: "want-stages", stages });
  const control = await createControl({ config, houseKey, database, clock: systemClock, log, registry, certificate, wantStages });
  return { control, database, certificate };
};

const { control, database, certificate } = await start().catch((cause: unknown) => failToStart(log, cause));
live({
  registry: () => registry,
  log,
  onMessage: (message) => {
    if (message.type === "stages") control.setStages(message.stages, message.processes);
    else if (message.type === "log") control.hearLog(message.lines);
  },
  close: async () => {
    certificate?.close();
    await control.close();
    await database.close();
  },
});
log.info("backstage listens", { url: control.url });
tellSupervisor({ type: "ready", url: control.url });
