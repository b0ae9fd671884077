import { html, nothing } from "lit";
import type { EventView } from "../../src/wire/api.ts";
import { countdown } from "../listen/countdown.ts";
import { clock } from "../listen/time.ts";
import { sayBackstage } from "../words/backstage.ts";
import { sayBefore, timeIn } from "../words/before.ts";
import { plan } from "../words/planning.ts";
import { call } from "./api.ts";
import { LookingElement } from "./looking-element.ts";

/** How often it is looked whether the event was moved. Milliseconds; who waits backstage is told within a quarter of a minute. */
const LOOK_MS = 15_000;
const TICK_MS = 1_000;

/** When it starts, how long that is, and what it was moved from: for everybody backstage, until it is on air. Fires `planned` with the event when something changed. */
export class EventStart extends LookingElement {
  static override properties = { event: { attribute: false } };
  declare event: EventView;
  protected readonly lookMs = LOOK_MS;
  #tick = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#tick = window.setInterval(() => {
      if (!this.rests) this.requestUpdate();
    }, TICK_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#tick);
  }

  protected async look(): Promise<void> {
    if (!this.#waits) return;
    const called = await call<EventView>("GET", `/api/events/${this.event.slug}`);
    if (called.ok && JSON.stringify(called.answer) !== JSON.stringify(this.event)) this.dispatchEvent(new CustomEvent("planned", { detail: called.answer }));
  }

  /** Whether there is still something to wait for. */
  get #waits(): boolean {
    const { status, permanent } = this.event;
    return !permanent && status !== "live" && status !== "ended";
  }

  override render() {
    // The stage knows a moment before the announcement does.
    if (!this.#waits || document.body.classList.contains("on-air")) return nothing;
    const { status, startDate, timeZone, doorTime, schedule, notice } = this.event;
    const comes = status === "scheduled" || status === "doors";
    const old = comes ? schedule?.previousStartDate : startDate;
    const here = timeIn(startDate);
    const there = timeIn(startDate, timeZone);
    return html`<section class="card" id="start-card"><div role="status">
      ${old === undefined ? nothing : html`<p class="quiet">${sayBefore("oldTime")} <del><time datetime=${old}>${timeIn(old)}</time></del></p>`}
      ${comes ? html`<p><strong>${old === undefined ? plan("starts", { time: here }) : `${sayBefore("newTime")}: ${here}`}</strong></p>` : html`<p><strong>${sayBefore(status === "postponed" ? "follows" : "calledOff")}</strong></p>`}
      ${comes && here !== there ? html`<p class="quiet small">${sayBefore("there", { time: there, zone: timeZone })}</p>` : nothing}
      ${schedule?.reason === undefined ? nothing : html`<p>${sayBefore("because")} <bdi>${schedule.reason}</bdi></p>`}
      ${notice === undefined || !comes ? nothing : html`<p>${notice.message === "" ? nothing : html`<bdi>${notice.message}</bdi> `}${notice.expectedDate === undefined ? nothing : sayBefore("expected", { time: timeIn(notice.expectedDate) })}</p>`}</div>
      ${comes ? html`<p class="row"><span role="timer" aria-live="off" id="start-countdown">${untilStart(Date.parse(startDate) - Date.now())}</span><span class="quiet small">${status === "doors" ? sayBefore("doorsOpen") : plan("doorsAt", { time: timeIn(doorTime) })}</span></p>` : nothing}</section>`;
  }
}

/** How long it is until the start, or how far it is over it. Milliseconds. */
function untilStart(leftMs: number): string {
  return leftMs > 0 ? countdown(leftMs) : sayBackstage("over", { time: clock(-leftMs / 1_000) });
}
customElements.define("earshot-start", EventStart);
