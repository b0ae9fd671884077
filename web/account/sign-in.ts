import { html, nothing } from "lit";
import type { SignInWays } from "../../src/wire/accounts.ts";
import type { BackstagePageState, Me } from "../../src/wire/api.ts";
import { paths } from "../../src/wire/paths.ts";
import { call, takeSecret, tell } from "../studio/api.ts";
import { LightElement } from "../studio/light-element.ts";
import { type AccountWord, sayAccount } from "../words/accounts.ts";
import { lang } from "../words/language.ts";
import { type PasskeyCall, passkeysWork, signInWithPasskey } from "./passkey.ts";

/** Where people sign in to their account: by passkey, by a printed code, by a link sent by e-mail. */
export class SignInPage extends LightElement {
  readonly #page = JSON.parse(document.getElementById("state")?.textContent ?? "{}") as BackstagePageState;
  /** Event the reader comes from and goes back to. */
  readonly #event = /^[a-z0-9-]{1,120}$/.exec(new URLSearchParams(location.search).get("event") ?? "")?.[0];
  /** Secret of a link sent by e-mail; used only after a press, because programs that look into mails follow links. */
  #secret: string | undefined;
  #ways: SignInWays | undefined;
  #wrong = "";
  #linkSent = false;

  override connectedCallback(): void {
    super.connectedCallback();
    document.documentElement.lang = lang;
    document.title = sayAccount("signIn");
    this.#secret = takeSecret();
    void this.#load();
    if (location.pathname === "/sign-in/provider") void this.#comeBack();
  }

  async #load(): Promise<void> {
    const called = await call<SignInWays>("GET", "/api/sign-in");
    if (called.ok) this.#ways = called.answer;
    else this.#wrong = tell(called.problem);
    this.requestUpdate();
  }

  #take(called: PasskeyCall<Me>, refusal: AccountWord): void {
    if (called.ok) return this.#go(called.answer);
    if ("stopped" in called) this.#wrong = sayAccount(called.stopped);
    else this.#wrong = called.problem.code === "unauthorised" ? sayAccount(refusal) : tell(called.problem);
    this.requestUpdate();
  }

  /** Back to the event somebody came from; who works here goes to their account or to work. */
  #go({ account, operator, people }: Me): void {
    if (this.#event !== undefined) return location.replace(`${this.#page.publicUrl}${paths.event(this.#event)}`);
    location.replace(account?.kind === "e-mail" || (!operator && people.length === 0) ? "/account" : "/studio");
  }

  async #usePasskey(): Promise<void> {
    this.#take(await signInWithPasskey<Me>(), "badPasskey");
  }

  async #goToProvider(): Promise<void> {
    const called = await call<{ url: string }>("POST", "/api/sign-in/provider/start");
    if (called.ok) return location.assign(called.answer.url);
    this.#wrong = tell(called.problem);
    this.requestUpdate();
  }

  /** The sign-in service sent the browser back here. */
  async #comeBack(): Promise<void> {
    const query = location.search;
    history.replaceState(null, "", "/sign-in");
    this.#take(await call<Me>("POST", "/api/sign-in/provider", { query }), "badProvider");
  }

  async #useCode(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const code = String(new FormData(event.target as HTMLFormElement).get("code") ?? "");
    const called = await call<Me>("POST", "/api/sign-in/code", { code });
    // Whoever is down to paper needs a new passkey first of all.
    if (called.ok) return location.replace("/account");
    this.#take(called, "badCode");
  }

  async #sendLink(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const address = String(new FormData(event.target as HTMLFormElement).get("address") ?? "").trim();
    const called = await call("POST", "/api/sign-in/mail", { address, language: lang, ...(this.#event === undefined ? {} : { event: this.#event }) });
    this.#linkSent = called.ok;
    this.#wrong = called.ok ? "" : tell(called.problem);
    this.requestUpdate();
  }

  async #openLink(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const name = String(new FormData(event.target as HTMLFormElement).get("name") ?? "").trim();
    const called = await call<Me>("POST", "/api/sign-in/mail/open", { secret: this.#secret, ...(name === "" ? {} : { name }) });
    if (!called.ok && called.problem.code === "unauthorised") this.#secret = undefined;
    this.#take(called, "badLink");
  }

  override render() {
    return html`<main class="page narrow"><h1>${sayAccount("signIn")}</h1>
      <p class="wrong" role="alert" ?hidden=${this.#wrong === ""}>${this.#wrong}</p>
      ${this.#secret === undefined ? this.#renderWays() : this.#renderLink()}</main>`;
  }

  #renderLink() {
    return html`<form class="card dialog" @submit=${(event: SubmitEvent) => this.#openLink(event)}><p>${sayAccount("openInfo")}</p>
      <label class="field">${sayAccount("yourName")}<input name="name" maxlength="80" autocomplete="nickname"></label>
      <button class="primary" id="open">${sayAccount("openLink")}</button></form>`;
  }

  #renderWays() {
    const ways = this.#ways;
    if (ways === undefined) return nothing;
    return html`<p class="quiet">${sayAccount("signInInfo")}</p>
      ${ways.passkey && passkeysWork(this.#page.backstageUrl) ? html`<button class="primary" id="passkey" @click=${() => this.#usePasskey()}>${sayAccount("withPasskey")}</button>` : html`<p class="warn">${sayAccount("noPasskeys", { url: this.#page.backstageUrl })}</p>`}
      ${ways.provider === null ? nothing : html`<button id="provider" @click=${() => this.#goToProvider()}>${sayAccount("withProvider", { name: ways.provider })}</button>`}
      ${ways.mail ? this.#renderMail() : nothing}
      <section class="card"><details><summary><h2>${sayAccount("withCode")}</h2></summary>
        <form @submit=${(event: SubmitEvent) => this.#useCode(event)}><label class="field">${sayAccount("code")}<input name="code" required minlength="8" maxlength="64" autocomplete="off" autocapitalize="characters" spellcheck="false"></label>
          <div class="row"><button id="use-code">${sayAccount("useCode")}</button></div></form></details></section>`;
  }

  #renderMail() {
    return html`<section class="card"><h2>${sayAccount("withMail")}</h2><p class="quiet small">${sayAccount("mailInfo")}</p>
      <p role="status" ?hidden=${!this.#linkSent}>${this.#linkSent ? sayAccount("linkSent") : ""}</p>
      <form class="line" @submit=${(event: SubmitEvent) => this.#sendLink(event)}><label class="field">${sayAccount("address")}<input name="address" type="email" required maxlength="254" autocomplete="email"></label>
        <button id="send-link">${sayAccount("sendLink")}</button></form></section>`;
  }
}
customElements.define("earshot-sign-in", SignInPage);
