import { html } from "lit";
import { tellPeople } from "../words/people.ts";
import { LightElement } from "./light-element.ts";

/** A question before something that stops somebody's sound. */
export interface Question {
  readonly title: string;
  readonly info: string;
  readonly act: () => Promise<void>;
}

/** Asks whether one is sure; the safe answer is the one in focus. */
export class Sure extends LightElement {
  #question: Question | undefined;

  /** Shows a question; what it stands for happens only after a yes. */
  ask(question: Question): void {
    this.#question = question;
    this.requestUpdate();
    void this.updateComplete.then(() => this.querySelector("dialog")?.showModal());
  }

  async #yes(): Promise<void> {
    this.querySelector("dialog")?.close();
    await this.#question?.act();
  }

  override render() {
    return html`<dialog aria-labelledby="sure"><h2 id="sure">${this.#question?.title}</h2><p class="quiet">${this.#question?.info}</p>
      <form method="dialog" class="row"><button type="button" class="end" data-sure="yes" @click=${() => this.#yes()}>${tellPeople("yes")}</button><button autofocus>${tellPeople("keep")}</button></form></dialog>`;
  }
}
customElements.define("earshot-sure", Sure);
