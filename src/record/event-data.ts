import { paths } from "../wire/paths.ts";
import type { EventStatus, PublicEvent } from "../wire/public-state.ts";

/** What schema.org calls each state; whoever is on air or over was not moved by it. @spec schema.org EventStatusType */
const EVENT_STATUS: Partial<Readonly<Record<EventStatus, string>>> = { postponed: "EventPostponed", cancelled: "EventCancelled" };

/** What the data about an event is made from. */
export interface EventDataOptions {
  /** Address of the house without a slash at the end. */
  readonly publicUrl: string;
  readonly house: string;
  readonly event: PublicEvent;
  readonly status: EventStatus;
  /** Path of its picture. */
  readonly image: string;
}

/** An event as search engines and assistants read it, in a data block: it is never run, so the page's policy for scripts does not concern it. @spec schema.org Event; JSON-LD 1.1 §7 */
export function renderEventData({ publicUrl, house, event, status, image }: EventDataOptions): string {
  const { schedule, title, description, startDate, doorTime, language, speakers, series, slug } = event;
  const url = publicUrl + paths.event(slug);
  const moved = schedule?.previousStartDate;
  const known = EVENT_STATUS[status] ?? (moved === undefined ? "EventScheduled" : "EventRescheduled");
  const endDate = schedule === undefined ? undefined : new Date(Date.parse(startDate) + schedule.plannedMinutes * 60_000).toISOString();
  const data = {
    "@context": "https://schema.org",
    "@type": "Event",
    "@id": url,
    name: title,
    description: description || undefined,
    url,
    startDate,
    endDate,
    doorTime,
    // Postponed without a new time: the start that was announced is the one that no longer holds.
    previousStartDate: status === "postponed" ? startDate : moved,
    eventStatus: `https://schema.org/${known}`,
    eventAttendanceMode: "https://schema.org/OnlineEventAttendanceMode",
    location: { "@type": "VirtualLocation", url },
    isAccessibleForFree: true,
    image: publicUrl + image,
    inLanguage: language || undefined,
    performer: speakers.map(({ name }) => ({ "@type": "Person", name })),
    organizer: { "@type": "Organization", name: house, url: `${publicUrl}/` },
    superEvent: series === undefined ? undefined : { "@type": "EventSeries", name: series.title, url: publicUrl + paths.series(series.slug) },
  };
  // A text of the host cannot end the element: there is no tag left in it.
  return `<script type="application/ld+json">${JSON.stringify(data).replaceAll("<", "\\u003c")}</script>`;
}
