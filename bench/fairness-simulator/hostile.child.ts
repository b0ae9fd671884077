import { storm } from "./newcomers.ts";

// Hostile networks in a process of their own; ends by itself.
const { url, ...orders } = JSON.parse(process.argv[2] ?? "{}") as { url: string; networks: string[]; perSecond: number; forMs: number };
const made = await storm(url, orders);
process.send?.({ made });
process.disconnect?.();
process.exit(0);
