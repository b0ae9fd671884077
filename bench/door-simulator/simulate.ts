import { seeded } from "../../test/material/seeded.ts";
import { randomBytes } from "node:crypto";
import { Door, Ladder, Pressure, type Verdict } from "../../src/audience/mod.ts";
import { crowdAddress, networksOf } from "./crowd.ts";

/** What a simulated opening is made of. Times in milliseconds. */
export interface Opening {
  readonly people: number;
  readonly withinMs: number;
  /** Service of one join: the server bears 1,000 / this per second. */
  readonly joinMs: number;
  /** Service of an answer that lets nobody in. */
  readonly answerMs: number;
  /** How long a client waits for an answer before it gives up the request. */
  readonly patienceMs: number;
  readonly untilMs: number;
  readonly seed: number;
  readonly withDoor: boolean;
}

/** What became of it. */
export interface Outcome {
  readonly admitted: number;
  readonly lastAdmittedMs: number;
  /** Share of all service time that went to clients who had given up. */
  readonly wastedShare: number;
  readonly p99QueueingMs: number;
}

interface Request {
  readonly client: number;
  readonly sentMs: number;
}

/** A heap of clients by the time they act. */
class Agenda {
  readonly #items: { readonly atMs: number; readonly client: number }[] = [];

  get next(): number {
    return this.#items[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, client: number): void {
    const items = this.#items;
    items.push({ atMs, client });
    for (let at = items.length - 1; at > 0; ) {
      const parent = (at - 1) >> 1;
      if ((items[parent]?.atMs as number) <= (items[at]?.atMs as number)) return;
      [items[parent], items[at]] = [items[at] as (typeof items)[number], items[parent] as (typeof items)[number]];
      at = parent;
    }
  }

  take(): number {
    const items = this.#items;
    const first = items[0] as (typeof items)[number];
    const last = items.pop() as (typeof items)[number];
    if (items.length > 0) {
      items[0] = last;
      for (let at = 0; ; ) {
        const left = at * 2 + 1;
        const right = left + 1;
        let least = at;
        if (left < items.length && (items[left]?.atMs as number) < (items[least]?.atMs as number)) least = left;
        if (right < items.length && (items[right]?.atMs as number) < (items[least]?.atMs as number)) least = right;
        if (least === at) break;
        [items[least], items[at]] = [items[at] as (typeof items)[number], items[least] as (typeof items)[number]];
        at = least;
      }
    }
    return first.client;
  }
}

/**
 * One opening in simulated time: one worker serves requests in the order they came, clients give up and try again as browsers do.
 * With the door the real one decides; without it every request is a join, and clients back off with full jitter up to a minute.
 */
export function simulateOpening(opening: Opening): Outcome {
  const { people, withinMs, joinMs, answerMs, patienceMs, untilMs, withDoor } = opening;
  const random = seeded(opening.seed);
  const startUnixMs = Date.parse("2026-10-03T19:00:00Z");
  const door = new Door({ eventId: "ev", secret: randomBytes(16), joinsPerSecond: 1_000 / joinMs, random: randomBytes });
  const pressure = new Pressure();
  const ladder = new Ladder();
  const clients = Array.from({ length: people }, () => ({
    networks: networksOf(crowdAddress(random)),
    ticket: undefined as string | undefined,
    attempt: 0,
    isIn: false,
  }));
  const agenda = new Agenda();
  for (let client = 0; client < people; client++) agenda.add(random() * withinMs, client);
  const queue: Request[] = [];
  let head = 0;
  const queueing: number[] = [];
  let [busyUntil, service, wasted, admitted, lastAdmittedMs, lookMs, busyMs, waitSum, waitCount] = [0, 0, 0, 0, 0, 1_000, 0, 0, 0];

  const retryLater = (client: number, nowMs: number) => {
    const state = clients[client] as (typeof clients)[number];
    agenda.add(nowMs + random() * Math.min(60_000, 250 * 2 ** state.attempt++), client);
  };
  const hear = (client: number, verdict: Verdict, nowMs: number) => {
    const state = clients[client] as (typeof clients)[number];
    state.attempt = 0;
    if (verdict.kind === "in") {
      state.isIn = true;
      admitted++;
      lastAdmittedMs = nowMs;
    } else if (verdict.kind === "wait") {
      state.ticket = verdict.ticket;
      // As our player does: the server's seconds, rounded up, and up to a second at random.
      const waitSeconds = Math.max(1, Math.ceil((verdict.notBeforeUnixMs - startUnixMs - nowMs) / 1_000));
      agenda.add(nowMs + waitSeconds * 1_000 + random() * 1_000, client);
    } else agenda.add(nowMs + verdict.retryAfterSeconds * 1_000 * (1 + random()), client);
  };

  for (let nowMs = 0; nowMs < untilMs && admitted < people; ) {
    const nextServe = head < queue.length ? Math.max(busyUntil, (queue[head] as Request).sentMs) : Number.POSITIVE_INFINITY;
    nowMs = Math.min(agenda.next, nextServe, lookMs);
    if (nowMs === lookMs) {
      lookMs += 1_000;
      // What the gauge of a front would read: the wait of requests, as far as the worker itself was busy.
      const readings = {
        acceptWaiting: 0,
        acceptMost: 0,
        acceptedPerSecond: 0,
        memoryBytes: 0,
        memoryLimitBytes: 0,
        bytesPerSecond: 0,
        uplinkBytesPerSecond: 0,
      };
      pressure.take({ ...readings, queuedMs: 0, loopWaitMs: waitCount === 0 ? 0 : waitSum / waitCount, loopBusy: busyMs / 1_000 });
      ladder.follow(pressure.value);
      const told = { step: ladder.step, gated: ladder.does("tickets"), shut: ladder.does("no-joins"), listeners: admitted };
      door.follow(pressure.value, told, startUnixMs + nowMs);
      [busyMs, waitSum, waitCount] = [0, 0, 0];
    } else if (nowMs === agenda.next) {
      queue.push({ client: agenda.take(), sentMs: nowMs });
    } else {
      const { client, sentMs } = queue[head++] as Request;
      const state = clients[client] as (typeof clients)[number];
      const waited = nowMs - sentMs;
      queueing.push(waited);
      waitSum += waited;
      waitCount++;
      const isDead = waited > patienceMs || state.isIn;
      const verdict: Verdict = withDoor
        ? door.decide({ networks: state.networks, ticket: state.ticket, canWait: true, known: false, queuedMs: waited }, startUnixMs + nowMs)
        : { kind: "in" };
      const cost = verdict.kind === "in" ? joinMs : answerMs;
      busyUntil = nowMs + cost;
      busyMs += cost;
      service += cost;
      if (isDead || waited + cost > patienceMs) {
        wasted += cost;
        if (!state.isIn) retryLater(client, Math.max(nowMs, sentMs + patienceMs));
      } else hear(client, verdict, nowMs + cost);
    }
  }
  queueing.sort((one, other) => one - other);
  return { admitted, lastAdmittedMs, wastedShare: wasted / service, p99QueueingMs: queueing[Math.floor(queueing.length * 0.99)] ?? 0 };
}
