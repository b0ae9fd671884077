// The edge: a machine of its own that hands a house's audio to more listeners, with the same fronts as a house (decision 32).
// Owner: whoever changes what goes between a house and its edges.
// In: the settings, the house's feed and part buses. Out: files and a bus for the fronts here, counts and signed windows for the house.
// One process, the line, speaks with the house; the supervisor starts fronts beside it as a house does.
// Specifications: none; `wire/edge.ts` is the contract.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../../core/config.ts";
import type { EdgeSettings } from "../../core/edge-config.ts";
import { EarshotError } from "../../core/errors.ts";
import { createLog } from "../../core/log.ts";
import { NO_STORAGE } from "../../core/storage-config.ts";
import { ensureEdgeKey } from "../adapters/house-key.ts";
import type { FrontConfig } from "../front/config.ts";
import { sharedByFronts } from "../supervisor/front-settings.ts";
import { packageVersion } from "../supervisor/house.ts";
import { checkStartup } from "../supervisor/startup-checks.ts";
import { supervise } from "../supervisor/supervise.ts";
import { ensureWeb } from "../web-build.ts";
import { edgeEntry } from "./edge-entry.ts";
import { EdgeMachine } from "./edge-machine.ts";

/** Longest until the line runs. Milliseconds; a second is usual, and a machine that is busy with something else may take many times that. */
const START_LIMIT_MS = 60_000;

/** Runs an edge until it is told to end; while the house does not know it or is away it waits. @throws an EarshotError that says what is wrong and what to do. */
export async function serveEdge(config: Config): Promise<void> {
  const { dataFolder, edge, front, admin, tls, publicUrl } = config;
  if (edge === undefined)
    throw new EarshotError("config-invalid", {
      setting: "edge",
      rule: "whose edge this is: edge: { name: south, house: https://<the house's backstage address>, origin: https://<the house's own listeners' port> }",
      value: "missing",
    });
  await checkStartup({
    dataFolder,
    minFreeBytes: config.diskReserveBytes,
    tls,
    ports: [
      { setting: "EARSHOT_PORT", ...front },
      { setting: "EARSHOT_ADMIN_PORT", host: "127.0.0.1", port: admin.port },
    ],
  });
  await mkdir(join(dataFolder, "run"), { recursive: true });
  const entry = edgeEntry(edge.name, await ensureEdgeKey(dataFolder));
  const shared = sharedByFronts(config, await ensureWeb());
  let fail: (error: EarshotError) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const machine = new EdgeMachine({
    runFolder: join(dataFolder, "run"),
    line: { dataFolder, edge, version: await packageVersion() },
    fronts: front.processes,
    front: (name, { publicUrl, backstageUrl, listenerKey, networkKey }): FrontConfig => ({
      ...shared,
      name,
      publicUrl,
      backstageUrl,
      listenerKey,
      networkKey,
      storage: NO_STORAGE,
      origin: edge.origin,
    }),
    log: createLog((line) => process.stderr.write(line), Date.now, { process: "supervisor" }),
    say: (words) => process.stdout.write(`\n  ${words}\n`),
    onFault: (role, { code, details }) => fail(new EarshotError(code, { ...details, process: role })),
  });
  await supervise(machine, {
    adminPort: admin.port,
    ready: Promise.race([machine.whenReady(AbortSignal.timeout(START_LIMIT_MS)), failed]),
    banner: banner({ edge, entry, listen: publicUrl, dataFolder, adminPort: admin.port }),
    farewell: "Earshot's edge is ending; what it counted goes home first.",
  });
}

interface BannerWords {
  readonly edge: EdgeSettings;
  /** What stands in the house's settings for it. */
  readonly entry: string;
  readonly listen: string;
  readonly dataFolder: string;
  readonly adminPort: number;
}

function banner({ edge: { name, house }, entry, listen, dataFolder, adminPort }: BannerWords): string {
  return `
  Earshot's edge ${name} is here.

  Edge of    ${house}
  Its key    to be written under edges: in the house's settings, once:
  ${entry}
  Listen     ${listen}
  Data       ${dataFolder}
  Health     http://127.0.0.1:${adminPort}/healthz
  End with   Ctrl+C

`;
}
