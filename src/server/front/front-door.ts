import { randomFillSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Registry } from "prom-client";
import { type Caller, Door, Ladder, type DoorBudgets, makeDoorBudgets, Pressure, readSessionNumber, type Step } from "../../audience/mod.ts";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { counter, gauge } from "../../core/metrics.ts";
import { COUNT_WINDOW_MS } from "../../wire/audience.ts";
import type { DoorRecord, DoorWindow, PublicDoor, WaitDetails } from "../../wire/door.ts";
import { AcceptQueue, listenOverflows } from "./accept-queue.ts";
import type { AudienceMeter } from "./audience-meter.ts";
import type { EventDesk, ServedEvent } from "./event-desk.ts";
import { type Asking, Gatekeeper } from "./gatekeeper.ts";
import { PressureGauge } from "./pressure-gauge.ts";
import type { PublicEvents } from "./public-events.ts";

/** Time between two looks at the pressure. Milliseconds. */
const LOOK_MS = 1_000;
/** How long refused replays and previews stay away. Seconds, plus as much again at random. */
const BUSY_SECONDS = 20;
/** How much less often the figure is asked for on the ladder's step. */
const SLOW_FIGURE = 10;

/** When whoever's network is over its budget of requests may ask again without a task. Seconds, plus as much again at random. */
const OVER_BUDGET_SECONDS = 5;
/** An event's live audio, and of it what a door stands before. */
const BELOW_LIVE = /^\/live\/([a-z0-9-]{1,80})[/.]/;
const AT_DOOR = /^\/live\/[a-z0-9-]{1,80}(?:\/(?:lang\/[\w-]{1,40}\/)?(?:door|index\.m3u8|plain\.m3u8|stream\.mp4)|\.(?:mp3|aac|opus))\?/;

/** What the door works with. */
export interface FrontDoorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly desk: EventDesk;
  readonly events: Pick<PublicEvents, "orders">;
  readonly audience: AudienceMeter;
  readonly joinsPerSecond: number;
  readonly uplinkBytesPerSecond: number;
  readonly bytesOut: () => number;
  /** Fronts that share the machine, its line and what hosts order. Absent: this one alone. */
  readonly fronts?: number;
  /** Key of the networks' hashes that all fronts share, so that a ticket is of the same network at each. Absent: made here. */
  readonly networkKey?: number;
  /** Whether a cache or CDN stands in front. Absent: no. */
  readonly cdn?: boolean;
  /** Whether connections begin with a TLS handshake. Absent: no. */
  readonly secure?: boolean;
}

/** How somebody was let in. */
export interface Admission {
  /** What to hand out for coming back. */
  readonly pass: string | undefined;
  /** Whether to give half the data, where the form asked for has it. */
  readonly cheaper: boolean;
}

/** The doors of all events at this front, and the pressure that decides how they stand. */
export class FrontDoor {
  readonly gatekeeper: Gatekeeper;
  readonly #options: FrontDoorOptions;
  readonly #doors = new Map<string, Door>();
  readonly #budgets: DoorBudgets;
  #fadedAtMs = 0;
  readonly #pressure = new Pressure();
  readonly #ladder = new Ladder();
  readonly #gauge: PressureGauge;
  readonly #end = new AbortController();
  /** Wall-clock time of steady zero: tickets must not jump when somebody sets the clock. Milliseconds. */
  readonly #originMs: number;

  constructor(options: FrontDoorOptions) {
    this.#options = options;
    const { clock, audience } = options;
    this.#originMs = clock.wallMs() - clock.steadyMs();
    this.#gauge = new PressureGauge(options);
    this.gatekeeper = new Gatekeeper({
      asking: (request) => ({
        address: audience.addressOf(request),
        target: request.url ?? "",
        caller: () => audience.callerOf(request, queryOf(request.url ?? "")),
      }),
      vouches: (asking) => this.#vouches(asking),
      offer: (asking) => this.#offer(asking),
      isProxy: (address) => audience.isProxy(address),
      nowMs: () => this.#nowMs,
      secure: options.secure === true,
      ...(options.networkKey === undefined ? {} : { networkKey: options.networkKey }),
      onConnection: () => {
        this.#gauge.accepted++;
      },
    });
    audience.queue = (slug, over) => this.#windowOf(slug, over);
    this.#budgets = makeDoorBudgets(this.gatekeeper.budget);
    audience.onListened = (address, sessions) => this.gatekeeper.listened(address, sessions);
    void this.#run();
  }

