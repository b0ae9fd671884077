import { listenerKey, type ListenerLink, type LiveEvent, mintListenerToken } from "../../../event/mod.ts";
import { listenerDraft, listenerList, type ListenerView } from "../../../wire/listeners.ts";
import { paths } from "../../../wire/paths.ts";
import { actorOf, type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** Personal listener links of an event by invitation. */
export function listenerRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, config } = house;
  const key = listenerKey(house.houseKey);
  const allowed = async ({ session, param }: Call<unknown>): Promise<LiveEvent> => {
    const event = await desk.bySlug(param("slug"));
    authorise(session, "invite-listeners", event.id);
    return event;
  };
  const view =
    (event: LiveEvent) =>
    ({ id, name, createdMs }: ListenerLink): ListenerView => ({
      id,
      name,
      createdDate: new Date(createdMs).toISOString(),
      link: config.publicUrl + paths.invitation(event.slug, mintListenerToken(key, event.id, id)),
    });
  return [
    route("GET /api/events/:slug/listeners", {
      summary: "Personal listener links that open the event, when it is for invited listeners.",
      answer: listenerList,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async (call) => {
        const event = await allowed(call);
        return { listeners: (await desk.listeners.of(event.id)).map(view(event)) };
      },
    }),
    route("POST /api/events/:slug/listeners", {
      summary: "Makes a personal listener link for each name. Whoever opens one can listen in that browser until you take the link away.",
      status: 201,
      body: listenerDraft,
      answer: listenerList,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "conflict", "disk-full"],
      handle: async (call) => {
        const event = await allowed(call);
        const made = await desk.listeners.invite(event.id, call.body.names, actorOf(call.session, event.id));
        await house.settle();
        return { listeners: made.map(view(event)) };
      },
    }),
    route("DELETE /api/events/:slug/listeners/:id", {
      summary: "Takes a listener's link away: within two seconds it opens nothing, and who listens by it hears nothing more.",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "disk-full"],
      handle: async (call) => {
        const event = await allowed(call);
        await desk.listeners.revoke(event.id, call.param("id"), actorOf(call.session, event.id));
        await house.settle();
      },
    }),
  ];
}
