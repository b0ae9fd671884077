import type { Role } from "../../src/wire/room.ts";
import { SEAT_GRANT_MS } from "../../src/wire/seat-grant.ts";
import { call } from "./api.ts";

/** What a person may do on stage for the next minute. */
export interface SeatGrant {
  readonly token: string;
  readonly seat: string;
  readonly name: string;
  readonly role: Role;
  readonly expiresUnixSeconds: number;
  readonly iceServers: readonly { readonly urls: string[]; readonly username: string; readonly credential: string }[];
}

/** How often a grant is renewed while its page is open. Milliseconds; well before the minute is over, so that leaving needs no wait. */
const RENEW_MS = 25_000;
/** How long a grant has to be good still to be used without asking. Milliseconds; an exchange takes a second or two. */
const MARGIN_MS = 10_000;

/** Keeps a page's right to its seat fresh: it is good for a minute only, so that a stolen one is worth little. Closed by the page. */
export class Grant {
  readonly #slug: string;
  readonly #nowMs: () => number;
  readonly #timer: ReturnType<typeof setInterval>;
  #grant: SeatGrant;
  /** Own time at which the grant ends: the page's clock may be wrong, a minute is not. */
  #goodUntilMs: number;
  #asking: Promise<void> | undefined;

  /** `nowMs`: steady clock. Milliseconds. */
  constructor(slug: string, grant: SeatGrant, nowMs: () => number = () => performance.now()) {
    this.#slug = slug;
    this.#nowMs = nowMs;
    this.#grant = grant;
    this.#goodUntilMs = nowMs() + SEAT_GRANT_MS;
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS);
  }

  /** The newest grant, good or not: for leaving, which cannot wait. */
  get last(): SeatGrant {
    return this.#grant;
  }

  /** A grant that is good for some seconds still; after a sleep it is asked for anew. When the server is away the old one is all there is. */
  async fresh(): Promise<SeatGrant> {
    if (this.#goodUntilMs - this.#nowMs() < MARGIN_MS) await this.#renew();
    return this.#grant;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #renew(): Promise<void> {
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #ask(): Promise<void> {
    const askedMs = this.#nowMs();
    const called = await call<SeatGrant>("POST", `/api/events/${this.#slug}/seat`);
    if (!called.ok) return;
    this.#grant = called.answer;
    this.#goodUntilMs = askedMs + SEAT_GRANT_MS;
  }
}
