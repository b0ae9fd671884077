import { EarshotError } from "../../../core/errors.ts";
import { type LiveEvent, may, type Person, type SessionView } from "../../../event/mod.ts";
import { asideRequest, encoderAnswer, peopleList, personEdit, personView, privateNotes, speakerDraft } from "../../../wire/api.ts";
import { actorOf, type ApiHouse, authorise, encoderOf, seatHolder, viewPerson } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** The people of an event and their links. */
export function peopleRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk } = house;

  /** Whose notes a browser keeps: those of its own seat. The operator who stands in for a host keeps that host's, unless the host came by a link of their own. */
  const noteKeeper = async (session: SessionView, event: LiveEvent): Promise<Person> => {
    const person = await seatHolder(house, session, event);
    if (person.deviceHash !== null && !session.people.some(({ id }) => id === person.id))
      throw new EarshotError("forbidden", { act: "keep-notes", rule: "a seat of one's own" });
    return person;
  };

  const cameTo = async (person: Person) => (await desk.seats.came([person])).has(person.id);

  return [
    route("GET /api/events/:slug/people", {
      summary: "Everybody with a seat; hosts see the personal links.",
      answer: peopleList,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        const withLinks = authorise(session, "see-people", event.id).some((standing) => may(standing, "see-links"));
        const people = await desk.seats.of(event.id);
        const came = await desk.seats.came(people);
        return { people: people.map((person) => viewPerson(house, event, { person, came: came.has(person.id) }, withLinks)) };
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
        return viewPerson(house, event, { person, came: await cameTo(person) }, true);
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
        return viewPerson(house, event, { person, came: await cameTo(person) }, true);
      },
    }),
    route("POST /api/events/:slug/people/:person/encoder", {
      summary:
        "A token for an encoder (OBS and others) on a person's seat, good for a day, and the address it sends to. It is shown once; what it sends is heard and recorded in that person's name. A new link for the person ends it.",
      status: 201,
      answer: encoderAnswer,
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "event-ended"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "invite", event.id);
        return encoderOf(house, await desk.seats.giveEncoder(event.id, param("person"), actorOf(session, event.id)), event, session);
      },
    }),
    route("PATCH /api/events/:slug/people/:person", {
      summary:
        "Gives a person another name, another role, or a language to interpret into, heard only by those who choose it; an empty one: on the floor again. A host is made by handing over.",
      body: personEdit,
      answer: personView,
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "invalid-field"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "invite", event.id);
        const person = await desk.seats.edit(event.id, param("person"), body, actorOf(session, event.id));
        await house.settle();
        return viewPerson(house, event, { person, came: await cameTo(person) }, true);
      },
    }),
    route("POST /api/events/:slug/people/:person/aside", {
      summary: "Takes a speaker off the air for a talk with the producer alone, or brings them on stage again: muted, until they unmute.",
      body: asideRequest,
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "take-aside", event.id);
        await desk.seats.setAside(event.id, param("person"), body.aside, actorOf(session, event.id));
        await house.settle();
      },
    }),
    route("GET /api/events/:slug/notes", {
      summary: "What you wrote down for yourself at this event. Nobody else reads it, and it is in no record.",
      answer: privateNotes,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "keep-notes", event.id);
        return { text: await desk.notes.of((await noteKeeper(session as SessionView, event)).id) };
      },
    }),
    route("POST /api/events/:slug/notes", {
      summary: "Replaces what you wrote down for yourself at this event.",
      body: privateNotes,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "disk-full"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "keep-notes", event.id);
        await desk.notes.keep((await noteKeeper(session as SessionView, event)).id, body.text);
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
