import {
  PAGE_BYTES_MAX,
  PAGE_POSTS,
  PAGES_MAX,
  type PublicModerationAct,
  type PublicPost,
  type PublicWall,
  QUESTIONS_SHOWN,
  REPLIES_SHOWN,
  WALL_LOOK_SECONDS,
} from "../wire/wall.ts";
import { Acts, keysOfAct } from "./acts.ts";
import { markOf } from "./author.ts";
import type { MomentCounts } from "./moments.ts";
import { isHidden, type Post, type PostCounts, Posts } from "./posts.ts";
import type { SocialStore } from "./store.ts";
import { WallDesk } from "./wall-desk.ts";

/** Those told lately whose marks stand in the file. A page that was away longer asks anyway when it is opened. */
const TOLD_MAX = 50;
/** Acts the ledger takes at most. An evening with more is no evening any more. */
const LEDGER_ACTS_MAX = 5_000;
const HOW_TO_APPEAL = "the person concerned, on the wall's page; another moderator or the host decides";

/** What the public files are made from. */
export interface PublicWallOptions {
  readonly store: SocialStore;
  readonly wall: WallDesk;
  readonly houseKey: Uint8Array;
  readonly eventId: string;
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Reactions to the moment; absent: nobody reacts. */
  readonly moment?: MomentCounts | undefined;
}

/** The wall as everybody may see it, the newest page first; each within its bounds. */
export async function wallPages({ store, wall, houseKey, eventId, nowMs, moment }: PublicWallOptions): Promise<readonly PublicWall[]> {
  const settings = await wall.settings(eventId);
  const acts = new Acts(store);
  const posts = new Posts(store);
  const suspensions = await acts.suspensions(eventId, nowMs);
  const hidden = [...new Set(suspensions.filter(({ hides }) => hides === 1).flatMap(keysOfAct))];
  const pinned = await posts.pinned(eventId);
  const questions = await posts.questions(eventId, QUESTIONS_SHOWN, hidden);
  const roots = await posts.visible(eventId, ["post", "question", "repost"], PAGE_POSTS * PAGES_MAX, hidden);
  const shownAgain = (await posts.some([...new Set(roots.flatMap(({ parent_id }) => (parent_id === null ? [] : [parent_id])))])).filter(
    (post) => post.state === "visible" && !isHidden(post, hidden),
  );
  const all = [...pinned, ...questions, ...roots, ...shownAgain];
  const ids = [...new Set(all.map(({ id }) => id))];
  const replies = Map.groupBy(await posts.replies(ids, hidden), ({ parent_id }) => parent_id ?? "");
  const counts = await posts.counts([...ids, ...[...replies.values()].flat().map(({ id }) => id)]);
  const originals = new Map(shownAgain.map((post) => [post.id, post]));
  const show = (post: Post): PublicPost => toPublic(post, counts, replies.get(post.id) ?? []);
  const shown = roots.flatMap((post): PublicPost[] => {
    if (post.kind !== "repost") return [show(post)];
    const original = originals.get(post.parent_id ?? "");
    // What is shown again goes when it goes.
    return original === undefined ? [] : [{ ...toPublic(post, counts, []), of: toPublic(original, counts, []) }];
  });
  const told = (await acts.latest(eventId, TOLD_MAX)).map(({ id, author_key }) => `${markOf(houseKey, "told", eventId, author_key)}.${id.slice(-6)}`);
  const tally = settings.tally ? { tally: await acts.tally(eventId) } : {};
  const { opening, locked, hold, slowSeconds } = settings;
  const head = { asOfUnixMs: nowMs, lookAgainSeconds: WALL_LOOK_SECONDS, opening, locked, hold, slowSeconds };
  const pages = cut(shown);
  return pages.map((page, index) => ({
    ...head,
    page: index + 1,
    pages: pages.length,
    ...(index === 0
      ? { pinned: fit(pinned.map(show), PAGE_BYTES_MAX / 8), questions: fit(questions.map(show), PAGE_BYTES_MAX / 4) }
      : { pinned: [], questions: [] }),
    posts: page,
    told: index === 0 ? told : [],
    ...(index === 0 ? { ...tally, ...(moment === undefined ? {} : { moment }) } : {}),
  }));
}

/** The acts of moderation of an event as its ledger enters them: by numbers, never by name or device. */
export async function moderationFile({
  store,
  houseKey,
  eventId,
}: Pick<PublicWallOptions, "store" | "houseKey" | "eventId">): Promise<readonly PublicModerationAct[]> {
  const rows = await new Acts(store).forLedger(eventId, LEDGER_ACTS_MAX);
  return rows.map(({ id, at_ms, act, post_id, author_key, actor_role, rule, until_ms, undoes }) => {
    const undoing = undoes !== null;
    // Without the moderator's words: they may name the person.
    const facts = [
      `${act}, act ${id}`,
      ...(undoing ? [`takes back ${undoes}`] : []),
      ...(until_ms === null ? [] : [`until ${new Date(until_ms).toISOString()}`]),
    ];
    return {
      id,
      t: at_ms,
      // The ledger has three words for what moderators do; the facts say which of the house's six it was.
      act: undoing ? "reinstate" : act === "remove" ? "remove" : "suspend",
      subject: post_id === null ? `person ${markOf(houseKey, "ledger", eventId, author_key)}` : `post ${post_id}`,
      by: actor_role,
      scope: post_id === null ? "person" : "post",
      rule,
      facts: facts.join("; "),
      automated: false,
      appeal: undoing ? "" : HOW_TO_APPEAL,
    };
  });
}

/** Pages of posts, none longer or larger than it may be; what is left over is not shown. */
function cut(posts: readonly PublicPost[]): readonly (readonly PublicPost[])[] {
  const pages: PublicPost[][] = [[]];
  let bytes = 0;
  for (const post of posts) {
    const size = bytesOf(post);
    const page = pages.at(-1) as PublicPost[];
    if (page.length >= PAGE_POSTS || (page.length > 0 && bytes + size > PAGE_BYTES_MAX / 2)) {
      if (pages.length === PAGES_MAX) break;
      pages.push([post]);
      bytes = size;
    } else {
      page.push(post);
      bytes += size;
    }
  }
  return pages;
}

/** As many from the front as fit. */
function fit(posts: readonly PublicPost[], most: number): readonly PublicPost[] {
  let bytes = 0;
  return posts.filter((post) => {
    bytes += bytesOf(post);
    return bytes <= most;
  });
}

function bytesOf(post: PublicPost): number {
  return Buffer.byteLength(JSON.stringify(post));
}

function toPublic(post: Post, counts: PostCounts, replies: readonly Post[]): PublicPost {
  const { id, kind, name, role, text, at_ms, author_key } = post;
  const reactions = counts.reactions.get(id);
  const reposts = counts.reposts.get(id);
  const shown = replies.slice(-REPLIES_SHOWN);
  return {
    ...{ id, kind, name, text, atUnixMs: at_ms },
    ...(role === "" ? {} : { role }),
    ...(author_key.startsWith("account:") ? { account: true as const } : {}),
    ...(shown.length === 0 ? {} : { replies: shown.map((reply) => toPublic(reply, counts, [])) }),
    ...(replies.length === shown.length ? {} : { moreReplies: replies.length - shown.length }),
    ...(kind === "question" ? { votes: counts.votes.get(id) ?? 0 } : {}),
    ...(reactions === undefined ? {} : { reactions }),
    ...(reposts === undefined ? {} : { reposts }),
  };
}
