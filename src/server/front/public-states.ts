import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { paths } from "../../wire/paths.ts";
import type { EventStatus, PublicEvent, PublicState } from "../../wire/public-state.ts";
import type { AudienceMeter } from "./audience-meter.ts";
import type { EventDesk } from "./event-desk.ts";
import type { FrontDoor } from "./front-door.ts";
import type { HouseBehind } from "./house-behind.ts";
import type { PublicEvents } from "./public-events.ts";
import type { Rewind } from "./rewind.ts";
import type { WaitingSounds } from "./waiting-sounds.ts";

/** Past events on the home page; the feed has more. */
const PAST_SHOWN = 60;

/** What tells how events stand. */
export interface PublicStatesOptions {
  readonly events: PublicEvents;
  readonly desk: EventDesk;
  readonly audience: AudienceMeter;
  readonly door: FrontDoor;
  readonly waiting: WaitingSounds;
  readonly rewind: Rewind;
  /** At an edge: the house, which knows of waiting music and of something to go back to. */
  readonly house: HouseBehind | undefined;
  /** Whether a cache or CDN stands in front. Absent: no. */
  readonly cdn?: boolean;
  readonly clock: Clock;
}

/** How the events stand now, as everybody is told. */
export class PublicStates {
  readonly #options: PublicStatesOptions;

  constructor(options: PublicStatesOptions) {
    this.#options = options;
  }

  /** The event as announced, corrected by what its stage says. */
  async of(event: PublicEvent): Promise<PublicState> {
    const { events, desk, clock, cdn } = this.#options;
    const served = desk.get(event.slug);
    const live = served?.store.live ?? (await events.lastState(event.id));
    const audience = served === undefined ? undefined : this.#options.audience.publicAudience(served.eventId);
    const door = served === undefined ? undefined : this.#options.door.publicDoor(served);
    const status: EventStatus = live?.phase === "ended" ? "ended" : live?.phase === "live" ? "live" : event.status;
    return {
      event,
      status,
      ...(live === undefined ? {} : { live }),
      serverUnixMs: clock.wallMs(),
      interrupted: status === "live" && served?.store.connected !== true,
      ...(audience === undefined || status !== "live"
        ? {}
        : { audience: { ...audience, lookAgainSeconds: audience.lookAgainSeconds * this.#options.door.figureSlowness } }),
      ...(door === undefined || status !== "live" ? {} : { door }),
      ...(status === "live" && this.#options.door.does("cheaper") ? { cheaper: true as const } : {}),
      ...(await this.#forThoseWhoWait(event, status, door !== undefined)),
      ...(status === "live" && (await this.#canGoBack(event)) ? { rewind: true as const } : {}),
      ...(cdn === true ? { segments: true } : {}),
    };
  }

  /** Why there is no live sound at an event's address. @throws `event-unknown` */
  async notLive(slug: string): Promise<EarshotError> {
    const { status } = await this.of(await this.#options.events.known(slug));
    if (status === "ended") return new EarshotError("event-ended", { slug });
    return status === "live" ? new EarshotError("stage-starting", { slug }) : new EarshotError("event-not-live", { slug, status });
  }

  /** Events as lists show them: how they stand now, and no more of the past than somebody scrolls through. */
  async forLists(events: readonly PublicEvent[]): Promise<readonly PublicEvent[]> {
    const now = await Promise.all(events.map(async (event) => ({ ...event, status: (await this.of(event)).status })));
    const over = new Set(
      now
        .filter(({ status }) => status === "ended" || status === "cancelled")
        .sort((one, other) => Date.parse(other.startDate) - Date.parse(one.startDate))
        .slice(PAST_SHOWN),
    );
    return now.filter((event) => !over.has(event)).map(forList);
  }

  /** The waiting music, while somebody has to wait. */
  async #forThoseWhoWait(event: PublicEvent, status: EventStatus, atDoor: boolean): Promise<Pick<PublicState, "waiting">> {
    const before = status === "scheduled" || status === "doors";
    if (!before && !(status === "live" && atDoor)) return {};
    const { house } = this.#options;
    if (house !== undefined) {
      const { waiting } = await house.word(event);
      return waiting === undefined ? {} : { waiting };
    }
    const version = await this.#options.waiting.version(event.id);
    return version === undefined ? {} : { waiting: { sound: paths.waitingSound(event.slug, version) } };
  }

  async #canGoBack(event: PublicEvent): Promise<boolean> {
    const { house, rewind } = this.#options;
    return house === undefined ? await rewind.offered(event.id) : (await house.word(event)).rewind === true;
  }
}

/** What a list shows of an event: not the whole page. */
function forList({ schedule, description, ...event }: PublicEvent): PublicEvent {
  return { ...event, description: event.permanent ? description : "", ...(schedule === undefined ? {} : { schedule: { ...schedule, history: [] } }) };
}
