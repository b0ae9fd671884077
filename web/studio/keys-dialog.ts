import { html } from "lit";
import { type BackstageWord, sayBackstage } from "../words/backstage.ts";
import { LightElement } from "./light-element.ts";

/** The studio's keys, as they stand on the keyboard. */
const KEYS: readonly (readonly [string, BackstageWord])[] = [
  ["M", "keyMute"],
  ["Space", "keyTalk"],
  ["H", "keyHand"],
  ["?", "keyHelp"],
];
/** Where the choice is kept; the listening page's own is the same. */
const STORED = "keys";

/** Whether single keys are wanted here: who speaks to their computer, or whose hands tremble, may switch them off. */
export function keysWanted(): boolean {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    return true;
  }
}

/** The list of keys, behind a button and behind `?`. */
export class KeysDialog extends LightElement {
  /** Shows the list. */
  open(): void {
    this.querySelector("dialog")?.showModal();
  }

  #choose(event: Event): void {
    try {
      localStorage.setItem(STORED, (event.target as HTMLInputElement).checked ? "on" : "off");
    } catch {
      // A browser that keeps nothing keeps no choice either.
    }
  }

  override render() {
    return html`<button id="keys" aria-label=${sayBackstage("keys")} @click=${() => this.open()}>?</button>
      <dialog aria-labelledby="keys-title"><h2 id="keys-title">${sayBackstage("keys")}</h2>
        <dl class="keys">${KEYS.map(([key, word]) => html`<dt><kbd>${key}</kbd></dt><dd>${sayBackstage(word)}</dd>`)}</dl>
        <label class="choice"><input type="checkbox" .checked=${keysWanted()} @change=${(event: Event) => this.#choose(event)}> ${sayBackstage("keysOn")}</label>
        <form method="dialog" class="row"><button autofocus>${sayBackstage("close")}</button></form></dialog>`;
  }
}
customElements.define("earshot-keys", KeysDialog);
