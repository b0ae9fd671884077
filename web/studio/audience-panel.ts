import { html, nothing } from "lit";
import type { AudienceAnswer } from "../../src/wire/api.ts";
import { STALE_AFTER_MS } from "../../src/wire/audience.ts";
import { lang } from "../words/language.ts";
import { say } from "../words/audience.ts";
import { call } from "./api.ts";
import { renderCourse } from "./audience-chart.ts";
import { LookingElement } from "./looking-element.ts";
import "./door-panel.ts";

/** How often the account is asked for. Milliseconds; half a window, so that a new one is never older than that. */
const LOOK_MS = 5_000;

const inWords = (value: number, digits = 0) => new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
const atTime = (unixMs: number) => new Intl.DateTimeFormat(lang, { timeStyle: "medium" }).format(unixMs);

/** Who listens, as the host sees it: the figure, its course, the account behind it and its definition. */
export class AudiencePanel extends LookingElement {
  static override properties = { slug: {}, directs: { type: Boolean } };
  declare slug: string;
  /** Whether this person may order the doors. */
  declare directs: boolean;
  #account: AudienceAnswer | undefined;
  /** When the account came. Milliseconds of the page's own clock, which may stand wrong by the time of day. */
  #cameMs = 0;
  protected readonly lookMs = LOOK_MS;

  protected async look(): Promise<void> {
    const called = await call<AudienceAnswer>("GET", `/api/events/${this.slug}/audience`);
    // An answer that fails leaves the last figure to grow old.
    if (!called.ok) return;
    this.#account = called.answer;
    this.#cameMs = performance.now();
    this.dispatchEvent(new CustomEvent("account", { detail: called.answer }));
  }

  override render() {
    return html`<section class="card" aria-labelledby=${`audience-${this.slug}`}><h2 id=${`audience-${this.slug}`}>${say("audience")}</h2>
      ${this.#account?.audience === undefined ? html`<p class="quiet">${say("nobodyCounted")}</p>` : this.#renderAccount(this.#account.audience, this.#account.nowUnixMs + performance.now() - this.#cameMs)}
      ${this.directs ? html`<earshot-doors .slug=${this.slug} .account=${this.#account}></earshot-doors>` : nothing}</section>`;
  }

  #renderAccount(account: NonNullable<AudienceAnswer["audience"]>, nowUnixMs: number) {
    const {
      listeningNow,
      low,
      high,
      asOfUnixMs,
      windowMs,
      peak,
      peakUnixMs,
      uniqueListeners,
      uniqueErrorShare,
      sessions,
      sessionsLow,
      sessionsHigh,
      sessionsGross,
    } = account;
    const old = nowUnixMs - asOfUnixMs > STALE_AFTER_MS;
    const percent = inWords(uniqueErrorShare * 200, 1);
    const rows: readonly (readonly [string, string])[] = [
      [say("peak"), say("peakAt", { number: inWords(peak), time: atTime(peakUnixMs) })],
      [say("average"), inWords(account.average, 1)],
      [say("hours"), inWords(account.listeningHours, 2)],
      [say("sessions"), say("sessionsOf", { number: inWords(sessions), gross: inWords(sessionsGross) })],
      ...(uniqueListeners === undefined ? [] : [[say("unique"), say("uniqueOf", { number: inWords(uniqueListeners), percent })] as const]),
      ...(account.waitingNow + account.turnedAway === 0
        ? []
        : ([
            [say("waitingNow"), inWords(account.waitingNow)],
            [say("turnedAway"), inWords(account.turnedAway)],
          ] as const)),
      ...(account.machines === 0 ? [] : [[say("machines"), inWords(account.machines)] as const]),
      ...Object.entries(account.forms).map(([form, number]) => [form.toUpperCase(), inWords(number)] as const),
    ];
    return html`<p><span class="now ${old ? "old" : ""}">${inWords(listeningNow)}</span> <span class=${old ? "quiet" : ""}>${old ? say("listenedAt", { time: atTime(asOfUnixMs) }) : say("listeningNow")}</span></p>
      ${renderCourse(account.recent as (readonly [number, number])[], windowMs)}
      <dl class="figures">${rows.map(([name, value]) => html`<div><dt class="small quiet">${name}</dt><dd>${value}</dd></div>`)}</dl>
      <details class="small"><summary>${say("howCounted")}</summary><p>${say("countedBy", { low: inWords(low), high: inWords(high), sessionsLow: inWords(sessionsLow), sessionsHigh: inWords(sessionsHigh) })}</p></details>`;
  }
}
customElements.define("earshot-audience", AudiencePanel);
