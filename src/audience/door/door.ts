import type { DoorMode, DoorRecord, DoorWindow, PublicDoor, WaitReason, WorkDetails } from "../../wire/door.ts";
import { AdmittedSet } from "./admitted-set.ts";
import { JoinRate } from "./join-rate.ts";
import type { Networks } from "./network.ts";
import { RollCall } from "./roll-call.ts";
import { makeWorkBudget, NetworkBudget } from "./network-budget.ts";
import { type Ticket, TicketPress } from "./ticket.ts";
import { TokenBucket } from "./token-bucket.ts";
import { WaitingLine } from "./waiting-line.ts";
import { WorkPress } from "./work.ts";

/** Joins taken in the same moment without a word while it is calm. Seconds of the rate. */
const CALM_BURST_SECONDS = 1;
/** A request that waited this long to be looked at gets a time instead of the way in: answering is cheap, and the line behind it melts. Milliseconds. */
const LATE_MS = 100;
/** Share of the rate for players that cannot hold a ticket (radios): they draw lots by asking again. */
const TICKETLESS_SHARE = 0.1;
/** Earlier than its time by this much a ticket is taken. Milliseconds; clocks and lines differ. */
const EARLY_MS = 500;
/** How late a ticket is still taken. Milliseconds. */
const GRACE_MS = 120_000;
/** How long somebody who was let in may come back without waiting. Milliseconds; an evening. */
const PASS_MS = 12 * 3_600_000;
/** When those who wait without a time show up again. Milliseconds. */
const HELD_RETRY_MS = 15_000;
/** When those whose time has come show up again while nobody is let in. Milliseconds. */
const BUSY_RETRY_MS = 3_000;
/** Those whose time has come in the same moment. Seconds of the rate; more of them are asked to come again in a second or two. */
const DUE_BURST_SECONDS = 0.25;
const DUE_RETRY_MS = 1_000;
/** Furthest apart that those whose time has come are asked to come again. Milliseconds. */
const DUE_LATEST_MS = 30_000;
/** When those whose network's budget is spent may ask again. Milliseconds. */
const BUDGET_RETRY_MS = 5_000;
/** Tickets per network at a rate of {@link BUDGET_RATE}: a hostile /24 gets a fiftieth of the rate, a carrier's /16 half; 500 people behind one address are in within two minutes. */
const TICKET_BUDGET = { burst: [100, 100, 2_000], perSecond: [4, 4, 100] } as const;
const BUDGET_RATE = 200;
/** Tasks set per second at most. 50: half a millisecond each, a fortieth of a core; whoever gets none comes back later. */
const TASKS_PER_SECOND = 50;
/** Random bytes a task takes. */
const TASK_RANDOM_BYTES = 14;

/** Audio that a listener must have been given within a window to be counted in it. Milliseconds; whoever came in less than that before its end is in no count yet. */
const COUNTED_AFTER_MS = 8_000;
/** How long those let in are remembered by the second, until the count has them. Seconds; three counting windows. */
const UNCOUNTED_SECONDS = 32;

/** Somebody who wants to hear. */
export interface Join {
  /** Networks of the address, by {@link NetworkHash}. */
  readonly networks: Networks;
  /** What was brought, if anything. */
  readonly ticket: string | undefined;
  /** Whether the player can hold a ticket and come back. */
  readonly canWait: boolean;
  /** Whether a pass is to be made for somebody let in who cannot hold a ticket: their player is given it in what it asks for next. Absent: no. */
  readonly signs?: boolean;
  /** A task that was done, if anything. */
  readonly work?: string | undefined;
  /** Whether this session listens or listened a moment ago at this edge. */
  readonly known: boolean;
  /** How long the request waited to be looked at. Milliseconds. */
  readonly queuedMs: number;
}

/** What the door says. `cheaper`: the stream at half the data, where there is one in the form asked for. */
export type Verdict =
  | { readonly kind: "in"; readonly pass?: string; readonly cheaper?: true }
  | { readonly kind: "wait"; readonly ticket: string; readonly notBeforeUnixMs: number; readonly place: number; readonly why: WaitReason }
  | { readonly kind: "refused"; readonly retryAfterSeconds: number; readonly work?: WorkDetails };

