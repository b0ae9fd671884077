import type { Answer, HlsOrigin, PartStore } from "../../audience/mod.ts";
import { EarshotError, type ErrorCode, ERRORS } from "../../core/errors.ts";
import { problem } from "../../wire/problem.ts";
import { answerFields, ReadyAnswer } from "./answer-head.ts";
import { spanOf } from "./audience-meter.ts";

/** Answers that never change and are kept. All parts, segments and headers of the three CMAF renditions in the window are about 680; together some 7 MB. */
const MAX_KEPT = 768;
/** Parameters that change the answer; all others (a session's number, somebody's token) do not, and must not make it another one. @spec RFC 8216bis §6.2.5 */
const DIRECTIVES = ["_HLS_msn", "_HLS_part", "_HLS_skip"] as const;

/** What caches are told of a failure that is the same for all who ask: they bear the brunt of it, and nobody hears of its end later than a second (decision 31). */
const KEPT_FAILURE = { "cache-control": "public, max-age=1" } as const;
/** Such failures, besides all that is nonsense or not there. */
const SHARED_FAILURES: ReadonlySet<ErrorCode> = new Set(["event-not-live", "event-ended", "stage-starting", "house-away"]);

/** Called with the answer when it is there. */
export type Waiter = (answer: ReadyAnswer) => void;

/** What is asked for. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly acceptsGzip: boolean;
}

/** Something asked for that is not there yet, and everybody who asked. */
interface Question {
  readonly waiters: Set<Waiter>;
  readonly stop: AbortController;
}

/**
 * One event's HLS as bytes ready to be sent: whatever is asked for is made once and handed to all who ask,
 * also to those who ask while it is being made or waited for.
 */
export class SharedAnswers {
  readonly #hls: HlsOrigin;
  readonly #kept = new Map<string, ReadyAnswer>();
  /** Playlists: true until the next part. */
  readonly #fresh = new Map<string, ReadyAnswer>();
  readonly #pending = new Map<string, Question>();

  constructor(hls: HlsOrigin, store: PartStore) {
    this.#hls = hls;
    // Before those who wait for the part are answered, so that what they are given counts as new.
    store.listen(() => this.#fresh.clear());
    store.onEnd(() => this.#fresh.clear());
  }

  /** Whether `path` is for here. */
  serves(path: string): boolean {
    return /^(?:(?:low-)?(?:index|plain)\.m3u8|(?:opus|aac|low)\/(?!dvr)[\w.-]{1,40})$/.test(path);
  }

  /** What never changes and is here already. @hot */
  ready(path: string, acceptsGzip: boolean): ReadyAnswer | undefined {
    return this.#kept.get(acceptsGzip ? `${path} gzip` : path);
  }

  /** Hands over the answer now or when it is there; failures are answers too. Returns what to call when the asker leaves before. @hot */
  ask(target: Target, waiter: Waiter): (() => void) | undefined {
    const key = `${target.path}${directives(target.query)}${target.acceptsGzip ? " gzip" : ""}`;
    const ready = this.#kept.get(key) ?? this.#fresh.get(key);
    if (ready !== undefined) {
      waiter(ready);
      return undefined;
    }
    let question = this.#pending.get(key);
    if (question === undefined) {
      question = { waiters: new Set(), stop: new AbortController() };
      this.#pending.set(key, question);
      void this.#settle(target, key, question);
    }
    const { waiters, stop } = question;
    waiters.add(waiter);
    return () => {
      waiters.delete(waiter);
      if (waiters.size > 0) return;
      // Nobody wants it any more; whoever asks from now on is a new question.
      if (this.#pending.get(key) === question) this.#pending.delete(key);
      stop.abort(new Error("everybody left"));
    };
  }

  async #settle(target: Target, key: string, question: Question): Promise<void> {
    const { waiters, stop } = question;
    const answer = await this.#make(target, key, stop.signal);
    if (this.#pending.get(key) === question) this.#pending.delete(key);
    for (const waiter of waiters) waiter(answer);
  }

  async #make({ path, query, acceptsGzip }: Target, key: string, signal: AbortSignal): Promise<ReadyAnswer> {
    try {
      const answer = await this.#hls.answer({ path, query, acceptsGzip, signal });
      if (answer === undefined) throw new EarshotError("not-found", { path });
      const ready = readyAnswer(answer, path);
      if (answer.fleeting === true) return ready;
      if (answer.immutable === true) this.#keep(key, ready);
      else this.#fresh.set(key, ready);
      return ready;
    } catch (cause) {
      const error = cause instanceof EarshotError ? cause : new EarshotError("internal", {}, cause);
      // What everybody waited for in vain is told to everybody: a cache must not send them to us one after the other.
      return readyProblem(error, KEPT_FAILURE);
    }
  }

  #keep(key: string, ready: ReadyAnswer): void {
    this.#kept.set(key, ready);
    if (this.#kept.size > MAX_KEPT) this.#kept.delete(this.#kept.keys().next().value as string);
  }
}

/** The parameters that matter, in one order. */
function directives(query: URLSearchParams): string {
  if (query.size === 0) return "";
  let text = "";
  for (const name of DIRECTIVES) {
    const value = query.get(name);
    if (value !== null) text += ` ${name}=${value}`;
  }
  return text;
}

function readyAnswer(answer: Answer, path: string): ReadyAnswer {
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  return new ReadyAnswer(answer.status, answerFields(answer, body.length), body, answer.fleeting === true ? undefined : spanOf(path));
}

/** A failure as an answer. */
export function readyProblem(error: EarshotError, more: Readonly<Record<string, string>> = {}): ReadyAnswer {
  const { status, headers, body } = problem(error);
  const bytes = Buffer.from(body);
  return new ReadyAnswer(status, { ...headers, ...problemFields(error), ...more, "content-length": bytes.length }, bytes);
}

/** What a failure's answer says beside its problem details. */
export function problemFields({ code }: EarshotError): Record<string, string> {
  const { status } = ERRORS[code];
  return {
    "access-control-allow-origin": "*",
    ...(status === 405 ? { allow: "GET, HEAD, OPTIONS" } : {}),
    ...(status === 404 || status === 400 || SHARED_FAILURES.has(code) ? KEPT_FAILURE : {}),
  };
}
