import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import {
  type DueNotice,
  type EventDesk,
  type NoticeOutcome,
  PUSHES_PER_SECOND,
  type ReminderDesk,
  type ReminderOutbox,
  type ReminderWaves,
} from "../../event/mod.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent } from "../../wire/public-state.ts";
import type { PushNotice, ReminderKind } from "../../wire/reminders.ts";
import type { MailSender } from "../mail/mod.ts";
import type { PushSender, PushSubscription } from "../push/mod.ts";
import { Rounds } from "./rounds.ts";
import { tellShortly, tellWhole, topicNow } from "./reminder-words.ts";

/** Time between two rounds. Milliseconds: a postponement leaves the house within about a second. */
const ROUND_MS = 1_000;
/** Time between two looks at doors and replays. Milliseconds. */
const LOOK_MS = 10_000;
/** Time between two looks for addresses whose term is over. Milliseconds. */
const FORGET_MS = 60_000;
/** Messages of one kind on their way at the same time at most: a push service that hangs holds up no more than these. */
const UNDER_WAY = 100;
/** Budget that may be saved up while nothing is sent. Seconds. */
const BURST_SECONDS = 2;

/** What the sender works with. */
export interface ReminderSenderOptions {
  readonly desk: EventDesk;
  readonly reminders: ReminderDesk;
  readonly waves: ReminderWaves;
  readonly outbox: ReminderOutbox;
  /** Undefined where no mail is sent. */
  readonly mail: MailSender | undefined;
  readonly mailsPerMinute: number;
  readonly push: PushSender;
  /** Addresses of listeners' and of backstage pages, no trailing slash. */
  readonly publicUrl: string;
  readonly backstageUrl: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sends reminders at the house's own pace: what happened becomes notices, and those whose place has come leave. Owns the retries; nothing else repeats one. */
export class ReminderSender {
  readonly #options: ReminderSenderOptions;
  readonly #rounds: Rounds;
  readonly #underWay: Readonly<Record<ReminderKind, Set<Promise<void>>>> = { mail: new Set(), push: new Set() };
  readonly #budget: Record<ReminderKind, number> = { mail: 1, push: 1 };
  #filledMs = Number.NEGATIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #forgotMs = Number.NEGATIVE_INFINITY;
  #started = false;
  /** Notices taken by mail server or push service, attempts that failed, notices given up, since the start; and those waiting now. */
  sent = 0;
  failed = 0;
  dead = 0;
  waiting = 0;

