import { html, nothing } from "lit";
import type { AccountView } from "../../src/wire/accounts.ts";
import type { Me } from "../../src/wire/api.ts";
import { sayAccount } from "../words/accounts.ts";
import { call } from "./api.ts";
import { LightElement } from "./light-element.ts";

/** Passkeys from which on nobody is asked for another one. */
const ENOUGH_PASSKEYS = 2;

/** The way to one's account, with what is still missing there: said plainly until the second passkey is there. */
export class AccountHint extends LightElement {
  #hint: "hintOne" | "hintTwo" | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#load();
  }

  async #load(): Promise<void> {
    const me = await call<Me>("GET", "/api/me");
    if (!me.ok) return;
    const account = me.answer.account === undefined ? undefined : await call<AccountView>("GET", "/api/account");
    if (account === undefined) this.#hint = me.answer.mayMakeAccount === true ? "hintOne" : undefined;
    else if (account.ok && account.answer.kind === "passkey" && account.answer.passkeys.length < ENOUGH_PASSKEYS) this.#hint = "hintTwo";
    this.requestUpdate();
  }

  override render() {
    return html`<p>${this.#hint === undefined ? nothing : html`${sayAccount(this.#hint)} `}<a href="/account">${sayAccount(this.#hint === "hintOne" ? "makeAccount" : "toAccount")}</a></p>`;
  }
}
customElements.define("earshot-account-hint", AccountHint);
