// The supervisor: starts the house, keeps it running, ends it in order.
// Owner: whoever changes how processes are started or watched.
// In: the settings. Out: running processes, the admin port, the words an operator reads first.
// It does as little as possible: whatever it did could end everything.
// Specifications: none.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../core/config.ts";
import { EarshotError } from "../../core/errors.ts";
import { newSecret } from "../../core/ids.ts";
import { createLog } from "../../core/log.ts";
import { listenerKey } from "../../event/mod.ts";
import { OPEN_PATIENCE_MS } from "../adapters/database.ts";
import { ensureHouseKey } from "../adapters/house-key.ts";
import { networkKeyOf } from "../adapters/network-key.ts";
import { readBucketKeys } from "../blobs/bucket-keys.ts";
import { ensureWeb } from "../web-build.ts";
import { sharedByFronts } from "./front-settings.ts";
import { House, packageVersion } from "./house.ts";
import { checkStartup } from "./startup-checks.ts";
import { supervise } from "./supervise.ts";

/** Longest a start may take before it counts as failed. Milliseconds; five seconds are usual, and a machine that is busy with something else may take ten times that. */
const START_LIMIT_MS = 90_000;

/** Runs a whole Earshot until it is told to end. @throws an EarshotError that says what is wrong and what to do. */
export async function serve(config: Config): Promise<void> {
  let keepLine: (line: string) => void = () => {};
  const write = (line: string) => {
    process.stderr.write(line);
    keepLine(line);
  };
  const log = createLog(write, Date.now, { process: "supervisor" });
  const { dataFolder, publicUrl, backstageUrl, front, backstage, admin, trustedProxies, tls, witnesses, edges, storage } = config;
  await checkStartup({
    dataFolder,
    minFreeBytes: config.diskReserveBytes,
    tls,
    singlePort: config.stage.singlePort,
    ports: [
      { setting: "EARSHOT_PORT", ...front },
      { setting: "EARSHOT_BACKSTAGE_PORT", ...backstage },
      { setting: "EARSHOT_ADMIN_PORT", host: "127.0.0.1", port: admin.port },
    ],
  });
  // Missing keys are told now, not when the first recording is to be stored.
  if (storage.place?.kind === "bucket") await readBucketKeys(process.env, storage.place.bucket.secretFile);
  for (const folder of ["public", "events", "run"]) await mkdir(join(dataFolder, folder), { recursive: true });
  const houseKey = await ensureHouseKey(dataFolder);
  const listeners = Buffer.from(listenerKey(houseKey)).toString("base64");
  const webFolder = await ensureWeb();
  const hostSecret = newSecret();
  const networkKey = networkKeyOf(houseKey);
  const shared = sharedByFronts(config, webFolder);

  let fail: (error: EarshotError) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const house = new House({
    runFolder: join(dataFolder, "run"),
    control: {
      dataFolder,
      databaseUrl: config.databaseUrl,
      backstagePort: backstage.port,
      backstageHost: backstage.host,
      publicUrl,
      backstageUrl,
      trustedProxies,
      tls,
      webFolder,
      hostSecret,
      relay: config.stage.relay,
      witnessFor: witnesses.for,
      edges: config.edges.map(({ name, key }) => ({ name, key })),
      storage,
      mail: config.mail,
      house: config.house,
      soundCheck: config.soundCheck,
      version: await packageVersion(),
      diskReserveBytes: config.diskReserveBytes,
      provider: config.provider,
      privatePush: config.privatePush,
    },
    fronts: front.processes,
    front: (name) => ({
      ...shared,
      name,
      networkKey,
      publicUrl,
      backstageUrl,
      listenerKey: listeners,
      storage,
    }),
    stage: ({ eventId, slug }) => ({ dataFolder, publicUrl, eventId, slug, witnesses, edges, ...config.stage }),
    log,
    onFault: (role, { code, details }) => fail(new EarshotError(code, { ...details, process: role })),
  });
  keepLine = (line) => house.keepLine(line);
  await supervise(house, {
    adminPort: admin.port,
    ready: Promise.race([house.whenReady(AbortSignal.timeout(START_LIMIT_MS + (config.databaseUrl === undefined ? 0 : OPEN_PATIENCE_MS))), failed]),
    banner: banner({
      listen: `${publicUrl}${config.soundCheck ? "/e/sound-check" : "/"}`,
      hostLink: `${backstageUrl}/enter#${hostSecret}`,
      dataFolder,
      adminPort: admin.port,
    }),
    farewell: "Earshot is ending; what is on air is recorded to the last frame.",
  });
}

function banner({ listen, hostLink, dataFolder, adminPort }: { listen: string; hostLink: string; dataFolder: string; adminPort: number }): string {
  return `
  Earshot is on air.

  Listen     ${listen}
  Host link  ${hostLink}
             (works once; a new one is printed at every start)
  Data       ${dataFolder}
  Health     http://127.0.0.1:${adminPort}/healthz
  End with   Ctrl+C

`;
}
