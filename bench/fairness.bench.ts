import { type ChildProcess, fork } from "node:child_process";
import { get } from "node:http";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { WORK_ITERATIONS, WORK_STEPS, type WorkDetails } from "../src/wire/door.ts";
import { openBrowser } from "../test/e2e/house.ts";
import { enter } from "./fairness-simulator/newcomers.ts";
import { type Bench, percentile } from "./harness.ts";

/** Newcomers let in per second, as by default. */
const JOINS = 200;
/** Honest newcomers per second, each from a network of their own; the hostile ask fifty times as often, from twenty /24s of as many /16s. */
const HONEST_PER_SECOND = 20;
const TIMES = 50;
const HOSTILE = Array.from({ length: 20 }, (_, index) => `127.${20 + index}.7`);
/** The same from one IPv6 /48, another address each time. */
const HOSTILE_IPV6 = ["2001:db8:7"];
const ARRIVE_MS = 20_000;
/** How long an honest newcomer stays. Milliseconds. */
const PATIENCE_MS = 45_000;
/** People behind one address, all within five seconds, and how long they are given. */
const BEHIND_ONE = 500;
const BEHIND_ARRIVE_MS = 5_000;
const BEHIND_MS = 120_000;
/** How much slower a phone may be than the browser here; what the task is meant to cost it. */
const THROTTLE = 6;

/** Who gets in when others push, on real sockets from real loopback addresses: an attack from twenty networks, a crowd behind one address; and what the door's task costs a browser. */
export const bench: Bench = {
  name: "fairness",
  rounds: 1,
  figures: {
    honest_share_quiet: { unit: "of honest newcomers let in" },
    honest_share_flooded: { unit: "of honest newcomers let in" },
    honest_share_ratio: { unit: "flooded / quiet", target: { limit: 0.98, direction: "at least" } },
    honest_share_ratio_ipv6: { unit: "flooded from one IPv6 /48 / quiet", target: { limit: 0.98, direction: "at least" } },
    hostile_ipv6_over_budget: { unit: "of those hostile requests turned back or cut off", target: { limit: 0.2, direction: "at least" } },
    honest_wait_flooded_s_p95: { unit: "s until let in" },
    hostile_requests: { unit: "requests" },
    hostile_over_honest: { unit: "requests per honest newcomer" },
    hostile_over_budget: { unit: "of the hostile requests turned back or cut off", target: { limit: 0.2, direction: "at least" } },
    honest_turned_back: { unit: "times an honest newcomer was told that its network asks too much", target: { limit: 0, direction: "at most" } },
    behind_one_share: { unit: "of 500 behind one address let in within two minutes", target: { limit: 0.95, direction: "at least" } },
    behind_one_wait_s_p95: { unit: "s until let in" },
    behind_one_turned_back: { unit: "times somebody behind one address was told that its network asks too much" },
    task_ms_worst: { unit: "ms in Chromium, all steps" },
    task_ms_worst_throttled: { unit: `ms in Chromium, page thread ${THROTTLE} times slower` },
  },
  async measure(progress) {
    const quiet = await crowd([], addressIpv4);
    progress(`quiet: ${quiet.entered} of ${quiet.came} let in`);
    const flooded = await crowd(HOSTILE, addressIpv4);
    progress(`flooded by ${flooded.hostile} requests: ${flooded.entered} of ${flooded.came} let in; ${JSON.stringify(flooded.keeper)}`);
    const ipv6 = await crowd(HOSTILE_IPV6, (index) => `2001:db8:${(0x100 + index).toString(16)}:1::9`);
    progress(`flooded by ${ipv6.hostile} requests from one /48: ${ipv6.entered} of ${ipv6.came} let in; ${JSON.stringify(ipv6.keeper)}`);
    const behind = await behindOne();
    progress(`behind one address: ${behind.entered} of ${BEHIND_ONE} let in`);
    const [task_ms_worst, task_ms_worst_throttled] = await timeTask();
    return {
      honest_share_quiet: quiet.entered / quiet.came,
      honest_share_flooded: flooded.entered / flooded.came,
      honest_share_ratio: flooded.entered / flooded.came / (quiet.entered / quiet.came),
      honest_share_ratio_ipv6: ipv6.entered / ipv6.came / (quiet.entered / quiet.came),
      hostile_ipv6_over_budget: overBudget(ipv6),
      honest_wait_flooded_s_p95: flooded.waitSeconds,
      hostile_requests: flooded.hostile,
      hostile_over_honest: flooded.hostile / flooded.came,
      hostile_over_budget: overBudget(flooded),
      honest_turned_back: flooded.turnedBack + ipv6.turnedBack,
      behind_one_share: behind.entered / BEHIND_ONE,
      behind_one_wait_s_p95: behind.waitSeconds,
      behind_one_turned_back: behind.turnedBack,
      task_ms_worst,
      task_ms_worst_throttled,
    };
  },
};

interface HighFront {
  readonly child: ChildProcess;
  readonly door: string;
  readonly stream: string;
}

