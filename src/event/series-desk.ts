import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { RepeatRequest } from "../wire/series.ts";
import type { Actor } from "./act-log.ts";
import type { Changes } from "./changes.ts";
import { isoDate, type LiveEvent } from "./live-event.ts";
import { laterStarts } from "./repeat.ts";
import type { SeatDesk } from "./seat-desk.ts";
import { isSlugAllowed, SLUG_MAX, slugCandidate, slugFromTitle } from "./slug.ts";
import type { Step } from "./store.ts";
import type { SeriesTable } from "./tables.ts";

/** Addresses tried for a series whose title's own is taken. */
const SLUG_ATTEMPTS = 50;

/** Events that belong together, with a page and a feed of their own. */
export interface Series {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  /** Events that belong to it now. */
  readonly events: number;
}

/** Makes series, and the evenings of one that repeats. Each evening is an event of its own: it can be moved, changed and called off alone. */
export class SeriesDesk {
  readonly #changes: Changes;
  readonly #seats: SeatDesk;
  /** Finds an address for an event. */
  readonly #freeSlugs: (bases: readonly string[]) => Promise<readonly string[]>;

  constructor(changes: Changes, seats: SeatDesk, freeSlugs: (bases: readonly string[]) => Promise<readonly string[]>) {
    this.#changes = changes;
    this.#seats = seats;
    this.#freeSlugs = freeSlugs;
  }

