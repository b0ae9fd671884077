import { createSocket } from "node:dgram";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { systemClock } from "../core/clock.ts";
import type { Config } from "../core/config.ts";
import { checkCertificate } from "./doctor-certificate.ts";
import { canSharePorts, checkDatabase, checkHouse, checkStore, passkeySite, SHARING_RULE } from "../server/mod.ts";

/** How one check came out. */
export interface Finding {
  readonly check: string;
  readonly verdict: "ok" | "warning" | "problem";
  readonly found: string;
  readonly action?: string;
}

/** Writes measured for the disk's speed, and the time one may take. An event writes about two a second. */
const DISK_WRITES = 20;
const SLOW_WRITE_MS = 100;
/** Free space under which two hours of audio with room to breathe no longer fit. Bytes. */
const LOW_SPACE_BYTES = 2e9;
const NEEDED_NODE = 26;

/** Checks this machine and the settings and says plainly what it found. Resolves to the exit status: 1 when there is a problem. */
export async function doctor(config: Config, json: boolean): Promise<number> {
  const findings = [
    node(),
    ...(await Promise.all([
      tcp("EARSHOT_PORT", config.front.port, config.front.host),
      ...(config.edge === undefined ? [tcp("EARSHOT_BACKSTAGE_PORT", config.backstage.port, config.backstage.host)] : []),
      tcp("EARSHOT_ADMIN_PORT", config.admin.port, "127.0.0.1"),
    ])),
    ...(await checkCertificate(config, Date.now())),
    ...(config.edge === undefined ? [passkeys(config), await udp(config.stage)] : []),
    await disk(config.dataFolder),
    await space(config.dataFolder),
    await clock(),
    ...(config.edge === undefined
      ? [...(await checkDatabase(config.databaseUrl)), ...(await checkStore(config.storage, { environment: process.env, clock: systemClock }))]
      : await checkHouse(config.edge, config.dataFolder)),
    descriptors(),
    machine(),
  ];
  if (json) process.stdout.write(`${JSON.stringify(findings, null, 2)}\n`);
  else
    for (const { check, verdict, found, action } of findings)
      process.stdout.write(`${verdict.padEnd(8)} ${check.padEnd(24)} ${found}${action === undefined ? "" : `\n${" ".repeat(34)}What to do: ${action}`}\n`);
  return findings.some((finding) => finding.verdict === "problem") ? 1 : 0;
}

function node(): Finding {
  const ok = Number(process.versions.node.split(".")[0]) >= NEEDED_NODE;
  return { check: "Node", verdict: ok ? "ok" : "problem", found: process.versions.node, ...(ok ? {} : { action: `install Node ${NEEDED_NODE} or newer` }) };
}

async function tcp(check: string, port: number, host: string): Promise<Finding> {
  const failure = await tcpFailure(port, host);
  if (failure === undefined) return { check, verdict: "ok", found: `port ${port} is free` };
  return {
    check,
    verdict: "problem",
    found: `port ${port}: ${failure.code === "EADDRINUSE" ? "already in use" : failure.message}`,
    action: `stop the program that uses it (Earshot itself?) or set ${check}`,
  };
}

/** What keeps a port from being listened on, if anything does. */
async function tcpFailure(port: number, host: string): Promise<NodeJS.ErrnoException | undefined> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", resolve);
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

function passkeys({ publicUrl, backstageUrl }: Config): Finding {
  const site = passkeySite(publicUrl, backstageUrl);
  if (site !== undefined) return { check: "Passkeys", verdict: "ok", found: `bound to ${site.rpId}, used at ${site.origin}` };
  const action = "set public_url to an https address with a name; until then hosts come by their links";
  return { check: "Passkeys", verdict: "warning", found: `browsers offer none at ${backstageUrl}`, action };
}

async function udp({ udpPorts: [first, last], singlePort }: Config["stage"]): Promise<Finding> {
  let free = 0;
  for (let port = first; port <= last; port++) if ((await udpFree(port)) && (!singlePort || (await tcpFailure(port, "0.0.0.0")) === undefined)) free++;
  const all = last - first + 1;
  const found = `${free} of ${all} ports ${first}-${last} free`;
  if (singlePort) return await sharedPorts(free, found);
  // A full stage needs 13 ports, and some more for people who come back.
  if (free >= 30) return { check: "UDP", verdict: "ok", found };
  return {
    check: "UDP",
    verdict: free === 0 ? "problem" : "warning",
    found,
    action: "set EARSHOT_UDP_PORTS to a range of at least 30 free ports and open it in the firewall",
  };
}

