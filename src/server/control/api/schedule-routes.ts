import type { ErrorCode } from "../../../core/errors.ts";
import { type Act, type ActEntry, type Actor, lastUndoable, type LiveEvent } from "../../../event/mod.ts";
import { type ActList, actList, duplicateRequest, eventView, noticeRequest, reasonRequest, rescheduleRequest, undoRequest } from "../../../wire/api.ts";
import { actorOf, type ApiHouse, authorise, viewEvent } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** One minute. Milliseconds. */
const MINUTE_MS = 60_000;

const PROBLEMS: readonly ErrorCode[] = ["unauthorised", "forbidden", "event-unknown", "invalid-field", "transition-invalid", "conflict", "disk-full"];

/** Moving an event, calling it off, taking that back, making another like it, and what was done so far. */
export function scheduleRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk } = house;

  /** Lets pass who may, does the act, and answers with the event when pages and calendars can see it. */
  const act = async <Body>({ session, param, body }: Call<Body>, needed: Act, change: (event: LiveEvent, by: Actor, body: Body) => Promise<LiveEvent>) => {
    const event = await desk.bySlug(param("slug"));
    authorise(session, needed, event.id);
    const changed = await change(event, actorOf(session, event.id), body);
    await house.settle();
    house.log.info("event changed", { slug: event.slug, status: changed.status, sequence: changed.sequence });
    return await viewEvent(house, changed, session);
  };

  return [
    route("POST /api/events/:slug/postpone", {
      summary: "Puts the event off until you name a new time. The address stays; pages, calendars and feeds say so at once.",
      body: reasonRequest,
      answer: eventView,
      problems: PROBLEMS,
      handle: (call) => act(call, "move-event", (event, by, { reason }) => desk.schedule.postpone(event.id, reason, by)),
    }),
    route("POST /api/events/:slug/reschedule", {
      summary: "Gives the event a new time, later or earlier; also brings back one that was postponed or cancelled. The page shows the old and the new time.",
      body: rescheduleRequest,
      answer: eventView,
      problems: [...PROBLEMS, "start-in-past"],
      handle: (call) => act(call, "move-event", (event, by, { reason, ...time }) => desk.schedule.reschedule(event.id, time, reason, by)),
    }),
    route("POST /api/events/:slug/cancel", {
      summary: "Calls the event off. The address stays and says why.",
      body: reasonRequest,
      answer: eventView,
      problems: PROBLEMS,
      handle: (call) => act(call, "move-event", (event, by, { reason }) => desk.schedule.cancel(event.id, reason, by)),
    }),
    route("POST /api/events/:slug/notice", {
      summary:
        "Tells those who wait for the start something, such as why it begins late and when you expect to begin; an empty message takes it back. The announced time stays.",
      body: noticeRequest,
      answer: eventView,
      problems: PROBLEMS,
      handle: (call) =>
        act(call, "tell-waiting", (event, by, { message, expectedMinutes }) => {
          const expectedMs = expectedMinutes === undefined ? null : house.clock.wallMs() + expectedMinutes * MINUTE_MS;
          return desk.schedule.tell(event.id, message, expectedMs, by);
        }),
    }),
    route("POST /api/events/:slug/undo", {
      summary: "Takes the latest move, cancellation or correction back; again and again it walks back through all of them.",
      body: undoRequest,
      answer: eventView,
      problems: PROBLEMS,
      handle: (call) => act(call, "move-event", (event, by, body) => desk.schedule.undo(event.id, body.act, by)),
    }),
    route("POST /api/events/:slug/duplicate", {
      summary: "Makes an event like this one at another time: same texts and people, a new address and new personal links.",
      status: 201,
      body: duplicateRequest,
      answer: eventView,
      problems: [...PROBLEMS, "start-in-past", "slug-taken"],
      handle: (call) => act(call, "duplicate-event", (event, by, body) => desk.duplicate(event.id, body, by)),
    }),
    route("GET /api/events/:slug/acts", {
      summary: "Everything that was done to the event, oldest first. Nothing in it is ever changed or removed.",
      answer: actList,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "see-history", event.id);
        const entries = await desk.schedule.history(event.id);
        return { acts: entries.map(viewAct), undoable: lastUndoable(entries)?.number ?? null };
      },
    }),
  ];
}

function viewAct({ number, act, atMs, by, reason, undoes, before, after }: ActEntry): ActList["acts"][number] {
  return { number, act, date: new Date(atMs).toISOString(), by: { ...by }, reason, undoes, before: { ...before }, after: { ...after } };
}
