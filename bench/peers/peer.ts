import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long a peer has to open its port. Milliseconds. */
const START_LIMIT_MS = 10_000;

/** A foreign server under measurement. */
export interface Peer {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

/** A folder of its own that every user may read and write, for servers that give up their rights. */
export async function openFolder(name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `earshot-${name}-`));
  await chmod(folder, 0o777);
  return folder;
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a server in the foreground and waits for its port. @throws when it ends or does not listen in time, with what it said. */
export async function startPeer(options: {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly folder: string;
  /** Added to our own. */
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<Peer> {
  const { name, command, args, port, folder } = options;
  const child = spawn(command, args, { env: { ...process.env, ...options.environment }, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  let failed: Error | undefined;
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (said = (said + bytes.toString()).slice(-4_000)));
  child.once("error", (cause) => (failed = new Error(`${name} did not start`, { cause })));
  // A bench that breaks leaves no server behind.
  const onExit = () => child.kill("SIGTERM");
  process.once("exit", onExit);
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const patience = performance.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (failed !== undefined) throw failed;
    if (child.exitCode !== null || performance.now() > patience) {
      child.kill("SIGKILL");
      throw new Error(`${name} does not listen: ${said}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    name,
    pid: child.pid as number,
    port,
    async stop() {
      process.off("exit", onExit);
      child.kill("SIGTERM");
      const force = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await gone;
      clearTimeout(force);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
