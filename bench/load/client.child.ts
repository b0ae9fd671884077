import { type Counts, Listener } from "./listener.ts";
import type { Order, Tally } from "./orders.ts";

/** How often a paced order looks what is due. Milliseconds. */
const TICK_MS = 5;

const counts: Counts = { open: 0, failed: 0, bytes: 0, reads: 0, answers: 0, otherStatus: 0, answeredAt: [] };
let listeners: Listener[] = [];
let timers: NodeJS.Timeout[] = [];
let cpu = process.cpuUsage();

/** Calls `act` `perSecond` times a second on average, in bursts of one tick; ends after `total`. */
function pace(perSecond: number, total: number, act: (index: number) => void): void {
  const started = performance.now();
  let done = 0;
  const timer = setInterval(() => {
    const due = Math.min(total, Math.ceil(((performance.now() - started) * perSecond) / 1000));
    while (done < due) act(done++);
    if (done >= total) clearInterval(timer);
  }, TICK_MS);
  timers.push(timer);
}

function playHls(listener: Listener, playlist: string, segmentMs: number, phase: number): void {
  const folder = playlist.slice(0, playlist.lastIndexOf("/") + 1);
  const start = () => {
    if (listener.busy) return;
    listener.onBody = (body) => {
      if (!body.startsWith("#EXTM3U")) return;
      const newest = body.trimEnd().split("\n").at(-1) ?? "";
      listener.ask(folder + newest);
    };
    listener.ask(playlist);
  };
  timers.push(
    setTimeout(() => {
      start();
      timers.push(setInterval(start, segmentMs));
    }, phase * segmentMs),
  );
}

function report(): Tally {
  const { user, system } = process.cpuUsage(cpu);
  return {
    ...counts,
    firstByteMs: listeners.map((listener) => listener.firstByteMs).filter((ms) => ms > 0),
    longestGapMs: listeners.map((listener) => listener.longestGapMs).filter((ms) => ms > 0),
    cpuSeconds: (user + system) / 1e6,
  };
}

function zero(): void {
  Object.assign(counts, { bytes: 0, reads: 0, answers: 0, otherStatus: 0, answeredAt: [] });
  for (const listener of listeners) listener.longestGapMs = 0;
  cpu = process.cpuUsage();
}

function close(): void {
  for (const timer of timers) clearTimeout(timer);
  for (const listener of listeners) listener.close();
  timers = [];
  listeners = [];
  Object.assign(counts, { open: 0, failed: 0 });
  zero();
}

process.on("message", (order: Order) => {
  if (order.type === "open") {
    const first = listeners.length;
    pace(order.perSecond, order.count, (index) => {
      const localAddress = `127.0.0.${2 + ((first + index) % order.addresses)}`;
      listeners.push(new Listener({ port: order.port, localAddress, counts, path: order.path, secure: order.secure === true }));
    });
  } else if (order.type === "ask") {
    const { path, spreadMs } = order;
    const asking = [...listeners];
    pace((asking.length / Math.max(1, spreadMs)) * 1000, asking.length, (index) => asking[index]?.ask(path));
  } else if (order.type === "poll") {
    let next = 0;
    pace(order.perSecond, Number.POSITIVE_INFINITY, () => {
      for (let tries = 0; tries < listeners.length; tries++) {
        const listener = listeners[next++ % listeners.length] as Listener;
        if (listener.busy) continue;
        listener.ask(order.path);
        return;
      }
    });
  } else if (order.type === "hls") listeners.forEach((listener, index) => playHls(listener, order.playlist, order.segmentMs, index / listeners.length));
  else if (order.type === "zero") zero();
  else if (order.type === "close") close();
  process.send?.(order.type === "report" ? report() : {});
});
process.on("disconnect", () => process.exit(0));
