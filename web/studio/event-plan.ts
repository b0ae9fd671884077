import { html, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { LoggedAct } from "../../src/wire/acts.ts";
import type { ActList, EventView } from "../../src/wire/api.ts";
import { paths } from "../../src/wire/paths.ts";
import type { Repeat, SeriesView } from "../../src/wire/series.ts";
import { timeIn } from "../words/before.ts";
import { plan, type PlanningWord } from "../words/planning.ts";
import { say } from "../words/studio.ts";
import { call, reasonOf } from "./api.ts";
import { announcementFields, fieldTime, readAnnouncement, seriesField, timeFields } from "./event-fields.ts";
import { LightElement } from "./light-element.ts";

/** What each act is called: every one of them, or it is called by another name. */
const ACT_WORDS: Readonly<Record<LoggedAct, PlanningWord>> = {
  edit: "actEdit",
  postpone: "actPostpone",
  reschedule: "actReschedule",
  cancel: "actCancel",
  undo: "actUndo",
  make: "actMake",
  "open-doors": "actDoors",
  "go-live": "actLive",
  end: "actEnd",
  "edit-people": "actPeople",
  invite: "actInvite",
  revoke: "actRevoke",
  "renew-link": "actLink",
  "give-encoder": "actEncoder",
  "hand-over": "actHandOver",
  "set-task": "actTask",
  "step-down": "actDown",
  "to-audience": "actAudience",
  "open-hands": "actHands",
  "close-hands": "actHands",
  "bring-on-stage": "actStage",
  "lower-hand": "actHands",
  "take-aside": "actAside",
  import: "actImport",
  "edit-recording": "actRecording",
  "delete-recording": "actDeleteRecording",
  notice: "actNotice",
  "invite-listeners": "actListeners",
  "revoke-listener": "actListenerGone",
  "set-wall": "actWall",
  "pin-post": "actPin",
  "unpin-post": "actUnpin",
  "hold-post": "actHold",
  "release-post": "actRelease",
  "remove-post": "actRemovePost",
  "restore-post": "actRestorePost",
  suspend: "actSuspend",
  reinstate: "actReinstate",
  appeal: "actAppeal",
  "settle-appeal": "actSettle",
};
/** Who acted, where no name was written down. */
const NAMELESS: Readonly<Partial<Record<string, PlanningWord>>> = { operator: "operator", listener: "listener" };
type Question = "edit" | "postpone" | "cancel" | "undo" | "duplicate" | "repeat" | "notice";
/** How an event can repeat, as the choice offers it. */
const REPEATS: readonly (readonly [PlanningWord, Repeat, number])[] = [
  ["everyWeek", "week", 1],
  ["everySecondWeek", "week", 2],
  ["everyDay", "day", 1],
  ["everyMonthWeekday", "month-weekday", 1],
  ["everyMonthDay", "month-day", 1],
];

/** When the event is, and every way to change that: each behind a question, each with a way back. */
export class EventPlan extends LightElement {
  static override properties = { event: { attribute: false } };
  declare event: EventView;
  #acts: ActList = { acts: [], undoable: null };
  /** Series it could belong to; only who makes events is told of them. */
  #series: readonly SeriesView[] = [];
  #asked: Question | undefined;
  /** The event as it was when the question came up: what is being filled in stays. */
  #askedAbout: EventView | undefined;
  #timeKnown = true;
  #told = "";
  #wrong = "";

  /** What is changed elsewhere is shown here too: by another host, by the clock, by the stage. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("event")) void this.#loadActs();
  }

  async #loadActs(): Promise<void> {
    const called = await call<ActList>("GET", `/api/events/${this.event.slug}/acts`);
    if (called.ok) this.#acts = called.answer;
    if (this.event.may.includes("duplicate-event")) {
      const series = await call<{ series: SeriesView[] }>("GET", "/api/series");
      if (series.ok) this.#series = series.answer.series;
    }
    this.requestUpdate();
  }

  #ask(question: Question): void {
    this.#asked = question;
    this.#askedAbout = this.event;
    this.#wrong = "";
    this.#told = "";
    this.#timeKnown = true;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector("dialog")?.showModal());
  }

  #close(): void {
    this.querySelector("dialog")?.close();
    this.#asked = undefined;
    this.requestUpdate();
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const text = (name: string) => String(fields.get(name) ?? "").trim();
    const time = { startDate: text("start"), timeZone: text("zone") };
    const slug = `/api/events/${this.event.slug}`;
    const calls: Readonly<Record<Question, () => ReturnType<typeof call<EventView>>>> = {
      edit: () => call("PATCH", slug, readAnnouncement(form)),
      postpone: () =>
        this.#timeKnown
          ? call("POST", `${slug}/reschedule`, { ...time, reason: text("reason") })
          : call("POST", `${slug}/postpone`, { reason: text("reason") }),
      cancel: () => call("POST", `${slug}/cancel`, { reason: text("reason") }),
      undo: () => call("POST", `${slug}/undo`, { act: this.#acts.undoable ?? undefined }),
      duplicate: () => call("POST", `${slug}/duplicate`, time),
      repeat: () => {
        const [, every, interval] = REPEATS[Number(text("every"))] ?? ["everyWeek", "week", 1];
        const named = text("series");
        return call("POST", `${slug}/repeat`, { every, interval, count: Number(text("count")), ...(named === "" ? {} : { title: named }) });
      },
      notice: () =>
        call("POST", `${slug}/notice`, { message: text("message"), ...(text("expected") === "" ? {} : { expectedMinutes: Number(text("expected")) }) }),
    };
    const asked = this.#asked;
    if (asked === undefined) return;
    const done = await calls[asked]();
    if (!done.ok) {
      this.#wrong = plan("notDone", { reason: reasonOf(done.problem) });
      return this.requestUpdate();
    }
    if (asked === "duplicate") {
      location.href = `/studio/${done.answer.slug}`;
      return;
    }
    const read = asked === "repeat" ? await call<EventView>("GET", slug) : done;
    if (read.ok) this.event = read.answer;
    this.#told = plan("saved");
    // Which act an undo would take back must be known before the next question can be asked.
    await this.#loadActs();
    this.#close();
    this.dispatchEvent(new CustomEvent("planned", { detail: this.event }));
  }

  override render() {
    const { status, startDate, doorTime, schedule, may, notice, series } = this.event;
    const moves = may.includes("move-event");
    const over = status === "live" || status === "ended";
    const zone = schedule?.timeZone;
    const undoable = this.#acts.acts.find(({ number }) => number === this.#acts.undoable);
    const off = status === "postponed" || status === "cancelled";
    return html`<section class="card" id="plan"><h2>${plan("plan")}</h2>
      ${schedule?.previousStartDate === undefined || over || off ? nothing : html`<p class="quiet"><del>${timeIn(schedule.previousStartDate, zone)}</del></p>`}
      <p id="plan-time"><strong>${off ? plan(status === "postponed" ? "actPostpone" : "actCancel") : nothing}</strong> ${off ? html`<del>${timeIn(startDate, zone)}</del>` : plan("starts", { time: `${timeIn(startDate, zone)} (${zone ?? ""})` })}</p>
      ${off || over ? nothing : html`<p class="quiet">${plan("doorsAt", { time: timeIn(doorTime, zone) })}</p>`}
      ${schedule?.reason === undefined ? nothing : html`<p dir="auto">${schedule.reason}</p>`}
      ${series === undefined ? nothing : html`<p>${plan("series")}: <a href=${this.event.publicUrl.replace(/\/e\/[^/]*$/, paths.series(series.slug))}><bdi>${series.title}</bdi></a></p>`}
      ${notice === undefined ? nothing : html`<p id="plan-told"><strong>${plan("actNotice")}</strong> <bdi>${notice.message}</bdi>${notice.expectedDate === undefined ? "" : ` (${timeIn(notice.expectedDate, zone)})`}</p>`}
      <p role="status" class="quiet">${this.#told}</p>
      <div class="row">
        ${may.includes("edit-event") ? html`<button id="plan-edit" @click=${() => this.#ask("edit")}>${plan("edit")}</button>` : nothing}
        ${moves && !over ? html`<button id="plan-postpone" @click=${() => this.#ask("postpone")}>${off ? plan("newStart") : plan("postpone")}</button>` : nothing}
        ${moves && !over && status !== "cancelled" ? html`<button id="plan-cancel" @click=${() => this.#ask("cancel")}>${plan("cancelEvent")}</button>` : nothing}
        ${moves && !over && undoable !== undefined ? html`<button id="plan-undo" @click=${() => this.#ask("undo")}>${plan("undo", { act: plan(ACT_WORDS[undoable.act]) })}</button>` : nothing}
        ${may.includes("tell-waiting") && (status === "scheduled" || status === "doors") ? html`<button id="plan-notice" @click=${() => this.#ask("notice")}>${plan("notice")}</button>` : nothing}
        ${may.includes("duplicate-event") && status !== "cancelled" ? html`<button id="plan-repeat" @click=${() => this.#ask("repeat")}>${plan("repeat")}</button>` : nothing}
        ${may.includes("duplicate-event") ? html`<button id="plan-duplicate" @click=${() => this.#ask("duplicate")}>${plan("duplicate")}</button>` : nothing}
      </div>
      ${this.#acts.acts.length === 0 ? nothing : html`<details id="history" @toggle=${({ newState }: ToggleEvent) => void (newState === "open" && this.#loadActs())}><summary>${plan("history")}</summary><ol class="list">${this.#acts.acts.toReversed().map((act) => this.#renderAct(act))}</ol></details>`}
      ${this.#asked === undefined ? nothing : this.#renderQuestion(this.#asked)}</section>`;
  }

  #renderAct({ act, by, date, reason }: ActList["acts"][number]) {
    const name = by.name !== "" ? by.name : plan(NAMELESS[by.role] ?? "house");
    return html`<li>${plan("by", { act: plan(ACT_WORDS[act]), name, date: timeIn(date) })}${reason === "" ? nothing : html`<br><bdi class="quiet">${reason}</bdi>`}</li>`;
  }

  #renderQuestion(asked: Question) {
    const event = this.#askedAbout ?? this.event;
    const zone = event.schedule?.timeZone ?? event.timeZone;
    const reason = html`<label class="field">${plan("reason")}<input name="reason" maxlength="280" placeholder=${plan("reasonHint")}></label>`;
    const parts: Readonly<Record<Question, readonly [title: string, info: string, fields: TemplateResult | typeof nothing, doIt: string]>> = {
      edit: [
        plan("edit"),
        "",
        html`<label class="field">${say("title")}<input name="title" dir="auto" required maxlength="120" .value=${event.title}></label>${announcementFields(event)}${seriesField(this.#series, event.series?.slug)}`,
        plan("save"),
      ],
      postpone: [plan("postpone"), plan("postponeInfo"), html`${this.#renderWhen(event, zone)}${reason}`, plan("doPostpone")],
      cancel: [plan("cancelEvent"), plan("cancelInfo"), reason, plan("doCancel")],
      repeat: [plan("repeat"), plan("repeatInfo"), this.#renderRepeat(event), plan("doRepeat")],
      notice: [plan("notice"), plan("noticeInfo"), this.#renderNotice(event), plan("doNotice")],
      undo: [plan("doUndo"), plan("undoInfo"), nothing, plan("doUndo")],
      duplicate: [plan("duplicate"), plan("duplicateInfo"), timeFields(fieldTime(event.startDate, zone), zone, plan("newStart")), plan("doDuplicate")],
    };
    const [title, info, fields, doIt] = parts[asked];
    return html`<dialog aria-labelledby="question" @close=${() => this.#close()}><form class="dialog" @submit=${(submit: SubmitEvent) => this.#submit(submit)}>
      <h2 id="question">${title}</h2>${info === "" ? nothing : html`<p class="quiet">${info}</p>`}${fields}
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <div class="row"><button class="primary" id="plan-do">${doIt}</button><button type="button" id="plan-keep" @click=${() => this.#close()}>${plan("keep")}</button></div></form></dialog>`;
  }

  #renderRepeat({ title, series }: EventView) {
    return html`<label class="field">${plan("repeat")}<select name="every">${REPEATS.map(([word], index) => html`<option value=${index}>${plan(word)}</option>`)}</select></label>
      <label class="field">${plan("evenings")}<input name="count" type="number" min="2" max="52" required .value=${"4"}></label>
      ${series === undefined ? html`<label class="field">${plan("seriesName")}<input name="series" required maxlength="120" .value=${title}></label>` : nothing}`;
  }

  #renderNotice({ notice }: EventView) {
    return html`<label class="field">${plan("noticeText")}<input name="message" maxlength="280" placeholder=${plan("noticeHint")} .value=${notice?.message ?? ""}></label>
      <label class="field">${plan("expected")}<input name="expected" type="number" min="1" max="600"></label>`;
  }

  #renderWhen(event: EventView, zone: string) {
    const known = (value: boolean) => () => {
      this.#timeKnown = value;
      this.requestUpdate();
    };
    const offersUnknown = event.status !== "postponed" && event.status !== "cancelled";
    return html`${
      offersUnknown
        ? html`<fieldset class="row"><legend class="hidden">${plan("newStart")}</legend>
          <label class="choice"><input type="radio" name="known" value="yes" .checked=${this.#timeKnown} @change=${known(true)}> ${plan("known")}</label>
          <label class="choice"><input type="radio" name="known" value="no" .checked=${!this.#timeKnown} @change=${known(false)}> ${plan("unknown")}</label></fieldset>`
        : nothing
    }
      ${this.#timeKnown ? timeFields(fieldTime(event.startDate, zone), zone, plan("newStart")) : nothing}`;
  }
}
customElements.define("earshot-plan", EventPlan);
