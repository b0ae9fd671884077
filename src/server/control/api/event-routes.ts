import { EarshotError } from "../../../core/errors.ts";
import type { LiveEvent, SessionView } from "../../../event/mod.ts";
import { encoderAnswer, eventDraft, eventEdit, eventList, eventView, phaseAnswer, seatAnswer } from "../../../wire/api.ts";
import type { LiveState } from "../../../wire/public-state.ts";
import { actorOf, type ApiHouse, authorise, encoderOf, seatHolder, seatOf, viewEvent } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** Events: made, listed, changed, and put on and off the air. */
export function eventRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, stages } = house;

  const command = async (call: Call<undefined>, type: "go-live" | "end"): Promise<LiveState> => {
    const event = await desk.bySlug(call.param("slug"));
    authorise(call.session, type, event.id);
    checkOpen(event);
    if (type === "end" && event.status !== "live") throw new EarshotError("event-not-live", { status: event.status });
    if (type === "go-live") {
      await desk.noteBackstage(event);
      await house.settle();
    }
    const { id: seat } = await seatHolder(house, call.session as SessionView, event);
    const state = await stages.command(event, { type });
    await house.settle();
    house.log.info("host's command", { slug: event.slug, command: type, seat, phase: state.phase });
    return state;
  };

  const takeSeat = async ({ session, param }: Call<undefined>) => {
    const event = await desk.bySlug(param("slug"));
    authorise(session, "take-seat", event.id);
    const person = await seatHolder(house, session as SessionView, event);
    await desk.noteBackstage(event);
    await house.settle();
    return { event, person };
  };

  return [
    route("POST /api/events", {
      summary: "Makes an event. You are its host; every speaker gets a personal link.",
      status: 201,
      body: eventDraft,
      answer: eventView,
      problems: ["unauthorised", "forbidden", "invalid-field", "start-in-past", "slug-taken", "disk-full"],
      handle: async ({ body, session }) => {
        authorise(session, "create-event");
        const event = await desk.create(body, actorOf(session));
        await house.settle();
        house.log.info("event made", { slug: event.slug });
        return await viewEvent(house, event, session);
      },
    }),
    route("GET /api/events", {
      summary: "Your events, the latest start first; the Sound check is not among them.",
      answer: eventList,
      problems: ["unauthorised", "forbidden"],
      handle: async ({ session }) => {
        authorise(session, "list-events");
        const events = (await desk.all()).filter((event) => !event.permanent);
        return { events: await Promise.all(events.map((event) => viewEvent(house, event, session))) };
      },
    }),
    route("GET /api/events/:slug", {
      summary: "One event, as you may see it.",
      answer: eventView,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "read-event", event.id);
        return await viewEvent(house, event, session);
      },
    }),
    route("PATCH /api/events/:slug", {
      summary: "Changes title, description, times, visibility or speakers; what is absent stays. A new start is a move: it is announced with its reason.",
      body: eventEdit,
      answer: eventView,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "start-in-past", "transition-invalid", "conflict", "disk-full"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "edit-event", event.id);
        const changed = await desk.schedule.edit(event.id, body, actorOf(session, event.id));
        await house.settle();
        return await viewEvent(house, changed, session);
      },
    }),
    route("POST /api/events/:slug/seat", {
      summary: "A seat token for you, good for a minute: your own seat, or the host's for the operator. Starts the stage when it is not up yet.",
      answer: seatAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async (call) => seatOf(house, (await takeSeat(call)).person),
    }),
    route("POST /api/events/:slug/encoder", {
      summary:
        "A seat token for an encoder of yours (OBS and others), good for a day, and the address it sends to. From going live on what it sends is heard and recorded; the ledger notes that you knew.",
      answer: encoderAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async (call) => {
        const { event, person } = await takeSeat(call);
        return encoderOf(house, person, event, call.session);
      },
    }),
    route("POST /api/events/:slug/live", {
      summary: "Goes on air.",
      answer: phaseAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown", "event-ended", "stage-starting"],
      handle: (call) => command(call, "go-live"),
    }),
    route("POST /api/events/:slug/end", {
      summary: "Ends the event; the replay is at the same address at once.",
      answer: phaseAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown", "event-ended", "event-not-live", "stage-starting"],
      handle: (call) => command(call, "end"),
    }),
  ];
}

function checkOpen(event: LiveEvent): void {
  if (event.permanent) throw new EarshotError("forbidden", { rule: "the Sound check is always on air" });
  if (event.status === "ended" || event.status === "cancelled") throw new EarshotError("event-ended", { status: event.status });
}
