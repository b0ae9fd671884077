import type { Clock } from "../core/clock.ts";
import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { type Actor, type EventDesk, keyList, type LiveEvent, type PersonKeys, personKeys, type Step } from "../event/mod.ts";
import type { PostDraft, WallEdit, WallSettings } from "../wire/wall-api.ts";
import { type ModerationRule, PINNED_MAX, type Reaction } from "../wire/wall.ts";
import { Acts, keysOfAct, type NewModeration } from "./acts.ts";
import type { Author } from "./author.ts";
import { readOptional, readText } from "./limits.ts";
import { findWord, lookalike } from "./likeness.ts";
import { Moments } from "./moments.ts";
import { type Post, Posts } from "./posts.ts";
import type { SocialStore } from "./store.ts";
import type { WallTable } from "./tables.ts";

/** Posts of one event, in whatever state. A thousand people with a hundred each; bounds what strangers may fill the disk with (about 100 MB). */
const EVENT_POSTS_MAX = 100_000;
/** How a wall is set before anybody decided. */
const FRESH: WallSettings = { opening: "off", hold: "none", slowSeconds: 0, words: [], locked: false, tally: false };

/** Somebody who writes, and what they are to the event. */
export interface Writer {
  readonly author: Author;
  /** Role at the event; empty for listeners. */
  readonly role: string;
  /** Whether they moderate: then nothing holds them up. */
  readonly staff: boolean;
}

/** What the desks of the social domain work with. */
export interface SocialOptions {
  readonly store: SocialStore;
  readonly desk: Pick<EventDesk, "record" | "seats" | "hands" | "listeners">;
  readonly clock: Clock;
}

/** What people write at events: posts, questions, replies, reposts, votes, reactions, reports. Everything is on disk when its promise resolves. */
export class WallDesk {
  readonly #options: SocialOptions;
  readonly posts: Posts;
  readonly moments: Moments;
  readonly #acts: Acts;

  constructor(options: SocialOptions) {
    this.#options = options;
    this.posts = new Posts(options.store);
    this.moments = new Moments(options.clock);
    this.#acts = new Acts(options.store);
  }

  /** How an event's wall is set. */
  async settings(eventId: string): Promise<WallSettings> {
    const { store } = this.#options;
    const [row] = await store.read(store.sql.selectFrom("wall").selectAll().where("event_id", "=", eventId));
    return row === undefined ? FRESH : toSettings(row);
  }

