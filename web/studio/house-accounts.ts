import { html, nothing } from "lit";
import type { AccountList } from "../../src/wire/accounts.ts";
import { sayAccount } from "../words/accounts.ts";
import { call, reasonOf } from "./api.ts";
import { LightElement } from "./light-element.ts";
import type { Sure } from "./sure.ts";
import "./sure.ts";

/** Everybody who signs in with passkeys: who helps run the house, and whose account ends. For the operator. */
export class HouseAccounts extends LightElement {
  #accounts: AccountList["accounts"] = [];
  #wrong = "";

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    const called = await call<AccountList>("GET", "/api/accounts");
    if (called.ok) this.#accounts = called.answer.accounts;
    this.requestUpdate();
  }

  async #act(method: string, id: string, body?: unknown): Promise<void> {
    const called = await call(method, `/api/accounts/${id}`, body);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.#load();
  }

  override render() {
    return html`<section class="card" id="accounts"><details><summary><h2>${sayAccount("accounts")}</h2></summary><p class="quiet">${sayAccount("accountsInfo")}</p>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      ${this.#accounts.length === 0 ? html`<p class="quiet">${sayAccount("noAccounts")}</p>` : nothing}
      <ul class="list">${this.#accounts.map((account) => this.#renderAccount(account))}</ul><earshot-sure></earshot-sure></details></section>`;
  }

  #renderAccount({ id, kind, name, operator, passkeys, codesLeft }: AccountList["accounts"][number]) {
    const keys = kind === "provider" ? sayAccount("fromProvider") : sayAccount("keys", { passkeys: String(passkeys), codes: String(codesLeft) });
    const standing = sayAccount(operator ? "takeOperator" : "makeOperator");
    const end = () =>
      this.querySelector<Sure>("earshot-sure")?.ask({
        title: sayAccount("sureEndOf", { name }),
        info: sayAccount("sureEndInfo"),
        act: () => this.#act("DELETE", id),
      });
    return html`<li class="person"><p><strong>${name}</strong> <span class="quiet small">${operator ? `${sayAccount("runsHouse")}, ` : ""}${keys}</span></p>
      <div class="row">${kind === "provider" ? nothing : html`<button aria-label=${`${standing}: ${name}`} @click=${() => this.#act("PATCH", id, { operator: !operator })}>${standing}</button>`}
        <button aria-label=${`${sayAccount("endOf")}: ${name}`} @click=${end}>${sayAccount("endOf")}</button></div></li>`;
  }
}
customElements.define("earshot-accounts", HouseAccounts);