  /** Called once the port is open: from then on those who wait to be accepted there count. `backlog`: how many may, as far as we have a say. */
  listens(port: number, backlog: number): void {
    this.#gauge.acceptQueue = AcceptQueue.find(port, backlog);
    if (this.acceptQueue === undefined) this.#options.log.info("this system does not tell who waits to be accepted; the pressure goes without", { port });
  }

  /** Who waits to be accepted; undefined where the system does not tell. */
  get acceptQueue(): AcceptQueue | undefined {
    return this.#gauge.acceptQueue;
  }

  /** How full this front is; 1 is full. */
  get pressure(): number {
    return this.#pressure.value;
  }

  /** Steps of the ladder that are taken. */
  get step(): number {
    return this.#ladder.step;
  }

  /** Whether a step of the ladder is taken. */
  does(what: Step["does"]): boolean {
    return this.#ladder.does(what);
  }

  /** Lets a newcomer in, or throws what to tell. Sets the pass on the answer. @throws `waiting`, `busy` */
  admit(served: ServedEvent, request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Admission {
    const admission = this.admitCaller(served, this.#options.audience.callerOf(request, query), query);
    if (admission.pass !== undefined) response.setHeader("earshot-pass", admission.pass);
    return admission;
  }

  /** Whether a list that a player begins with is made for one listener alone, with a pass in it. Never behind a cache of the house, which would hand it on. */
  signsLists(served: ServedEvent): boolean {
    return this.#options.cdn !== true && this.#doorOf(served).signsLists;
  }

  /** Whether a list that a player goes on with may be had; or throws what to tell somebody who came past the door. @throws `waiting`, `busy` @hot */
  checkList(served: ServedEvent, caller: Caller, query: URLSearchParams): void {
    if (this.#options.cdn === true) return;
    const door = this.#doorOf(served);
    const now = this.#nowMs;
    if (!door.guardsLists(now) || this.#options.audience.knows(served, caller)) return;
    const ticket = query.get("ticket");
    if (ticket === null || !door.isPass(ticket, now)) this.admitCaller(served, caller, query);
  }

  /** Lets a newcomer in; or throws what to tell. @throws `waiting`, `busy` */
  admitCaller(served: ServedEvent, caller: Caller, query: URLSearchParams): Admission {
    const { audience } = this.#options;
    const door = this.#doorOf(served);
    const verdict = door.decide(
      {
        networks: this.gatekeeper.networks.of(caller.address),
        ticket: query.get("ticket") ?? undefined,
        canWait: readSessionNumber(query, {}) !== undefined,
        work: query.get("work") ?? undefined,
        signs: this.#options.cdn !== true && door.signsLists,
        known: audience.knows(served, caller),
        queuedMs: this.#gauge.takeQueuedMs(),
      },
      this.#nowMs,
    );
    if (verdict.kind === "in") return { pass: verdict.pass, cheaper: verdict.cheaper === true };
    if (verdict.kind === "refused") throw new EarshotError("busy", { retry_after_seconds: jitter(verdict.retryAfterSeconds), ...verdict.work });
    const wait_seconds = Math.max(0, Math.ceil((verdict.notBeforeUnixMs - this.#nowMs) / 1_000));
    const details: WaitDetails = { ticket: verdict.ticket, not_before_unix_ms: verdict.notBeforeUnixMs, wait_seconds, place: verdict.place, why: verdict.why };
    throw new EarshotError("waiting", { ...details, retry_after_seconds: Math.max(1, wait_seconds) });
  }

  /** Whether a newcomer gets the static waiting page instead of the listening page. */
  showsWaitingPage(served: ServedEvent | undefined, query: URLSearchParams): boolean {
    if (served?.store.live?.phase !== "live" || !this.does("waiting-page")) return false;
    const ticket = query.get("ticket");
    return ticket === null || !this.#doorOf(served).isPass(ticket, this.#nowMs);
  }

  /** Keeps replays away while the live audience needs the machine; with nobody on air they are what it is for, as long as it bears them. @throws `busy` */
  checkReplay(): void {
    this.#check(this.#options.desk.all.some(({ store }) => store.live?.phase === "live") ? "no-replays" : "no-joins");
  }

  /** Keeps away what only tells of an event while the live audience needs the machine. @throws `busy` */
  checkPreview(): void {
    this.#check("no-previews");
  }

  /** Keeps the waiting music away when the machine is full: until then those who wait at the door hear it. @throws `busy` */
  checkWaitingMusic(): void {
    this.#check("no-joins");
  }

  #check(step: Step["does"]): void {
    if (this.does(step)) throw new EarshotError("busy", { retry_after_seconds: jitter(BUSY_SECONDS) });
  }

  /** The door of an event as everybody may see it. */
  publicDoor(served: ServedEvent): PublicDoor | undefined {
    return this.#doors.get(served.eventId)?.publicDoor(this.#nowMs);
  }

  /** Listeners who were given half the data and do not have the usual stream back yet, over all events. */
  get cheaperListeners(): number {
    return this.#options.desk.programmes.reduce((sum, { endless }) => sum + endless.cheaperListeners, 0);
  }

  /** How much less often pages should ask for the figure now. */
  get figureSlowness(): number {
    return this.does("slow-figure") ? SLOW_FIGURE : 1;
  }

  /** People who wait, over all events. */
  get waitingNow(): number {
    return [...this.#doors.values()].reduce((sum, door) => sum + door.waitingNow(this.#nowMs), 0);
  }

  /** Takes over the hosts' orders and what the last second was like. */
  async look(): Promise<void> {
    const { desk, events } = this.#options;
    const readings = this.#gauge.read();
    const pressure = this.#pressure.take(readings);
    this.#ladder.follow(pressure);
    this.gatekeeper.follow(this.does("tickets"), readings);
    const cheaper = this.does("cheaper");
    const takesWork = this.does("waiting-page") || this.gatekeeper.flooded;
    const told = { step: this.step, gated: this.does("tickets"), takesWork, cheaper, shut: this.does("no-joins") };
    const orders = await Promise.all(desk.all.map(({ eventId, slug }) => events.orders(eventId, slug)));
    for (const [index, served] of desk.all.entries()) {
      for (const { endless } of [served, ...served.interpretations.values()]) {
        endless.crowded = this.does("no-near");
        endless.thrifty = this.does("thrift");
        endless.longer = this.does("longer");
        endless.adapt();
        if (!cheaper) endless.giveBack();
      }
      if (served.store.live?.phase === "ended") {
        this.#doors.delete(served.eventId);
        continue;
      }
      const door = this.#doorOf(served);
      door.order(orders[index] as DoorRecord, this.#nowMs);
      door.follow(pressure, { ...told, ...this.#countOf(served) }, this.#nowMs);
    }
  }

  close(): void {
    this.#end.abort();
    this.#gauge.close();
  }

  get #nowMs(): number {
    return this.#originMs + this.#options.clock.steadyMs();
  }

  #doorOf({ eventId }: ServedEvent): Door {
    let door = this.#doors.get(eventId);
    if (door === undefined) {
      const { audience, joinsPerSecond, fronts = 1 } = this.#options;
      door = new Door({ eventId, secret: audience.saltOf(eventId), joinsPerSecond, fronts, random: takeRandom }, this.#budgets);
      this.#doors.set(eventId, door);
    }
    return door;
  }

  /** Who listens, and up to when that was counted, by the clock of the tickets. */
  #countOf({ eventId }: ServedEvent): { readonly listeners: number; readonly countedUnixMs: number } {
    const { listeners, countedUnixMs } = this.#options.audience.countOf(eventId);
    return { listeners, countedUnixMs: countedUnixMs + this.#nowMs - this.#options.clock.wallMs() };
  }

  /** Once per counting window, however many events close one. */
  #fade(): void {
    const now = this.#nowMs;
    if (now - this.#fadedAtMs < COUNT_WINDOW_MS / 2) return;
    this.#fadedAtMs = now;
    this.gatekeeper.fade();
  }

  #vouches({ target, caller }: Asking): boolean {
    const served = this.#servedAt(target);
    if (served === undefined) return false;
    const query = queryOf(target);
    const [ticket, work] = [query.get("ticket") ?? undefined, query.get("work") ?? undefined];
    if ((ticket !== undefined || work !== undefined) && this.#doorOf(served).vouches({ ticket, work }, this.#nowMs)) return true;
    return this.#options.audience.knows(served, caller());
  }

  /** At a door whoever can hold a ticket may do a task, whichever budget of the network is spent. */
  #offer({ target }: Asking): EarshotError | undefined {
    const served = AT_DOOR.test(target) && readSessionNumber(queryOf(target), {}) !== undefined ? this.#servedAt(target) : undefined;
    const task = served === undefined ? undefined : this.#doorOf(served).task(this.#nowMs);
    return task === undefined ? undefined : new EarshotError("busy", { retry_after_seconds: jitter(OVER_BUDGET_SECONDS), ...task });
  }

  #servedAt(target: string): ServedEvent | undefined {
    const slug = BELOW_LIVE.exec(target)?.[1];
    return slug === undefined ? undefined : this.#options.desk.get(slug);
  }

  #windowOf(slug: string, over: boolean): { readonly waitingNow: number; readonly turnedAway: number; readonly door?: DoorWindow } {
    const served = this.#options.desk.get(slug);
    const door = served === undefined ? undefined : this.#doors.get(served.eventId);
    this.#fade();
    if (door === undefined) return { waitingNow: 0, turnedAway: 0 };
    const flooded = this.gatekeeper.flooded ? { flooded: true as const } : {};
    return {
      waitingNow: door.waitingNow(this.#nowMs),
      turnedAway: door.turnedAway(this.#nowMs, over),
      door: { ...door.takeWindow(this.#nowMs), ...flooded },
    };
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        await clock.sleep(LOOK_MS, signal);
        await this.look();
      } catch (cause) {
        if (!signal.aborted) log.error("the door could not look at the pressure", { cause });
      }
    }
  }
}

/** Puts the door's figures on a registry. */
export function registerDoorMetrics(registry: Registry, door: FrontDoor): void {
  const { gatekeeper } = door;
  gauge(registry, "earshot_front_pressure", "How full this front is: 1 is full.", () => door.pressure);
  gauge(registry, "earshot_front_ladder_step", "Steps of the ladder that are taken.", () => door.step);
  gauge(registry, "earshot_front_waiting_now", "People who hold a ticket and wait.", () => door.waitingNow);
  gauge(registry, "earshot_front_cheaper_listeners", "Listeners who came under pressure and have half the data until it ends.", () => door.cheaperListeners);
  gauge(registry, "earshot_front_silent_sockets", "Connections that have not asked anything yet.", () => gatekeeper.silent.open);
  gauge(registry, "earshot_front_networks_shut_out", "Networks whose connections are kept unread and closed.", () => gatekeeper.shutOut);
  if (listenOverflows() !== undefined) {
    const help = "Connections that wait to be accepted; absent where the system does not tell.";
    gauge(registry, "earshot_front_accept_queue", help, () => door.acceptQueue?.read()?.waiting ?? 0);
    gauge(registry, "earshot_front_accept_queue_most", "How many may wait before the kernel turns them away.", () => door.acceptQueue?.read()?.most ?? 0);
    const overflows = "Connections the kernel turned away at full accept queues since its start, of all programs together.";
    counter(registry, "earshot_front_listen_overflows_total", overflows, () => listenOverflows() ?? 0);
  }
  gauge(registry, "earshot_front_flooded", "1 while requests from networks over their budgets are held off although there is room.", () =>
    gatekeeper.flooded ? 1 : 0,
  );
  counter(registry, "earshot_front_turned_back_total", "Requests over their network's budget, answered with 429.", () => gatekeeper.turnedBack);
  counter(registry, "earshot_front_cut_off_total", "Connections closed before they could ask.", () => gatekeeper.cutOff);
}

/** Randomness fetched at a time. Bytes; a ticket takes twelve. */
const RANDOM_BYTES = 4_096;
let pool = new Uint8Array(0);

/** Fresh random bytes out of a pool: a crowd's tickets are not worth a call each. */
function takeRandom(bytes: number): Uint8Array {
  if (pool.length < bytes) pool = randomFillSync(new Uint8Array(RANDOM_BYTES));
  const taken = pool.subarray(0, bytes);
  pool = pool.subarray(bytes);
  return taken;
}

function queryOf(target: string): URLSearchParams {
  const mark = target.indexOf("?");
  return new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1));
}

/** Spreads those who come back over as much time again. */
function jitter(seconds: number): number {
  return Math.ceil(seconds * (1 + Math.random()));
}
