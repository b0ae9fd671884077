import type { ServerResponse } from "node:http";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import { EDGE_AWAY_MS, EDGE_BEAT_MS, type EdgeHello } from "../../../wire/edge.ts";
import type { HouseHealth } from "../../../wire/house.ts";
import type { RunningStage } from "../../supervisor/ipc.ts";
import { EdgeFeed } from "./edge-feed.ts";
import { HouseSight } from "./house-sight.ts";
import { STREAM_HEADERS } from "./stream-headers.ts";

/** Time between two looks at the files while an edge is connected. Milliseconds; a change is told within half a second, as a front of this house sees it. */
const LOOK_MS = 400;

/** What the feeds work with. */
export interface EdgeFeedsOptions {
  readonly dataFolder: string;
  readonly hello: EdgeHello;
  readonly clock: Clock;
  readonly log: Log;
}

/** The edges that follow this house: each on one feed, all from one look at the files. Nothing is looked at while nobody is there. */
export class EdgeFeeds {
  readonly #options: EdgeFeedsOptions;
  readonly #sight: HouseSight;
  readonly #open = new Map<string, EdgeFeed>();
  /** Since when an edge is connected or away, by its name; absent: it has not come since the start. Unix milliseconds. */
  readonly #since = new Map<string, number>();
  /** When an edge was last heard, by its name. Milliseconds of the steady clock. */
  readonly #heardMs = new Map<string, number>();
  #watching = new AbortController();
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: EdgeFeedsOptions) {
    this.#options = options;
    this.#sight = new HouseSight(options);
  }

  get connectedCount(): number {
    return this.#open.size;
  }

  /** Whether an edge is connected, and since when that is so. */
  standing(name: string): Pick<HouseHealth["edges"][number], "connected" | "sinceUnixMs"> {
    return { connected: this.#open.has(name), sinceUnixMs: this.#since.get(name) ?? null };
  }

  /** Takes over which stages run; whoever is connected is told at once. */
  setStages(stages: readonly RunningStage[]): void {
    this.#sight.setStages(stages);
    if (this.#open.size > 0) void this.#look();
  }

  /** Answers an edge's `GET` of the feed; of two connections of an edge the later one holds. */
  connect(name: string, response: ServerResponse): void {
    if (this.#closed) return void response.destroy();
    const { hello, clock, log } = this.#options;
    const before = this.#open.get(name);
    response.writeHead(200, STREAM_HEADERS);
    const feed = new EdgeFeed({ name, response, log });
    feed.greet(hello);
    this.#open.set(name, feed);
    before?.end();
    this.#since.set(name, clock.wallMs());
    response.on("close", () => this.#leave(name, feed));
    log.info("an edge came", { edge: name });
    if (this.#open.size === 1 && before === undefined) this.#watch();
    void this.#look();
  }

  /** An edge asked or said something. */
  heard(name: string): void {
    this.#heardMs.set(name, this.#options.clock.steadyMs());
  }

  /** Tells every edge what is new, and that the house is there. */
  async round(): Promise<void> {
    await this.#look();
    this.#beat();
  }

  /** Ends every feed. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#watching.abort();
    for (const feed of this.#open.values()) feed.end();
    await this.#turn;
  }

  #leave(name: string, feed: EdgeFeed): void {
    if (this.#open.get(name) !== feed) return;
    this.#open.delete(name);
    this.#since.set(name, this.#options.clock.wallMs());
    if (!this.#closed) this.#options.log.warn("an edge went", { edge: name });
    if (this.#open.size === 0) this.#watching.abort();
  }

  #watch(): void {
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    void this.#every(LOOK_MS, signal, () => this.#look());
    // Apart from the looks: a disk that hangs must not make edges believe that the house is gone.
    void this.#every(EDGE_BEAT_MS, signal, () => this.#beat());
  }

  async #every(ms: number, signal: AbortSignal, act: () => Promise<void> | void): Promise<void> {
    for (;;) {
      await this.#options.clock.sleep(ms, signal).catch(() => {});
      if (signal.aborted) return;
      await act();
    }
  }

  /** An edge whose network is gone without a word does not end its feed by itself. */
  #beat(): void {
    const nowMs = this.#options.clock.steadyMs();
    for (const [name, feed] of this.#open) {
      if (nowMs - (this.#heardMs.get(name) ?? 0) > EDGE_AWAY_MS) feed.end();
      else feed.beat();
    }
  }

  /** One look after the other, so that nobody is told an older state after a newer one. Never rejects. */
  #look(): Promise<void> {
    this.#turn = this.#turn
      .then(async () => {
        if (this.#open.size === 0) return;
        const sight = await this.#sight.look();
        await Promise.all([...this.#open.values()].map((feed) => feed.update(sight)));
      })
      .catch((cause: unknown) => this.#options.log.error("the edges could not be told what is new; the next look follows", { cause }));
    return this.#turn;
  }
}
