import { Readable } from "node:stream";
import { EarshotError } from "../../../core/errors.ts";
import { type ListenerLink, type LiveEvent, may, personKeys, type SessionView } from "../../../event/mod.ts";
import { type Author, markOf, type Writer } from "../../../social/mod.ts";
import {
  appealRequest,
  momentRequest,
  type OwnWall,
  ownWall,
  postAnswer,
  postDraft,
  reactionRequest,
  reportRequest,
  switchRequest,
} from "../../../wire/wall-api.ts";
import { listenerLinkOf, mayKnow, notInvited } from "./caller.ts";
import { type ApiHouse, standingsOf } from "./desk-calls.ts";
import { type ApiRoute, type Call, downloadRoute, route } from "./route.ts";

/** Votes, reactions and posts of one's own that are told. */
const OWN_MAX = 200;
/** Problems that anything written can meet. */
const PROBLEMS = ["event-unknown", "invitation-needed", "wall-closed", "account-needed", "suspended", "rate-limited", "busy", "disk-full"] as const;

/** The wall for those who listen: writing, voting, reacting, reporting, and what they are told about their own. What everybody reads comes from the front. */
export function wallRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, social, wallBudget, wallGate } = house;
  const { wall, moderation, files } = social;

  /** Runs something written within its budget. */
  const write = async <Result>(
    call: Call<unknown>,
    kind: "post" | "touch",
    work: (event: LiveEvent, writer: Writer) => Promise<Result>,
    name = "",
  ): Promise<Result> => {
    if (!may("stranger", "post")) throw new EarshotError("forbidden", { act: "post" });
    const event = await desk.bySlug(call.param("slug"));
    const link = await linkOf(event, call);
    const writer = writerOf(event, call.session, { device: call.ensureDevice(), name, link });
    // Where only the invited hear, only they write: by a seat, or by the personal link they listen with.
    if (event.visibility === "invited" && writer.role === "" && link === undefined) throw notInvited(event, call.session);
    if (!writer.staff) wallGate.pass();
    const result = await wallBudget[kind](call.address, personKeys(writer.author), () => work(event, writer));
    files.mark(event.id);
    return result;
  };

  const linkOf = (event: LiveEvent, { invitation }: Call<unknown>) => listenerLinkOf(house, event, invitation);

  const routes = [
    route("GET /api/events/:slug/wall/mine", {
      summary: "What this browser wrote, voted for and reacted with, and what moderators told it.",
      answer: ownWall,
      problems: ["event-unknown", "rate-limited"],
      handle: async (call): Promise<OwnWall> => {
        const { param, session, device, address } = call;
        const event = await desk.bySlug(param("slug"));
        const link = await linkOf(event, call);
        const { author, role, staff } = writerOf(event, session, { device: device ?? "", name: link?.name ?? "", link });
        // Whoever was invited may write under another name than they were invited by.
        const title = mayKnow(event, session, link) ? event.title : "";
        const own = { title, name: author.name, named: author.kind === "account" || (role !== "" && author.name !== ""), staff };
        if (device === undefined && link === undefined) return { ...own, mark: "", suspended: false, votes: [], reactions: [], posts: [], statements: [] };
        const keys = personKeys(author);
        return await wallBudget.touch(address, keys, async () => {
          const { votes, reactions } = await wall.given(keys, OWN_MAX);
          const posts = await wall.posts.ofAuthor(event.id, keys, OWN_MAX);
          const statements = await moderation.statements(event.id, author);
          return {
            ...own,
            mark: markOf(house.houseKey, "told", event.id, keys.author),
            suspended: statements.some(({ act, inForce }) => act === "suspend" && inForce),
            votes: [...votes],
            reactions: [...reactions],
            posts: posts.map(({ id, kind, text, state, at_ms }) => ({ id, kind, text, state, date: new Date(at_ms).toISOString() })),
            statements: [...statements],
          };
        });
      },
    }),
    route("POST /api/events/:slug/wall/mine", {
      summary:
        "Lets this browser be known on the wall, so that what it writes is its own. A browser that keeps no cookie of this house is a new one each time.",
      problems: ["event-unknown", "rate-limited"],
      handle: async (call) => {
        const event = await desk.bySlug(call.param("slug"));
        const { author } = writerOf(event, call.session, { device: call.ensureDevice(), name: "", link: undefined });
        await wallBudget.touch(call.address, personKeys(author), async () => {});
      },
    }),
    route("POST /api/events/:slug/wall/moment", {
      summary: "Reacts to what is heard at this moment. How many people did so within the last minute stands on the wall, and nothing else about them.",
      body: momentRequest,
      problems: [...PROBLEMS, "event-ended", "transition-invalid"],
      handle: (call) => write(call, "touch", (event, writer) => wall.reactToMoment(event, writer, call.body.reaction)),
    }),
    route("POST /api/events/:slug/wall/posts", {
      summary: "Writes a post, a question or a reply, or shows a post again. Text only; links and markup stay letters.",
      status: 201,
      body: postDraft,
      answer: postAnswer,
      problems: [...PROBLEMS, "event-ended", "invalid-field", "not-found", "conflict"],
      handle: (call) =>
        write(
          call,
          "post",
          async (event, writer) => {
            const { id, state, text } = await wall.write(event, writer, call.body);
            return { id, state, text };
          },
          call.body.name,
        ),
    }),
    route("DELETE /api/events/:slug/wall/posts/:post", {
      summary: "Takes one's own post back.",
      problems: ["event-unknown", "not-found", "rate-limited", "busy"],
      handle: (call) => write(call, "touch", (event, { author }) => wall.withdraw(event.id, call.param("post"), author)),
    }),
    route("POST /api/events/:slug/wall/posts/:post/vote", {
      summary: "Wants a question answered, or no longer; one vote for each browser or account.",
      body: switchRequest,
      problems: [...PROBLEMS, "event-ended", "not-found"],
      handle: (call) => write(call, "touch", (event, writer) => wall.vote(event, writer, call.param("post"), call.body.on)),
    }),
    route("POST /api/events/:slug/wall/posts/:post/reaction", {
      summary: "Reacts to a post, or takes that back. Reactions are counted, never listed.",
      body: reactionRequest,
      problems: [...PROBLEMS, "event-ended", "not-found"],
      handle: (call) => write(call, "touch", (event, writer) => wall.react(event, writer, call.param("post"), call.body)),
    }),
    route("POST /api/events/:slug/wall/posts/:post/report", {
      summary: "Tells the moderators of a post.",
      body: reportRequest,
      problems: ["event-unknown", "not-found", "suspended", "invalid-field", "rate-limited", "busy"],
      handle: (call) => write(call, "post", (event, writer) => wall.report(event, writer, call.param("post"), call.body)),
    }),
    route("POST /api/events/:slug/wall/appeals", {
      summary: "Says why an act of moderation against oneself is wrong; once for each act, also while suspended.",
      body: appealRequest,
      problems: ["event-unknown", "not-found", "transition-invalid", "conflict", "invalid-field", "rate-limited"],
      handle: async (call) => {
        const event = await desk.bySlug(call.param("slug"));
        const { author } = writerOf(event, call.session, { device: call.device ?? "", name: "", link: await linkOf(event, call) });
        const keys = personKeys(author);
        if (call.device === undefined && keys.listener === "") throw new EarshotError("not-found");
        await wallBudget.post(call.address, keys, () => moderation.appeal(event, author, call.body.act, call.body.text));
      },
    }),
  ];
  const bySeat = downloadRoute("GET /api/events/:slug/wall/pages/:page", {
    summary:
      "A page of the wall, the newest is 1. Everybody reads it at the event's public address; by invitation only, people of the event and invited listeners read it here.",
    type: "application/json",
    problems: ["event-unknown", "invitation-needed", "suspended", "not-found"],
    handle: async (call) => {
      const { param, session } = call;
      const event = await desk.bySlug(param("slug"));
      if (!mayKnow(event, session, await linkOf(event, call))) throw notInvited(event, session);
      const page = await files.read(event.id, Number(param("page")));
      if (page === undefined) throw new EarshotError("not-found");
      return { fileName: "wall.json", bytes: Readable.from([page]) };
    },
  });
  // The event page lies at the public address: who reads there writes there, without leaving the sound.
  return [...routes.map((one) => ({ ...one, fromListeners: "themselves" as const })), bySeat];
}

/** What somebody writes with who has neither seat nor account. */
interface Coming {
  readonly device: string;
  readonly name: string;
  readonly link: ListenerLink | undefined;
}

/** Who writes: by the seat, else by the account, else by a personal link or as a guest, under a name of their own. */
function writerOf(event: LiveEvent, session: SessionView | undefined, { device, name, link }: Coming): Writer {
  const person = session?.people.findLast(({ eventId }) => eventId === event.id);
  const account = session?.account;
  const called = person?.name ?? account?.name ?? name;
  const standings = session === undefined || session.token !== undefined ? [] : standingsOf(session, event.id);
  const author: Author =
    account !== undefined
      ? { kind: "account", accountId: account.id, linkId: link?.id, device, name: called }
      : person === undefined && link !== undefined
        ? { kind: "invited", linkId: link.id, device, name: called }
        : { kind: "guest", device, name: called };
  return { author, role: person?.role ?? (session?.operator === true ? "operator" : ""), staff: standings.some((standing) => may(standing, "moderate")) };
}
