import type { Answer } from "../../audience/mod.ts";
import { renderEventCalendar, renderHouseCalendar } from "../../event/mod-live.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent, SeriesRecord } from "../../wire/public-state.ts";

const TYPE = "text/calendar; charset=utf-8";
/** How long caches keep a calendar. Seconds: a postponement is in every file within the minute. */
const MAX_AGE = 60;

/** The calendar file of one event. */
export function eventCalendar(event: PublicEvent, publicUrl: string): Answer {
  return { status: 200, type: TYPE, body: renderEventCalendar(event, options(publicUrl)), maxAge: MAX_AGE };
}

/** The calendar of the house, to subscribe to. */
export function houseCalendar(events: readonly PublicEvent[], publicUrl: string, name = "Earshot"): Answer {
  return { status: 200, type: TYPE, body: renderHouseCalendar(`${name} · ${new URL(publicUrl).host}`, events, options(publicUrl)), maxAge: MAX_AGE };
}

/** The calendar of a series, to subscribe to. `events`: those that are listed. */
export function seriesCalendar({ title, slug }: SeriesRecord, events: readonly PublicEvent[], publicUrl: string): Answer {
  const own = events.filter(({ series }) => series?.slug === slug);
  return { status: 200, type: TYPE, body: renderHouseCalendar(title, own, options(publicUrl)), maxAge: MAX_AGE };
}

const options = (publicUrl: string) => ({ urlOf: (slug: string) => `${publicUrl}${paths.event(slug)}` });
