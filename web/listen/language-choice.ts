import { languageName } from "../../src/wire/language.ts";
import type { LiveState } from "../../src/wire/public-state.ts";
import { lang } from "../words/language.ts";
import { sayInterpretation } from "../words/interpretation.ts";

/** Where the choice is kept, for this event and the next ones. */
const KEY = "language";

type Interpretation = NonNullable<LiveState["interpretation"]>;

/** Lets a listener choose between the floor and its interpretations, and remembers what they chose. */
export class LanguageChoice {
  readonly #select = document.createElement("select");
  readonly #status = document.createElement("span");
  readonly #storage: Storage | undefined;
  readonly #onChoose: (language: string | undefined) => void;
  #shown = "";

  /** `onChoose` is called with undefined for the floor. */
  constructor(root: HTMLElement, storage: Storage | undefined, onChoose: (language: string | undefined) => void) {
    this.#storage = storage;
    this.#onChoose = onChoose;
    const label = document.createElement("label");
    label.append(sayInterpretation("choose"), this.#select);
    this.#select.id = "language";
    this.#status.className = "hidden";
    this.#status.setAttribute("role", "status");
    root.replaceChildren(label, this.#status);
    this.#select.addEventListener("change", () => this.#choose());
  }

  /** Shows what there is now; a choice that was remembered holds from here on. */
  show({ floor, into }: Interpretation): void {
    const key = [floor, ...into].join();
    if (key === this.#shown) return;
    this.#shown = key;
    const wanted = this.#select.value === "" ? (this.#storage?.getItem(KEY) ?? "") : this.#select.value;
    const original = floor === "" ? sayInterpretation("floor") : sayInterpretation("floorIn", { language: languageName(floor, lang) });
    this.#select.replaceChildren(option("", original, lang), ...into.map((language) => option(language, languageName(language), language)));
    this.#select.value = into.includes(wanted) ? wanted : "";
    this.#tell();
  }

  #choose(): void {
    this.#storage?.setItem(KEY, this.#select.value);
    this.#status.textContent = sayInterpretation("now", { language: this.#select.selectedOptions[0]?.textContent ?? "" });
    this.#tell();
  }

  #tell(): void {
    this.#onChoose(this.#select.value === "" ? undefined : this.#select.value);
  }
}

/** An entry in its own language, so that whoever needs it can read it. */
function option(value: string, text: string, language: string): HTMLOptionElement {
  const made = document.createElement("option");
  made.value = value;
  made.textContent = text;
  made.lang = language;
  return made;
}
