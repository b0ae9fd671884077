import { type ProcessHealth, openAdmin } from "./admin.ts";

/** Processes that are started and ended together. */
export interface Supervised {
  start(): Promise<void>;
  /** Ends them in order. Resolves when all are gone. */
  close(): Promise<void>;
  health(): readonly ProcessHealth[];
  collectMetrics(): Promise<readonly unknown[]>;
}

/** What the operator is told, and when. */
export interface Supervision {
  /** Port of health and figures, on loopback. */
  readonly adminPort: number;
  /** Resolves when the banner may be printed; rejects when the start failed. */
  readonly ready: Promise<void>;
  readonly banner: string;
  readonly farewell: string;
}

/** Runs processes and their admin port until the operator ends them. @throws what `ready` rejects with */
export async function supervise(supervised: Supervised, { adminPort, ready, banner, farewell }: Supervision): Promise<void> {
  ready.catch(() => {});
  const adminServer = await openAdmin({ port: adminPort, health: () => supervised.health(), collect: () => supervised.collectMetrics() });
  const told = new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  try {
    await supervised.start();
    await Promise.race([ready, told]);
    process.stdout.write(banner);
    await told;
    process.stdout.write(`\n${farewell}\n`);
  } finally {
    adminServer.close();
    await supervised.close();
  }
}
