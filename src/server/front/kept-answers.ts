import type { OutgoingHttpHeaders } from "node:http";

/** Longest answer that is kept. Bytes; waiting music has five million, pictures, pages and scripts have less than one. */
export const MAX_KEPT_BYTES = 6 * 1024 * 1024;
/** What all kept answers may take. Bytes; a tenth of what a front on a small machine has. */
const MAX_ALL_BYTES = 64 * 1024 * 1024;
/** What an answer costs besides its body. Bytes; keys, fields and objects, estimated high. */
const ENTRY_BYTES = 2 * 1024;
/** Addresses of which it is remembered what chooses among their forms. */
const MAX_CHOICES = 20_000;
/** How long a failure is kept at most. Milliseconds; decision 31. */
const FAILURE_MS = 1_000;
/** How much older than its time an answer may be that is given while the house is away. Milliseconds: what never changes for a day; a page, which says how things stood, as long as a house needs to start again. */
const STALE_IMMUTABLE_MS = 86_400_000;
const STALE_PAGE_MS = 600_000;
/** Failures whose end is nobody's alone. */
const FAILURES: ReadonlySet<number> = new Set([400, 404, 405, 409, 410, 500, 502, 503, 504]);

/** How long an answer may be given again. Milliseconds from when it was made. */
export interface Lifetime {
  readonly freshMs: number;
  /** Beyond that, while the house is away. */
  readonly staleMs: number;
}

/** What is asked for, as far as it chooses the answer. */
export interface Wish {
  /** Address, and whether failures are wanted as pages. */
  readonly name: string;
  /** Fields of the request as the house gets them, by name in small letters. */
  readonly fields: OutgoingHttpHeaders;
}

/** An answer that others may be given. */
export interface KeptAnswer {
  readonly status: number;
  readonly fields: OutgoingHttpHeaders;
  readonly body: Buffer;
  readonly lifetime: Lifetime;
  /** How old it was when it was asked for, and when that was by the steady clock. Milliseconds. */
  readonly ageMs: number;
  readonly askedAtMs: number;
  /** The values of the request that chose it, by name. */
  readonly chosenBy: readonly (readonly [name: string, value: string])[];
}

/** How long others may be given an answer; undefined when it is for one alone. @spec RFC 9111 §3, §4.2.1, §5.2.2; RFC 5861 §4 */
export function readLifetime(status: number, fields: OutgoingHttpHeaders): Lifetime | undefined {
  const told = readCacheControl(String(fields["cache-control"] ?? ""));
  if (told.has("private") || told.has("no-store") || told.has("no-cache") || fields["set-cookie"] !== undefined) return undefined;
  if (readVary(fields).some((name) => name === "*" || name === "cookie")) return undefined;
  const seconds = Number(told.get("s-maxage") ?? told.get("max-age") ?? Number.NaN);
  if (FAILURES.has(status)) {
    // One that says nothing is a gateway's own.
    const freshMs = Number.isNaN(seconds) && status >= 500 ? FAILURE_MS : Math.min(seconds * 1_000, FAILURE_MS);
    return freshMs > 0 ? { freshMs, staleMs: 0 } : undefined;
  }
  if (status !== 200 || !(seconds > 0)) return undefined;
  const obeys = told.has("must-revalidate") || told.has("proxy-revalidate") || told.has("s-maxage");
  const isPage = String(fields["content-type"] ?? "").startsWith("text/html");
  return { freshMs: seconds * 1_000, staleMs: obeys ? 0 : told.has("immutable") ? STALE_IMMUTABLE_MS : isPage ? STALE_PAGE_MS : 0 };
}

/** Directives by name in small letters. */
function readCacheControl(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split(",").map((directive) => {
      const [name = "", value = ""] = directive.split("=", 2);
      return [name.trim().toLowerCase(), value.trim().replace(/^"|"$/g, "")];
    }),
  );
}

/** The names of the request's fields that chose an answer. */
function readVary({ vary }: OutgoingHttpHeaders): string[] {
  return String(vary ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "")
    .sort();
}

/** How old an answer is by now. Milliseconds. @spec RFC 9111 §4.2.3; without comparing two machines' clocks, which are seconds apart where answers live for one */
export function ageOf(answer: Pick<KeptAnswer, "ageMs" | "askedAtMs">, nowMs: number): number {
  return answer.ageMs + Math.max(0, nowMs - answer.askedAtMs);
}

/** Whether an answer is one to this wish. @spec RFC 9111 §4.1 */
export function answersWish({ chosenBy }: KeptAnswer, { fields }: Wish): boolean {
  return chosenBy.every(([name, value]) => String(fields[name] ?? "") === value);
}

/** The values of a wish that chose an answer with these fields. */
export function choiceOf(wish: Wish, fields: OutgoingHttpHeaders): KeptAnswer["chosenBy"] {
  return readVary(fields).map((name) => [name, String(wish.fields[name] ?? "")]);
}

/** Answers of the house kept in memory: a shared cache as far as a front needs one, the least recently used going first. @spec RFC 9111 */
export class KeptAnswers {
  readonly #answers = new Map<string, KeptAnswer>();
  /** Which fields choose, by name of the wish. */
  readonly #choices = new Map<string, readonly string[]>();
  #bytes = 0;

  /** What all kept answers take. Bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is the same question: before the first answer every field that may choose tells questions apart. */
  keyOf({ name, fields }: Wish): string {
    const names = this.#choices.get(name) ?? ["accept-encoding", "accept-language"];
    return [name, ...names.map((field) => `${field}=${String(fields[field] ?? "")}`)].join("\n");
  }

  /** The kept answer, whether or not its time is over. */
  find(wish: Wish): KeptAnswer | undefined {
    const key = this.keyOf(wish);
    const found = this.#answers.get(key);
    if (found === undefined) return undefined;
    this.#answers.delete(key);
    this.#answers.set(key, found);
    return found;
  }

  keep(wish: Wish, answer: KeptAnswer): void {
    if (answer.body.length > MAX_KEPT_BYTES) return;
    this.#choices.delete(wish.name);
    this.#choices.set(
      wish.name,
      answer.chosenBy.map(([name]) => name),
    );
    if (this.#choices.size > MAX_CHOICES) this.#choices.delete(this.#choices.keys().next().value as string);
    const key = this.keyOf(wish);
    this.#drop(key);
    this.#answers.set(key, answer);
    this.#bytes += costOf(key, answer);
    while (this.#bytes > MAX_ALL_BYTES) this.#drop(this.#answers.keys().next().value as string);
  }

  #drop(key: string): void {
    const answer = this.#answers.get(key);
    if (answer === undefined) return;
    this.#answers.delete(key);
    this.#bytes -= costOf(key, answer);
  }
}

function costOf(key: string, { body }: KeptAnswer): number {
  return body.length + key.length + ENTRY_BYTES;
}