async function openFront(): Promise<HighFront> {
  const child = fork(join(import.meta.dirname, "fairness-simulator/high-front.child.ts"), [String(JOINS)], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  return { child, ...(await hear<{ door: string; stream: string }>(child)) };
}

/** A network of their own each: 127.60 to 127.219, and within each different /24s. */
function addressIpv4(index: number): string {
  return `127.${60 + (index % 160)}.${Math.floor(index / 160)}.9`;
}

/** Share of the hostile requests that were turned back or cut off. */
function overBudget({ keeper, turnedBack, hostile }: Awaited<ReturnType<typeof crowd>>): number {
  return (keeper.turnedBack + keeper.cutOff - turnedBack) / hostile;
}

/** Honest newcomers arrive one by one, beside an attack from these networks if there are any. */
async function crowd(networks: readonly string[], addressOf: (index: number) => string) {
  const { child, door } = await openFront();
  try {
    const orders = { url: door, networks, perSecond: HONEST_PER_SECOND * TIMES, forMs: ARRIVE_MS };
    const attacker =
      networks.length > 0
        ? fork(join(import.meta.dirname, "fairness-simulator/hostile.child.ts"), [JSON.stringify(orders)], { stdio: ["ignore", "ignore", "inherit", "ipc"] })
        : undefined;
    const made = attacker === undefined ? undefined : hear<{ made: number }>(attacker);
    const came = (ARRIVE_MS / 1_000) * HONEST_PER_SECOND;
    let turnedBack = 0;
    const onTurnedBack = () => turnedBack++;
    const waits = await arrive(came, ARRIVE_MS, (index) =>
      enter(door, {
        name: `honest-visitor-${index}`,
        address: addressOf(index),
        patienceMs: PATIENCE_MS,
        onTurnedBack,
      }),
    );
    // The hostile are done before anybody counts what became of them.
    const hostileRequests = (await made)?.made ?? 0;
    child.send("how many");
    const keeper = await hear<{ turnedBack: number; cutOff: number }>(child);
    return { came, entered: waits.length, waitSeconds: percentile(waits, 0.95), hostile: hostileRequests, keeper, turnedBack };
  } finally {
    child.disconnect();
  }
}

/** A lecture hall behind one address: whoever is let in listens, as people do. */
async function behindOne() {
  const { child, door, stream } = await openFront();
  const open: { destroy(): void }[] = [];
  let turnedBack = 0;
  const onTurnedBack = () => turnedBack++;
  try {
    const waits = await arrive(BEHIND_ONE, BEHIND_ARRIVE_MS, async (index) => {
      const name = `hall-visitor-${index}`;
      const pass = await enter(door, { name, address: "127.9.9.9", patienceMs: BEHIND_MS, onTurnedBack });
      if (pass === undefined) return undefined;
      const request = get(`${stream}?s=${name}&ticket=${pass}`, { localAddress: "127.9.9.9", agent: false }, (response) => response.resume());
      request.on("error", () => {});
      open.push(request);
      return pass;
    });
    return { entered: waits.length, waitSeconds: percentile(waits, 0.95), turnedBack };
  } finally {
    for (const request of open) request.destroy();
    child.disconnect();
  }
}

/** Lets people come evenly over a time; the waits of those who got in, upwards. Seconds. */
async function arrive(people: number, overMs: number, come: (index: number) => Promise<string | undefined>): Promise<number[]> {
  const waits = await Promise.all(
    Array.from({ length: people }, async (_, index) => {
      await new Promise((resolve) => setTimeout(resolve, (index * overMs) / people));
      const started = performance.now();
      return (await come(index)) === undefined ? undefined : (performance.now() - started) / 1_000;
    }),
  );
  return waits.filter((wait) => wait !== undefined).sort((one, other) => one - other);
}

/** The page's own solver on a task no step solves: every step is taken. Milliseconds, as the browser is and with its page thread slowed down. */
async function timeTask(): Promise<[number, number]> {
  const bundle = await rolldown({ input: join(import.meta.dirname, "../web/player/work.ts"), logLevel: "warn" });
  const { output } = await bundle.generate({ format: "iife", name: "work" });
  const front = await openFront();
  const browser = await openBrowser();
  try {
    const page = await (await browser.newContext({ bypassCSP: true })).newPage();
    await page.goto(new URL("/healthz", front.door).href);
    await page.addScriptTag({ content: output[0].code.replace("var work", "globalThis.work") });
    const task: WorkDetails = { work: "A".repeat(47), work_target: "none", work_steps: WORK_STEPS, work_iterations: WORK_ITERATIONS };
    const time = async () =>
      await page.evaluate(async (asked) => {
        const started = performance.now();
        await (globalThis as unknown as { work: { solve(task: unknown): Promise<unknown> } }).work.solve(asked);
        return performance.now() - started;
      }, task);
    await time();
    const plain = await time();
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: THROTTLE });
    return [plain, await time()];
  } finally {
    await browser.close();
    front.child.disconnect();
  }
}

async function hear<Message>(child: ChildProcess): Promise<Message> {
  return await new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as Message));
    child.once("exit", (code) => reject(new Error(`a process of the bench ended with ${code}`)));
  });
}
