import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";

/** Unit of utime and stime in /proc. Ticks per second; fixed by the kernel's interface to user space. @spec proc(5) */
const TICKS_PER_SECOND = 100;
/** Nice value of everything a bench measures, and of the load: neighbours on the machine then disturb all contestants little and alike. */
const BENCH_PRIORITY = -20;

/** A process and all its descendants: a server of the old school is a master with workers. */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = Number(fieldsOf(Number(entry))?.[1]);
    if (Number.isNaN(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const family = [pid];
  for (let at = 0; at < family.length; at++) family.push(...(children.get(family[at] as number) ?? []));
  return family;
}

/** CPU time used so far by a process and its descendants, user and kernel. Seconds, in steps of 0.01. */
export function cpuSeconds(pid: number): number {
  let ticks = 0;
  for (const member of familyOf(pid)) {
    const fields = fieldsOf(member);
    ticks += Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Memory of a process and its descendants that is in RAM. Bytes. */
export function residentBytes(pid: number): number {
  let kilobytes = 0;
  for (const member of familyOf(pid)) kilobytes += Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${member}/status`))?.[1] ?? 0);
  return kilobytes * 1024;
}

/** CPU time the kernel spent on network work that it charged to nobody. Seconds: high figures here mean that contestants look cheaper than they are. */
export function softirqThreadSeconds(): number {
  let ticks = 0;
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry) || !read(`/proc/${entry}/comm`).startsWith("ksoftirqd")) continue;
    const fields = fieldsOf(Number(entry));
    ticks += Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Time the machine below took from ours. Seconds. */
export function stolenSeconds(): number {
  return Number(read("/proc/stat").split(/\s+/)[8] ?? 0) / TICKS_PER_SECOND;
}

/** Lets this process, which is the stage of a bench, go ahead of the machine's other work, as far as permitted. */
export function goFirst(): void {
  favour(process.pid);
}

/** Where the kernel groups processes by terminal session, a nice value counts inside the group only: the group gets it too. @spec sched(7) */
function favour(pid: number): void {
  try {
    setPriority(pid, BENCH_PRIORITY);
    writeFileSync(`/proc/${pid}/autogroup`, String(BENCH_PRIORITY));
  } catch {
    // Not permitted or gone: the bench measures what there is, and prints the load.
  }
}

/** Keeps a process and its descendants on one core and ahead of the machine's other work, as far as permitted. */
export function pin(pid: number, core: number): void {
  for (const member of familyOf(pid)) {
    try {
      execFileSync("taskset", ["-a", "-c", "-p", String(core), String(member)], { stdio: "ignore" });
    } catch {
      // Gone, or no such core: it runs where it runs.
    }
    favour(member);
  }
}

/** Fields of /proc/PID/stat from the state on; the name before them may hold spaces and brackets. */
function fieldsOf(pid: number): string[] | undefined {
  const text = read(`/proc/${pid}/stat`);
  return text === "" ? undefined : text.slice(text.lastIndexOf(")") + 2).split(" ");
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