  /** Changes how a wall is set. */
  async edit(event: LiveEvent, { reason, ...changes }: WallEdit, by: Actor): Promise<WallSettings> {
    const before = await this.settings(event.id);
    const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as Partial<WallSettings>;
    const settings: WallSettings = { ...before, ...given };
    const { opening, hold, slowSeconds: slow_seconds, words, locked, tally } = settings;
    const values = { opening, hold, slow_seconds, words: JSON.stringify(words), locked: locked ? 1 : 0, tally: tally ? 1 : 0 };
    const query = this.#options.store.sql
      .insertInto("wall")
      .values({ event_id: event.id, ...values })
      .onConflict((conflict) => conflict.column("event_id").doUpdateSet(values));
    const told = (some: Partial<WallSettings>) =>
      // The words themselves stay with the moderators.
      Object.fromEntries(Object.entries(some).map(([name, value]) => [name, Array.isArray(value) ? String(value.length) : String(value)]));
    const former = Object.fromEntries(Object.keys(given).map((name) => [name, before[name as keyof WallSettings]])) as Partial<WallSettings>;
    await this.#options.desk.record(event.id, [{ query }], {
      act: "set-wall",
      by,
      reason: readOptional("reason", reason),
      before: told(former),
      after: told(given),
    });
    return settings;
  }

  /**
   * Takes a post. @throws `wall-closed`, `account-needed`, `suspended`, `invalid-field`, `not-found` for what it answers, `conflict` for a second repost,
   * `rate-limited` in slow mode
   */
  async write(event: LiveEvent, writer: Writer, draft: PostDraft): Promise<Post> {
    const { clock, store } = this.#options;
    const nowMs = clock.wallMs();
    const keys = personKeys(writer.author);
    const settings = await this.settings(event.id);
    await this.requireOpen(event, settings, writer, keys);
    const text = draft.kind === "repost" ? "" : readText("text", draft.text);
    const name = readText("name", writer.author.name);
    if (writer.role === "") await this.#refuseLookalike(event.id, name);
    const parent = await this.#parentOf(event.id, draft);
    if (!writer.staff) await this.#waitOut(event.id, keys, settings.slowSeconds, nowMs);
    if ((await this.posts.count(event.id)) >= EVENT_POSTS_MAX) throw new EarshotError("wall-closed", { rule: `at most ${EVENT_POSTS_MAX} posts` });
    const rule = writer.staff ? undefined : holdingRule(writer, settings, text);
    const post: Post = {
      ...{ id: newId(nowMs), event_id: event.id, kind: draft.kind, parent_id: parent?.id ?? null, author_key: keys.author, device_key: keys.device },
      ...{ listener_key: keys.listener, name, role: writer.role, text, state: rule === undefined ? "visible" : "held", at_ms: nowMs, pinned_ms: null },
    };
    const steps: Step[] = [this.posts.insert(post)];
    if (rule !== undefined) steps.push(this.#acts.insert(holdOf(post, rule, newId(nowMs))));
    await store.write(steps);
    return post;
  }

  /** A post is taken back by whoever wrote it; what answers it goes with it. @throws `not-found` */
  async withdraw(eventId: string, postId: string, author: Author): Promise<void> {
    const { author: author_key } = personKeys(author);
    const query = this.#options.store.sql
      .updateTable("post")
      .set({ state: "withdrawn", pinned_ms: null })
      .where("id", "=", postId)
      .where("event_id", "=", eventId)
      .where("author_key", "=", author_key)
      .where("state", "<>", "withdrawn");
    await this.#options.store.write([{ query, changes: 1, otherwise: "not-found" }]);
  }

  /** Wants a question answered, or no longer. @throws like {@link write} */
  async vote(event: LiveEvent, writer: Writer, postId: string, on: boolean): Promise<void> {
    const post = await this.#touch(event, writer, postId);
    if (post.kind !== "question") throw new EarshotError("not-found", { post: "question" });
    const { sql } = this.#options.store;
    const voter_key = personKeys(writer.author).author;
    const query = on
      ? sql
          .insertInto("post_vote")
          .values({ post_id: post.id, voter_key })
          .onConflict((conflict) => conflict.columns(["post_id", "voter_key"]).doNothing())
      : sql.deleteFrom("post_vote").where("post_id", "=", post.id).where("voter_key", "=", voter_key);
    await this.#options.store.write([{ query }]);
  }

  /** Reacts to a post, or takes that back. @throws like {@link write} */
  async react(event: LiveEvent, writer: Writer, postId: string, { reaction, on }: { readonly reaction: Reaction; readonly on: boolean }): Promise<void> {
    const post = await this.#touch(event, writer, postId);
    const { sql } = this.#options.store;
    const author_key = personKeys(writer.author).author;
    const query = on
      ? sql
          .insertInto("post_reaction")
          .values({ post_id: post.id, author_key, reaction })
          .onConflict((conflict) => conflict.columns(["post_id", "author_key", "reaction"]).doNothing())
      : sql.deleteFrom("post_reaction").where("post_id", "=", post.id).where("author_key", "=", author_key).where("reaction", "=", reaction);
    await this.#options.store.write([{ query }]);
  }

  /** Reacts to what is heard at this moment. @throws `transition-invalid` when nothing is on air, else like {@link write} */
  async reactToMoment(event: LiveEvent, writer: Writer, reaction: Reaction): Promise<void> {
    const keys = personKeys(writer.author);
    await this.requireOpen(event, await this.settings(event.id), writer, keys);
    if (event.status !== "live") throw new EarshotError("transition-invalid", { act: "react", status: event.status });
    this.moments.take(event.id, reaction, keys.author);
  }

  /** Tells the moderators of a post; once for each who reports. @throws `not-found`, `suspended`, `invalid-field` */
  async report(event: LiveEvent, writer: Writer, postId: string, { rule, reason }: { readonly rule: ModerationRule; readonly reason: string }): Promise<void> {
    const post = await this.#visible(event.id, postId);
    const keys = personKeys(writer.author);
    await this.requireFree(event.id, keys);
    const row = {
      post_id: post.id,
      reporter_key: keys.author,
      rule,
      reason: readOptional("reason", reason),
      at_ms: this.#options.clock.wallMs(),
      settled_ms: null,
    };
    const query = this.#options.store.sql
      .insertInto("post_report")
      .values(row)
      .onConflict((conflict) => conflict.columns(["post_id", "reporter_key"]).doNothing());
    await this.#options.store.write([{ query }]);
  }

  /** Puts a post above all others, or back. @throws `not-found`, `conflict` when as many stand there as may */
  async pin(event: LiveEvent, postId: string, on: boolean, by: Actor): Promise<void> {
    const post = await this.#visible(event.id, postId);
    const { clock, desk, store } = this.#options;
    const others = (await this.posts.pinned(event.id)).filter(({ id }) => id !== post.id);
    if (on && others.length >= PINNED_MAX) throw new EarshotError("transition-invalid", { rule: `at most ${PINNED_MAX} pinned posts` });
    const query = store.sql
      .updateTable("post")
      .set({ pinned_ms: on ? clock.wallMs() : null })
      .where("id", "=", post.id);
    await desk.record(event.id, [{ query }], { act: on ? "pin-post" : "unpin-post", by, after: { post: post.id } });
  }

  /** What a browser voted for and reacted with. */
  async given({ author }: PersonKeys, limit: number): Promise<{ readonly votes: readonly string[]; readonly reactions: readonly [string, Reaction][] }> {
    const { sql, read } = this.#options.store;
    const votes = await read(sql.selectFrom("post_vote").select("post_id").where("voter_key", "=", author).orderBy("post_id", "desc").limit(limit));
    const mine = sql.selectFrom("post_reaction").select(["post_id", "reaction"]).where("author_key", "=", author);
    const reactions = await read(mine.orderBy("post_id", "desc").limit(limit));
    return { votes: votes.map(({ post_id }) => post_id), reactions: reactions.map(({ post_id, reaction }) => [post_id, reaction]) };
  }

  /** @throws `suspended` with its end */
  async requireFree(eventId: string, keys: PersonKeys): Promise<void> {
    const nowMs = this.#options.clock.wallMs();
    const own = keyList(keys);
    const [act] = (await this.#acts.suspensions(eventId, nowMs)).filter((one) => keysOfAct(one).some((key) => own.includes(key)));
    if (act === undefined) return;
    throw new EarshotError("suspended", { act: act.id, until: act.until_ms === null ? "" : new Date(act.until_ms).toISOString() });
  }

  /** Whether somebody may write now. @throws `event-ended`, `wall-closed`, `account-needed`, `suspended` */
  async requireOpen(event: LiveEvent, settings: WallSettings, { author, staff }: Writer, keys: PersonKeys): Promise<void> {
    if (event.status === "cancelled") throw new EarshotError("event-ended", { status: event.status });
    await this.requireFree(event.id, keys);
    if (settings.opening === "off" || (settings.locked && !staff)) throw new EarshotError("wall-closed", { locked: settings.locked });
    if (settings.opening === "accounts" && author.kind !== "account" && !staff) throw new EarshotError("account-needed");
  }

  async #touch(event: LiveEvent, writer: Writer, postId: string): Promise<Post> {
    await this.requireOpen(event, await this.settings(event.id), writer, personKeys(writer.author));
    return await this.#visible(event.id, postId);
  }

  async #visible(eventId: string, postId: string): Promise<Post> {
    const post = await this.posts.find(eventId, postId);
    if (post?.state !== "visible") throw new EarshotError("not-found", { post: postId.slice(0, 64) });
    return post;
  }

  /** What a reply answers or a repost shows: always the post at the root, so that threads stay flat. */
  async #parentOf(eventId: string, { kind, parent }: PostDraft): Promise<Post | undefined> {
    if (kind !== "reply" && kind !== "repost") return undefined;
    const post = await this.#visible(eventId, parent ?? "");
    return post.parent_id === null || (kind === "repost" && post.kind === "reply") ? post : await this.#visible(eventId, post.parent_id);
  }

  async #refuseLookalike(eventId: string, name: string): Promise<void> {
    const taken = (await this.#options.desk.seats.of(eventId)).map((person) => person.name);
    if (lookalike(name, taken) !== undefined) throw new EarshotError("invalid-field", { field: "name", rule: "not the name of somebody on stage" });
  }

  async #waitOut(eventId: string, keys: PersonKeys, slowSeconds: number, nowMs: number): Promise<void> {
    if (slowSeconds === 0) return;
    const [last] = await this.posts.ofAuthor(eventId, keys, 1);
    const left = last === undefined ? 0 : last.at_ms + slowSeconds * 1_000 - nowMs;
    if (left > 0) throw new EarshotError("rate-limited", { retry_after_seconds: Math.ceil(left / 1_000) });
  }
}

/** Why a post waits for a moderator; undefined when it does not. */
function holdingRule({ author }: Writer, { hold, words }: WallSettings, text: string): ModerationRule | undefined {
  if (findWord(`${author.name}\n${text}`, words) !== undefined) return "word-list";
  return hold === "all" || (hold === "guests" && author.kind !== "account") ? "pre-moderation" : undefined;
}

/** The hold of a post by a rule: nobody's act, and told to its author as such. */
function holdOf(post: Post, rule: ModerationRule, id: string): NewModeration {
  return {
    ...{ id, event_id: post.event_id, at_ms: post.at_ms, act: "hold", post_id: post.id, author_key: post.author_key, device_key: post.device_key },
    ...{
      listener_key: post.listener_key,
      name: post.name,
      rule,
      reason: "",
      automated: 1,
      until_ms: null,
      hides: 0,
      undoes: null,
      actor_name: "",
      actor_role: "house",
    },
  };
}

function toSettings({ opening, hold, slow_seconds, words, locked, tally }: WallTable): WallSettings {
  return { opening, hold, slowSeconds: slow_seconds, words: JSON.parse(words) as string[], locked: locked === 1, tally: tally === 1 };
}
