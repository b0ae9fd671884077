import type { AudienceAnswer } from "../../src/wire/api.ts";
import { STALE_AFTER_MS } from "../../src/wire/audience.ts";
import { sayBackstage } from "../words/backstage.ts";
import { lang, locale } from "../words/language.ts";

/** Pressure from which the server is said to be nearly full: from here on newcomers get a time instead of the sound (`docs/door.md`). */
const NEARLY_FULL = 0.8;
/** How long it is told that people went away from the door. Milliseconds; six counting windows. */
const TURNED_AWAY_MS = 60_000;

/** Tells from the account of the audience what is wrong at the door and where recordings are kept. */
export class DoorIncidents {
  #account: AudienceAnswer | undefined;
  /** How many had gone away when this page came, and before the last rise. */
  #goneBefore: number | undefined;
  #gone = 0;
  #roseUnixMs = 0;

  /** Takes over the newest account. Milliseconds since the Unix epoch. */
  take(account: AudienceAnswer, nowUnixMs: number): void {
    this.#account = account;
    const gone = account.audience?.turnedAway ?? 0;
    if (this.#goneBefore === undefined) this.#goneBefore = gone;
    else if (gone > this.#gone) {
      if (nowUnixMs - this.#roseUnixMs >= TURNED_AWAY_MS) this.#goneBefore = this.#gone;
      this.#roseUnixMs = nowUnixMs;
    }
    this.#gone = gone;
  }

  /** What needs somebody, in words that say what to do; figures too old to act on are left out. Milliseconds since the Unix epoch. */
  told(nowUnixMs: number): readonly string[] {
    const { audience, orders, storeLostSinceUnixMs } = this.#account ?? {};
    const number = (value: number) => new Intl.NumberFormat(lang).format(value);
    const fresh = audience !== undefined && nowUnixMs - audience.asOfUnixMs <= STALE_AFTER_MS ? audience : undefined;
    const { pressure = 0, flooded } = fresh?.door ?? {};
    const waiting = fresh?.waitingNow ?? 0;
    const held = orders?.mode === "hold";
    const gone = this.#gone - (this.#goneBefore ?? 0);
    return [
      ...(flooded ? [sayBackstage("troubleFlood")] : []),
      ...(pressure >= NEARLY_FULL ? [sayBackstage("troubleFull", { percent: number(Math.round(pressure * 100)) })] : []),
      ...(waiting > 0 ? [sayBackstage(held ? "troubleHeld" : "troubleWaiting", { number: number(waiting) })] : []),
      ...(gone > 0 && nowUnixMs - this.#roseUnixMs < TURNED_AWAY_MS ? [sayBackstage("troubleTurnedAway", { number: number(gone) })] : []),
      ...(storeLostSinceUnixMs === undefined
        ? []
        : [sayBackstage("troubleStore", { time: new Intl.DateTimeFormat(locale, { timeStyle: "short" }).format(storeLostSinceUnixMs) })]),
    ];
  }
}
