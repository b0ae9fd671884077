import { EarshotError } from "../../../core/errors.ts";
import { type LiveEvent, may, type SessionView } from "../../../event/mod.ts";
import { type Author, keysOf, markOf, type Writer } from "../../../social/mod.ts";
import { appealRequest, type OwnWall, ownWall, postAnswer, postDraft, reactionRequest, reportRequest, switchRequest } from "../../../wire/wall-api.ts";
import { type ApiHouse, standingsOf } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

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
    const writer = writerOf(event, call.session, call.ensureDevice(), name);
    // Whose link lets them listen is known to the fronts alone: where only the invited hear, only who has a seat writes.
    if (event.visibility === "invited" && writer.role === "") throw new EarshotError("invitation-needed");
    if (!writer.staff) wallGate.pass();
    const result = await wallBudget[kind](call.address, keysOf(writer.author), () => work(event, writer));
    files.mark(event.id);
    return result;
  };

  return [
    route("GET /api/events/:slug/wall/mine", {
      summary: "What this browser wrote, voted for and reacted with, and what moderators told it.",
      answer: ownWall,
      problems: ["event-unknown", "rate-limited"],
      handle: async ({ param, session, device, address }): Promise<OwnWall> => {
        const event = await desk.bySlug(param("slug"));
        const { author, staff } = writerOf(event, session, device ?? "", "");
        const own = { name: author.name, named: author.name !== "", staff };
        if (device === undefined) return { ...own, mark: "", suspended: false, votes: [], reactions: [], posts: [], statements: [] };
        const keys = keysOf(author);
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
        if (call.device === undefined) throw new EarshotError("not-found");
        const { author } = writerOf(event, call.session, call.device, "");
        await wallBudget.post(call.address, keysOf(author), () => moderation.appeal(event, author, call.body.act, call.body.text));
      },
    }),
  ];
}

/** Who writes: by the seat, else by the account, else a guest under a name of their own. */
function writerOf(event: LiveEvent, session: SessionView | undefined, device: string, name: string): Writer {
  const person = session?.people.findLast(({ eventId }) => eventId === event.id);
  const account = session?.account;
  const called = person?.name ?? account?.name ?? name;
  const standings = session === undefined || session.token !== undefined ? [] : standingsOf(session, event.id);
  const author: Author = account === undefined ? { kind: "guest", device, name: called } : { kind: "account", accountId: account.id, device, name: called };
  return { author, role: person?.role ?? (session?.operator === true ? "operator" : ""), staff: standings.some((standing) => may(standing, "moderate")) };
}