async function sharedPorts(free: number, found: string): Promise<Finding> {
  if (!(await canSharePorts()))
    return { check: "UDP", verdict: "problem", found: "this system lets speakers share no port", action: `single_port needs ${SHARING_RULE}: set it to false` };
  return free > 0
    ? { check: "UDP", verdict: "ok", found: `${found}, UDP and TCP; each event with speakers takes one` }
    : {
        check: "UDP",
        verdict: "problem",
        found,
        action: "set EARSHOT_UDP_PORTS to as many free ports as events at the same time and open them in the firewall, UDP and TCP",
      };
}

async function udpFree(port: number): Promise<boolean> {
  const socket = createSocket("udp4");
  return await new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.bind(port, () => socket.close(() => resolve(true)));
  });
}

async function disk(folder: string): Promise<Finding> {
  const path = join(folder, `doctor-${process.pid}.tmp`);
  try {
    await mkdir(folder, { recursive: true });
    const slowest = await slowestWrite(path);
    const found = `${folder}: a durable write takes ${slowest.toFixed(1)} ms at most`;
    return slowest < SLOW_WRITE_MS
      ? { check: "Disk", verdict: "ok", found }
      : { check: "Disk", verdict: "warning", found, action: "put EARSHOT_DATA on a faster disk" };
  } catch (error) {
    return {
      check: "Disk",
      verdict: "problem",
      found: error instanceof Error ? error.message : String(error),
      action: "set EARSHOT_DATA to a folder Earshot may write to",
    };
  }
}

/** Longest of some durable writes. Milliseconds. The file is gone afterwards. */
async function slowestWrite(path: string): Promise<number> {
  const file = await open(path, "w");
  try {
    let slowest = 0;
    for (let count = 0; count < DISK_WRITES; count++) {
      const started = performance.now();
      await file.write(Buffer.alloc(32_768));
      await file.datasync();
      slowest = Math.max(slowest, performance.now() - started);
    }
    return slowest;
  } finally {
    await file.close();
    await rm(path, { force: true });
  }
}

async function space(folder: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: 0, bsize: 0 }));
  const free = bavail * bsize;
  const found = `${(free / 1e9).toFixed(1)} GB free`;
  return free >= LOW_SPACE_BYTES
    ? { check: "Free space", verdict: "ok", found }
    : { check: "Free space", verdict: "warning", found, action: "free space: an hour of an event takes about 80 MB" };
}

async function clock(): Promise<Finding> {
  const wall = Date.now();
  const steady = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 200));
  const drift = Math.abs(Date.now() - wall - (performance.now() - steady));
  const sane = new Date(wall).getUTCFullYear() >= 2025 && drift < 50;
  const found = `${new Date(wall).toISOString()}, zone ${Intl.DateTimeFormat().resolvedOptions().timeZone}`;
  return sane
    ? { check: "Clock", verdict: "ok", found }
    : { check: "Clock", verdict: "warning", found: `${found}, jumped ${drift.toFixed(0)} ms`, action: "set the clock and keep it by NTP" };
}

function descriptors(): Finding {
  const report = process.report?.getReport() as { userLimits?: { open_files?: { soft?: number | string } } } | undefined;
  const limit = report?.userLimits?.open_files?.soft;
  const found = limit === undefined ? "not known on this system" : `${limit} open files per process`;
  const low = typeof limit === "number" && limit < 4_096;
  return low
    ? { check: "Descriptors", verdict: "warning", found, action: "raise the limit (ulimit -n): every listener takes one" }
    : { check: "Descriptors", verdict: "ok", found };
}

function machine(): Finding {
  return {
    check: "Machine",
    verdict: totalmem() > 1e9 ? "ok" : "warning",
    found: `${availableParallelism()} cores, ${(totalmem() / 1e9).toFixed(1)} GB memory`,
  };
}
