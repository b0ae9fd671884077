import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { COUNT_FILES } from "../../wire/audience.ts";
import type { EdgeHello, EdgeStage } from "../../wire/edge.ts";
import type { RunningStage, ToSupervisor } from "../supervisor/ipc.ts";
import type { LineConfig } from "./config.ts";
import { Counts } from "./counts.ts";
import { Elsewhere } from "./elsewhere.ts";
import { followFeed } from "./feed.ts";
import { HouseFiles } from "./house-files.ts";
import { SignedLine } from "./signed-line.ts";
import { Relays } from "./relay.ts";

/** What an edge's line works with. */
export interface EdgeLineOptions extends LineConfig {
  /** The edge's Ed25519 key: 32 secret bytes. */
  readonly seed: Uint8Array;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: (message: ToSupervisor) => void;
}

/** All that goes between an edge and its house: files and stages in, sound in, counts out. */
export class EdgeLine {
  readonly counts: Counts;
  readonly relays: Relays;
  readonly #options: EdgeLineOptions;
  readonly #house: SignedLine;
  readonly #files: HouseFiles;
  readonly #elsewhere = new Map<string, Elsewhere>();
  #feed: { close(): void } | undefined;
  #hello: EdgeHello | undefined;
  /** Whether everything the house has was told since it answered. */
  #isSettled = false;
  #toldAway = "";

  private constructor(options: EdgeLineOptions, { house, counts, relays }: Pick<EdgeLine, "counts" | "relays"> & { readonly house: SignedLine }) {
    this.#options = options;
    this.#house = house;
    this.counts = counts;
    this.relays = relays;
    this.#files = new HouseFiles(options.dataFolder);
  }

  /** Opens the relay's port and takes up the counts that are here. Closed by the caller. */
  static async open(options: EdgeLineOptions): Promise<EdgeLine> {
    const { dataFolder, edge, seed, clock, log } = options;
    for (const folder of ["public", "events"]) await mkdir(join(dataFolder, folder), { recursive: true });
    const house = new SignedLine({ ...edge, seed, clock });
    const counts = new Counts({ dataFolder, line: house, seed, clock, log });
    const relays = await Relays.open({ line: house, clock, log, onEnd: (eventId, endedUnixMs) => void counts.end(eventId, endedUnixMs) });
    return new EdgeLine(options, { house, counts, relays });
  }

  /** Begins to ask the house, and goes on until closed. To be called once. */
  follow(): void {
    this.#feed = followFeed({
      line: this.#house,
      clock: this.#options.clock,
      reader: {
        onHello: (hello) => this.#takeHello(hello),
        onFile: async (path, bytes) => this.#requireHouseFile(path, await this.#files.put(path, bytes)),
        onGone: async (path) => this.#requireHouseFile(path, await this.#files.remove(path)),
        onStages: (stages) => this.#takeStages(stages),
        onCounts: (eventId, lines) => this.#elsewhereOf(eventId).then((elsewhere) => elsewhere.take(lines)),
        onAway: (error) => this.#away(error),
      },
    });
  }

  /** Whether the house answers now. */
  get follows(): boolean {
    return this.#isSettled;
  }

  /** Tells the house what is left, then lets go of it. */
  async close(): Promise<void> {
    await this.counts.close();
    this.#feed?.close();
    this.relays.close();
    this.#house.close();
  }

  #takeHello(hello: EdgeHello): void {
    const { version, log } = this.#options;
    if (hello.version !== version) log.warn("the house runs another version", { house: hello.version, here: version });
    this.#hello = hello;
    this.#isSettled = false;
    this.#files.begin();
  }

  async #takeStages(stages: readonly EdgeStage[]): Promise<void> {
    if (this.#hello === undefined) throw new Error("stages before hello");
    if (!this.#isSettled) await this.#files.settle();
    const ids = stages.map(({ eventId }) => eventId);
    await this.counts.setRunning(ids);
    for (const eventId of this.#elsewhere.keys()) if (!ids.includes(eventId)) this.#elsewhere.delete(eventId);
    const relayed: readonly RunningStage[] = this.relays.follow(stages);
    if (!this.#isSettled) {
      this.#isSettled = true;
      this.#toldAway = "";
      this.#options.log.info("the house answers", { house: this.#options.edge.house, events: stages.length });
      this.#options.tell({ type: "house", hello: this.#hello });
    }
    this.#options.tell({ type: "relays", stages: relayed });
  }

  #requireHouseFile(path: string, isHouseFile: boolean): void {
    if (!isHouseFile) this.#options.log.warn("the house named a file that is none of its own; it is left out", { path: path.slice(0, 200) });
  }

  async #elsewhereOf(eventId: string): Promise<Elsewhere> {
    let elsewhere = this.#elsewhere.get(eventId);
    if (elsewhere === undefined) {
      const folder = join(this.#options.dataFolder, "events", eventId);
      await mkdir(folder, { recursive: true });
      elsewhere = new Elsewhere(join(folder, COUNT_FILES.elsewhere));
      this.#elsewhere.set(eventId, elsewhere);
    }
    return elsewhere;
  }

  /** Said once for each reason, and asked on: relays go by themselves, because a bus may be there while the feed is not. */
  #away({ code, details }: EarshotError): void {
    this.#isSettled = false;
    void this.counts.setRunning(undefined);
    if (this.#toldAway === code) return;
    this.#toldAway = code;
    const reason = String(details.reason ?? "");
    this.#options.log.warn("the house does not answer this edge; it is asked on", { code, reason });
    this.#options.tell({ type: "house-away", code, reason });
  }
}
