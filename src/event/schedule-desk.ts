import { EarshotError } from "../core/errors.ts";
import type { EventEdit } from "../wire/api.ts";
import { type ActEntry, type Actor, type EventFields, lastUndoable, type NewAct } from "./act-log.ts";
import type { Changes } from "./changes.ts";
import { checkTimeZone, readStartDate } from "./draft.ts";
import { type EventAct, transition } from "./lifecycle.ts";
import type { LiveEvent } from "./live-event.ts";
import { toLiveEventRow } from "./rows.ts";
import type { SeatDesk } from "./seat-desk.ts";
import type { SeriesDesk } from "./series-desk.ts";
import type { Step } from "./store.ts";

/** One minute. Milliseconds. */
const MINUTE_MS = 60_000;

/** A new time: ISO 8601 with an offset, or wall-clock time of the time zone. */
export interface NewTime {
  readonly startDate: string;
  readonly timeZone?: string | undefined;
  readonly doorsMinutesBefore?: number | undefined;
}

/** Moves events, cancels them, changes what is announced, and takes any of it back. The address stays; every act is written down with its reason. */
export class ScheduleDesk {
  readonly #changes: Changes;
  readonly #seats: SeatDesk;
  readonly #series: SeriesDesk;

  constructor(changes: Changes, seats: SeatDesk, series: SeriesDesk) {
    this.#changes = changes;
    this.#seats = seats;
    this.#series = series;
  }

  /** Puts an event off until a new time is named. @throws `transition-invalid`, `forbidden` */
  async postpone(eventId: string, reason: string, by: Actor): Promise<LiveEvent> {
    return await this.#act(eventId, { act: "postpone", by, reason }, (seen) => ({ status: move(seen, "postpone"), reason, ...NO_NOTICE }));
  }

  /** Gives an event a new time, earlier or later; brings back one that was postponed or cancelled. @throws `invalid-field`, `start-in-past`, `transition-invalid`, `forbidden` */
  async reschedule(eventId: string, time: NewTime, reason: string, by: Actor): Promise<LiveEvent> {
    return await this.#act(eventId, { act: "reschedule", by, reason }, (seen) => ({ ...this.#moved(seen, time), reason }));
  }

  /** Calls an event off. @throws `transition-invalid`, `forbidden` */
  async cancel(eventId: string, reason: string, by: Actor): Promise<LiveEvent> {
    return await this.#act(eventId, { act: "cancel", by, reason }, (seen) => ({ status: move(seen, "cancel"), reason, ...NO_NOTICE }));
  }

  /**
   * Takes the latest standing change back; again and again it walks back through all of them.
   * `expected`: number of the act the caller means. @throws `conflict` when another is the latest by now, `transition-invalid` when nothing can be taken back
   */
  async undo(eventId: string, expected: number | undefined, by: Actor): Promise<LiveEvent> {
    const seen = await this.#changes.changeable(eventId);
    const last = lastUndoable(await this.#changes.log.of(eventId));
    if (last === undefined || seen.status === "live" || seen.status === "ended")
      throw new EarshotError("transition-invalid", { act: "undo", status: seen.status });
    if (expected !== undefined && expected !== last.number) throw new EarshotError("conflict", { act: last.number });
    const status = last.before.status ?? seen.status;
    // The doors follow the time that holds again, not the one they followed meanwhile.
    const waiting = status === "scheduled" || status === "doors";
    const doorMs = last.before.door_ms ?? seen.doorMs;
    const due: LiveEvent["status"] = this.#changes.nowMs >= doorMs ? "doors" : "scheduled";
    return await this.#write(seen, { ...last.before, ...(waiting ? { status: due } : {}) }, [{ act: "undo", by, undoes: last.number }]);
  }

  /** Changes what is given; the list of speakers is the whole list. @throws `invalid-field`, `start-in-past`, `transition-invalid`, `forbidden` */
  async edit(eventId: string, edit: EventEdit, by: Actor): Promise<LiveEvent> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const { title, description, language, visibility, plannedMinutes, embed, mostListeners, series, reason = "" } = edit;
      checkVisibility(seen, visibility);
      const moved = this.#newTimeOf(seen, edit);
      const wanted: EventFields = {
        ...(title === undefined ? {} : { title }),
        ...(description === undefined ? {} : { description }),
        ...(language === undefined ? {} : { language }),
        ...(visibility === undefined ? {} : { visibility }),
        ...(plannedMinutes === undefined ? {} : { planned_minutes: plannedMinutes }),
        ...(embed === undefined ? {} : { embed: embed ? 1 : 0 }),
        ...(mostListeners === undefined ? {} : { most_listeners: mostListeners }),
        ...(series === undefined ? {} : { series_id: await this.#series.idOf(series) }),
        ...moved,
      };
      const restarted = moved.start_ms !== undefined;
      const values = changesOf(seen, restarted ? { ...wanted, reason } : wanted);
      const people = edit.speakers === undefined ? undefined : await this.#seats.editSteps(eventId, edit.speakers);
      const acts: NewAct[] = people === undefined ? [] : [{ act: "edit-people", by }];
      if (Object.keys(values).length > 0) acts.unshift({ act: restarted ? "reschedule" : "edit", by, reason });
      return acts.length === 0 ? seen : await this.#write(seen, values, acts, people);
    });
  }

