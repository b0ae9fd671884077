import { constants } from "node:fs";
import { access, mkdir, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { EarshotError } from "../../core/errors.ts";
import { type CertificateFiles, readCertificate } from "../adapters/certificate.ts";
import { canSharePorts, SHARING_RULE } from "../adapters/port-sharing.ts";

/** Lowest Node version the house runs on: it has Temporal and runs TypeScript as it is. */
const MIN_NODE_MAJOR = 26;

/** Ports and folder to check before anything starts. */
export interface StartupChecks {
  readonly dataFolder: string;
  /** Free space below which nothing is started. Bytes. */
  readonly minFreeBytes: number;
  /** Certificate and key, where the ports speak TLS. */
  readonly tls: CertificateFiles | undefined;
  /** Whether all speakers of an event are to share one port. Default: no. */
  readonly singlePort?: boolean;
  readonly ports: readonly { readonly setting: string; readonly host: string; readonly port: number }[];
}

/** Checks version, data folder, disk space, certificate and ports, and that the system can do what the settings want of it. @throws `config-invalid`, `disk-full`, `port-in-use`: each names what is wrong. */
export async function checkStartup(checks: StartupChecks): Promise<void> {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < MIN_NODE_MAJOR) {
    throw new EarshotError("config-invalid", { setting: "Node", rule: `version ${MIN_NODE_MAJOR} or newer`, value: process.versions.node });
  }
  try {
    await mkdir(checks.dataFolder, { recursive: true });
    await access(checks.dataFolder, constants.W_OK);
  } catch (cause) {
    throw new EarshotError("config-invalid", { setting: "EARSHOT_DATA", rule: "a folder Earshot may write to", value: checks.dataFolder }, cause);
  }
  const { bavail, bsize } = await statfs(checks.dataFolder);
  if (bavail * bsize < checks.minFreeBytes) {
    throw new EarshotError("disk-full", {
      folder: checks.dataFolder,
      free_mb: Math.floor((bavail * bsize) / 1e6),
      needed_mb: Math.ceil(checks.minFreeBytes / 1e6),
    });
  }
  const certificate = checks.tls === undefined ? undefined : await readCertificate(checks.tls);
  if (certificate?.ok === false) {
    const { setting, rule, value } = certificate;
    throw new EarshotError("config-invalid", { setting, rule, value });
  }
  if (checks.singlePort === true && !(await canSharePorts()))
    throw new EarshotError("config-invalid", { setting: "stage.single_port", rule: SHARING_RULE, value: "true" });
  for (const { setting, host, port } of checks.ports) await checkPort(setting, host, port);
}

async function checkPort(setting: string, host: string, port: number): Promise<void> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", (cause: NodeJS.ErrnoException) => {
      const inUse = cause.code === "EADDRINUSE";
      reject(
        inUse
          ? new EarshotError("port-in-use", { setting, port }, cause)
          : new EarshotError(
              "config-invalid",
              { setting, rule: "a port this user may listen on", value: `${host}:${port} (${cause.code ?? cause.message})` },
              cause,
            ),
      );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
