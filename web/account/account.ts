import { html, nothing } from "lit";
import type { AccountView } from "../../src/wire/accounts.ts";
import type { BackstagePageState, EventView, Me } from "../../src/wire/api.ts";
import { type Called, call, tell } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import type { Sure } from "../studio/sure.ts";
import "../studio/sure.ts";
import { type AccountWord, sayAccount } from "../words/accounts.ts";
import { timeIn } from "../words/before.ts";
import { lang } from "../words/language.ts";
import { makePasskey, type PasskeyCall, passkeysWork, signInWithPasskey } from "./passkey.ts";

/** Passkeys from which on nobody is asked for another one. */
const ENOUGH_PASSKEYS = 2;

/** One's own account: passkeys, printed codes, browsers that are signed in, and the events in which one holds a seat. */
export class AccountPage extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  #account: AccountView | undefined;
  #me: Me | undefined;
  #events: readonly EventView[] = [];
  /** Codes that were just made; gone with the page. */
  #codes: readonly string[] = [];
  #wrong = "";
  #told = "";

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    document.title = sayAccount("account");
    void this.#load();
  }

  async #load(): Promise<void> {
    const me = await call<Me>("GET", "/api/me");
    if (!me.ok) return me.problem.status === 401 ? location.replace("/sign-in") : this.#say(tell(me.problem));
    this.#me = me.answer;
    const [account, events] = await Promise.all([
      me.answer.account === undefined ? undefined : call<AccountView>("GET", "/api/account"),
      call<{ events: EventView[] }>("GET", "/api/account/events"),
    ]);
    this.#account = account?.ok === true ? account.answer : undefined;
    this.#events = events.ok ? events.answer.events : [];
    this.requestUpdate();
  }

  #say(wrong: string, told = ""): void {
    this.#wrong = wrong;
    this.#told = told;
    this.requestUpdate();
  }

  /** Does something to the keys; where it has been a while, the passkey is asked for first and the act repeated. */
  async #change<Answer>(act: () => Promise<PasskeyCall<Answer>>): Promise<Answer | undefined> {
    let called = await act();
    if (!called.ok && "problem" in called && called.problem.code === "confirm-first" && this.#account?.kind === "passkey") {
      const confirmed = await signInWithPasskey<Me>();
      called = confirmed.ok ? await act() : confirmed;
    }
    this.#say(called.ok ? "" : "stopped" in called ? sayAccount(called.stopped) : tell(called.problem));
    await this.#load();
    return called.ok ? called.answer : undefined;
  }

  async #first(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    await this.#change(() => makePasskey<AccountView>(String(new FormData(event.target as HTMLFormElement).get("name") ?? "").trim()));
  }

  async #rename(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get("name") ?? "").trim();
    const called = await call<AccountView>("PATCH", "/api/account", { name });
    this.#say(called.ok ? "" : tell(called.problem), called.ok ? sayAccount("saved") : "");
    await this.#load();
  }

  async #makeCodes(): Promise<void> {
    this.#codes = (await this.#change(() => call<{ codes: string[] }>("POST", "/api/account/codes")))?.codes ?? [];
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLElement>("#sheet h2")?.focus();
  }

  #ask(title: string, info: AccountWord, act: () => Promise<unknown>): void {
    this.querySelector<Sure>("earshot-sure")?.ask({ title, info: sayAccount(info), act: async () => void (await act()) });
  }

  async #leave(gone: Promise<Called<unknown>> = call("POST", "/api/leave")): Promise<void> {
    const called = await gone;
    if (called.ok) location.replace("/sign-in");
    else this.#say(tell(called.problem));
  }

  async #end(): Promise<void> {
    await this.#change(() => call("DELETE", "/api/account"));
    if (this.#account === undefined) location.replace("/sign-in");
  }

  override render() {
    if (this.#me === undefined) return html`<main class="page narrow"><h1>${sayAccount("account")}</h1><p class="wrong" role="alert">${this.#wrong}</p></main>`;
    const account = this.#account;
    return html`<main class="page narrow"><div class="head"><h1>${sayAccount("account")}</h1><button id="sign-out" @click=${() => this.#leave()}>${sayAccount("signOut")}</button></div>
      <p class="wrong" role="alert" ?hidden=${this.#wrong === ""}>${this.#wrong}</p>
      <p role="status" ?hidden=${this.#told === ""}>${this.#told}</p>
      ${this.#renderFirst()}${account?.kind === "passkey" ? html`${this.#renderPasskeys(account)}${this.#renderCodes(account)}` : nothing}
      ${this.#renderEvents()}
      ${account === undefined ? nothing : html`${this.#renderName(account)}${this.#renderSessions(account)}<div class="row"><button id="end-account" @click=${() => this.#ask(sayAccount("sureEnd"), "sureEndInfo", () => this.#end())}>${sayAccount("endAccount")}</button></div>`}
      <earshot-sure></earshot-sure></main>`;
  }

  #renderFirst() {
    const me = this.#me;
    if (me?.mayMakeAccount !== true) return nothing;
    if (!passkeysWork(this.#page.backstageUrl)) return html`<p class="warn">${sayAccount("noPasskeys", { url: this.#page.backstageUrl })}</p>`;
    return html`<form class="card dialog" @submit=${(event: SubmitEvent) => this.#first(event)}><h2>${sayAccount("makeAccount")}</h2><p>${sayAccount("makeAccountInfo")}</p>
      <label class="field">${sayAccount("name")}<input name="name" required maxlength="80" autocomplete="name" .value=${me.people.at(-1)?.name ?? ""}></label>
      <button class="primary" id="make-first">${sayAccount("makeFirst")}</button></form>`;
  }

  #renderPasskeys({ passkeys }: AccountView) {
    const few = passkeys.length < ENOUGH_PASSKEYS;
    return html`<section class="card" id="passkeys"><h2>${sayAccount("passkeys")}</h2><p class=${few ? "warn" : "quiet"}>${sayAccount(few ? "oneMore" : "enough")}</p>
      <ul class="keys">${passkeys.map(({ id, label, synced, createdDate, usedDate }) => {
        const name = label === "" ? sayAccount("unknownBrowser") : label;
        const used = usedDate === null ? sayAccount("neverUsed") : sayAccount("usedAt", { time: timeIn(usedDate) });
        return html`<li><p><strong>${name}</strong><br><span class="quiet small">${sayAccount("made", { time: timeIn(createdDate) })}, ${used}${synced ? `, ${sayAccount("copied")}` : ""}</span></p>
          <button aria-label=${`${sayAccount("remove")}: ${name}`} @click=${() => this.#ask(sayAccount("sureRemove", { name }), "sureRemoveInfo", () => this.#change(() => call("DELETE", `/api/account/passkeys/${id}`)))}>${sayAccount("remove")}</button></li>`;
      })}</ul>
      <div class="row"><button id="add-passkey" class=${few ? "primary" : ""} @click=${() => this.#change(() => makePasskey<AccountView>())}>${sayAccount("addPasskey")}</button></div></section>`;
  }

  #renderCodes({ codes, name }: AccountView) {
    if (this.#codes.length > 0)
      return html`<section class="card" id="sheet"><h2 tabindex="-1">${sayAccount("codesFor", { name, house: location.hostname, time: timeIn(codes?.madeDate ?? new Date().toISOString()) })}</h2><p>${sayAccount("codesShown")}</p>
        <ol class="codes">${this.#codes.map((code) => html`<li>${code}</li>`)}</ol>
        <div class="row"><button class="primary" @click=${() => print()}>${sayAccount("print")}</button><button id="codes-done" @click=${() => this.#hideCodes()}>${sayAccount("codesDone")}</button></div></section>`;
    return html`<section class="card" id="codes"><h2>${sayAccount("codes")}</h2>
      <p class=${codes === null || codes.left === 0 ? "warn" : "quiet"}>${codes === null ? sayAccount("noCodes") : sayAccount("codesLeft", { left: String(codes.left), time: timeIn(codes.madeDate) })}</p>
      <div class="row"><button id="make-codes" @click=${() => (codes === null ? this.#makeCodes() : this.#ask(sayAccount("sureCodes"), "sureCodesInfo", () => this.#makeCodes()))}>${sayAccount(codes === null ? "makeCodes" : "newCodes")}</button></div></section>`;
  }

  #hideCodes(): void {
    this.#codes = [];
    this.requestUpdate();
  }

  #renderEvents() {
    return html`<section class="card" id="my-events"><h2>${sayAccount("myEvents")}</h2>
      ${this.#events.length === 0 ? html`<p class="quiet">${sayAccount("noEvents")}</p>` : nothing}
      <ul class="list">${this.#events.map(({ slug, title, startDate }) => html`<li><a class="item" href="/studio/${slug}"><strong dir="auto">${title}</strong><span class="quiet small">${timeIn(startDate)}</span></a></li>`)}</ul></section>`;
  }

  #renderName({ name }: AccountView) {
    return html`<section class="card"><form class="line" @submit=${(event: SubmitEvent) => this.#rename(event)}><label class="field">${sayAccount("name")}<input name="name" required maxlength="80" autocomplete="name" .value=${name}></label>
      <button id="rename">${sayAccount("save")}</button></form></section>`;
  }

  #renderSessions({ sessions }: AccountView) {
    return html`<section class="card" id="sessions"><h2>${sayAccount("sessions")}</h2>
      <ul class="keys">${sessions.map(({ id, agent, createdDate, own }) => {
        const name = agent === "" ? sayAccount("unknownBrowser") : agent;
        return html`<li><p><strong>${name}</strong> <span class="quiet small">${own ? `${sayAccount("thisBrowser")}, ` : ""}${sayAccount("since", { time: timeIn(createdDate) })}</span></p>
          ${own ? nothing : html`<button aria-label=${`${sayAccount("endSession")}: ${name}`} @click=${() => this.#change(() => call("DELETE", `/api/account/sessions/${id}`))}>${sayAccount("endSession")}</button>`}</li>`;
      })}</ul>
      ${sessions.length > 1 ? html`<div class="row"><button id="end-others" @click=${() => this.#change(() => call("POST", "/api/account/sessions/end-others"))}>${sayAccount("endOthers")}</button></div>` : nothing}</section>`;
  }
}
customElements.define("earshot-account", AccountPage);
