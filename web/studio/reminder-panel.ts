import { html, nothing } from "lit";
import type { ReminderProgress } from "../../src/wire/reminders.ts";
import { timeIn } from "../words/before.ts";
import { locale } from "../words/language.ts";
import { sayReminder, topicInWords } from "../words/reminders.ts";
import { call } from "./api.ts";
import { LookingElement } from "./looking-element.ts";

/** How often the host sees how far reminders are. Milliseconds. */
const LOOK_MS = 5_000;

const inWords = (value: number) => new Intl.NumberFormat(locale).format(value);

/** How many want to be reminded, and how far each notice is. Never who. */
export class ReminderPanel extends LookingElement {
  static override properties = { slug: {} };
  declare slug: string;
  #progress: ReminderProgress | undefined;
  protected readonly lookMs = LOOK_MS;

  protected async look(): Promise<void> {
    const called = await call<ReminderProgress>("GET", `/api/events/${this.slug}/reminders`);
    if (called.ok) this.#progress = called.answer;
  }

  override render() {
    const { mail = 0, push = 0, unconfirmed = 0, notices = [] } = this.#progress ?? {};
    const wanted = mail + push === 0 ? sayReminder("nobody") : sayReminder("wanted", { mail: inWords(mail), push: inWords(push) });
    return html`<section class="card" id="reminders" aria-labelledby="reminders-title"><h2 id="reminders-title">${sayReminder("reminders")}</h2>
      <p>${wanted}${unconfirmed === 0 ? nothing : html`<br><span class="quiet">${sayReminder("unconfirmed", { number: inWords(unconfirmed) })}</span>`}</p>
      ${notices.length === 0 ? nothing : html`<ul class="list">${notices.map((notice) => this.#renderNotice(notice))}</ul>`}</section>`;
  }

  #renderNotice({ topic, date, sent, waiting, failed, dropped }: ReminderProgress["notices"][number]) {
    const counts = sayReminder("progress", { sent: inWords(sent), waiting: inWords(waiting), failed: inWords(failed) });
    return html`<li><strong>${topicInWords(topic)}</strong> <span class="quiet small">${timeIn(date)}</span><br>${counts}${
      dropped === 0 ? nothing : html`<br><span class="quiet">${sayReminder("overtaken", { number: inWords(dropped) })}</span>`
    }</li>`;
  }
}
customElements.define("earshot-reminders", ReminderPanel);
