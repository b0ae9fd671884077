import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

const MAIN = join(import.meta.dirname, "main.ts");

interface Finding {
  readonly check: string;
  readonly verdict: string;
  readonly found: string;
  readonly action?: string;
}

let folder = "";
let ports: readonly number[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-doctor-"));
  ports = await Promise.all([0, 1, 2].map(freePort));
});
after(() => rm(folder, { recursive: true, force: true }));

/** Runs the command as an operator does, on ports of its own. */
async function doctor(
  flags: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number | null; readonly said: string }> {
  const child = spawn(process.execPath, [MAIN, "doctor", ...flags], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      ...(process.env.NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
      EARSHOT_DATA: join(folder, "data"),
      EARSHOT_PORT: String(ports[0]),
      EARSHOT_BACKSTAGE_PORT: String(ports[1]),
      EARSHOT_ADMIN_PORT: String(ports[2]),
      EARSHOT_UDP_PORTS: "47100-47160",
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  const status = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { status, said };
}

const read = (said: string) => new Map((JSON.parse(said) as Finding[]).map((finding) => [finding.check, finding]));

test("a machine that is fit is told so, check by check, and nothing is left behind on its disk", async () => {
  const { status, said } = await doctor(["--json"]);
  const findings = read(said);
  assert.deepEqual(
    [...findings.keys()],
    ["Node", "EARSHOT_PORT", "EARSHOT_BACKSTAGE_PORT", "EARSHOT_ADMIN_PORT", "Passkeys", "UDP", "Disk", "Free space", "Clock", "Descriptors", "Machine"],
  );
  for (const check of ["Node", "EARSHOT_PORT", "EARSHOT_BACKSTAGE_PORT", "EARSHOT_ADMIN_PORT"]) assert.equal(findings.get(check)?.verdict, "ok", check);
  assert.equal(findings.get("Node")?.found, process.versions.node);
  for (const { verdict, action } of findings.values()) assert.equal(action !== undefined, verdict !== "ok", "whoever is warned is told what to do");
  assert.equal(status, 0);
  assert.deepEqual(await readdir(join(folder, "data")), []);
});

test("a port in use is a problem that names the setting and what to do", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(ports[0], "0.0.0.0", resolve));
  const { status, said } = await doctor([]);
  server.close();
  assert.equal(status, 1);
  assert.match(said, new RegExp(`^problem +EARSHOT_PORT +port ${ports[0]}: already in use\n +What to do: stop the program .* or set EARSHOT_PORT$`, "m"));
  assert.match(said, /^ok +EARSHOT_BACKSTAGE_PORT /m);
});

test("too few ports for speakers is a warning, none a problem", async () => {
  const few = await doctor(["--json"], { EARSHOT_UDP_PORTS: "47200-47204" });
  assert.deepEqual([few.status, read(few.said).get("UDP")?.verdict, read(few.said).get("UDP")?.found], [0, "warning", "5 of 5 ports 47200-47204 free"]);
  const sockets = await Promise.all(
    [47_205, 47_206].map(async (port) => {
      const socket = createSocket("udp4");
      await new Promise<void>((resolve) => socket.bind(port, resolve));
      return socket;
    }),
  );
  const none = await doctor(["--json"], { EARSHOT_UDP_PORTS: "47205-47206" });
  for (const socket of sockets) socket.close();
  assert.deepEqual([none.status, read(none.said).get("UDP")?.verdict], [1, "problem"]);
  assert.match(read(none.said).get("UDP")?.action ?? "", /EARSHOT_UDP_PORTS/);
});

test("where speakers share a port one that is free by UDP and by TCP is enough, and without one there is a problem", async () => {
  const one = await doctor(["--json"], { EARSHOT_UDP_PORTS: "47207-47208", EARSHOT_SINGLE_PORT: "1" });
  const { verdict, found } = read(one.said).get("UDP") ?? {};
  assert.deepEqual([one.status, verdict, found], [0, "ok", "2 of 2 ports 47207-47208 free, UDP and TCP; each event with speakers takes one"]);
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(47_207, "0.0.0.0", resolve));
  const none = await doctor(["--json"], { EARSHOT_UDP_PORTS: "47207-47207", EARSHOT_SINGLE_PORT: "1" });
  listener.close();
  assert.deepEqual([none.status, read(none.said).get("UDP")?.verdict], [1, "problem"]);
  assert.match(read(none.said).get("UDP")?.action ?? "", /EARSHOT_UDP_PORTS .* UDP and TCP/);
});

test("a data folder that cannot be written is a problem before the event, not during it", async () => {
  await writeFile(join(folder, "a-file"), "");
  const { status, said } = await doctor(["--json"], { EARSHOT_DATA: join(folder, "a-file") });
  assert.deepEqual([status, read(said).get("Disk")?.verdict], [1, "problem"]);
  assert.match(read(said).get("Disk")?.action ?? "", /EARSHOT_DATA/);
});

test("a store for recordings is tried out before it is needed, and what is wrong with it is said in words without its secret", async () => {
  const config = join(folder, "with-store.yaml");
  const store = async () => {
    const { status, said } = await doctor(["--json"], { EARSHOT_CONFIG: config });
    assert.doesNotMatch(said, /s3cret/);
    const finding = read(said).get("Store");
    return [status, finding?.verdict, `${finding?.found} ${finding?.action}`] as const;
  };
  await writeFile(config, `storage: { bucket: { endpoint: "http://127.0.0.1:${await freePort()}", name: recordings, secret_file: ${join(folder, "keys")} } }`);
  const [status, verdict, missing] = await store();
  assert.deepEqual([status, verdict], [1, "problem"]);
  assert.match(missing, /secret_file is missing or wrong.*EARSHOT_BUCKET_KEY/);
  await writeFile(join(folder, "keys"), "a-key\nits-s3cret\n");
  assert.match((await store())[2], /nobody answers there/);
  await writeFile(config, `storage: { folder: ${join(folder, "share")} }`);
  assert.match((await store())[2], /the folder is not there/);
  await mkdir(join(folder, "share"));
  assert.deepEqual((await store()).slice(0, 2), [0, "ok"]);
  assert.deepEqual(await readdir(join(folder, "share"), { recursive: true }), [".uploads"], "and nothing is left behind there");
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
