import { EarshotError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { type Actor, keyList, type LiveEvent, listenerLinkKey, type PersonKeys, personKeys, type Step } from "../event/mod.ts";
import type { LoggedAct } from "../wire/acts.ts";
import type { ModerationRequest, ModerationView, Statement } from "../wire/wall-api.ts";
import type { ModerationAct, ModerationRule } from "../wire/wall.ts";
import { type ActRow, Acts, isInForce, keysOfAct, type NewModeration, takenBackBy } from "./acts.ts";
import type { Author } from "./author.ts";
import { readOptional, readText } from "./limits.ts";
import { type Post, Posts } from "./posts.ts";
import type { SocialOptions } from "./wall-desk.ts";

/** One minute. Milliseconds. */
const MINUTE_MS = 60_000;
/** Statements shown to the person concerned, and acts and appeals to moderators. */
const SHOWN_MAX = 50;
/** Reports looked at together, and reasons shown of one post. */
const REPORTS_MAX = 500;
const REASONS_SHOWN = 5;
/** Roles that nobody suspends, and those that only who may take seats away suspends. */
const NEVER_SUSPENDED: ReadonlySet<string> = new Set(["operator", "host"]);
const HARD_TO_SUSPEND: ReadonlySet<string> = new Set(["co-host", "moderator", "producer", "captioner"]);
/** What the event's log calls each act. */
const LOGGED: Readonly<Record<ModerationAct, LoggedAct>> = {
  hold: "hold-post",
  remove: "remove-post",
  suspend: "suspend",
  release: "release-post",
  restore: "restore-post",
  reinstate: "reinstate",
};

/** A post that listeners reported, and why. */
export interface ReportedPost {
  readonly post: Post;
  readonly reports: number;
  readonly reasons: readonly { readonly rule: ModerationRule; readonly reason: string }[];
}

/** Who moderates; `strong`: may take seats away too. */
export interface Moderator {
  readonly actor: Actor;
  readonly strong: boolean;
}

/** Whom an act concerns. */
interface Target {
  readonly keys: PersonKeys;
  readonly name: string;
  /** Roles that the act would take from them. */
  readonly roles: readonly string[];
  /** What they wrote, where the act is about that. */
  readonly post: Post | undefined;
}

/** What moderators decide, what those concerned are told, and their appeals. Each act is one transaction with its line in the event's log. */
export class ModerationDesk {
  readonly #options: SocialOptions;
  readonly #posts: Posts;
  readonly #acts: Acts;

  constructor(options: SocialOptions) {
    this.#options = options;
    this.#posts = new Posts(options.store);
    this.#acts = new Acts(options.store);
  }

  /**
   * Holds or removes a post, or suspends whoever wrote it, raised a hand, has a seat or listens by a personal link; returns the act's id.
   * @throws `not-found`, `forbidden`, `invalid-field` without a reason, `transition-invalid` when it is so already or nobody came to the seat yet
   */
  async act(event: LiveEvent, request: ModerationRequest, by: Moderator): Promise<string> {
    const { act, rule, reason, minutes, hidePosts } = request;
    const { keys, name, roles, post } = await this.#targetOf(event.id, request);
    const hard = roles.find((role) => NEVER_SUSPENDED.has(role) || (HARD_TO_SUSPEND.has(role) && !by.strong));
    if (act === "suspend" && hard !== undefined) throw new EarshotError("forbidden", { act: "suspend", role: hard });
    const concerned = act === "suspend" ? undefined : post;
    const standing = concerned === undefined ? [] : await this.#acts.upon([concerned.id]);
    if (standing.some((one) => one.act === act)) throw new EarshotError("transition-invalid", { act, state: concerned?.state ?? "" });
    const nowMs = this.#options.clock.wallMs();
    const row: NewModeration = {
      ...{ id: newId(nowMs), event_id: event.id, at_ms: nowMs, act, post_id: concerned?.id ?? null, name },
      ...{ author_key: keys.author, device_key: keys.device, listener_key: keys.listener },
      ...{ rule, reason: readText("reason", reason), automated: 0, undoes: null },
      ...{ until_ms: act === "suspend" && minutes !== null ? nowMs + minutes * MINUTE_MS : null, hides: act === "suspend" && hidePosts ? 1 : 0 },
      ...{ actor_name: by.actor.name, actor_role: by.actor.role },
    };
    const settled = concerned === undefined ? [] : [this.#posts.settle(concerned.id)];
    await this.#commit(row, [...settled, ...(post === undefined ? [] : this.#settleReports(post.id, nowMs))], by.actor);
    return row.id;
  }

  /** Takes an act back; what was before is again. Returns the id of the taking back. @throws `not-found`, `transition-invalid`, `conflict` when somebody was quicker */
  async undo(event: LiveEvent, actId: string, reason: string, by: Actor): Promise<string> {
    return await this.#undo(event, await this.#find(event.id, actId), readOptional("reason", reason), by, []);
  }

  /** Reports of a post are read and nothing is done about it. @throws `not-found` */
  async dismiss(event: LiveEvent, postId: string): Promise<void> {
    const post = await this.#posts.find(event.id, postId);
    if (post === undefined) throw new EarshotError("not-found", { post: postId.slice(0, 64) });
    await this.#options.store.write(this.#settleReports(post.id, this.#options.clock.wallMs()));
  }

  /** The person concerned says why an act is wrong, once. @throws `not-found` when it concerns somebody else, `transition-invalid`, `conflict`, `invalid-field` */
  async appeal(event: LiveEvent, author: Author, actId: string, text: string): Promise<void> {
    const act = await this.#find(event.id, actId);
    if (!concerns(act, personKeys(author))) throw new EarshotError("not-found", { act: actId.slice(0, 64) });
    const nowMs = this.#options.clock.wallMs();
    if (!mayAppeal(act, nowMs)) throw new EarshotError("transition-invalid", { act: act.act });
    const steps = [this.#acts.insertAppeal(event.id, act.id, readText("appeal", text), nowMs)];
    await this.#options.desk.record(event.id, steps, { act: "appeal", by: { name: "", role: "listener" }, after: { act: act.id } });
  }

  /** Decides an appeal; granting it takes the act back. @throws `not-found`, `conflict` when it is decided already */
  async decide(event: LiveEvent, actId: string, { grant, answer }: { readonly grant: boolean; readonly answer: string }, by: Actor): Promise<void> {
    const act = await this.#find(event.id, actId);
    if (act.appeal === undefined) throw new EarshotError("not-found", { act: actId.slice(0, 64) });
    const said = readOptional("appeal", answer);
    const settle = this.#acts.settleAppeal(act.id, grant ? "granted" : "refused", said, this.#options.clock.wallMs());
    if (grant && act.undone === null) return void (await this.#undo(event, act, "", by, [settle], "settle-appeal"));
    await this.#options.desk.record(event.id, [settle], { act: "settle-appeal", by, after: { act: act.id, granted: String(grant) } });
  }

  /** Keys of everybody who is suspended at this moment, as account, device or personal listener link. */
  async suspendedKeys(eventId: string): Promise<ReadonlySet<string>> {
    return new Set((await this.#acts.suspensions(eventId, this.#options.clock.wallMs())).flatMap(keysOfAct));
  }

  /** Events in which a suspension ended in this span, so that what follows from it is to be made anew. Unix milliseconds. */
  endedBetween(fromMs: number, toMs: number): Promise<readonly string[]> {
    return this.#acts.endedBetween(fromMs, toMs);
  }

  /** What somebody was told at an event, the newest first. */
  async statements(eventId: string, author: Author): Promise<readonly Statement[]> {
    const rows = await this.#acts.concerning(eventId, personKeys(author), SHOWN_MAX);
    const texts = await this.#texts(rows);
    return rows.map((row) => toStatement(row, texts.get(row.post_id ?? ""), this.#options.clock.wallMs()));
  }

  /** What moderators see: open appeals, suspensions in force, what was decided lately. */
  async overview(eventId: string): Promise<{
    readonly appeals: readonly ModerationView[];
    readonly suspended: readonly ModerationView[];
    readonly recent: readonly ModerationView[];
  }> {
    const nowMs = this.#options.clock.wallMs();
    const appeals = await this.#acts.openAppeals(eventId, SHOWN_MAX);
    const suspended = await this.#acts.suspensions(eventId, nowMs);
    const recent = await this.#acts.latest(eventId, SHOWN_MAX);
    const texts = await this.#texts([...appeals, ...suspended, ...recent]);
    const view = (row: ActRow): ModerationView => ({
      ...toStatement(row, texts.get(row.post_id ?? ""), nowMs),
      actor: row.actor_name,
      name: row.name,
      post: row.post_id,
    });
    return { appeals: appeals.map(view), suspended: suspended.map(view), recent: recent.map(view) };
  }

  /** Posts that wait, with the rule that holds each, the longest waiting first. */
  async held(eventId: string): Promise<readonly { readonly post: Post; readonly act: ActRow }[]> {
    const posts = await this.#posts.inState(eventId, "held", SHOWN_MAX);
    const acts = (await this.#acts.upon(posts.map(({ id }) => id))).filter(({ act }) => act === "hold");
    return posts.flatMap((post) => {
      const act = acts.find(({ post_id }) => post_id === post.id);
      return act === undefined ? [] : [{ post, act }];
    });
  }

  /** Posts that were reported and not looked at yet, the most reported first. */
  async reported(eventId: string): Promise<readonly ReportedPost[]> {
    const { store } = this.#options;
    const query = store.sql
      .selectFrom("post_report")
      .innerJoin("post", "post.id", "post_report.post_id")
      .select(["post_report.post_id", "post_report.rule", "post_report.reason"])
      .where("post.event_id", "=", eventId)
      .where("post.state", "=", "visible")
      .where("post_report.settled_ms", "is", null)
      .orderBy("post_report.at_ms")
      .limit(REPORTS_MAX);
    const byPost = Map.groupBy(await store.read(query), ({ post_id }) => post_id);
    const posts = new Map((await this.#posts.some([...byPost.keys()])).map((post) => [post.id, post]));
    return [...byPost]
      .flatMap(([id, reports]) => {
        const post = posts.get(id);
        const reasons = reports.slice(0, REASONS_SHOWN).map(({ rule, reason }) => ({ rule, reason }));
        return post === undefined ? [] : [{ post, reports: reports.length, reasons }];
      })
      .sort((one, other) => other.reports - one.reports);
  }

  /** Whom an act is meant to concern. @throws `not-found`, `transition-invalid` for a seat that nobody came to */
  async #targetOf(eventId: string, { post: postId, hand, person, listener }: ModerationRequest): Promise<Target> {
    const { seats, hands, listeners } = this.#options.desk;
    if (hand !== undefined) {
      const { name, ...keys } = await hands.keysOf(eventId, hand);
      return await this.#target(eventId, { keys, name, roles: [] });
    }
    if (person !== undefined) {
      const { person: seat, keys } = await seats.keysOf(eventId, person);
      if (keys === undefined) throw new EarshotError("transition-invalid", { act: "suspend", rule: "a seat that somebody came to" });
      return await this.#target(eventId, { keys, name: seat.name, roles: [seat.role] });
    }
    if (listener !== undefined) {
      const link = await listeners.find(eventId, listener);
      if (link === undefined) throw new EarshotError("not-found", { listener: listener.slice(0, 64) });
      const key = listenerLinkKey(link.id);
      return await this.#target(eventId, { keys: { author: key, device: "", listener: key }, name: link.name, roles: [] });
    }
    const post = postId === undefined ? undefined : await this.#posts.find(eventId, postId);
    if (post === undefined || post.state === "withdrawn") throw new EarshotError("not-found", { post: (postId ?? "").slice(0, 64) });
    const { author_key: author, device_key: device, listener_key } = post;
    return await this.#target(eventId, { keys: { author, device, listener: listener_key }, name: post.name, roles: [post.role], post });
  }

  /** Whoever has a seat besides, under any of these keys, loses that one too: nobody is suspended by a way around their role. */
  async #target(eventId: string, { keys, name, roles, post }: Omit<Target, "post"> & { readonly post?: Post }): Promise<Target> {
    const met = await this.#options.desk.seats.met(eventId, keys);
    return { keys, name, roles: [...roles, ...met.map(({ role }) => role)], post };
  }

  async #undo(event: LiveEvent, act: ActRow, reason: string, by: Actor, more: readonly Step[], logged?: LoggedAct): Promise<string> {
    const nowMs = this.#options.clock.wallMs();
    const undoing = takenBackBy(act.act);
    if (!isInForce(act, nowMs)) throw new EarshotError("transition-invalid", { act: act.act });
    const row: NewModeration = {
      ...{ id: newId(nowMs), event_id: event.id, at_ms: nowMs, act: undoing, post_id: act.post_id, author_key: act.author_key, device_key: act.device_key },
      ...{ listener_key: act.listener_key, name: act.name, rule: act.rule, reason, automated: 0, until_ms: null, hides: 0, undoes: act.id },
      ...{ actor_name: by.name, actor_role: by.role },
    };
    await this.#commit(row, [...(act.post_id === null ? [] : [this.#posts.settle(act.post_id)]), ...more], by, logged);
    return row.id;
  }

  /** The act, what follows from it, and its line in the log: neither says who is concerned, only the act's own number does. */
  async #commit(row: NewModeration, steps: readonly Step[], by: Actor, logged: LoggedAct = LOGGED[row.act]): Promise<void> {
    const until = row.until_ms === null ? {} : { until: new Date(row.until_ms).toISOString() };
    const after = {
      act: row.id,
      rule: row.rule,
      ...(row.post_id === null ? {} : { post: row.post_id }),
      ...(row.undoes === null ? {} : { undoes: row.undoes }),
      ...until,
    };
    await this.#options.desk.record(row.event_id, [this.#acts.insert(row), ...steps], { act: logged, by, reason: row.reason, after });
  }

  #settleReports(postId: string, nowMs: number): Step[] {
    const query = this.#options.store.sql.updateTable("post_report").set({ settled_ms: nowMs }).where("post_id", "=", postId).where("settled_ms", "is", null);
    return [{ query }];
  }

  async #find(eventId: string, actId: string): Promise<ActRow> {
    const act = await this.#acts.find(eventId, actId);
    if (act === undefined) throw new EarshotError("not-found", { act: actId.slice(0, 64) });
    return act;
  }

  async #texts(rows: readonly ActRow[]): Promise<ReadonlyMap<string, string>> {
    const posts = await this.#posts.some([...new Set(rows.flatMap(({ post_id }) => (post_id === null ? [] : [post_id])))]);
    return new Map(posts.map(({ id, text }) => [id, text]));
  }
}

function concerns(act: ActRow, keys: PersonKeys): boolean {
  const own = keyList(keys);
  return keysOfAct(act).some((key) => own.includes(key));
}

/** Whoever is concerned may appeal once, as long as the act holds; nobody appeals against being let free. */
function mayAppeal(act: ActRow, nowMs: number): boolean {
  return act.appeal === undefined && isInForce(act, nowMs) && (act.act === "hold" || act.act === "remove" || act.act === "suspend");
}

function toStatement(row: ActRow, text: string | undefined, nowMs: number): Statement {
  return {
    id: row.id,
    act: row.act,
    date: new Date(row.at_ms).toISOString(),
    rule: row.rule,
    reason: row.reason,
    by: row.actor_role,
    automated: row.automated === 1,
    until: row.until_ms === null ? null : new Date(row.until_ms).toISOString(),
    text: text ?? null,
    inForce: isInForce(row, nowMs),
    mayAppeal: mayAppeal(row, nowMs),
    appeal: { state: row.appeal?.state ?? "none", text: row.appeal?.text ?? "", answer: row.appeal?.answer ?? "" },
  };
}
