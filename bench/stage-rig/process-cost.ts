import { readFile } from "node:fs/promises";

/** Clock ticks per second in /proc; every Linux has 100. */
const TICKS_PER_SECOND = 100;
const BYTES_PER_PAGE = 4_096;

/** Processor time a process has used so far, all its threads. Seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Memory a process holds. Megabytes. */
export async function rssMegabytes(pid: number): Promise<number> {
  const [, resident] = (await readFile(`/proc/${pid}/statm`, "utf8")).split(" ");
  return (Number(resident) * BYTES_PER_PAGE) / 1e6;
}
