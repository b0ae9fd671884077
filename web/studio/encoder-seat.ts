import { html, nothing } from "lit";
import type { EncoderAnswer, PersonView } from "../../src/wire/api.ts";
import { locale } from "../words/language.ts";
import { type PeopleWord, tellPeople } from "../words/people.ts";
import { call, reasonOf } from "./api.ts";
import { LightElement } from "./light-element.ts";

/** Gives an encoder (OBS and others) a person's seat: address and token, shown once. */
export class EncoderSeat extends LightElement {
  static override properties = { slug: {}, person: { attribute: false } };
  declare slug: string;
  declare person: PersonView;
  #given: EncoderAnswer | undefined;
  /** Link of the person when the token was given: a new one ends it. */
  #link: string | null = null;
  #copied: PeopleWord | undefined;
  #wrong = "";

  async #give(): Promise<void> {
    const called = await call<EncoderAnswer>("POST", `/api/events/${this.slug}/people/${this.person.id}/encoder`);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    this.#given = called.ok ? called.answer : undefined;
    this.#link = this.person.link;
    this.#copied = undefined;
    this.requestUpdate();
    await this.updateComplete;
    this.querySelector<HTMLInputElement>("input")?.focus();
  }

  async #copy(word: PeopleWord, value: string): Promise<void> {
    this.#copied = await navigator.clipboard.writeText(value).then(
      () => word,
      () => undefined,
    );
    this.requestUpdate();
  }

  #close(): void {
    this.#given = undefined;
    this.requestUpdate();
  }

  override render() {
    const { name, link } = this.person;
    const given = this.#link === link ? this.#given : undefined;
    const { whipUrl, token, expiresUnixSeconds } = given ?? {};
    return html`<button data-act="encoder" aria-label=${`${tellPeople("encoder")}: ${name}`} @click=${() => void this.#give()}>${tellPeople("encoder")}</button>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      ${
        whipUrl === undefined || token === undefined || expiresUnixSeconds === undefined
          ? nothing
          : html`<section class="encoder" aria-label=${tellPeople("encoderFor", { name })}><p><strong>${tellPeople("encoderFor", { name })}</strong></p>
        <p class="small">${tellPeople("encoderInfo", { name })}</p>
        ${this.#renderField("encoderServer", whipUrl)}${this.#renderField("encoderToken", token)}
        <p class="small">${tellPeople("encoderUntil", { name, time: new Date(expiresUnixSeconds * 1_000).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" }) })}</p>
        <p><button data-act="encoder-done" @click=${() => this.#close()}>${tellPeople("encoderDone")}</button></p></section>`
      }`;
  }

  #renderField(word: "encoderServer" | "encoderToken", value: string) {
    const select = ({ target }: FocusEvent) => (target as HTMLInputElement).select();
    return html`<div class="row"><label class="field">${tellPeople(word)}<input readonly name=${word} .value=${value} @focus=${select}></label><button aria-label=${`${tellPeople("copyLink")}: ${tellPeople(word)}`} @click=${() => void this.#copy(word, value)}>${tellPeople(this.#copied === word ? "copiedLink" : "copyLink")}</button></div>`;
  }
}
customElements.define("earshot-encoder", EncoderSeat);
