import { EarshotError } from "../../../core/errors.ts";
import type { LiveEvent } from "../../../event/mod.ts";
import { SOUND_BYTES_MAX, soundEdit, soundList, soundName, soundView, streamDraft } from "../../../wire/sounds.ts";
import { type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** The soundboard's shelf: what host and co-host may play. */
export function soundRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, sounds } = house;
  const allowed = async ({ session, param }: Call<unknown>): Promise<LiveEvent> => {
    const event = await desk.bySlug(param("slug"));
    authorise(session, "edit-sounds", event.id);
    return event;
  };
  return [
    route("GET /api/events/:slug/sounds", {
      summary: "The event's sounds: jingles, waiting music, streams.",
      answer: soundList,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async (call) => ({ sounds: [...(await sounds.list(await allowed(call)))] }),
    }),
    route("POST /api/events/:slug/sounds", {
      summary:
        "Takes in a sound file (MP3, WAV, FLAC, Opus) as the body; its name is the query's `name`. Answers when it is decoded, measured and on the disk.",
      status: 201,
      upload: true,
      query: { name: "what stands on its button" },
      answer: soundView,
      problems: [
        "unauthorised",
        "forbidden",
        "event-unknown",
        "event-ended",
        "invalid-field",
        "body-too-large",
        "sound-unplayable",
        "sounds-full",
        "conflict",
        "disk-full",
      ],
      handle: async (call) => {
        const event = open(await allowed(call));
        const name = soundName.safeParse(call.query("name") ?? "");
        if (!name.success) throw new EarshotError("invalid-field", { field: "name", rule: name.error.issues[0]?.message ?? "" });
        // Said at once, not after a minute on the line.
        if (call.announcedBytes > SOUND_BYTES_MAX) throw new EarshotError("body-too-large", { limit_bytes: SOUND_BYTES_MAX });
        return await sounds.add(event, name.data, call.upload());
      },
    }),
    route("POST /api/events/:slug/streams", {
      summary: "Adds a stream (MP3 or Ogg Opus over http or https) as a sound.",
      status: 201,
      body: streamDraft,
      answer: soundView,
      problems: ["unauthorised", "forbidden", "event-unknown", "event-ended", "invalid-field", "feed-address-refused", "sounds-full", "conflict"],
      handle: async (call) => await sounds.addStream(open(await allowed(call)), call.body),
    }),
    route("PATCH /api/events/:slug/sounds/:id", {
      summary:
        "Names a sound, sets its level, whether it plays again and again, goes down while somebody talks, and is the waiting music of listeners; what plays follows at once.",
      body: soundEdit,
      answer: soundView,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "not-found", "sound-unplayable", "disk-full"],
      handle: async (call) => await sounds.edit(await allowed(call), call.param("id"), call.body),
    }),
    route("DELETE /api/events/:slug/sounds/:id", {
      summary: "Deletes a sound; one that plays fades out.",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found"],
      handle: async (call) => await sounds.delete(await allowed(call), call.param("id")),
    }),
  ];
}

/** @throws `event-ended` when nothing can be played any more */
function open(event: LiveEvent): LiveEvent {
  if (event.status === "ended" || event.status === "cancelled") throw new EarshotError("event-ended", { slug: event.slug });
  return event;
}
