import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../../core/clock.ts";
import type { Log } from "../../../core/log.ts";
import { type EventDesk, listenerKey } from "../../../event/mod.ts";
import type { EdgeHello } from "../../../wire/edge.ts";
import type { HouseHealth } from "../../../wire/house.ts";
import { networkKeyOf } from "../../adapters/network-key.ts";
import type { RunningStage } from "../../supervisor/ipc.ts";
import type { ControlConfig } from "../config.ts";
import type { Stages } from "../stages.ts";
import { CountDesk } from "./count-desk.ts";
import { EdgeFeeds } from "./edge-feeds.ts";
import { EdgePort } from "./edge-port.ts";

/** What the house's side of edges works with. */
export interface EdgesOptions {
  readonly config: Pick<ControlConfig, "dataFolder" | "publicUrl" | "backstageUrl" | "version" | "edges">;
  readonly houseKey: Uint8Array;
  readonly desk: Pick<EventDesk, "byId">;
  readonly stages: Pick<Stages, "comingBack">;
  readonly clock: Clock;
  readonly log: Log;
}

/** The house's side of edges, servers elsewhere that hand the same audio to more listeners: tells them what they must know, and takes what they counted (decision 32). */
export class Edges {
  readonly #options: EdgesOptions;
  readonly #feeds: EdgeFeeds;
  readonly #counts: CountDesk;
  readonly #port: EdgePort;

  constructor(options: EdgesOptions) {
    this.#options = options;
    const { config, houseKey, desk, stages, clock, log } = options;
    const { dataFolder, publicUrl, backstageUrl, version = "", edges = [] } = config;
    const hello: EdgeHello = {
      ...{ version, publicUrl, backstageUrl },
      listenerKey: Buffer.from(listenerKey(houseKey)).toString("base64"),
      networkKey: networkKeyOf(houseKey),
    };
    this.#feeds = new EdgeFeeds({ dataFolder, hello, clock, log });
    this.#counts = new CountDesk({ dataFolder, desk, clock, log });
    this.#port = new EdgePort({ edges, feeds: this.#feeds, counts: this.#counts, stages, clock, log });
  }

  /** Edges that follow the feed now. */
  get connectedCount(): number {
    return this.#feeds.connectedCount;
  }

  /** Answers a request below `/edge/`. */
  serve(request: IncomingMessage, response: ServerResponse): void {
    this.#port.serve(request, response);
  }

  /** Takes over the supervisor's list of running stages, with the salts of their audiences. */
  setStages(stages: readonly RunningStage[]): void {
    this.#feeds.setStages(stages);
    this.#counts.keepOnly(new Set(stages.map(({ eventId }) => eventId)));
  }

  /** The edges as the operator's page shows them, in the order of the settings. */
  figures(): HouseHealth["edges"] {
    const { config, clock } = this.#options;
    const nowUnixMs = clock.wallMs();
    return (config.edges ?? []).map(({ name }) => ({ name, ...this.#feeds.standing(name), ...this.#counts.listening(name, nowUnixMs) }));
  }

  /** Looks for changes and tells them now; does so by itself while an edge is connected. */
  async round(): Promise<void> {
    await this.#feeds.round();
  }

  /** Ends every feed; resolves when nothing is being written any more. */
  async close(): Promise<void> {
    await this.#feeds.close();
    await this.#counts.settled();
  }
}
