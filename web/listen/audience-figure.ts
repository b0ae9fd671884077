import { COUNT_DEFINITION, COUNT_WINDOW_MS, type PublicAudience, STALE_AFTER_MS } from "../../src/wire/audience.ts";
import { type PackedAudience, unpackAudience } from "../../src/wire/timed-metadata.ts";
import { lang } from "../words/language.ts";
import { say } from "../words/listen.ts";

const inWords = (value: number) => new Intl.NumberFormat(lang).format(value);
const atTime = (unixMs: number) => new Intl.DateTimeFormat(lang, { timeStyle: "medium" }).format(unixMs);

/** What goes with a figure before the server has said it. */
const UNTOLD = { definition: COUNT_DEFINITION, windowMs: COUNT_WINDOW_MS, edges: 1, lookAgainSeconds: 10 } as const;

/** The one honest figure: how many listen, by which definition, and as of when; grey instead of guessed when it is old. */
export class AudienceFigure {
  readonly #box: HTMLElement;
  readonly #now: HTMLElement;
  readonly #how: HTMLElement;
  #audience: PublicAudience | undefined;
  #stale = false;
  #jitter = Math.random();
  /** When a figure came with the sound last. By `performance.now()`. */
  #riddenAt = Number.NEGATIVE_INFINITY;

  constructor(box: HTMLElement, now: HTMLElement, how: HTMLElement) {
    this.#box = box;
    this.#now = now;
    this.#how = how;
  }

  show(audience: PublicAudience | undefined): void {
    if (audience?.asOfUnixMs === this.#audience?.asOfUnixMs) return;
    this.#take(audience);
  }

  /** Takes the figure that came with the sound; an older one, heard by somebody who went back, changes nothing. */
  hear(packed: PackedAudience): void {
    const ridden = unpackAudience(packed);
    const before = this.#audience;
    if (ridden === undefined || ridden.asOfUnixMs < (before?.asOfUnixMs ?? 0)) return;
    this.#riddenAt = performance.now();
    if (ridden.asOfUnixMs !== before?.asOfUnixMs) this.#take({ ...(before ?? UNTOLD), ...ridden });
  }

  /** Lets the figure grow old. `nowMs`: the server's clock. */
  tick(nowMs: number): void {
    const stale = this.#audience !== undefined && nowMs - this.#audience.asOfUnixMs > STALE_AFTER_MS;
    if (stale === this.#stale) return;
    this.#stale = stale;
    this.#write();
  }

  /** Whether it is time to ask again: when the next window has closed, at a moment of each listener's own. While the figure comes with the sound it never is. */
  wantsLook(nowMs: number): boolean {
    const { asOfUnixMs, lookAgainSeconds } = this.#audience ?? { asOfUnixMs: 0, ...UNTOLD };
    return performance.now() - this.#riddenAt > STALE_AFTER_MS && nowMs - asOfUnixMs > lookAgainSeconds * 1000 * (1 + this.#jitter / 2);
  }

  /** A moment of each listener's own in the time the server names for asking. Milliseconds. */
  spread(): number {
    return Math.random() * (this.#audience ?? UNTOLD).lookAgainSeconds * 1000;
  }

  #take(audience: PublicAudience | undefined): void {
    this.#audience = audience;
    this.#jitter = Math.random();
    this.#write();
  }

  #write(): void {
    const audience = this.#audience;
    this.#box.hidden = audience === undefined;
    if (audience === undefined) return;
    const { listeningNow, low, high, asOfUnixMs, peak, peakUnixMs } = audience;
    const time = atTime(asOfUnixMs);
    this.#box.classList.toggle("quiet", this.#stale);
    this.#now.textContent = say(this.#stale ? "countOld" : "count", { number: inWords(listeningNow), time });
    const bounds = low === high ? "" : say("countBounds", { low: inWords(low), high: inWords(high) });
    this.#how.textContent = say("countHow", { time, bounds, peak: inWords(peak), peakTime: atTime(peakUnixMs) });
  }
}
