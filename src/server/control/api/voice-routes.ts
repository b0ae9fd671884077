import { voicesAnswer } from "../../../wire/voices.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** What the stage noted of everybody's voice, for those who direct: it names their devices. */
export function voiceRoutes({ desk, recordings }: ApiHouse): readonly ApiRoute[] {
  return [
    route("GET /api/events/:slug/voices", {
      summary:
        "Voice or path? How everybody's voice came in, hop by hop, with every fault from when to when, and who talked how long: while on air and after. It names people's microphones; no public page has it.",
      answer: voicesAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown", "recording-deleted"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "see-voices", event.id);
        return await recordings.voices(event);
      },
    }),
  ];
}
