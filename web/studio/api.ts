import { type ErrorWords, errorInWords } from "../../src/wire/error-words.ts";
import type { ProblemDetails } from "../../src/wire/problem.ts";
import { lang } from "../words/language.ts";
import { say } from "../words/studio.ts";

/** What an API call came to: the answer, or the problem the server named. */
export type Called<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly problem: Pick<ProblemDetails, "code" | "title" | "action" | "details" | "status"> };

/** What a page that lies elsewhere adds to a call. */
type CallMore = { readonly credentials?: RequestCredentials; readonly headers?: Readonly<Record<string, string>> };

/** Calls the backstage API with the session cookie. Never throws. */
export async function call<Answer>(method: string, path: string, body?: unknown, { headers = {}, ...more }: CallMore = {}): Promise<Called<Answer>> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  return await ask(path, { ...more, method, ...sent, headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) } });
}

/** Sends a file to the backstage API. Never throws. */
export async function sendFile<Answer>(path: string, file: Blob): Promise<Called<Answer>> {
  return await ask(path, { method: "POST", body: file });
}

async function ask<Answer>(path: string, init: RequestInit): Promise<Called<Answer>> {
  try {
    const response = await fetch(path, init);
    const answer: unknown = response.status === 204 ? undefined : await response.json();
    return response.ok ? { ok: true, answer: answer as Answer } : { ok: false, problem: answer as ProblemDetails };
  } catch {
    return {
      ok: false,
      problem: { code: "unreachable", title: say("refusedNetwork"), action: "", details: {}, status: 0 },
    };
  }
}

/** What to tell a person about a problem, in the language of the page. */
export function tell(problem: ErrorWords & { readonly code: string }): string {
  const { title, action } = errorInWords(problem, lang);
  return `${title} ${action}`.trim();
}

/** Why something was not done, with the field that was wrong. */
export function reasonOf(problem: ErrorWords & Pick<ProblemDetails, "code" | "details">): string {
  const { title, action } = errorInWords(problem, lang);
  const { field, rule } = problem.details;
  return `${title} ${field === undefined ? "" : `${field}: ${rule}. `}${action}`;
}

/** Takes the secret out of the address bar, so that it is not shared by accident. */
export function takeSecret(): string | undefined {
  const secret = location.hash.slice(1);
  if (secret === "") return undefined;
  history.replaceState(null, "", location.pathname + location.search);
  return secret;
}