/** How the ladder stands, as far as doors go by it. */
export interface DoorStand {
  readonly step: number;
  /** Whether budgets hold. */
  readonly gated: boolean;
  /** Whether tasks are set to networks over their budget. Absent: no. */
  readonly takesWork?: boolean;
  /** Whether newcomers get the cheaper stream. Absent: no. */
  readonly cheaper?: boolean;
  /** Whether nobody new is let in. */
  readonly shut: boolean;
  /** Listeners of the event at all fronts, and up to when they were counted. Unix milliseconds; absent: up to now. */
  readonly listeners: number;
  readonly countedUnixMs?: number;
}

/** What a door is made of. */
export interface DoorOptions {
  readonly eventId: string;
  /** Shared by all fronts of the event; tickets of one are good at the other. */
  readonly secret: Uint8Array;
  /** Of this front. */
  readonly joinsPerSecond: number;
  readonly random: (bytes: number) => Uint8Array;
  /** Fronts that share what the host orders. Absent: this one alone. */
  readonly fronts?: number;
}

/**
 * The door of one event at one front. While it is calm nobody notices it; under pressure newcomers get signed tickets with a time, and nothing is remembered of them.
 * Times in Unix milliseconds of a clock that never goes back.
 */
export class Door {
  readonly #options: DoorOptions;
  readonly #press: TicketPress;
  readonly #line = new WaitingLine();
  readonly #admitted = new AdmittedSet();
  readonly #rate: JoinRate;
  readonly #calm: TokenBucket;
  readonly #ticketless: TokenBucket;
  readonly #atTheirTime: TokenBucket;
  readonly #tasks = new TokenBucket(TASKS_PER_SECOND);
  readonly #budget: NetworkBudget;
  readonly #workBudget: NetworkBudget;
  /** Of those who come back: what newcomers of their network spend is none of theirs. */
  readonly #backBudget: NetworkBudget;
  readonly #work: WorkPress;
  readonly #pass = { refused: 0, admitted: 0, tickets: 0, pressure: 0, step: 0 };
  #orders: DoorRecord = { mode: "auto" };
  #gated = false;
  #takesWork = false;
  #cheaper = false;
  #shut = false;
  #listeners = 0;
  #countedMs = 0;
  /** Newcomers let in. */
  readonly #newcomers = new RollCall(UNCOUNTED_SECONDS);
  #admittedThisSecond = 0;

  /** `budgets`: of all events of a front together, so that a network has one of each. */
  constructor(options: DoorOptions, budgets: DoorBudgets = makeDoorBudgets()) {
    this.#options = options;
    this.#press = new TicketPress(options.secret, options.eventId);
    this.#rate = new JoinRate(options.joinsPerSecond);
    this.#calm = new TokenBucket(options.joinsPerSecond * CALM_BURST_SECONDS);
    this.#ticketless = new TokenBucket(1);
    this.#atTheirTime = new TokenBucket(options.joinsPerSecond * DUE_BURST_SECONDS);
    this.#budget = budgets.tickets;
    this.#workBudget = budgets.work;
    this.#backBudget = budgets.back;
    this.#work = new WorkPress(options.secret, options.eventId);
  }

  get joinsPerSecond(): number {
    return this.#ordered ?? this.#rate.perSecond;
  }

