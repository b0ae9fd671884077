import type { Series } from "../../../event/mod.ts";
import { paths } from "../../../wire/paths.ts";
import { repeatAnswer, repeatRequest, seriesDraft, seriesEdit, seriesList, type SeriesView, seriesView } from "../../../wire/series.ts";
import { actorOf, type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** Series: events that belong together, with a page, a feed and a calendar of their own. */
export function seriesRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk } = house;
  const view = ({ slug, title, description, events }: Series): SeriesView => {
    const { publicUrl } = house.config;
    return { slug, title, description, events, publicUrl: publicUrl + paths.series(slug), feedUrl: publicUrl + paths.seriesFeed(slug) };
  };
  return [
    route("GET /api/series", {
      summary: "Every series of the house.",
      answer: seriesList,
      problems: ["unauthorised", "forbidden"],
      handle: async ({ session }) => {
        authorise(session, "list-events");
        return { series: (await desk.series.all()).map(view) };
      },
    }),
    route("POST /api/series", {
      summary: "Makes a series; events join it by their field `series`.",
      status: 201,
      body: seriesDraft,
      answer: seriesView,
      problems: ["unauthorised", "forbidden", "invalid-field", "slug-taken", "disk-full"],
      handle: async ({ session, body }) => {
        authorise(session, "create-event");
        return view(await desk.series.create(body));
      },
    }),
    route("PATCH /api/series/:slug", {
      summary: "Changes what a series is called and about; its address stays.",
      body: seriesEdit,
      answer: seriesView,
      problems: ["unauthorised", "forbidden", "not-found", "invalid-field", "disk-full"],
      handle: async ({ session, body, param }) => {
        authorise(session, "create-event");
        const changed = await desk.series.edit(param("slug"), body);
        await house.settle();
        return view(changed);
      },
    }),
    route("POST /api/events/:slug/repeat", {
      summary:
        "Makes the event repeat: more evenings like it at the same wall-clock time of its zone, each an event of its own, all in one series. Everything is made or nothing.",
      status: 201,
      body: repeatRequest,
      answer: repeatAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "conflict", "disk-full"],
      handle: async ({ session, body, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "duplicate-event", event.id);
        const { series, made } = await desk.series.repeat(event.id, body, actorOf(session, event.id));
        await house.settle();
        house.log.info("series made", { series: series.slug, events: made.length });
        return { series: view(series), made: made.map(({ slug, startMs }) => ({ slug, startDate: new Date(startMs).toISOString() })) };
      },
    }),
  ];
}
