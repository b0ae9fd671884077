import type { Clock } from "../../../core/clock.ts";
import { EarshotError } from "../../../core/errors.ts";
import type { Log } from "../../../core/log.ts";
import { type SignInLinks, SIGN_IN_LINK_MS } from "../../../event/mod.ts";
import type { MailSender } from "../../mail/mod.ts";
import { EnterLimit, type LimitRules } from "../api/enter-limit.ts";

/** Mails to one address: three at once, then one in five minutes. Who asks for more gets the same answer and no mail. */
const ADDRESS_RULES: LimitRules = { burst: 3, refillPerSecond: 1 / 300, successIsFree: false };
/** Mails of the whole house: sixty at once, then one a second, so that nobody uses it to write to the world. */
const HOUSE_RULES: LimitRules = { burst: 60, refillPerSecond: 1, successIsFree: false };
/** Mails on their way at the same time. */
const UNDER_WAY_MAX = 16;
/** One minute. Milliseconds. */
const MINUTE_MS = 60_000;

/** What the mailer works with. */
export interface SignInMailOptions {
  readonly links: SignInLinks;
  readonly mail: MailSender;
  /** Where the link leads; no trailing slash. */
  readonly backstageUrl: string;
  /** Name by which readers know the house. */
  readonly house: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A request for a link. */
export interface SignInMailRequest {
  readonly address: string;
  readonly language: "en" | "de";
  /** Slug of the event the reader comes from. */
  readonly event?: string | undefined;
}

/** Sends links that sign in once. Whether an address is known makes no difference anywhere on the way. */
export class SignInMail {
  readonly #options: SignInMailOptions;
  readonly #addressLimit: EnterLimit;
  readonly #houseLimit: EnterLimit;
  readonly #underWay = new Set<Promise<void>>();
  /** Mails handed over, mails not sent because of a limit, and mails that could not be handed over, since the start. */
  sent = 0;
  held = 0;
  failed = 0;

  constructor(options: SignInMailOptions) {
    this.#options = options;
    this.#addressLimit = new EnterLimit(options.clock, ADDRESS_RULES);
    this.#houseLimit = new EnterLimit(options.clock, HOUSE_RULES);
  }

  /** Sends a link; resolves before it is sent, so that a slow or refusing mail server tells nothing. @throws `rate-limited` when the whole house sends too much */
  async request(request: SignInMailRequest): Promise<void> {
    const { links } = this.#options;
    const hash = links.hashOf(request.address);
    const key = Buffer.from(hash).toString("hex");
    await this.#houseLimit.attempt("house", async () => {
      if (this.#underWay.size >= UNDER_WAY_MAX) throw new EarshotError("rate-limited", { retry_after_seconds: 5 });
      try {
        this.#addressLimit.spend(key);
      } catch {
        // Somebody else may be asking in its owner's name: they are told nothing, and the owner already has links.
        this.held++;
        return;
      }
      const secret = await links.make(hash);
      const sending = this.#send(request, secret).finally(() => this.#underWay.delete(sending));
      this.#underWay.add(sending);
    });
  }

  /** Resolves when nothing is on its way. */
  async close(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  async #send({ address, language, event }: SignInMailRequest, secret: string): Promise<void> {
    const { mail, backstageUrl, house, log } = this.#options;
    const query = new URLSearchParams({ lang: language, ...(event === undefined ? {} : { event }) });
    const link = `${backstageUrl}/sign-in?${query.toString()}#${secret}`;
    try {
      await mail.send({ to: address, ...WORDS[language](house, link, SIGN_IN_LINK_MS / MINUTE_MS) });
      this.sent++;
    } catch (cause) {
      this.failed++;
      log.warn("a sign-in mail was not taken", { code: cause instanceof EarshotError ? cause.code : "internal" });
    }
  }
}

/** The mail in each language. Plain text: nothing to load, nothing to hide behind. */
const WORDS = {
  en: (house: string, link: string, minutes: number) => ({
    subject: `Sign in at ${house}`,
    text: `Somebody wants to sign in at ${house} with this address.\n\nIf it was you, open this link and press the button there. It works once, for ${minutes} minutes:\n\n${link}\n\nIf it was not you, nothing is to be done: without the link nobody gets in.\n`,
  }),
  de: (house: string, link: string, minutes: number) => ({
    subject: `Anmelden bei ${house}`,
    text: `Jemand möchte sich mit dieser Adresse bei ${house} anmelden.\n\nWaren Sie es, dann öffnen Sie diesen Link und drücken dort den Knopf. Er gilt einmal, ${minutes} Minuten lang:\n\n${link}\n\nWaren Sie es nicht, ist nichts zu tun: Ohne den Link kommt niemand hinein.\n`,
  }),
} as const;
