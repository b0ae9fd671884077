/** Longest post. Graphemes, what a reader calls a letter; three sentences, read in a quarter of a minute. */
export const POST_GRAPHEMES_MAX = 500;
/** Lines of a post. More would push everybody else's off a phone's screen. */
export const POST_LINES_MAX = 12;
/** Longest name somebody writes under. Graphemes. */
export const AUTHOR_GRAPHEMES_MAX = 40;
/** Longest reason of a moderator, and of a listener who reports. Graphemes. */
export const REASON_GRAPHEMES_MAX = 300;
/** Longest appeal, and longest answer to one. Graphemes. */
export const APPEAL_GRAPHEMES_MAX = 1_000;
/** UTF-16 units of any text that are looked at: 12 for each grapheme of the longest, what the largest emoji needs. */
export const TEXT_UNITS_MAX = 12 * APPEAL_GRAPHEMES_MAX;
/** Posts that stand above all others at a time. More are none. */
export const PINNED_MAX = 3;
/** Questions shown in the order of their votes. */
export const QUESTIONS_SHOWN = 20;
/** Posts on one page of the wall, replies not counted. */
export const PAGE_POSTS = 30;
/** Pages of the wall: what is older is with the host only. */
export const PAGES_MAX = 5;
/** Replies shown below a post. */
export const REPLIES_SHOWN = 10;
/** Largest page of the wall. Bytes; a minute of sound is 360 KB. */
export const PAGE_BYTES_MAX = 64 * 1024;
/** How often pages ask for the wall again. Seconds; the server says another number when it has much to do. */
export const WALL_LOOK_SECONDS = 5;
/** Least time between two posts of one person that a host can set. Seconds; an hour at most. */
export const SLOW_SECONDS_MAX = 3_600;
/** Words a host can have held, and the length of each. */
export const WORDS_MAX = 200;
export const WORD_CHARACTERS_MAX = 40;
/** Longest suspension with an end. Minutes; a year: what is longer is for good. */
export const SUSPEND_MINUTES_MAX = 365 * 24 * 60;

/** Who may write: nobody, who has an account, or everybody. */
export const WALL_OPENINGS = ["off", "accounts", "everyone"] as const;
/** Who may write. */
export type WallOpening = (typeof WALL_OPENINGS)[number];
/** Whose posts wait for a moderator before anybody sees them. */
export const WALL_HOLDS = ["none", "guests", "all"] as const;
/** Whose posts wait for a moderator. */
export type WallHold = (typeof WALL_HOLDS)[number];
/** What can be written: a post, a question to be voted on, a reply, or a post shown again. @spec ActivityStreams 2.0 Note, Question, Announce */
export const POST_KINDS = ["post", "question", "reply", "repost"] as const;
/** What can be written. */
export type PostKind = (typeof POST_KINDS)[number];
/** Where a post stands. `withdrawn`: by its author. */
export const POST_STATES = ["visible", "held", "removed", "withdrawn"] as const;
/** Where a post stands. */
export type PostState = (typeof POST_STATES)[number];
/** Reactions, counted and never listed. */
export const REACTIONS = ["clap", "heart", "laugh", "wow"] as const;
/** A reaction. */
export type Reaction = (typeof REACTIONS)[number];
/** How long a reaction to the moment counts. Seconds: longer than the wall takes to reach everybody, shorter than applause is remembered. */
export const REACTION_MOMENT_SECONDS = 60;
/** Header in which a page says whose personal link it came by, at events by invitation. */
export const INVITATION_HEADER = "earshot-invitation";
/** Rules a moderator can name. */
export const MODERATION_RULES = [
  "off-topic",
  "spam",
  "insult",
  "hate",
  "threat",
  "privacy",
  "impersonation",
  "illegal",
  "word-list",
  "pre-moderation",
  "other",
] as const;
/** A rule a moderator can name. */
export type ModerationRule = (typeof MODERATION_RULES)[number];
/** What moderators do; the last three take the first three back. */
export const MODERATION_ACTS = ["hold", "remove", "suspend", "release", "restore", "reinstate"] as const;
/** What moderators do. */
export type ModerationAct = (typeof MODERATION_ACTS)[number];
/** How an appeal stands. */
export const APPEAL_STATES = ["none", "open", "granted", "refused"] as const;
/** How an appeal stands. */
export type AppealState = (typeof APPEAL_STATES)[number];

/** A post as everybody may see it. Its text is text: whatever shows it must not read it as anything else. */
export interface PublicPost {
  readonly id: string;
  readonly kind: PostKind;
  readonly name: string;
  /** What the writer is to the event; absent for listeners. */
  readonly role?: string;
  /** True when the writer has an account of this house. */
  readonly account?: true;
  readonly text: string;
  readonly atUnixMs: number;
  /** The post that is shown again. */
  readonly of?: PublicPost;
  readonly replies?: readonly PublicPost[];
  /** Replies that are not among them. */
  readonly moreReplies?: number;
  readonly votes?: number;
  readonly reactions?: Readonly<Partial<Record<Reaction, number>>>;
  /** How often it was shown again. */
  readonly reposts?: number;
}

/** How much was moderated, without names; only where the host publishes it. */
export interface ModerationTally {
  readonly held: number;
  readonly removed: number;
  readonly suspended: number;
  /** Acts taken back, by whomever. */
  readonly takenBack: number;
  readonly appeals: number;
  /** Appeals that were granted. */
  readonly granted: number;
}

/** `/e/<slug>/wall.json`, and `wall-2.json` for what is older: the same file for everybody. */
export interface PublicWall {
  readonly asOfUnixMs: number;
  /** When to ask again. Seconds. */
  readonly lookAgainSeconds: number;
  readonly opening: WallOpening;
  readonly locked: boolean;
  readonly hold: WallHold;
  readonly slowSeconds: number;
  /** Which page this is, and how many there are. */
  readonly page: number;
  readonly pages: number;
  readonly pinned: readonly PublicPost[];
  /** The most wanted first. */
  readonly questions: readonly PublicPost[];
  /** The newest first. */
  readonly posts: readonly PublicPost[];
  /** Marks of those who were told something lately; each browser knows its own. */
  readonly told: readonly string[];
  readonly tally?: ModerationTally;
  /** How many people reacted so to what is heard, within the last minute; absent: nobody. Only on the first page. */
  readonly moment?: Readonly<Partial<Record<Reaction, number>>>;
  /** Present while the server keeps its strength for the sound: nothing is shown or taken then. */
  readonly off?: "busy";
}

/** What the event page needs to let a listener write; stands in the page itself. */
export interface WritingOffer {
  /** Address of the API, without a slash at its end. */
  readonly at: string;
  /** At events by invitation: what shows whose personal link the listener came by. It opens no sound. */
  readonly invitation?: string;
}

/** `events/<id>/moderation.json`: acts as the ledger enters them, by the id of a post or a number of a person, never by name or device. */
export interface PublicModerationAct {
  readonly id: string;
  /** Unix milliseconds. */
  readonly t: number;
  readonly act: "remove" | "suspend" | "reinstate";
  readonly subject: string;
  readonly by: string;
  readonly scope: "post" | "person";
  readonly rule: string;
  readonly facts: string;
  readonly automated: boolean;
  readonly appeal: string;
}
