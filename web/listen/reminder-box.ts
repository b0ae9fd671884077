import type { ProblemDetails } from "../../src/wire/problem.ts";
import type { ReminderAnswer, ReminderOffer } from "../../src/wire/reminders.ts";
import { keepPush, readSubscription, renewPush, serverKey } from "../worker/push-renewal.ts";
import { lang } from "../words/language.ts";
import { sayRemind } from "../words/remind-me.ts";

/** Comes with the box: who listens live never loads it. */
const STYLE = `#remind form label{display:grid;gap:4px;text-align:start;flex:1 1 200px}
#remind form input{width:100%;height:44px;padding:0 12px;border:1px solid var(--edge);border-radius:8px;background:var(--raised)}
#remind form.bar{align-items:end}#remind>p,#remind>form{text-align:center;margin-block:16px 0}`;

/** What the box works with. */
export interface ReminderBoxOptions {
  readonly slug: string;
  readonly offer: ReminderOffer;
  /** Kept over visits: the token that ends this device's reminder. */
  readonly storage: Storage | undefined;
}

/** Where a listener asks to be reminded, without an account. The browser is asked for permission only after a tap. */
export class ReminderBox {
  readonly box = document.createElement("details");
  readonly #options: ReminderBoxOptions;
  readonly #status = document.createElement("p");
  readonly #device = document.createElement("button");

  constructor(options: ReminderBoxOptions) {
    this.#options = options;
    this.box.id = "remind";
    this.box.className = "more";
    const summary = document.createElement("summary");
    summary.textContent = sayRemind("remindMe");
    this.#status.id = "remind-status";
    this.#status.setAttribute("role", "status");
    this.#device.type = "button";
    this.#device.id = "remind-device";
    this.#device.addEventListener("click", () => void this.#attempt(() => (this.#token === null ? this.#subscribe() : this.#end())));
    const kept = line(sayRemind("kept"), "small quiet");
    const style = document.createElement("style");
    style.textContent = STYLE;
    this.box.append(style, summary, line(sayRemind("about")));
    if (canPush()) this.box.append(wrap(this.#device));
    if (options.offer.mail) this.box.append(this.#mailForm());
    this.box.append(this.#status, kept);
    this.#showDevice();
    if (canPush() && this.#token !== null) void this.#renew();
  }

  /** A subscription that ended while no worker could tell the server is made good when its listener comes by. */
  async #renew(): Promise<void> {
    const { pushManager } = await navigator.serviceWorker.ready;
    if (Notification.permission !== "granted") return;
    await renewPush({ caches, pushManager, fetch: (address, init) => fetch(address, init), sleep: async () => {} });
  }

  get #key(): string {
    return `reminder ${this.#options.slug}`;
  }

  get #token(): string | null {
    return this.#options.storage?.getItem(this.#key) ?? null;
  }

  #showDevice(): void {
    const told = this.#token !== null;
    this.#device.textContent = sayRemind(told ? "stop" : "onDevice");
    if (told) this.#status.textContent = sayRemind("told");
  }

  #mailForm(): HTMLElement {
    const form = document.createElement("form");
    form.className = "bar";
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "email", name: "email", id: "remind-mail", required: true, maxLength: 254, autocomplete: "email" });
    const name = document.createElement("span");
    name.textContent = sayRemind("mail");
    label.append(name, input);
    const send = document.createElement("button");
    send.id = "remind-send";
    send.textContent = sayRemind("byMail");
    form.append(label, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#attempt(async () => {
        const address = input.value.trim();
        await this.#post(`events/${this.#options.slug}/reminders`, { kind: "mail", address, ...reader() });
        input.value = "";
        this.#status.textContent = sayRemind("asked", { address });
      });
    });
    return form;
  }

  async #subscribe(): Promise<void> {
    if ((await Notification.requestPermission()) !== "granted") {
      this.#status.textContent = sayRemind("denied");
      return;
    }
    await navigator.serviceWorker.register("/sw.js");
    const { pushManager } = await navigator.serviceWorker.ready;
    const { at, push: key } = this.#options.offer;
    const subscription = readSubscription(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: serverKey(key) }));
    const { token } = await this.#post(`events/${this.#options.slug}/reminders`, { kind: "push", ...subscription, ...reader() });
    if (subscription !== undefined) await keepPush(caches, { at, key, subscription });
    if (token !== undefined) this.#options.storage?.setItem(this.#key, token);
    this.#status.textContent = sayRemind("told");
  }

  async #end(): Promise<void> {
    await this.#post(`reminders/${this.#token ?? ""}/end`);
    this.#options.storage?.removeItem(this.#key);
    this.#status.textContent = sayRemind("stopped");
  }

  /** Does what was asked, one thing at a time, and says why when it did not work. */
  async #attempt(act: () => Promise<void>): Promise<void> {
    if (this.box.ariaBusy === "true") return;
    this.box.ariaBusy = "true";
    try {
      await act();
    } catch (error) {
      // Browsers say so too when no push service can be reached.
      const reason = error instanceof Refused ? error.message : sayRemind("unreachable");
      this.#status.textContent = sayRemind("failed", { reason });
    }
    this.box.ariaBusy = "false";
    this.#showDevice();
  }

  async #post(path: string, body?: object): Promise<Partial<ReminderAnswer>> {
    const init = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
    const response = await fetch(`${this.#options.offer.at}/api/${path}`, { method: "POST", credentials: "omit", ...init });
    if (response.status === 204) return {};
    const answer = (await response.json()) as ReminderAnswer | ProblemDetails;
    if (!("code" in answer)) return answer;
    // Most people never meet an error: its words come only then.
    const { errorInWords } = await import("../../src/wire/error-words.ts");
    const { title, action } = errorInWords(answer, lang);
    throw new Refused(`${title} ${action}`);
  }
}

/** The server said no, in words for people. */
class Refused extends Error {}

function canPush(): boolean {
  return isSecureContext && "serviceWorker" in navigator && "PushManager" in globalThis && "Notification" in globalThis;
}

/** In which language and zone the reader wants to be told. */
function reader() {
  return { language: lang, timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}

function line(text: string, className = ""): HTMLElement {
  const made = document.createElement("p");
  made.className = className;
  made.textContent = text;
  return made;
}

function wrap(element: HTMLElement): HTMLElement {
  const made = document.createElement("p");
  made.append(element);
  return made;
}
