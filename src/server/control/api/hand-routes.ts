import { EarshotError } from "../../../core/errors.ts";
import { type Asker, type Hand, type LiveEvent, may, type SessionView } from "../../../event/mod.ts";
import { eventView } from "../../../wire/api.ts";
import { handAccepted, handDraft, handOverRequest, handQueue, handQueueRequest, type OwnHandAnswer, ownHandAnswer } from "../../../wire/hands.ts";
import { paths } from "../../../wire/paths.ts";
import { listenerLinkOf, mayKnow, notInvited } from "./caller.ts";
import { actorOf, type ApiHouse, authorise, seatHolder, viewEvent } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** From the audience to the stage and back: hands, invitations, stepping down, handing over. */
export function handRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, handLimit, sessions } = house;

  /** Whoever comes to ask, and whether an event by invitation is theirs to know of. */
  const askerOf = async (event: LiveEvent, { device = "", session, invitation }: Call<unknown>): Promise<Asker> => {
    const link = await listenerLinkOf(house, event, invitation);
    return { device, accountId: session?.account?.id, linkId: link?.id, invited: mayKnow(event, session, link) };
  };

  const viewOwn = async (event: LiveEvent, asker: Asker, session: SessionView | undefined): Promise<OwnHandAnswer> => {
    const hand = asker.device === "" ? undefined : await desk.hands.of(event.id, asker.device);
    if (hand === undefined && !asker.invited) throw notInvited(event, session);
    const suspended = asker.device !== "" && (await desk.hands.isSuspended(event.id, asker));
    const waiting = hand?.state === "waiting" ? (await desk.hands.queue(event.id)).filter(({ state }) => state === "waiting") : [];
    const own = hand === undefined ? null : { ...viewHand(house, hand, await asides(event.id)), position: waiting.findIndex(({ id }) => id === hand.id) + 1 };
    return { handsOpen: event.handsOpen, title: event.title, suspended, hand: own };
  };

  /** Seats of those who are taken aside. */
  const asides = async (eventId: string) => new Set((await desk.seats.of(eventId)).filter(({ aside }) => aside).map(({ id }) => id));

  return [
    route("POST /api/events/:slug/hands", {
      summary: "A listener asks to speak: a place at the end of the queue, kept for this device.",
      status: 201,
      body: handDraft,
      answer: ownHandAnswer,
      problems: ["event-unknown", "invitation-needed", "event-ended", "hands-closed", "removed", "suspended", "invalid-field", "rate-limited", "disk-full"],
      handle: (call) =>
        handLimit.attempt(call.address, async () => {
          if (!may("stranger", "raise-hand")) throw new EarshotError("forbidden", { act: "raise-hand" });
          const event = await desk.bySlug(call.param("slug"));
          const asker = await askerOf(event, { ...call, device: call.ensureDevice() });
          await desk.hands.raise(event, call.body, asker);
          return await viewOwn(event, asker, call.session);
        }),
    }),
    route("GET /api/events/:slug/hands/mine", {
      summary: "How the hand of this device stands: its place in the queue, or whether it is asked on stage.",
      answer: ownHandAnswer,
      problems: ["event-unknown", "invitation-needed", "suspended"],
      handle: async (call) => {
        const event = await desk.bySlug(call.param("slug"));
        return await viewOwn(event, await askerOf(event, call), call.session);
      },
    }),
    route("DELETE /api/events/:slug/hands/mine", {
      summary: "Takes one's own hand down; an invitation ends with it.",
      problems: ["event-unknown", "not-found"],
      handle: async ({ param, device }) => {
        const event = await desk.bySlug(param("slug"));
        const hand = device === undefined ? undefined : await desk.hands.of(event.id, device);
        if (hand === undefined) throw new EarshotError("not-found");
        if (hand.state === "on-stage" && hand.personId !== null) {
          await desk.seats.toAudience(event.id, hand.personId, "step-down", { name: hand.name, role: "listener" });
        } else await desk.hands.lower(event.id, hand.id, { name: hand.name, role: "listener" });
        await house.settle();
      },
    }),
    route("POST /api/events/:slug/hands/mine/accept", {
      summary: "Takes the invitation up, on the device that asked: signs it in to its seat. Works on no other device.",
      answer: handAccepted,
      problems: ["event-unknown", "not-found", "transition-invalid", "link-used", "suspended"],
      handle: async (call) => {
        const { param, device, cookie, setCookie } = call;
        const event = await desk.bySlug(param("slug"));
        if (device === undefined) throw new EarshotError("not-found");
        const person = await desk.hands.accept(event.id, await askerOf(event, call));
        setCookie(await sessions.enter({ personId: person.id, device }, cookie));
        await desk.noteBackstage(event);
        await house.settle();
        return { studio: paths.studio(event.slug) };
      },
    }),
    route("POST /api/events/:slug/hand-queue", {
      summary: "Lets listeners ask to speak, or no longer; the event page shows it.",
      body: handQueueRequest,
      answer: eventView,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "open-hands", event.id);
        const changed = await desk.hands.setOpen(event.id, body.open, actorOf(session, event.id));
        await house.settle();
        return await viewEvent(house, changed, session);
      },
    }),
    route("GET /api/events/:slug/hands", {
      summary: "Who asks to speak, the longest waiting first.",
      answer: handQueue,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "see-hands", event.id);
        const hands = await desk.hands.queue(event.id);
        const away = await asides(event.id);
        return { open: event.handsOpen, hands: hands.map((hand) => ({ ...viewHand(house, hand, away), id: hand.id, person: hand.personId })) };
      },
    }),
    route("POST /api/events/:slug/hands/:hand/invite", {
      summary: "Asks a listener on stage: a seat that opens on their device alone; they arrive muted.",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "suspended", "transition-invalid", "stage-full"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "invite-hand", event.id);
        await desk.hands.invite(event.id, param("hand"), actorOf(session, event.id));
        await house.settle();
      },
    }),
    route("POST /api/events/:slug/hands/:hand/aside", {
      summary:
        "Asks a listener to a talk with the producer first: a seat off the air, that opens on their device alone. From there they are brought on stage, muted, or sent back.",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "suspended", "transition-invalid", "stage-full"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "take-aside", event.id);
        await desk.hands.invite(event.id, param("hand"), actorOf(session, event.id), { aside: true });
        await house.settle();
      },
    }),
    route("DELETE /api/events/:slug/hands/:hand", {
      summary: "Takes a listener's hand down; they may raise it again.",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "lower-hand", event.id);
        await desk.hands.lower(event.id, param("hand"), actorOf(session, event.id));
        await house.settle();
      },
    }),
    route("POST /api/events/:slug/people/:person/audience", {
      summary: "Sends a person back to the audience; they may ask to speak again. A host is not sent back.",
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        const standings = authorise(session, "send-back", event.id);
        const person = (await desk.seats.of(event.id)).find(({ id }) => id === param("person"));
        // A co-host brings guests and sends them back; whoever was given their role by the host, only the host may remove.
        if (person !== undefined && person.role !== "speaker" && !standings.some((standing) => may(standing, "revoke")))
          throw new EarshotError("forbidden", { act: "send-back", role: person.role });
        await desk.seats.toAudience(event.id, param("person"), "to-audience", actorOf(session, event.id));
        await house.settle();
      },
    }),
    route("POST /api/events/:slug/step-down", {
      summary: "Leaves the stage by oneself: the seat and its link end, nobody has to allow it. The last host hands over first.",
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "step-down", event.id);
        const person = await seatHolder(house, session as SessionView, event);
        await desk.seats.toAudience(event.id, person.id, "step-down", actorOf(session, event.id));
        await house.settle();
      },
    }),
    route("POST /api/events/:slug/hand-over", {
      summary: "Makes another person the host; who was host becomes a co-host. Nobody's sound stops.",
      body: handOverRequest,
      problems: ["unauthorised", "forbidden", "event-unknown", "not-found", "stage-full"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "hand-over", event.id);
        await desk.seats.handOver(event.id, body.person, actorOf(session, event.id));
        await house.settle();
      },
    }),
  ];
}

function viewHand({ clock }: ApiHouse, { name, topic, state, raisedMs, personId }: Hand, asides: ReadonlySet<string>) {
  return { state, name, topic, aside: personId !== null && asides.has(personId), waitedSeconds: Math.max(0, Math.round((clock.wallMs() - raisedMs) / 1000)) };
}