  /** This front's share of the rate that the host ordered. */
  get #ordered(): number | undefined {
    const { joinsPerSecond } = this.#orders;
    return joinsPerSecond === undefined ? undefined : joinsPerSecond / this.#fronts;
  }

  get #fronts(): number {
    return this.#options.fronts ?? 1;
  }

  /** Times that were given out and nobody used. */
  turnedAway(nowMs: number, over = false): number {
    return this.#line.lapsed(nowMs) + (over ? this.waitingNow(nowMs) : 0);
  }

  waitingNow(nowMs: number): number {
    return this.#line.waitingNow(nowMs);
  }

  /** Takes over the host's orders; doors that were held open with a draw. */
  order(orders: DoorRecord, nowMs: number): void {
    this.#line.follow(orders.draws?.at(-1), nowMs);
    this.#orders = orders;
  }

  /** Once a second: how full the front is, what its ladder says, and how many listen. */
  follow(pressure: number, { step, gated, takesWork = false, cheaper = false, shut, listeners, countedUnixMs }: DoorStand, nowMs: number): void {
    this.#gated = gated;
    this.#takesWork = takesWork;
    this.#cheaper = cheaper;
    this.#shut = shut;
    this.#listeners = listeners;
    this.#countedMs = countedUnixMs ?? nowMs + COUNTED_AFTER_MS;
    this.#rate.follow(pressure, this.#admittedThisSecond, this.#line.isWaiting(nowMs));
    this.#admittedThisSecond = 0;
    this.#pass.pressure = Math.max(this.#pass.pressure, pressure);
    this.#pass.step = Math.max(this.#pass.step, step);
  }

  /** Decides about somebody who wants to hear. @hot */
  decide(join: Join, nowMs: number): Verdict {
    const brought = join.ticket === undefined ? undefined : this.#press.read(join.ticket);
    const ticket = brought?.ok === true ? brought.ticket : undefined;
    const wasIn = join.known || (ticket !== undefined && isPass(ticket, nowMs));
    // Who listens is given nothing less than before: the cheaper stream again, or the usual one.
    const cheaper = ticket?.kind === "lowPass";
    if (wasIn)
      return !this.#gated || this.#backBudget.spend(join.networks, nowMs, this.joinsPerSecond / BUDGET_RATE)
        ? this.#letIn(join, nowMs, { cheaper })
        : this.#refuse(BUDGET_RETRY_MS);
    if (this.#orders.mode === "hold") return this.#holdOff(join, ticket, nowMs);
    const isFull = this.#isFull(nowMs);
    if (this.#orders.mode === "open" && !this.#shut && !isFull) return this.#welcome(join, ticket, nowMs);
    if (ticket?.kind === "early") return this.#drawn(join, ticket, nowMs);
    if (ticket?.kind === "slot" || ticket?.kind === "again") return this.#due(join, ticket, nowMs);
    const rate = this.joinsPerSecond;
    if (!isFull && !this.#gated && join.queuedMs < LATE_MS && !this.#line.isWaiting(nowMs) && this.#calm.take(nowMs, rate, rate * CALM_BURST_SECONDS))
      return this.#welcome(join, undefined, nowMs);
    return this.#queue(join, nowMs);
  }

  /** Whether lists that players begin with are made for one listener each: because lists they go on with ask whether somebody was let in, or soon may. */
  get signsLists(): boolean {
    return this.#orders.mode === "hold" || this.#orders.mostListeners !== undefined || this.#gated || this.#shut;
  }

  /** Whether lists that players go on with ask whether somebody was let in: while newcomers are kept waiting. In calm they are the same for all, and caches keep them. */
  guardsLists(nowMs: number): boolean {
    return this.#orders.mode === "hold" || this.#gated || this.#shut || this.#isFull(nowMs);
  }

  /** Whether somebody brings what this door gave out and still takes: a pass, a ticket, a task that was done. */
  vouches({ ticket, work }: Pick<Join, "ticket" | "work">, nowMs: number): boolean {
    const brought = ticket === undefined ? undefined : this.#press.read(ticket);
    if (brought?.ok === true) {
      const { kind, issuedUnixMs, notBeforeUnixMs, nonce } = brought.ticket;
      if (kind === "pass" || kind === "lowPass") return isPass(brought.ticket, nowMs);
      return nowMs <= (kind === "early" ? issuedUnixMs + PASS_MS : notBeforeUnixMs) + GRACE_MS && !this.#admitted.has(nonce);
    }
    const done = work === undefined ? undefined : this.#work.read(work, nowMs);
    return done?.ok === true && !this.#admitted.has(markOf(done.nonce));
  }

  /** A task for somebody whose network is over a budget; undefined while none are set, or too many were. */
  task(nowMs: number): WorkDetails | undefined {
    if (!this.#takesWork || !this.#tasks.take(nowMs, TASKS_PER_SECOND, TASKS_PER_SECOND)) return undefined;
    return this.#work.make(this.#options.random(TASK_RANDOM_BYTES), nowMs);
  }

  /** Whether a text is a pass of somebody who was let in. */
  isPass(text: string, nowMs: number): boolean {
    const read = this.#press.read(text);
    return read.ok && isPass(read.ticket, nowMs);
  }

  /** What the door did since the last call. */
  takeWindow(nowMs: number): DoorWindow {
    const { pressure, step, refused, admitted, tickets } = this.#pass;
    Object.assign(this.#pass, { pressure: 0, step: 0, refused: 0, admitted: 0, tickets: 0 });
    return {
      pressure: Math.round(pressure * 100) / 100,
      step,
      mode: this.mode,
      joinsPerSecond: Math.round(this.joinsPerSecond * 10) / 10,
      admitted,
      tickets,
      refused,
      waitSeconds: Math.ceil(this.#line.waitMs(nowMs) / 1_000),
    };
  }

  get mode(): DoorMode {
    return this.#orders.mode;
  }

  /** The door as everybody may see it; undefined while there is nothing to see. */
  publicDoor(nowMs: number): PublicDoor | undefined {
    const waitingNow = this.waitingNow(nowMs);
    const { lottery } = this.#line;
    const { mode, message } = this.#orders;
    if (mode === "auto" && waitingNow === 0 && lottery === undefined) return undefined;
    return { mode, waitingNow, ...(message === undefined ? {} : { message }), ...(lottery === undefined ? {} : { lottery }) };
  }

  #spend({ networks }: Join, nowMs: number): boolean {
    return this.#budget.spend(networks, nowMs, this.joinsPerSecond / BUDGET_RATE);
  }

  /** Whether somebody may be given a ticket: out of the network's budget, or for work. */
  #mayHold(join: Join, nowMs: number): boolean {
    return this.#spend(join, nowMs) || (join.work !== undefined && this.#takeWork(join, join.work, nowMs));
  }

  #takeWork({ networks }: Join, work: string, nowMs: number): boolean {
    const read = this.#work.read(work, nowMs);
    if (!read.ok) return false;
    const mark = markOf(read.nonce);
    if (this.#admitted.has(mark) || !this.#workBudget.spend(networks, nowMs, this.joinsPerSecond / BUDGET_RATE)) return false;
    this.#admitted.add(mark);
    return true;
  }

  /** The network is over its budget: come back later, or, high on the ladder, do a task. */
  #overBudget(nowMs: number): Verdict {
    const refused = this.#refuse(BUDGET_RETRY_MS);
    const work = this.task(nowMs);
    return work === undefined ? refused : { ...refused, work };
  }

  #letIn(
    join: Join,
    nowMs: number,
    { nonce = this.#options.random(12), cheaper = true }: { readonly nonce?: Uint8Array; readonly cheaper?: boolean } = {},
  ): Verdict {
    this.#pass.admitted++;
    this.#admittedThisSecond++;
    const less = cheaper && this.#cheaper ? { cheaper: true as const } : {};
    if (!join.canWait && join.signs !== true) return { kind: "in", ...less };
    const kind = less.cheaper === true ? "lowPass" : "pass";
    return { kind: "in", pass: this.#mint(join, { kind, nonce, moves: 0, issuedUnixMs: nowMs, notBeforeUnixMs: nowMs }), ...less };
  }

  #refuse(retryMs: number): Extract<Verdict, { kind: "refused" }> {
    this.#pass.refused++;
    return { kind: "refused", retryAfterSeconds: Math.ceil(retryMs / 1_000) };
  }

  /** Somebody new comes in: the ticket, if there was one, is used up, and until the count has the listener the cap does. */
  #welcome(join: Join, ticket: Ticket | undefined, nowMs: number): Verdict {
    if (ticket !== undefined && !this.#admitted.has(ticket.nonce)) {
      this.#admitted.add(ticket.nonce);
      this.#line.used(ticket.kind, ticket.notBeforeUnixMs, nowMs);
    }
    this.#newcomers.count(nowMs);
    return this.#letIn(join, nowMs, ticket === undefined ? {} : { nonce: ticket.nonce });
  }

  /** Whether as many listen as the host allows, together with those who came in since the last count, here and in all likelihood at the other fronts. */
  #isFull(nowMs: number): boolean {
    const { mostListeners } = this.#orders;
    if (mostListeners === undefined) return false;
    const uncounted = this.#newcomers.present(nowMs, this.#countedMs - COUNTED_AFTER_MS);
    return this.#listeners + uncounted * this.#fronts >= mostListeners;
  }

  /** Doors are held: a place in the draw. */
  #holdOff(join: Join, ticket: Ticket | undefined, nowMs: number): Verdict {
    if (!join.canWait) return this.#refuse(HELD_RETRY_MS);
    const atMs = nowMs + HELD_RETRY_MS;
    const early = { kind: "early", issuedUnixMs: nowMs, notBeforeUnixMs: atMs } as const;
    if (ticket?.kind === "early") {
      const { notBeforeUnixMs } = ticket;
      if (nowMs < notBeforeUnixMs - EARLY_MS) return this.#wait(join.ticket as string, notBeforeUnixMs, 0, "held");
      // Whoever comes at the time is counted once per round; a ticket that is shown again and again is not.
      if (nowMs <= notBeforeUnixMs + HELD_RETRY_MS) this.#line.showUp(nowMs);
      return this.#wait(this.#mint(join, { ...ticket, ...early }), atMs, 0, "held");
    }
    const hadTime = ticket !== undefined && nowMs <= ticket.notBeforeUnixMs + GRACE_MS && !this.#admitted.has(ticket.nonce);
    if (hadTime) this.#line.used(ticket.kind, ticket.notBeforeUnixMs, nowMs);
    else if (!this.#mayHold(join, nowMs)) return this.#overBudget(nowMs);
    this.#pass.tickets++;
    this.#line.showUp(nowMs);
    return this.#wait(this.#mint(join, { ...(hadTime ? ticket : { nonce: this.#options.random(12), moves: 0 }), ...early }), atMs, 0, "held");
  }

  /** The doors have opened: the drawn time becomes a ticket like any other's. */
  #drawn(join: Join, ticket: Ticket, nowMs: number): Verdict {
    const drawn = this.#line.drawn(ticket.nonce);
    if (drawn === undefined) return this.#queue(join, nowMs);
    if (drawn <= nowMs + EARLY_MS) return this.#due(join, { ...ticket, notBeforeUnixMs: drawn }, nowMs);
    this.#line.tellDrawn(drawn, nowMs);
    const slot = this.#mint(join, { ...ticket, kind: "slot", notBeforeUnixMs: drawn });
    return this.#wait(slot, drawn, this.#placeOf(drawn, nowMs), "crowd");
  }

  /** Somebody shows a ticket with a time. */
  #due(join: Join, ticket: Ticket, nowMs: number): Verdict {
    const { notBeforeUnixMs } = ticket;
    if (nowMs < notBeforeUnixMs - EARLY_MS) {
      this.#pass.refused++;
      return this.#wait(join.ticket as string, notBeforeUnixMs, this.#placeOf(notBeforeUnixMs, nowMs), "crowd");
    }
    const network = join.networks[1] as number;
    if (ticket.network !== network) {
      // People change networks; a ticket that is handed on and on is nobody's.
      if (ticket.moves > 0) return this.#queue(join, nowMs);
      ticket = { ...ticket, moves: 1, network };
    }
    if (nowMs > notBeforeUnixMs + GRACE_MS || this.#admitted.has(ticket.nonce)) return this.#queue(join, nowMs);
    const rate = this.joinsPerSecond;
    if (this.#isFull(nowMs)) return this.#putOff(join, ticket, { nowMs, pauseMs: HELD_RETRY_MS, why: "full" });
    if (!this.#shut && join.queuedMs < LATE_MS && this.#atTheirTime.take(nowMs, rate, Math.max(1, rate * DUE_BURST_SECONDS)))
      return this.#welcome(join, ticket, nowMs);
    // As many as can come in a while are spread over that while, each by its own number.
    const spread = Math.min(DUE_LATEST_MS, (this.#line.overdue(nowMs) * 1_000) / rate) * (0.5 + (ticket.nonce[0] as number) / 256);
    return this.#putOff(join, ticket, { nowMs, pauseMs: Math.max(this.#shut ? BUSY_RETRY_MS : DUE_RETRY_MS, spread), why: "busy" });
  }

  /** Whoever came at the time and finds no room keeps the place: the ticket is exchanged for one whose time is the next attempt. */
  #putOff(join: Join, ticket: Ticket, { nowMs, pauseMs, why }: { readonly nowMs: number; readonly pauseMs: number; readonly why: "full" | "busy" }): Verdict {
    const atMs = nowMs + pauseMs;
    this.#line.putOff(ticket.kind, ticket.notBeforeUnixMs, atMs, nowMs);
    return this.#wait(this.#mint(join, { ...ticket, kind: "again", notBeforeUnixMs: atMs }), atMs, 0, why);
  }

  /** Gives out the next time. */
  #queue(join: Join, nowMs: number): Verdict {
    const rate = this.joinsPerSecond;
    const isFull = this.#isFull(nowMs);
    const isRoom = !isFull && !this.#shut && join.queuedMs < LATE_MS;
    if (!join.canWait) {
      const room = isRoom && this.#ticketless.take(nowMs, rate * TICKETLESS_SHARE, Math.max(1, rate * TICKETLESS_SHARE));
      return room ? this.#welcome(join, undefined, nowMs) : this.#refuse(BUDGET_RETRY_MS);
    }
    if (!this.#mayHold(join, nowMs)) return this.#overBudget(nowMs);
    const slot = this.#line.give(nowMs, this.#ordered ?? this.#rate.promisedPerSecond, isFull ? nowMs + HELD_RETRY_MS : 0);
    if (slot === undefined) return this.#refuse(HELD_RETRY_MS);
    const ticket = { kind: "slot", nonce: this.#options.random(12), moves: 0, network: join.networks[1] as number, issuedUnixMs: nowMs } as const;
    if (slot <= nowMs && isRoom) return this.#welcome(join, { ...ticket, notBeforeUnixMs: slot }, nowMs);
    this.#pass.tickets++;
    const minted = this.#mint(join, { ...ticket, notBeforeUnixMs: slot });
    return this.#wait(minted, slot, isFull ? 0 : this.#placeOf(slot, nowMs), isFull ? "full" : "crowd");
  }

  #placeOf(slotMs: number, nowMs: number): number {
    return Math.max(1, Math.round(((slotMs - nowMs) * this.joinsPerSecond) / 1_000));
  }

  #wait(ticket: string, notBeforeUnixMs: number, place: number, why: WaitReason): Verdict {
    return { kind: "wait", ticket, notBeforeUnixMs: Math.ceil(notBeforeUnixMs), place, why };
  }

  #mint(join: Join, ticket: Omit<Ticket, "network"> & { readonly network?: number }): string {
    return this.#press.mint({ network: join.networks[1] as number, ...ticket });
  }
}

/** What is remembered of a task that was done: once it is worth one ticket. A mirror image cannot be the number of any ticket. */
function markOf(nonce: Uint8Array): Uint8Array {
  return nonce.map((byte) => byte ^ 0xff);
}

/** The budgets per network that the doors of a front share: of tickets, of tickets for work, and of coming back. */
export interface DoorBudgets {
  readonly tickets: NetworkBudget;
  readonly work: NetworkBudget;
  readonly back: NetworkBudget;
}

/** The budgets that the doors of a front share; they grow with what is credited to `sharing`. */
export function makeDoorBudgets(sharing?: NetworkBudget): DoorBudgets {
  return { tickets: new NetworkBudget(TICKET_BUDGET, sharing), work: makeWorkBudget(sharing), back: new NetworkBudget(TICKET_BUDGET, sharing) };
}

/** Whether a ticket is a way back in, and still good. */
function isPass({ kind, issuedUnixMs }: Ticket, nowMs: number): boolean {
  return (kind === "pass" || kind === "lowPass") && nowMs - issuedUnixMs < PASS_MS;
}
