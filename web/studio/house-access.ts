import { html, nothing } from "lit";
import { type DeliveryView, SCOPES, type Scope, type TokenView, type WebhookView } from "../../src/wire/access.ts";
import { type AccessWord, sayAccess } from "../words/access.ts";
import { timeIn } from "../words/before.ts";
import { call, reasonOf } from "./api.ts";
import { LightElement } from "./light-element.ts";

const SCOPE_WORDS: Readonly<Record<Scope, AccessWord>> = {
  "events:read": "read",
  "events:write": "write",
  "people:read": "peopleRead",
  "people:write": "peopleWrite",
  stage: "onAir",
};

/** Programs that act (tokens) and programs that are told (webhooks), with what could not be delivered. For the operator. */
export class HouseAccess extends LightElement {
  #tokens: readonly TokenView[] = [];
  #hooks: readonly WebhookView[] = [];
  readonly #deliveries = new Map<string, readonly DeliveryView[]>();
  #made = "";
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    const [tokens, hooks] = await Promise.all([call<{ tokens: TokenView[] }>("GET", "/api/tokens"), call<{ webhooks: WebhookView[] }>("GET", "/api/webhooks")]);
    if (tokens.ok) this.#tokens = tokens.answer.tokens;
    if (hooks.ok) this.#hooks = hooks.answer.webhooks;
    this.requestUpdate();
  }

  async #act<Answer>(method: string, path: string, body?: unknown): Promise<Answer | undefined> {
    const called = await call<Answer>(method, path, body);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.#load();
    return called.ok ? called.answer : undefined;
  }

  async #makeToken(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const fields = new FormData(form);
    const days = Number(fields.get("days"));
    const draft = { name: String(fields.get("name") ?? ""), scopes: fields.getAll("scope").map(String), ...(days > 0 ? { days } : {}) };
    const made = await this.#act<{ token: string }>("POST", "/api/tokens", draft);
    this.#made = made?.token ?? "";
    if (made !== undefined) form.reset();
    this.requestUpdate();
  }

  async #addHook(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const added = await this.#act("POST", "/api/webhooks", { url: String(new FormData(form).get("url") ?? "") });
    if (added !== undefined) form.reset();
  }

  async #showDeliveries(id: string): Promise<void> {
    const called = await call<{ deliveries: DeliveryView[] }>("GET", `/api/webhooks/${id}/deliveries`);
    if (called.ok) this.#deliveries.set(id, called.answer.deliveries);
    this.requestUpdate();
  }

  async #again(hook: string, delivery: string): Promise<void> {
    await this.#act("POST", `/api/webhooks/${hook}/deliveries/${delivery}/retry`);
    await this.#showDeliveries(hook);
  }

  override render() {
    return html`<section class="card" id="access"><details><summary><h2>${sayAccess("access")}</h2></summary>
      <p class="quiet">${sayAccess("accessInfo")} <a href="/api">${sayAccess("apiPage")}</a></p>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <h3>${sayAccess("tokens")}</h3>${this.#renderTokens()}<h3>${sayAccess("webhooks")}</h3>${this.#renderHooks()}</details></section>`;
  }

  #renderTokens() {
    return html`${this.#made === "" ? nothing : html`<div role="status"><label class="field">${sayAccess("tokenOnce")}<input readonly id="token" .value=${this.#made}></label></div>`}
      ${this.#tokens.length === 0 ? html`<p class="quiet">${sayAccess("none")}</p>` : nothing}
      <ul class="list">${this.#tokens.map(
        ({ id, name, scopes, usedDate, expiresDate }) =>
          html`<li class="person"><p><strong>${name}</strong> <span class="quiet small">${scopes.map((scope) => sayAccess(SCOPE_WORDS[scope])).join(" · ")}, ${usedDate === null ? sayAccess("unused") : sayAccess("used", { time: timeIn(usedDate) })}${expiresDate === null ? nothing : `, ${sayAccess("until", { time: timeIn(expiresDate) })}`}</span></p>
          <div class="row"><button aria-label=${`${sayAccess("takeAway")}: ${name}`} @click=${() => this.#act("DELETE", `/api/tokens/${id}`)}>${sayAccess("takeAway")}</button></div></li>`,
      )}</ul>
      <form class="dialog" @submit=${(event: SubmitEvent) => this.#makeToken(event)}><label class="field">${sayAccess("tokenName")}<input name="name" required maxlength="80"></label>
        <fieldset>${SCOPES.map((scope) => html`<label class="choice"><input type="checkbox" name="scope" value=${scope}> ${sayAccess(SCOPE_WORDS[scope])} <code class="small">${scope}</code></label>`)}</fieldset>
        <label class="field">${sayAccess("days")}<input name="days" type="number" min="1" max="3650"></label>
        <div class="row"><button id="make-token">${sayAccess("makeToken")}</button></div></form>`;
  }

  #renderHooks() {
    return html`${this.#hooks.length === 0 ? html`<p class="quiet">${sayAccess("none")}</p>` : nothing}
      <ul class="list">${this.#hooks.map((hook) => this.#renderHook(hook))}</ul>
      <form class="row" @submit=${(event: SubmitEvent) => this.#addHook(event)}><input name="url" type="url" required aria-label=${sayAccess("address")} placeholder="https://"><button id="add-hook">${sayAccess("addHook")}</button></form>`;
  }

  #renderHook({ id, url, secret, pending, dead }: WebhookView) {
    const button = (word: AccessWord, act: () => unknown) => html`<button aria-label=${`${sayAccess(word)}: ${url}`} @click=${act}>${sayAccess(word)}</button>`;
    return html`<li class="person"><p><strong>${url}</strong> <span class="quiet small">${sayAccess("waiting", { count: String(pending) })}, ${sayAccess("given", { count: String(dead) })}</span></p>
      <label class="field small">${sayAccess("signing")}<input readonly .value=${secret}></label>
      <div class="row">${button("trial", () => this.#act("POST", `/api/webhooks/${id}/trial`))}${button("messages", () => this.#showDeliveries(id))}${button("takeAway", () => this.#act("DELETE", `/api/webhooks/${id}`))}</div>
      ${this.#deliveries.has(id) ? html`<ul class="list">${this.#deliveries.get(id)?.map((delivery) => this.#renderDelivery(id, delivery))}</ul>` : nothing}</li>`;
  }

  #renderDelivery(hook: string, { id, type, state, attempts, failure, createdDate, nextDate }: DeliveryView) {
    const how =
      state === "delivered"
        ? sayAccess("delivered")
        : state === "pending"
          ? sayAccess("pending", { time: timeIn(nextDate ?? createdDate) })
          : sayAccess("dead", { count: String(attempts), reason: failure });
    return html`<li class="small"><code>${type}</code> ${timeIn(createdDate)}: ${how} ${state === "dead" ? html`<button aria-label=${`${sayAccess("again")}: ${type}`} @click=${() => this.#again(hook, id)}>${sayAccess("again")}</button>` : nothing}</li>`;
  }
}
customElements.define("earshot-access", HouseAccess);