  constructor(options: ReminderSenderOptions) {
    this.#options = options;
    this.#rounds = new Rounds({
      clock: options.clock,
      everyMs: ROUND_MS,
      round: () => this.#makeRound(),
      onFault: (cause) => options.log.error("a round of reminders failed; the next one follows", { cause }),
    });
  }

  /** Starts the rounds; {@link close} ends them. */
  start(): void {
    this.#rounds.start();
  }

  /** One round. Never rejects; sending goes on behind it, see {@link settled}. */
  round(): Promise<void> {
    return this.#rounds.once();
  }

  /** Resolves when nothing is on its way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#underWay.mail, ...this.#underWay.push]);
  }

  /** Ends the rounds; what is on its way is waited for, as long as its own limits let it take. */
  async close(): Promise<void> {
    await this.#rounds.close();
    await this.settled();
  }

  async #makeRound(): Promise<void> {
    const { waves, outbox, desk, clock } = this.#options;
    if (!this.#started) await outbox.closeInterrupted();
    this.#started = true;
    await waves.followActs();
    const nowMs = clock.steadyMs();
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      await waves.followTimes(await desk.all());
      this.waiting = await outbox.waiting();
      this.#lookedMs = nowMs;
    }
    this.#fillBudget(nowMs);
    await this.#sendDue("mail");
    await this.#sendDue("push");
    if (nowMs - this.#forgotMs < FORGET_MS) return;
    await waves.forgetOld(await desk.all());
    await outbox.tidy();
    this.#forgotMs = nowMs;
  }

  #fillBudget(nowMs: number): void {
    const seconds = Math.min(BURST_SECONDS, (nowMs - this.#filledMs) / 1_000);
    this.#filledMs = nowMs;
    for (const [kind, perSecond] of [["mail", this.#options.mailsPerMinute / 60] as const, ["push", PUSHES_PER_SECOND] as const])
      this.#budget[kind] = Math.min(Math.max(1, perSecond * BURST_SECONDS), this.#budget[kind] + seconds * perSecond);
  }

  async #sendDue(kind: ReminderKind): Promise<void> {
    if (kind === "mail" && this.#options.mail === undefined) return;
    const limit = Math.min(Math.floor(this.#budget[kind]), UNDER_WAY - this.#underWay[kind].size);
    if (limit < 1) return;
    const notices = await this.#options.outbox.claim(kind, limit);
    this.#budget[kind] -= notices.length;
    const events = new Map<string, PublicEvent>();
    for (const eventId of new Set(notices.map((notice) => notice.eventId)))
      events.set(eventId, await this.#options.desk.toPublic(await this.#options.desk.byId(eventId)));
    for (const notice of notices) {
      const sending = this.#send(notice, events.get(notice.eventId) as PublicEvent).finally(() => this.#underWay[kind].delete(sending));
      this.#underWay[kind].add(sending);
    }
  }

  /** Never rejects. */
  async #send(notice: DueNotice, event: PublicEvent): Promise<void> {
    const { outbox, log } = this.#options;
    try {
      const outcome = await this.#attempt(notice, event);
      const state = await outbox.note(notice, outcome, Math.random());
      if (state === "sent") this.sent++;
      else if (state !== "dropped") {
        this.failed++;
        const failure = "failure" in outcome ? outcome.failure : "";
        log.warn("a reminder was not taken", { event: event.slug, kind: notice.kind, topic: notice.topic, attempt: notice.attempts, failure });
        if (state === "failed") this.dead++;
      }
    } catch (cause) {
      log.error("what became of a reminder could not be noted", { cause });
    }
  }

  async #attempt(notice: DueNotice, event: PublicEvent): Promise<NoticeOutcome> {
    const topic = topicNow(notice, event);
    if (topic === undefined) return { type: "dropped" };
    const address = this.#options.reminders.addressOf(notice.reminderId, notice.sealed);
    if (address === undefined) return { type: "failed", failure: "sealed with another house key" };
    const told = { ...notice, topic };
    return notice.kind === "mail" ? await this.#mail(told, event, address) : await this.#push(told, event, address);
  }

  async #mail(notice: DueNotice, event: PublicEvent, to: string): Promise<NoticeOutcome> {
    const { mail, reminders, publicUrl, backstageUrl } = this.#options;
    const own = `${backstageUrl}${paths.reminder(reminders.tokenOf(notice.reminderId))}`;
    const links = { page: `${publicUrl}${paths.event(event.slug)}`, own };
    // Who has confirmed nothing has nothing to end.
    const unsubscribe = notice.topic === "confirm" ? {} : { unsubscribeUrl: own };
    const id = `${notice.waveId}.${notice.reminderId}`;
    try {
      await mail?.send({ to, subject: tellShortly(event, notice).subject, text: tellWhole(event, notice, links), id, ...unsubscribe });
      return { type: "sent" };
    } catch (error) {
      if (!(error instanceof EarshotError)) throw error;
      const failure = `${error.code}: ${Object.values(error.details).join(" ")}`;
      return { type: error.code === "mail-refused" ? "failed" : "again", failure };
    }
  }

  async #push(notice: DueNotice, event: PublicEvent, address: string): Promise<NoticeOutcome> {
    const { push, clock } = this.#options;
    const { subject, line } = tellShortly(event, notice);
    const shown: PushNotice = { title: subject, body: line, tag: event.slug, url: paths.event(event.slug), lang: notice.language, slotMs: notice.slotMs };
    const ttlSeconds = Math.max(1, Math.round((notice.endsMs - clock.wallMs()) / 1_000));
    // The id's random half: what is told of an event replaces what was told before.
    const topic = event.id.replaceAll("-", "").slice(-24);
    return await push.send(JSON.parse(address) as PushSubscription, { payload: JSON.stringify(shown), ttlSeconds, urgency: "high", topic });
  }
}
