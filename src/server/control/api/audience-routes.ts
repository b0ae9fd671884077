import { join } from "node:path";
import { audienceAnswer } from "../../../wire/api.ts";
import { AudienceFile } from "../../adapters/audience-file.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** Events whose account is kept at hand. Whoever looks at more waits for a file to be read again. */
const FILES_AT_HAND = 16;

/** The account of an event's audience, from the lines its edges wrote; works while no front is there. */
export function audienceRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, config, clock, log } = house;
  const files = new Map<string, AudienceFile>();

  const fileOf = (eventId: string): AudienceFile => {
    const file = files.get(eventId) ?? new AudienceFile(join(config.dataFolder, "events", eventId, "audience.jsonl"), log);
    files.delete(eventId);
    files.set(eventId, file);
    if (files.size > FILES_AT_HAND) files.delete(files.keys().next().value as string);
    return file;
  };

  return [
    route("GET /api/events/:slug/audience", {
      summary: "Who listens and who has: now, peak, average, hours, sessions, unique listeners, each by its definition.",
      answer: audienceAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "read-event", event.id);
        const file = fileOf(event.id);
        await file.readMore();
        const audience = file.sum.summary(clock.wallMs());
        return audience === undefined ? {} : { audience: { ...audience, recent: audience.recent.map(([at, sum]): [number, number] => [at, sum]) } };
      },
    }),
  ];
}
