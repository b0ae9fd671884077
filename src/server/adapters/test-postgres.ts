// A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, reached by a Unix socket, with its flushes to disk.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, chown, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";
import { systemClock } from "../../core/clock.ts";

/** Where Debian keeps the servers of each version, outside PATH. */
const DEBIAN = "/usr/lib/postgresql";
/** How long a server may take to come up. Milliseconds; it has the disk of a busy machine. */
const START_LIMIT_MS = 60_000;
const PAUSE_MS = 20;

/** A running server. It refuses to run as root, so that it runs as `postgres` where the tests do. */
export class TestPostgres {
  readonly #folder: string;
  readonly #programs: string;
  readonly #owner: { readonly uid: number; readonly gid: number } | undefined;
  #server: ChildProcess | undefined;
  #databases = 0;

  private constructor(folder: string, programs: string, owner: { readonly uid: number; readonly gid: number } | undefined) {
    this.#folder = folder;
    this.#programs = programs;
    this.#owner = owner;
  }

  /** `settings`: such as `fsync=off`, for tests that are not about what is on the disk. */
  static async start(settings: readonly string[] = []): Promise<TestPostgres> {
    const folder = await mkdtemp(join(tmpdir(), "earshot-pg-"));
    const owner = process.getuid?.() === 0 ? ownerOf("postgres") : undefined;
    if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
    await chmod(folder, 0o700);
    const server = new TestPostgres(folder, await findPrograms(), owner);
    const args = ["-D", join(folder, "data"), "-U", "earshot", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"];
    await promisify(execFile)(join(server.#programs, "initdb"), args, { cwd: folder, ...owner });
    await server.resume(settings);
    return server;
  }

  /** The server's process. */
  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  /** Starts it (again) on its folder and waits until it takes connections. */
  async resume(settings: readonly string[] = []): Promise<void> {
    const fixed = ["-D", join(this.#folder, "data"), "-k", this.#folder, "-c", "listen_addresses=", "-c", "fsync=on", "-c", "shared_buffers=16MB"];
    const args = [...fixed, ...settings.flatMap((setting) => ["-c", setting])];
    this.#server = spawn(join(this.#programs, "postgres"), args, { cwd: this.#folder, stdio: "ignore", ...this.#owner });
    const limitMs = systemClock.steadyMs() + START_LIMIT_MS;
    for (;;) {
      const client = new Client({ connectionString: this.url("postgres") });
      try {
        await client.connect();
        return await client.end();
      } catch (cause) {
        if (systemClock.steadyMs() > limitMs || this.#server.exitCode !== null) throw cause;
        await systemClock.sleep(PAUSE_MS);
      }
    }
  }

  /** Ends it by a signal and waits until it is gone. */
  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<void> {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, "exit");
    server.kill(signal);
    await gone;
  }

  /** Ends it and every process of it at once, as a power cut does to them. */
  async crash(): Promise<void> {
    const server = this.#server;
    if (server?.pid === undefined) return;
    const gone = once(server, "exit");
    // Stopped first, so that no child is made while they are looked up.
    server.kill("SIGSTOP");
    const children = (await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8")).trim().split(" ").filter(Boolean).map(Number);
    server.kill("SIGKILL");
    for (const pid of children) process.kill(pid, "SIGKILL");
    await gone;
  }

  /** Address of a database on it. */
  url(database: string): string {
    return `postgres://earshot@/${database}?host=${this.#folder}`;
  }

  /** Makes an empty database; returns its address. */
  async newDatabase(): Promise<string> {
    const name = `house${++this.#databases}`;
    await this.run(this.url("postgres"), `create database ${name}`);
    return this.url(name);
  }

  /** Makes an empty place in a database of many: quick to make, and apart from the others but for the lock of the writers. */
  async newSchema(): Promise<string> {
    const name = `house${++this.#databases}`;
    await this.run(this.url("postgres"), `create schema ${name}`);
    return `${this.url("postgres")}&options=-csearch_path%3D${name}`;
  }

  /** Runs a statement past the house; returns its rows. */
  async run(url: string, sql: string): Promise<readonly unknown[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("SIGQUIT");
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function ownerOf(user: string): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync("id", [flag, user], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

async function findPrograms(): Promise<string> {
  const versions = (await readdir(DEBIAN).catch((): string[] => [])).toSorted((a, b) => Number(b) - Number(a));
  for (const version of versions) {
    const folder = join(DEBIAN, version, "bin");
    if ((await readdir(folder).catch((): string[] => [])).includes("initdb")) return folder;
  }
  return execFileSync("pg_config", ["--bindir"], { encoding: "utf8" }).trim();
}
