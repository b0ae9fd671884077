import { recordingAnswer, recordingEdit } from "../../../wire/recording.ts";
import { actorOf, type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, type Call, downloadRoute, route } from "./route.ts";

/** A name as part of a file's name: letters, digits, hyphens. */
function fileWord(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/[^A-Za-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
}

/** What host and operator decide about an event's recording. */
export function recordingRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, recordings } = house;
  const allowed = async ({ session, param }: Call<unknown>) => {
    const event = await desk.bySlug(param("slug"));
    authorise(session, "edit-recording", event.id);
    return event;
  };
  return [
    route("GET /api/events/:slug/recording", {
      summary: "The recording: its length, where the replay begins, clips, how long it is kept.",
      answer: recordingAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async (call) => await recordings.view(await allowed(call)),
    }),
    downloadRoute("GET /api/events/:slug/tracks/:seat", {
      summary:
        "A speaker's own track, for who may decide about the recording: their own packets as they came, as Ogg Opus, to the sample beside the programme.",
      type: "audio/ogg",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "replay-not-ready", "recording-deleted"],
      handle: async (call) => {
        const event = await allowed(call);
        const seat = call.param("seat");
        const { name, bytes } = await recordings.track(event, seat);
        return { fileName: `${event.slug}-${fileWord(name) || seat}.opus`, bytes };
      },
    }),
    route("PATCH /api/events/:slug/recording", {
      summary:
        "Decides where the replay begins (the whole stays available), whether listeners may share clips, how long it is kept, and what is kept beside it (speakers' own tracks, FLAC); what is absent stays.",
      body: recordingEdit,
      answer: recordingAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "recording-deleted", "disk-full"],
      handle: async (call) => {
        const event = await allowed(call);
        await recordings.edit(event, call.body, actorOf(call.session, event.id));
        return await recordings.view(event);
      },
    }),
    route("DELETE /api/events/:slug/recording", {
      summary: "Deletes the recording for good. Title, times and the fingerprint of every segment stay public; no sound can be made from them.",
      answer: recordingAnswer,
      status: 200,
      problems: ["unauthorised", "forbidden", "event-unknown", "replay-not-ready", "recording-deleted"],
      handle: async (call) => {
        const event = await allowed(call);
        await recordings.delete(event, actorOf(call.session, event.id));
        return await recordings.view(event);
      },
    }),
  ];
}
