import { keyList, type PersonKeys, type Step } from "../event/mod.ts";
import type { PostKind, Reaction } from "../wire/wall.ts";
import type { SocialStore } from "./store.ts";
import type { PostTable } from "./tables.ts";

/** A post as stored. */
export type Post = PostTable;

/** Counts of what others did with a post. */
export interface PostCounts {
  readonly votes: ReadonlyMap<string, number>;
  readonly reposts: ReadonlyMap<string, number>;
  readonly reactions: ReadonlyMap<string, Readonly<Partial<Record<Reaction, number>>>>;
}

/** Reads posts and makes the steps that write them. */
export class Posts {
  readonly #store: SocialStore;

  constructor(store: SocialStore) {
    this.#store = store;
  }

  /** A post of an event, in whatever state. */
  async find(eventId: string, id: string): Promise<Post | undefined> {
    return (await this.#store.read(this.#table.where("event_id", "=", eventId).where("id", "=", id)))[0];
  }

  /** Posts by their ids. */
  async some(ids: readonly string[]): Promise<readonly Post[]> {
    if (ids.length === 0) return [];
    return await this.#store.read(this.#table.where("id", "in", [...ids]));
  }

  /** What everybody may see of one kind, the newest first; `hidden`: keys of those whose posts are hidden for now. */
  async visible(eventId: string, kinds: readonly PostKind[], limit: number, hidden: readonly string[]): Promise<readonly Post[]> {
    let query = this.#table
      .where("event_id", "=", eventId)
      .where("state", "=", "visible")
      .where("kind", "in", [...kinds]);
    if (hidden.length > 0) query = query.where("author_key", "not in", hidden).where("device_key", "not in", hidden).where("listener_key", "not in", hidden);
    return await this.#store.read(query.orderBy("at_ms", "desc").orderBy("id", "desc").limit(limit));
  }

  /** Visible replies to these posts, the oldest first. */
  async replies(parents: readonly string[], hidden: readonly string[]): Promise<readonly Post[]> {
    if (parents.length === 0) return [];
    const query = this.#table
      .where("kind", "=", "reply")
      .where("state", "=", "visible")
      .where("parent_id", "in", [...parents]);
    const rows = await this.#store.read(query.orderBy("at_ms").orderBy("id"));
    return rows.filter((row) => !isHidden(row, hidden));
  }

  /** Visible questions, the most wanted first, then the oldest. */
  async questions(eventId: string, limit: number, hidden: readonly string[]): Promise<readonly Post[]> {
    let query = this.#store.sql
      .selectFrom("post")
      .selectAll("post")
      .select(({ selectFrom, fn }) => selectFrom("post_vote").whereRef("post_vote.post_id", "=", "post.id").select(fn.countAll<number>().as("n")).as("votes"))
      .where("event_id", "=", eventId)
      .where("kind", "=", "question")
      .where("state", "=", "visible");
    if (hidden.length > 0) query = query.where("author_key", "not in", hidden).where("device_key", "not in", hidden).where("listener_key", "not in", hidden);
    const rows = await this.#store.read(query.orderBy("votes", "desc").orderBy("at_ms").orderBy("id").limit(limit));
    return rows.map(({ votes: _, ...post }) => post);
  }

  /** Visible posts that stand above all others, the latest first. */
  async pinned(eventId: string): Promise<readonly Post[]> {
    const query = this.#table.where("event_id", "=", eventId).where("pinned_ms", "is not", null).where("state", "=", "visible");
    return await this.#store.read(query.orderBy("pinned_ms", "desc"));
  }

  /** What one author wrote at an event, the latest first. */
  async ofAuthor(eventId: string, keys: PersonKeys, limit: number): Promise<readonly Post[]> {
    const own = keyList(keys);
    const query = this.#table
      .where("event_id", "=", eventId)
      .where((where) => where.or([where("author_key", "in", own), where("device_key", "in", own), where("listener_key", "in", own)]));
    return await this.#store.read(query.orderBy("at_ms", "desc").orderBy("id", "desc").limit(limit));
  }

  /** Everything of an event in one state, the oldest first. */
  async inState(eventId: string, state: Post["state"], limit: number): Promise<readonly Post[]> {
    return await this.#store.read(this.#table.where("event_id", "=", eventId).where("state", "=", state).orderBy("at_ms").orderBy("id").limit(limit));
  }

  /** How many posts an event has, in whatever state. */
  async count(eventId: string): Promise<number> {
    const query = this.#store.sql
      .selectFrom("post")
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .where("event_id", "=", eventId);
    return Number((await this.#store.read(query))[0]?.n ?? 0);
  }

  /** Votes, reactions and reposts of these posts. */
  async counts(ids: readonly string[]): Promise<PostCounts> {
    if (ids.length === 0) return { votes: new Map(), reposts: new Map(), reactions: new Map() };
    const { sql } = this.#store;
    const votes = await this.#store.read(
      sql
        .selectFrom("post_vote")
        .select(["post_id", sql.fn.countAll<number>().as("n")])
        .where("post_id", "in", [...ids])
        .groupBy("post_id"),
    );
    const reposts = await this.#store.read(
      sql
        .selectFrom("post")
        .select(["parent_id", sql.fn.countAll<number>().as("n")])
        .where("parent_id", "in", [...ids])
        .where("kind", "=", "repost")
        .where("state", "=", "visible")
        .groupBy("parent_id"),
    );
    const reactions = await this.#store.read(
      sql
        .selectFrom("post_reaction")
        .select(["post_id", "reaction", sql.fn.countAll<number>().as("n")])
        .where("post_id", "in", [...ids])
        .groupBy(["post_id", "reaction"]),
    );
    const byPost = Map.groupBy(reactions, ({ post_id }) => post_id);
    return {
      votes: new Map(votes.map(({ post_id, n }) => [post_id, Number(n)])),
      reposts: new Map(reposts.map(({ parent_id, n }) => [parent_id ?? "", Number(n)])),
      reactions: new Map([...byPost].map(([id, rows]) => [id, Object.fromEntries(rows.map(({ reaction, n }) => [reaction, Number(n)]))])),
    };
  }

  /** Step: a new post. A second repost of the same post by the same author is refused with `conflict`. */
  insert(post: Post): Step {
    return { query: this.#store.sql.insertInto("post").values(post) };
  }

  /** Step: what a post is after the acts in force: removed, else held, else visible; withdrawn stays withdrawn. Put after the act in the same transaction. */
  settle(postId: string): Step {
    const { sql } = this.#store;
    const query = sql
      .updateTable("post")
      .set(({ case: when, exists, selectFrom }) => {
        const inForce = (act: "hold" | "remove") =>
          exists(
            selectFrom("moderation as done")
              .select("done.id")
              .where("done.post_id", "=", postId)
              .where("done.act", "=", act)
              .where(({ not, exists: has, selectFrom: from }) =>
                not(has(from("moderation as undone").select("undone.id").whereRef("undone.undoes", "=", "done.id"))),
              ),
          );
        return {
          state: when()
            .when(inForce("remove"))
            .then("removed" as const)
            .when(inForce("hold"))
            .then("held" as const)
            .else("visible" as const)
            .end(),
        };
      })
      .where("id", "=", postId)
      .where("state", "<>", "withdrawn");
    return { query };
  }

  get #table() {
    return this.#store.sql.selectFrom("post").selectAll();
  }
}

/** Whether a post is by somebody whose posts are hidden for now. */
export function isHidden({ author_key, device_key, listener_key }: Post, hidden: readonly string[]): boolean {
  return [author_key, device_key, listener_key].some((key) => hidden.includes(key));
}