  /** Every series, by title. */
  async all(): Promise<readonly Series[]> {
    const { sql } = this.#changes.store;
    const counts = await this.#changes.store.read(
      sql
        .selectFrom("live_event")
        .select((row) => ["series_id as id", row.fn.countAll<number>().as("events")])
        .where("series_id", "is not", null)
        .groupBy("series_id"),
    );
    const known = new Map(counts.map(({ id, events }) => [id, Number(events)]));
    const rows = await this.#changes.store.read(sql.selectFrom("series").selectAll().orderBy("title").orderBy("id"));
    return rows.map(({ id, slug, title, description }) => ({ id, slug, title, description, events: known.get(id) ?? 0 }));
  }

  /** @throws `not-found` */
  async bySlug(slug: string): Promise<Series> {
    const found = (await this.all()).find((one) => one.slug === slug);
    if (found === undefined) throw new EarshotError("not-found", { series: slug.slice(0, SLUG_MAX) });
    return found;
  }

  /** Id of the series an event is to belong to; null for an empty address. @throws `invalid-field` when there is none */
  async idOf(slug: string): Promise<string | null> {
    if (slug === "") return null;
    const found = (await this.all()).find((one) => one.slug === slug);
    if (found === undefined)
      throw new EarshotError("invalid-field", { field: "series", rule: "the address of a series of this house", value: slug.slice(0, SLUG_MAX) });
    return found.id;
  }

  async byId(id: string): Promise<Pick<Series, "slug" | "title"> | undefined> {
    const [row] = await this.#changes.store.read(this.#changes.store.sql.selectFrom("series").select(["slug", "title"]).where("id", "=", id));
    return row;
  }

  /** Makes a series without events. @throws `slug-taken`, `invalid-field` */
  async create({ title, description, slug }: { readonly title: string; readonly description: string; readonly slug?: string | undefined }): Promise<Series> {
    if (slug !== undefined && !isSlugAllowed(slug))
      throw new EarshotError("invalid-field", { field: "slug", rule: `lower-case letters, digits and hyphens, at most ${SLUG_MAX}`, value: slug });
    return await this.#changes.retry("slug-taken", async () => {
      const row = await this.#row(title, description, slug);
      await this.#changes.store.write([this.#insert(row)]);
      return { ...row, events: 0 };
    });
  }

  /** Changes what a series is called and about; its address stays. @throws `not-found` */
  async edit(slug: string, { title, description }: { readonly title?: string | undefined; readonly description?: string | undefined }): Promise<Series> {
    const seen = await this.bySlug(slug);
    const { sql } = this.#changes.store;
    const values = { title: title ?? seen.title, description: description ?? seen.description };
    const query = sql.updateTable("series").set(values).where("id", "=", seen.id);
    // The events' own files carry the title: each is written anew.
    const belonging = await this.#changes.store.read(sql.selectFrom("live_event").select("id").where("series_id", "=", seen.id));
    const [first, ...others] = belonging.map(({ id }) => ({ eventId: id, steps: [] as Step[], acts: [] }));
    if (first === undefined) await this.#changes.store.write([{ query }]);
    else await this.#changes.commitAll([{ ...first, steps: [{ query }] }, ...others]);
    return { ...seen, ...values };
  }

  /**
   * Makes an event repeat: as many more like it, each with an address and personal links of its own, all in one series.
   * Everything is made at once or nothing is. @throws `forbidden`, `conflict`, `invalid-field`
   */
  async repeat(eventId: string, request: RepeatRequest, by: Actor): Promise<{ readonly series: Series; readonly made: readonly LiveEvent[] }> {
    return await this.#changes.retry("slug-taken", async () => {
      const { events, nowMs } = this.#changes;
      const seen = await this.#changes.changeable(eventId);
      const known = seen.seriesId === null ? undefined : (await this.all()).find(({ id }) => id === seen.seriesId);
      const row: Omit<SeriesTable, "created_ms"> = known ?? (await this.#row(request.title ?? seen.title, "", undefined));
      const starts = laterStarts(seen.startMs, seen.timeZone, request);
      const base = slugFromTitle(seen.title, seen.language, row.slug);
      const slugs = await this.#freeSlugs(starts.map((startMs) => `${base.slice(0, SLUG_MAX - 11)}-${isoDate(startMs, seen.timeZone).slice(0, 10)}`));
      // Who came from the audience came for that evening.
      const invited = (await this.#seats.of(eventId)).filter(({ arrivesMuted }) => !arrivesMuted);
      const made = starts.map((startMs, index): LiveEvent => ({ ...this.#like(seen, startMs), slug: slugs[index] as string, seriesId: row.id }));
      const attach = { act: "edit", by, before: { series_id: seen.seriesId }, after: { series_id: row.id } } as const;
      await this.#changes.commitAll([
        {
          eventId,
          steps: [...(known === undefined ? [this.#insert(row)] : []), events.updateEvent(seen, known === undefined ? { series_id: row.id } : {})],
          acts: known === undefined ? [attach] : [],
        },
        ...made.map((event) => ({
          eventId: event.id,
          steps: [
            events.insertEvent(event),
            ...this.#seats
              .firstPeople(
                event.id,
                invited.map(({ name, role, interprets }) => ({ name, role, interprets })),
              )
              .map((person) => events.insertPerson(person, nowMs)),
          ],
          acts: [{ act: "make", by, after: { title: event.title, start_ms: event.startMs } } as const],
        })),
      ]);
      return { series: { ...row, events: (known?.events ?? 1) + made.length }, made };
    });
  }

  /** An event like another one at another time: same texts, length, doors, picture and rules; no history. */
  #like(seen: LiveEvent, startMs: number): LiveEvent {
    const { nowMs } = this.#changes;
    return {
      ...seen,
      id: newId(nowMs),
      startMs,
      doorMs: startMs - (seen.startMs - seen.doorMs),
      status: "scheduled",
      createdMs: nowMs,
      updatedMs: nowMs,
      liveMs: null,
      endedMs: null,
      backstageMs: null,
      revision: 1,
      sequence: 0,
      previousStartMs: null,
      reason: "",
      handsOpen: false,
      notice: "",
      expectedMs: null,
    };
  }

  async #row(title: string, description: string, slug: string | undefined): Promise<Omit<SeriesTable, "created_ms">> {
    const { nowMs } = this.#changes;
    const taken = new Set((await this.all()).map((one) => one.slug));
    const base = slugFromTitle(title, "", `series-${nowMs}`);
    const tried = Array.from({ length: SLUG_ATTEMPTS }, (_, attempt) => slugCandidate(base, attempt));
    const chosen = slug ?? tried.find((candidate) => !taken.has(candidate)) ?? `${base.slice(0, 40)}-${nowMs}`;
    if (taken.has(chosen)) throw new EarshotError("slug-taken", { field: "slug", value: chosen });
    return { id: newId(nowMs), slug: chosen, title, description };
  }

  #insert({ id, slug, title, description }: Omit<SeriesTable, "created_ms">): Step {
    const row = { id, slug, title, description, created_ms: this.#changes.nowMs };
    return { query: this.#changes.store.sql.insertInto("series").values(row), otherwise: "slug-taken" };
  }
}
