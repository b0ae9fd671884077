import { z } from "zod";
import {
  APPEAL_STATES,
  MODERATION_ACTS,
  MODERATION_RULES,
  POST_KINDS,
  POST_STATES,
  REACTIONS,
  SLOW_SECONDS_MAX,
  SUSPEND_MINUTES_MAX,
  TEXT_UNITS_MAX,
  WALL_HOLDS,
  WALL_OPENINGS,
  WORD_CHARACTERS_MAX,
  WORDS_MAX,
} from "./wall.ts";

const text = z.string().max(TEXT_UNITS_MAX, { error: `at most ${TEXT_UNITS_MAX} characters` });
const id = z.string().max(64);

/** `POST /api/events/<slug>/wall/posts`. */
export const postDraft = z.strictObject({
  kind: z.enum(POST_KINDS),
  text: text.default(""),
  name: text.default("").meta({ description: "who writes; whoever has a seat or an account writes under that name" }),
  parent: id.optional().meta({ description: "the post that a reply answers or that is shown again" }),
});
/** A checked {@link postDraft}. */
export type PostDraft = z.infer<typeof postDraft>;
/** What became of a post. */
export const postAnswer = z.object({ id: z.string(), state: z.enum(POST_STATES), text: z.string() });

/** `POST …/wall/posts/<post>/vote` and `…/pin`. */
export const switchRequest = z.strictObject({ on: z.boolean() });
/** `POST …/wall/posts/<post>/reaction`. */
export const reactionRequest = z.strictObject({ reaction: z.enum(REACTIONS), on: z.boolean() });
/** `POST /api/events/<slug>/wall/moment`. */
export const momentRequest = z.strictObject({ reaction: z.enum(REACTIONS) });
/** `POST …/wall/posts/<post>/report`. */
export const reportRequest = z.strictObject({ rule: z.enum(MODERATION_RULES), reason: text.default("") });
/** `POST …/wall/appeals`. */
export const appealRequest = z.strictObject({ act: id, text });

/** An act of moderation as the person concerned is told it. @spec Regulation (EU) 2022/2065 Article 17 */
export const statement = z.object({
  id: z.string(),
  act: z.enum(MODERATION_ACTS),
  date: z.string(),
  rule: z.enum(MODERATION_RULES),
  reason: z.string(),
  by: z.string().meta({ description: "the role of whoever decided" }),
  automated: z.boolean(),
  until: z.string().nullable().meta({ description: "end of a suspension; null: for good, or until it is taken back" }),
  text: z.string().nullable().meta({ description: "the post it is about" }),
  inForce: z.boolean(),
  mayAppeal: z.boolean(),
  appeal: z.object({ state: z.enum(APPEAL_STATES), text: z.string(), answer: z.string() }),
});
/** An act of moderation as the person concerned is told it. */
export type Statement = z.infer<typeof statement>;

/** `GET /api/events/<slug>/wall/mine`: what this browser did and was told. */
export const ownWall = z.object({
  title: z.string().meta({ description: "of the event; empty for whoever is not invited to it" }),
  name: z.string(),
  named: z.boolean().meta({ description: "whether the name comes from a seat or an account and cannot be chosen" }),
  staff: z.boolean(),
  mark: z.string().meta({ description: "stands in the wall's `told` when there is something new for this browser" }),
  suspended: z.boolean(),
  votes: z.array(z.string()),
  reactions: z.array(z.tuple([z.string(), z.enum(REACTIONS)])),
  posts: z.array(z.object({ id: z.string(), kind: z.enum(POST_KINDS), text: z.string(), state: z.enum(POST_STATES), date: z.string() })),
  statements: z.array(statement),
});
/** What a browser did on a wall and was told. */
export type OwnWall = z.infer<typeof ownWall>;

