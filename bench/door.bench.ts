import { seeded } from "../test/material/seeded.ts";
import { randomBytes } from "node:crypto";
import { Door } from "../src/audience/mod.ts";
import { crowdAddress, networksOf } from "./door-simulator/crowd.ts";
import { type Opening, type Outcome, simulateOpening } from "./door-simulator/simulate.ts";
import type { Bench } from "./harness.ts";

const PEOPLE = 20_000;
const JOINS_PER_SECOND = 200;
const TICKETS = 1_300_000;
/** Openings simulated, each with a seed of its own; the worst one counts. */
const SEEDS = 3;
const OPENING: Omit<Opening, "seed" | "withDoor"> = {
  people: PEOPLE,
  withinMs: 5_000,
  joinMs: 1_000 / JOINS_PER_SECOND,
  // Parsing, deciding and answering in Node; the decision alone is measured below.
  answerMs: 0.05,
  patienceMs: 5_000,
  untilMs: 900_000,
};

/** A hundred times more people than can be let in per second, all within five seconds; then 1.3 million tickets through one core. */
export const bench: Bench = {
  name: "door",
  rounds: 1,
  figures: {
    admitted_share: { unit: "of the people", target: { limit: 1, direction: "at least" } },
    time_over_ideal: { unit: "of people / rate", target: { limit: 1.3, direction: "at most" } },
    wasted_service: { unit: "of service time", target: { limit: 0.05, direction: "at most" } },
    p99_queueing_ms: { unit: "ms", target: { limit: 500, direction: "at most" } },
    control_collapses: { unit: "1 = the plain queue collapses", target: { limit: 1, direction: "at least" } },
    control_admitted_share: { unit: "of the people in 15 minutes, plain queue" },
    control_wasted_service: { unit: "of service time, plain queue" },
    tickets_taken_share: {
      unit: "of the tickets shown when they were due let in at once; the rest a moment later",
      target: { limit: 0.999, direction: "at least" },
    },
    cpu_us_per_ticket: { unit: "us CPU for giving out and taking back" },
    tickets_1300000_cpu_s: { unit: "s CPU" },
  },
  async measure(progress) {
    const outcomes = Array.from({ length: SEEDS }, () => Number.parseInt(randomBytes(3).toString("hex"), 16)).map((seed) => {
      const withDoor = simulateOpening({ ...OPENING, seed, withDoor: true });
      progress(`seed ${seed}: ${withDoor.admitted} in after ${Math.round(withDoor.lastAdmittedMs / 1_000)} s`);
      return withDoor;
    });
    const control = simulateOpening({ ...OPENING, seed: 1, withDoor: false });
    progress(`plain queue: ${control.admitted} in after 15 minutes, ${Math.round(control.wastedShare * 100)} % wasted`);
    const worst = (of: (outcome: Outcome) => number) => Math.max(...outcomes.map(of));
    const { cpuSeconds, takenShare } = ticketCpu();
    return {
      admitted_share: Math.min(...outcomes.map(({ admitted }) => admitted)) / PEOPLE,
      time_over_ideal: worst(({ lastAdmittedMs }) => lastAdmittedMs) / ((PEOPLE / JOINS_PER_SECOND) * 1_000),
      wasted_service: worst(({ wastedShare }) => wastedShare),
      p99_queueing_ms: worst(({ p99QueueingMs }) => p99QueueingMs),
      control_collapses: control.admitted < PEOPLE / 2 && control.wastedShare > 0.5 ? 1 : 0,
      control_admitted_share: control.admitted / PEOPLE,
      control_wasted_service: control.wastedShare,
      tickets_taken_share: takenShare,
      cpu_us_per_ticket: (cpuSeconds * 1e6) / TICKETS,
      tickets_1300000_cpu_s: cpuSeconds,
    };
  },
};

/** 1.3 million people get a ticket each and show it once when it is due; budgets, signatures and the line as in earnest. */
function ticketCpu(): { readonly cpuSeconds: number; readonly takenShare: number } {
  const random = seeded(7);
  const crowd = Array.from({ length: 20_000 }, () => networksOf(crowdAddress(random)));
  const door = new Door({ eventId: "ev", secret: randomBytes(16), joinsPerSecond: 5_000, random: randomBytes });
  let nowMs = Date.now();
  let given = 0;
  let shown = 0;
  let taken = 0;
  const held: { readonly ticket: string; readonly dueMs: number; readonly networks: Uint32Array }[] = [];
  const before = process.cpuUsage();
  for (let attempt = 0; given < TICKETS; attempt++) {
    nowMs += 0.19;
    const networks = crowd[attempt % crowd.length] as Uint32Array;
    const verdict = door.decide({ networks, ticket: undefined, canWait: true, known: false, queuedMs: 0 }, nowMs);
    if (verdict.kind === "wait") held.push({ ticket: verdict.ticket, dueMs: verdict.notBeforeUnixMs, networks });
    if (verdict.kind !== "refused") given++;
    const due = held[shown];
    if (due !== undefined && due.dueMs <= nowMs) {
      shown++;
      if (door.decide({ networks: due.networks, ticket: due.ticket, canWait: true, known: false, queuedMs: 0 }, nowMs).kind === "in") taken++;
    }
    if (attempt > TICKETS * 4) throw new Error("the budgets of this crowd are too small to measure with");
  }
  const { user, system } = process.cpuUsage(before);
  return { cpuSeconds: (user + system) / 1e6, takenShare: taken / shown };
}
