import type { Generated } from "kysely";
import type { AppealState, ModerationAct, ModerationRule, PostKind, PostState, Reaction, WallHold, WallOpening } from "../wire/wall.ts";

/** How an event's wall is set. Instants end in `_ms` and are Unix milliseconds; truth values are 0 or 1. */
export interface WallTable {
  event_id: string;
  opening: WallOpening;
  hold: WallHold;
  slow_seconds: number;
  /** JSON list of words whose posts are held. */
  words: string;
  locked: number;
  tally: number;
}

/** Something written at an event. */
export interface PostTable {
  id: string;
  event_id: string;
  kind: PostKind;
  /** The post that a reply answers or that is shown again. */
  parent_id: string | null;
  /** Who wrote it: `account:<id>`, `listener:<id of a personal link>` or `device:<SHA-256>`. */
  author_key: string;
  /** From which device. */
  device_key: string;
  /** `listener:<id>` of the personal link they listen by; empty: none. */
  listener_key: string;
  name: string;
  /** What the writer was to the event; empty for listeners. */
  role: string;
  text: string;
  /** Follows from the acts of moderation in force; written with each of them. */
  state: PostState;
  at_ms: number;
  pinned_ms: number | null;
}

/** One vote for a question. */
export interface PostVoteTable {
  post_id: string;
  voter_key: string;
}

/** One reaction of one person to one post. */
export interface PostReactionTable {
  post_id: string;
  author_key: string;
  reaction: Reaction;
}

/** A listener's report of a post. */
export interface PostReportTable {
  post_id: string;
  reporter_key: string;
  rule: ModerationRule;
  reason: string;
  at_ms: number;
  /** When a moderator dealt with it. */
  settled_ms: number | null;
}

/** An act of moderation. Rows are only added; one that takes another back names it. */
export interface ModerationTable {
  /** Position in the house's log; rises. */
  number: Generated<number>;
  id: string;
  event_id: string;
  at_ms: number;
  act: ModerationAct;
  post_id: string | null;
  /** Whom it concerns, as in {@link PostTable}. */
  author_key: string;
  device_key: string;
  listener_key: string;
  /** Name they wrote, asked to speak or were invited under. */
  name: string;
  rule: ModerationRule;
  reason: string;
  automated: number;
  /** End of a suspension; null: for good. */
  until_ms: number | null;
  /** 1 when posts are hidden as long as the suspension lasts. */
  hides: number;
  undoes: string | null;
  actor_name: string;
  actor_role: string;
}

/** An appeal against an act; at most one each. */
export interface AppealTable {
  act_id: string;
  event_id: string;
  text: string;
  at_ms: number;
  state: Exclude<AppealState, "none">;
  answer: string;
  settled_ms: number | null;
}

/** Every table of the social domain by its name. */
export interface SocialTables {
  wall: WallTable;
  post: PostTable;
  post_vote: PostVoteTable;
  post_reaction: PostReactionTable;
  post_report: PostReportTable;
  moderation: ModerationTable;
  appeal: AppealTable;
}
