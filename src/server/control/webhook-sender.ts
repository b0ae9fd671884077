import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import type { Delivery, WebhookDesk } from "../../event/mod.ts";
import { Rounds } from "./rounds.ts";

/** Time between two rounds. Milliseconds: a postponement reaches other programs within about a second. */
const ROUND_MS = 1_000;
/** Time between two removals of old messages. Milliseconds. */
const PRUNE_MS = 3_600_000;
/** Time the other side has to answer. Milliseconds. */
const ANSWER_MS = 10_000;
/** Longest failure that is kept. Characters. */
const FAILURE_CHARACTERS = 200;

/** What the sender works with. */
export interface WebhookSenderOptions {
  readonly webhooks: WebhookDesk;
  readonly clock: Clock;
  readonly log: Log;
}

/** Sends what webhooks are to be told, signed, again and again until it is taken or given up. Owns the retries; nothing else repeats a message. */
export class WebhookSender {
  readonly #options: WebhookSenderOptions;
  readonly #rounds: Rounds;
  #prunedMs = Number.NEGATIVE_INFINITY;
  /** Messages taken, attempts failed, messages given up, since the start. */
  delivered = 0;
  failed = 0;
  dead = 0;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
    this.#rounds = new Rounds({
      clock: options.clock,
      everyMs: ROUND_MS,
      round: () => this.#makeRound(),
      onFault: (cause) => options.log.error("a round of webhooks failed; the next one follows", { cause }),
    });
  }

  /** Starts the rounds; {@link close} ends them. */
  start(): void {
    this.#rounds.start();
  }

  /** One round: what happened becomes messages, and those that are due are sent. Never rejects. */
  round(): Promise<void> {
    return this.#rounds.once();
  }

  /** Ends the rounds and whatever is under way; it is sent again after the next start. */
  async close(): Promise<void> {
    await this.#rounds.close();
  }

  async #makeRound(): Promise<void> {
    const { webhooks, clock } = this.#options;
    await webhooks.collect();
    await Promise.all((await webhooks.due()).map((delivery) => this.#send(delivery)));
    if (clock.steadyMs() - this.#prunedMs < PRUNE_MS) return;
    await webhooks.prune();
    this.#prunedMs = clock.steadyMs();
  }

  async #send(delivery: Delivery & { readonly url: string }): Promise<void> {
    const { webhooks, clock, log } = this.#options;
    const outcome = await this.#attempt(delivery, Math.floor(clock.wallMs() / 1000));
    // Cut off by our own end: that says nothing about the other side.
    if (this.#rounds.signal.aborted) return;
    const state = await webhooks.note(delivery, outcome, Math.random());
    if (state === "delivered") this.delivered++;
    else {
      this.failed++;
      log.warn("a webhook message was not taken", { webhook: delivery.webhookId, type: delivery.type, attempt: delivery.attempts + 1, ...outcome });
      if (state === "dead") this.dead++;
    }
  }

  async #attempt(delivery: Delivery & { readonly url: string }, timestamp: number): Promise<{ readonly status: number | null; readonly failure: string }> {
    const signature = this.#options.webhooks.sign(delivery, timestamp);
    const headers = { "content-type": "application/json", "user-agent": "Earshot", "webhook-id": delivery.id, "webhook-timestamp": String(timestamp) };
    try {
      const answer = await fetch(delivery.url, {
        method: "POST",
        headers: { ...headers, "webhook-signature": signature },
        body: delivery.body,
        // A message goes where the operator said, nowhere else.
        redirect: "manual",
        signal: AbortSignal.any([this.#rounds.signal, AbortSignal.timeout(ANSWER_MS)]),
      });
      await answer.body?.cancel();
      return { status: answer.status, failure: answer.ok ? "" : `answered ${answer.status}` };
    } catch (cause) {
      const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
      return { status: null, failure: reason.slice(0, FAILURE_CHARACTERS) };
    }
  }
}