  /** Gives an event a picture, or takes it away with an empty name; a picture without `cover` keeps none in the recording. @throws `forbidden` */
  async setArtwork(eventId: string, artwork: string, cover: string, by: Actor): Promise<LiveEvent> {
    return await this.#act(eventId, { act: "edit", by }, () => ({ artwork, cover }));
  }

  /** Tells those who wait for the start something, or takes it back with an empty message. `expectedMs`: when it is now expected to begin. Calendars do not follow: the announced time stays. @throws `transition-invalid`, `forbidden` */
  async tell(eventId: string, message: string, expectedMs: number | null, by: Actor): Promise<LiveEvent> {
    await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      if (seen.status !== "scheduled" && seen.status !== "doors") throw new EarshotError("transition-invalid", { act: "notice", status: seen.status });
      const values = { notice: message, expected_ms: expectedMs };
      const before = { notice: seen.notice, expected_ms: seen.expectedMs };
      await this.#changes.commit(eventId, [this.#changes.events.updateEvent(seen, values)], { act: "notice", by, reason: message, before, after: values });
    });
    return await this.#changes.byId(eventId);
  }

  /** Everything that was done to an event, oldest first. */
  history(eventId: string): Promise<readonly ActEntry[]> {
    return this.#changes.log.of(eventId);
  }

  async #act(eventId: string, act: NewAct, values: (seen: LiveEvent) => EventFields): Promise<LiveEvent> {
    return await this.#changes.retry("conflict", async () => {
      const seen = await this.#changes.changeable(eventId);
      const changed = changesOf(seen, values(seen));
      return Object.keys(changed).length === 0 ? seen : await this.#write(seen, changed, [act]);
    });
  }

  #newTimeOf(seen: LiveEvent, { startDate, timeZone, doorsMinutesBefore }: EventEdit): EventFields {
    if (startDate !== undefined) return this.#moved(seen, { startDate, timeZone, doorsMinutesBefore });
    return {
      ...(timeZone === undefined ? {} : { time_zone: checkTimeZone(timeZone) }),
      ...(doorsMinutesBefore === undefined ? {} : { door_ms: seen.startMs - doorsMinutesBefore * MINUTE_MS }),
    };
  }

  /** The fields of an event at a new time; the doors keep their distance unless told otherwise. */
  #moved(seen: LiveEvent, { startDate, timeZone, doorsMinutesBefore }: NewTime): EventFields {
    const time_zone = timeZone === undefined ? seen.timeZone : checkTimeZone(timeZone);
    const start_ms = readStartDate(startDate, time_zone, this.#changes.nowMs);
    const doorsMs = doorsMinutesBefore === undefined ? seen.startMs - seen.doorMs : doorsMinutesBefore * MINUTE_MS;
    const previous = start_ms === seen.startMs ? seen.previousStartMs : seen.startMs;
    return { time_zone, start_ms, door_ms: start_ms - doorsMs, status: move(seen, "reschedule"), previous_start_ms: previous, ...NO_NOTICE };
  }

  /** Writes changed fields with the acts that changed them; the first act tells the fields. */
  async #write(seen: LiveEvent, values: EventFields, acts: readonly NewAct[], steps: readonly Step[] = []): Promise<LiveEvent> {
    const told = Object.keys(values).length > 0;
    const row = toLiveEventRow(seen);
    const before = Object.fromEntries(Object.keys(values).map((key) => [key, row[key as keyof typeof row]])) as EventFields;
    const announced = told ? { ...values, sequence: seen.sequence + 1, updated_ms: this.#changes.nowMs } : {};
    const written = acts.map((act, index) => (index === 0 && told ? { ...act, before, after: values } : act));
    await this.#changes.commit(seen.id, [this.#changes.events.updateEvent(seen, announced), ...steps], ...written);
    return await this.#changes.byId(seen.id);
  }
}

/** At another time nobody is told any more how late the old one is. */
const NO_NOTICE = { notice: "", expected_ms: null } as const;

/** While it is on air nobody is shut out or let in all at once: who listens came under the rule that held. @throws `transition-invalid` */
function checkVisibility(seen: LiveEvent, wanted: LiveEvent["visibility"] | undefined): void {
  if (wanted === undefined || wanted === seen.visibility || seen.status !== "live") return;
  if (wanted === "invited" || seen.visibility === "invited")
    throw new EarshotError("transition-invalid", { act: "edit", field: "visibility", status: seen.status });
}

/** @throws `transition-invalid` */
function move(seen: LiveEvent, act: EventAct): LiveEvent["status"] {
  const status = transition(seen.status, act);
  if (status === undefined) throw new EarshotError("transition-invalid", { act, status: seen.status });
  return status;
}

/** Those of the wanted values that differ from what is there. */
function changesOf(seen: LiveEvent, wanted: EventFields): EventFields {
  const row = toLiveEventRow(seen);
  return Object.fromEntries(Object.entries(wanted).filter(([key, value]) => row[key as keyof typeof row] !== value)) as EventFields;
}