/** How a wall is set. */
export const wallSettings = z.object({
  opening: z.enum(WALL_OPENINGS),
  hold: z.enum(WALL_HOLDS),
  slowSeconds: z.int(),
  words: z.array(z.string()),
  locked: z.boolean(),
  tally: z.boolean(),
});
/** How a wall is set. */
export type WallSettings = z.infer<typeof wallSettings>;
/** `PATCH /api/events/<slug>/wall`: what is absent stays. */
export const wallEdit = z.strictObject({
  opening: z.enum(WALL_OPENINGS).optional(),
  hold: z.enum(WALL_HOLDS).optional(),
  slowSeconds: z.int().min(0).max(SLOW_SECONDS_MAX).optional(),
  words: z
    .array(z.string().trim().min(1).max(WORD_CHARACTERS_MAX))
    .max(WORDS_MAX, { error: `at most ${WORDS_MAX} words` })
    .optional(),
  locked: z.boolean().optional(),
  tally: z.boolean().optional(),
  reason: text.default(""),
});
/** A checked {@link wallEdit}. */
export type WallEdit = z.infer<typeof wallEdit>;

/** Whom a suspension can concern besides the writer of a post. */
const SUSPENDED_BY = ["post", "hand", "person", "listener"] as const;

/** `POST /api/events/<slug>/moderation/acts`. */
export const moderationRequest = z
  .strictObject({
    act: z.enum(["hold", "remove", "suspend"]),
    post: id.optional().meta({ description: "the post that is held or removed, or whose writer is suspended" }),
    hand: id.optional().meta({ description: "a raised hand: whoever raised it is suspended" }),
    person: id.optional().meta({ description: "a seat: whoever came to it is suspended" }),
    listener: id.optional().meta({ description: "a personal listener link: whoever listens by it is suspended" }),
    rule: z.enum(MODERATION_RULES),
    reason: text,
    minutes: z.int().min(1).max(SUSPEND_MINUTES_MAX).nullable().default(null).meta({ description: "length of a suspension; null: for good" }),
    hidePosts: z.boolean().default(false).meta({ description: "whether what they wrote is hidden as long as they are suspended" }),
  })
  .refine((request) => SUSPENDED_BY.filter((name) => request[name] !== undefined).length === 1, {
    path: ["post"],
    error: "one of post, hand, person and listener",
  })
  .refine(({ act, post }) => act === "suspend" || post !== undefined, { path: ["act"], error: "only posts are held or removed" });
/** A checked {@link moderationRequest}. */
export type ModerationRequest = z.infer<typeof moderationRequest>;
/** `POST …/moderation/acts/<act>/undo`. */
export const undoModerationRequest = z.strictObject({ reason: text.default("") });
/** `POST …/moderation/appeals/<act>`. */
export const appealDecision = z.strictObject({ grant: z.boolean(), answer: text.default("") });
/** The act that was written down. */
export const actAnswer = z.object({ id: z.string() });

const queuedPost = z.object({
  id: z.string(),
  kind: z.enum(POST_KINDS),
  name: z.string(),
  role: z.string(),
  account: z.boolean(),
  text: z.string(),
  date: z.string(),
  state: z.enum(POST_STATES),
  pinned: z.boolean(),
});
/** An act as moderators see it. */
export const moderationView = statement.extend({ actor: z.string(), name: z.string(), post: z.string().nullable() });
/** An act as moderators see it. */
export type ModerationView = z.infer<typeof moderationView>;
/** `GET /api/events/<slug>/moderation`: everything that waits for a decision, the longest waiting first, and what was decided lately. */
export const moderationQueue = z.object({
  settings: wallSettings,
  held: z.array(queuedPost.extend({ rule: z.enum(MODERATION_RULES), act: z.string() })),
  reports: z.array(queuedPost.extend({ reports: z.int(), reasons: z.array(z.object({ rule: z.enum(MODERATION_RULES), reason: z.string() })) })),
  appeals: z.array(moderationView),
  suspended: z.array(moderationView),
  recent: z.array(moderationView),
  posts: z.array(queuedPost),
});
/** Everything that waits for a moderator. */
export type ModerationQueue = z.infer<typeof moderationQueue>;
