import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { OwnWall } from "../../src/wire/wall-api.ts";
import { type PublicPost, REACTIONS, type Reaction } from "../../src/wire/wall.ts";
import { locale } from "../words/language.ts";
import { roleInWords, tellWall } from "../words/wall.ts";
import { partsOf } from "./link-parts.ts";
import { REACTION_SIGNS } from "./reaction-signs.ts";
import { timeInWords } from "./time-in-words.ts";

/** What can be done with a post by whoever reads it. */
export interface PostActs {
  readonly own: OwnWall | undefined;
  vote(post: PublicPost, on: boolean): Promise<void>;
  react(post: PublicPost, reaction: Reaction, on: boolean): Promise<void>;
  repost(post: PublicPost): Promise<void>;
  withdraw(post: PublicPost): Promise<void>;
  reply(post: PublicPost): void;
  report(post: PublicPost): void;
}

/** A post as text: only those who answer for the event have links in it. */
export function renderText(post: { readonly text: string; readonly role?: string | undefined }): TemplateResult {
  const parts = partsOf(post).map(({ text, href }) =>
    href === undefined ? text : html`<a href=${href} rel="nofollow ugc noopener noreferrer" target="_blank">${text}</a>`,
  );
  return html`<p class="said" dir="auto">${parts}</p>`;
}

/** A post with everything one can do with it, and its replies. */
export function renderPost(post: PublicPost, acts: PostActs): TemplateResult {
  const shown = post.of ?? post;
  const { replies = [], moreReplies } = post;
  return html`${post.of === undefined ? nothing : html`<p class="quiet small">${tellWall("repostOf", { name: post.name })}</p>`}${renderHead(shown)}${renderText(shown)}${renderButtons(shown, acts)}
    ${
      replies.length === 0
        ? nothing
        : html`<ol class="replies">${repeat(
            replies,
            ({ id }) => id,
            (reply) => html`<li data-post=${reply.id}>${renderHead(reply)}${renderText(reply)}${renderButtons(reply, acts)}</li>`,
          )}</ol>`
    }
    ${moreReplies === undefined ? nothing : html`<p class="quiet small">${tellWall("moreReplies", { number: String(moreReplies) })}</p>`}`;
}

/** Who wrote a post, what they are to the event, and when. */
export function renderHead({ name, role, account, atUnixMs }: Pick<PublicPost, "name" | "role" | "account" | "atUnixMs">): TemplateResult {
  const known = [roleInWords(role), account === true ? tellWall("account") : ""].filter((one) => one !== "").join(", ");
  return html`<p class="small"><bdi><strong>${name}</strong></bdi>${known === "" ? nothing : html` (${known})`} · <time class="quiet" datetime=${new Date(atUnixMs).toISOString()}>${timeInWords(atUnixMs)}</time></p>`;
}

function renderButtons(post: PublicPost, acts: PostActs): TemplateResult {
  const { id, kind, votes, reactions, reposts, name } = post;
  const { own } = acts;
  const voted = own?.votes.includes(id) === true;
  const mine = own?.posts.some((written) => written.id === id) === true;
  const reacted = (reaction: Reaction) => own?.reactions.some(([to, what]) => to === id && what === reaction) === true;
  // The wall is some seconds old: one's own touch counts before it is in there.
  const count = (value: number | undefined, touched = false) => {
    const known = Math.max(value ?? 0, touched ? 1 : 0);
    return value === undefined && !touched ? "" : ` ${new Intl.NumberFormat(locale).format(known)}`;
  };
  const reaction = (one: Reaction) => {
    const number = count(reactions?.[one], reacted(one));
    return html`<button data-act=${one} aria-pressed=${reacted(one)} aria-label=${`${tellWall(one)}${number}: ${name}`} @click=${() => acts.react(post, one, !reacted(one))}>${REACTION_SIGNS[one]}${number}</button>`;
  };
  return html`${kind === "question" ? html`<button class="vote" data-act="vote" aria-pressed=${voted} @click=${() => acts.vote(post, !voted)}><span aria-hidden="true">${voted ? "▲" : "△"}</span>${tellWall("vote")}<strong>${count(votes, voted)}</strong></button>` : nothing}
    <div class="row acts"><div class="signs">${REACTIONS.map(reaction)}</div>
    <button data-act="reply" aria-label=${`${tellWall("reply")}: ${name}`} @click=${() => acts.reply(post)}>${tellWall("reply")}</button>
    ${mine || kind === "reply" ? nothing : html`<button data-act="repost" aria-label=${`${tellWall("repost")}${count(reposts)}: ${name}`} @click=${() => acts.repost(post)}>${tellWall("repost")}${count(reposts)}</button>`}
    ${mine ? html`<button data-act="withdraw" @click=${() => acts.withdraw(post)}>${tellWall("withdraw")}</button>` : html`<button data-act="report" aria-label=${`${tellWall("report")}: ${name}`} @click=${() => acts.report(post)}>${tellWall("report")}</button>`}</div>`;
}
