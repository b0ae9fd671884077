import type { LiveEvent, SessionView } from "../../../event/mod.ts";
import { may } from "../../../event/mod.ts";
import type { Post } from "../../../social/mod.ts";
import {
  actAnswer,
  appealDecision,
  moderationQueue,
  moderationRequest,
  switchRequest,
  undoModerationRequest,
  wallEdit,
  wallSettings,
} from "../../../wire/wall-api.ts";
import { actorOf, type ApiHouse, authorise } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** Posts of the last minutes that moderators read along. */
const RECENT_POSTS = 60;
const PROBLEMS = ["unauthorised", "forbidden", "event-unknown", "not-found", "disk-full"] as const;

/** The moderators' side of the wall: settings, queue, acts, taking back, appeals, reports, pins. */
export function moderationRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { desk, social } = house;
  const { wall, moderation, files } = social;

  /** What moderators did is seen and holds at once: files, seats, links. */
  const settle = async (event: LiveEvent) => {
    await files.publish(event.id);
    await house.settle();
  };
  const actor = (session: SessionView | undefined, event: LiveEvent) => actorOf(session, event.id);

  return [
    route("GET /api/events/:slug/moderation", {
      summary: "Everything that waits for a moderator, the longest waiting first: held posts, reports, appeals; who is suspended, and what was done lately.",
      answer: moderationQueue,
      problems: ["unauthorised", "forbidden", "event-unknown"],
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "see-reports", event.id);
        const { appeals, suspended, recent } = await moderation.overview(event.id);
        const held = (await moderation.held(event.id)).map(({ post, act }) => ({ ...viewPost(post), rule: act.rule, act: act.id }));
        const reports = (await moderation.reported(event.id)).map(({ post, reports: number, reasons }) => ({
          ...viewPost(post),
          reports: number,
          reasons: [...reasons],
        }));
        const posts = (await wall.posts.visible(event.id, ["post", "question", "reply"], RECENT_POSTS, [])).map(viewPost);
        return { settings: await wall.settings(event.id), held, reports, appeals: [...appeals], suspended: [...suspended], recent: [...recent], posts };
      },
    }),
    route("PATCH /api/events/:slug/wall", {
      summary: "Opens or closes the wall, locks it, sets slow mode, word list, what waits for a moderator, and whether the tally is public.",
      body: wallEdit,
      answer: wallSettings,
      problems: ["unauthorised", "forbidden", "event-unknown", "invalid-field", "disk-full"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "edit-wall", event.id);
        const settings = await wall.edit(event, body, actor(session, event));
        await settle(event);
        return settings;
      },
    }),
    route("POST /api/events/:slug/moderation/acts", {
      summary:
        "Holds or removes a post, or suspends whoever wrote it, raised a hand, came to a seat or listens by a personal link, for a time or for good: with a rule and a reason, which they are told at once.",
      status: 201,
      body: moderationRequest,
      answer: actAnswer,
      problems: [...PROBLEMS, "invalid-field", "transition-invalid"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        const standings = authorise(session, "moderate", event.id);
        const strong = standings.some((standing) => may(standing, "revoke"));
        const id = await moderation.act(event, body, { actor: actor(session, event), strong });
        await settle(event);
        return { id };
      },
    }),
    route("POST /api/events/:slug/moderation/acts/:act/undo", {
      summary: "Takes an act back: the held or removed post is what it was, whoever was suspended may what they might before.",
      status: 201,
      body: undoModerationRequest,
      answer: actAnswer,
      problems: [...PROBLEMS, "transition-invalid", "conflict", "invalid-field"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "moderate", event.id);
        const id = await moderation.undo(event, param("act"), body.reason, actor(session, event));
        await settle(event);
        return { id };
      },
    }),
    route("POST /api/events/:slug/moderation/appeals/:act", {
      summary: "Decides an appeal; granting it takes the act back.",
      body: appealDecision,
      problems: [...PROBLEMS, "conflict", "invalid-field"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "moderate", event.id);
        await moderation.decide(event, param("act"), body, actor(session, event));
        await settle(event);
      },
    }),
    route("DELETE /api/events/:slug/moderation/reports/:post", {
      summary: "The reports of a post are read, and nothing is done about it.",
      problems: PROBLEMS,
      handle: async ({ session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "moderate", event.id);
        await moderation.dismiss(event, param("post"));
      },
    }),
    route("POST /api/events/:slug/wall/posts/:post/pin", {
      summary: "Puts a post above all others, or back; three at most.",
      body: switchRequest,
      problems: [...PROBLEMS, "transition-invalid"],
      handle: async ({ body, session, param }) => {
        const event = await desk.bySlug(param("slug"));
        authorise(session, "moderate", event.id);
        await wall.pin(event, param("post"), body.on, actor(session, event));
        await settle(event);
      },
    }),
  ];
}

function viewPost({ id, kind, name, role, author_key, text, at_ms, state, pinned_ms }: Post) {
  const account = author_key.startsWith("account:");
  return { id, kind, name, role, account, text, date: new Date(at_ms).toISOString(), state, pinned: pinned_ms !== null };
}
