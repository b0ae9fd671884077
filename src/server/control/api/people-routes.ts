import { may } from "../../../event/mod.ts";
import { peopleList, personView, speakerDraft, taskRequest } from "../../../wire/api.ts";
import { actorOf, type ApiHouse, authorise, viewPerson } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** The people of an event and their links. */
export function peopleRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk } = house;
  return [
    route("GET /api/events/:slug/people", {
      summary: "Everybody with a seat; hosts see the personal links.",
      answer: peopleList,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        const withLinks = authorise(session, "see-people", event.id).some((standing) => may(standing, "see-links"));
        const people = await desk.seats.of(event.id);
        return { people: people.map((person) => viewPerson(house, event, person, withLinks)) };
      },
    }),
    route("POST /api/events/:slug/people", {
      summary: "Invites a person: a seat and a personal link.",
      status: 201,
      body: speakerDraft,
      answer: personView,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "disk-full"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "invite", event.id);
        const person = await desk.seats.invite(event.id, body, actorOf(session, event.id));
        await house.settle();
        return viewPerson(house, event, person, true);
      },
    }),
    route("POST /api/events/:slug/people/:person/link", {
      summary: "Gives a person a new link; the old one opens nothing any more.",
      answer: personView,
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "invite", event.id);
        const person = await desk.seats.renewLink(event.id, param("person"), actorOf(session, event.id));
        await house.settle();
        return viewPerson(house, event, person, true);
      },
    }),
    route("PATCH /api/events/:slug/people/:person", {
      summary: "Makes a speaker an interpreter into a language, heard only by those who choose it; or, with an empty one, a speaker on the floor again.",
      body: taskRequest,
      answer: personView,
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "invalid-field"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "invite", event.id);
        const person = await desk.seats.setTask(event.id, param("person"), body.interprets, actorOf(session, event.id));
        await house.settle();
        return viewPerson(house, event, person, true);
      },
    }),
    route("DELETE /api/events/:slug/people/:person", {
      summary: "Takes a person's seat and link away.",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "revoke", event.id);
        await desk.seats.revoke(event.id, param("person"), actorOf(session, event.id));
        await house.settle();
      },
    }),
  ];
}
