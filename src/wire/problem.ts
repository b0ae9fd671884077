import { type EarshotError, ERRORS } from "../core/errors.ts";

/** An error as it goes over HTTP. @spec RFC 9457 §3 */
export interface ProblemDetails {
  /** Stable name of the failure as a relative reference into the manual's error page. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What the reader can do now. */
  readonly action: string;
  readonly code: string;
  /** The rule that was broken and the value that broke it, by name. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

/** Seconds a client waits at least and at most before it repeats a retryable request, where the error itself names none (`retry_after_seconds`); by lot, so that those who were refused together do not come back together. */
const RETRY_AFTER_SECONDS = { least: 1, most: 2 } as const;

/** Turns an error into an HTTP answer in problem-details form. */
export function problem(error: EarshotError): { readonly status: number; readonly headers: Record<string, string>; readonly body: string } {
  const entry = ERRORS[error.code];
  const retryAfter = error.details.retry_after_seconds ?? (entry.retryable && entry.status === 503 ? drawRetryAfter() : undefined);
  const details: ProblemDetails = {
    type: `/errors#${error.code}`,
    title: entry.meaning,
    status: entry.status,
    action: entry.action,
    code: error.code,
    details: error.details,
  };
  return {
    status: entry.status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(retryAfter === undefined ? {} : { "retry-after": String(retryAfter) }),
    },
    body: JSON.stringify(details),
  };
}

function drawRetryAfter(): number {
  const { least, most } = RETRY_AFTER_SECONDS;
  return least + Math.floor(Math.random() * (most - least + 1));
}
