import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import type { Ask, Told } from "./door-simulator/front-process.child.ts";
import type { Bench } from "./harness.ts";

const TICKETS = 5_000_000;
const WARM_TICKETS = 50_000;
const NETWORKS = 200_000;
const SLOW_SOCKETS = 3_000;
const SESSIONS = 8_000_000;

/** Whether anybody can fill a front's memory: tickets, networks, sockets that say half a sentence; and what an admitted session costs. */
export const bench: Bench = {
  name: "door-memory",
  rounds: 1,
  figures: {
    rss_growth_mb: { unit: "MB", target: { limit: 64, direction: "at most" } },
    bytes_per_session: { unit: "bytes of table per admitted session, 8 million" },
    tickets: { unit: "tickets given out" },
    slow_sockets_opened: { unit: "sockets" },
    slow_sockets_left_after_s: { unit: "s until none is left" },
    rss_before_mb: { unit: "MB" },
    rss_left_mb: { unit: "MB more than before, afterwards", target: { limit: 64, direction: "at most" } },
  },
  async measure(progress) {
    const child = fork(join(import.meta.dirname, "door-simulator/front-process.child.ts"), [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    try {
      const { url } = await hear(child, "ready");
      await ask(child, { type: "tickets", tickets: WARM_TICKETS, networks: NETWORKS }, "tickets");
      const before = rssOf(child);
      let most = before;
      const sampler = setInterval(() => {
        most = Math.max(most, rssOf(child));
      }, 250);
      const sockets = await openSlowly(Number(new URL(url).port));
      const opened = sockets.filter((socket) => !socket.destroyed).length;
      progress(`${opened} half-sent requests are open; the front runs at ${Math.round(rssOf(child))} MB`);
      const closed = waitUntilGone(sockets);
      const { given, refused } = await ask(child, { type: "tickets", tickets: TICKETS, networks: NETWORKS }, "tickets");
      progress(`${given} tickets, ${refused} refused by budgets`);
      const slow_sockets_left_after_s = await closed;
      clearInterval(sampler);
      const left = rssOf(child);
      const { bytes } = await ask(child, { type: "sessions", sessions: SESSIONS }, "sessions");
      return {
        rss_growth_mb: most - before,
        bytes_per_session: bytes / SESSIONS,
        tickets: given,
        slow_sockets_opened: opened,
        slow_sockets_left_after_s,
        rss_before_mb: before,
        rss_left_mb: left - before,
      };
    } finally {
      child.disconnect();
    }
  },
};

/** Half a request from each of many addresses of 127/8, within the limit per address. */
async function openSlowly(port: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let index = 0; index < SLOW_SOCKETS; index++) {
    const socket = connect({ port, host: "127.0.0.1", localAddress: `127.1.${index % 200}.${1 + (index % 50)}` });
    socket.on("error", () => {});
    socket.once("connect", () => socket.write("GET / HTTP/1.1\r\nhost: slow\r\nx-half: "));
    sockets.push(socket);
    if (index % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  return sockets;
}

async function waitUntilGone(sockets: readonly Socket[]): Promise<number> {
  const started = performance.now();
  for (const socket of sockets) socket.resume();
  while (sockets.some((socket) => !socket.destroyed) && performance.now() - started < 60_000) await new Promise((resolve) => setTimeout(resolve, 100));
  return (performance.now() - started) / 1_000;
}

function rssOf({ pid }: ChildProcess): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? Number.NaN) / 1_024;
}

async function ask<Type extends Told["type"]>(child: ChildProcess, message: Ask, type: Type): Promise<Extract<Told, { type: Type }>> {
  const answer = hear(child, type);
  child.send(message);
  return await answer;
}

async function hear<Type extends Told["type"]>(child: ChildProcess, type: Type): Promise<Extract<Told, { type: Type }>> {
  return await new Promise((resolve, reject) => {
    child.on("message", (message: Told) => message.type === type && resolve(message as Extract<Told, { type: Type }>));
    child.once("exit", (code) => reject(new Error(`the front ended with ${code}`)));
  });
}
