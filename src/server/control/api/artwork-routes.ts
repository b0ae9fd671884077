import { EarshotError } from "../../../core/errors.ts";
import { eventView } from "../../../wire/api.ts";
import { COVER_BYTES_MAX, PICTURE_BYTES_MAX } from "../../../wire/picture-limits.ts";
import { actorOf, type ApiHouse, authorise, viewEvent } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** An event's picture: on its page, beside links, on lock screens, in the feed, and small in the recording. */
export function artworkRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, pictures } = house;
  const allowed = async ({ session, param }: Call<unknown>) => {
    const event = await desk.bySlug(param("slug"));
    authorise(session, "edit-event", event.id);
    if (event.permanent) throw new EarshotError("forbidden", { rule: "the Sound check stays as it is" });
    return event;
  };
  const set = async ({ session }: Call<unknown>, eventId: string, artwork: string, cover: string) => {
    const changed = await desk.schedule.setArtwork(eventId, artwork, cover, actorOf(session, eventId));
    await house.settle();
    return await viewEvent(house, changed, session);
  };
  return [
    route("POST /api/events/:slug/artwork", {
      summary:
        "Gives the event a picture (PNG, JPEG, WebP as the body); metadata is taken out. With the query `as=cover` a small copy of it, at most 10 KB, for the tag of the recording.",
      upload: true,
      answer: eventView,
      problems: ["unauthorised", "forbidden", "event-unknown", "body-too-large", "picture-unusable", "conflict", "disk-full"],
      handle: async (call) => {
        const event = await allowed(call);
        if (call.announcedBytes > PICTURE_BYTES_MAX) throw new EarshotError("body-too-large", { limit_bytes: PICTURE_BYTES_MAX });
        if (call.query("as") === "cover") {
          const { file, type } = await pictures.add(call.upload(), COVER_BYTES_MAX);
          if (type === "image/webp") throw new EarshotError("picture-unusable", { rule: "PNG or JPEG in the tag of a recording" });
          return await set(call, event.id, event.artwork, file);
        }
        const { file } = await pictures.add(call.upload());
        // The small copy of the picture before is none of this one.
        return await set(call, event.id, file, "");
      },
    }),
    route("DELETE /api/events/:slug/artwork", {
      summary: "Takes the event's picture away; the drawn one stands for it. Can be undone for thirty days.",
      answer: eventView,
      problems: ["unauthorised", "forbidden", "event-unknown", "conflict", "disk-full"],
      handle: async (call) => await set(call, (await allowed(call)).id, "", ""),
    }),
  ];
}
