import { paths } from "../../src/wire/paths.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { say } from "../words/listen.ts";

/** The event's signed record: what it is, and a button that checks it here. The checker is fetched by whoever presses it. */
export class RecordSection {
  readonly #box: HTMLElement;

  constructor(box: HTMLElement) {
    this.#box = box;
  }

  /** Shows the section once the event is over and a record was kept. */
  show({ status, live, event }: PublicState): void {
    this.#box.hidden = status !== "ended" || live?.ledgerFinal === undefined;
    if (this.#box.hidden || this.#box.childElementCount > 0) return;
    const file = '<a href="/verify.mjs" download>verify.mjs</a>';
    this.#box.innerHTML = `<h2 id="record-title">${say("record")}</h2><p>${say("recordAbout", { file })}</p><button type="button">${say("recordCheck")}</button><div></div>`;
    const [button, verdict] = [this.#box.querySelector("button"), this.#box.querySelector("div")] as [HTMLButtonElement, HTMLElement];
    button.addEventListener("click", () => {
      button.hidden = true;
      void import("./record-verdict.ts").then(({ checkRecord }) => checkRecord(verdict, new URL(paths.event(event.slug), location.href).href));
    });
  }
}
