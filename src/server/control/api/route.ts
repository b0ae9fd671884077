import type { z } from "zod";
import type { ErrorCode } from "../../../core/errors.ts";
import type { SessionView } from "../../../event/mod.ts";

/** One request to the API, checked and with its sender known. */
export interface Call<Body> {
  readonly body: Body;
  /** A named part of the path. */
  param(name: string): string;
  /** A value of the query; undefined when it is not there. */
  query(name: string): string | undefined;
  /** Length of the body as its sender announced it. Bytes; 0 when it did not. */
  readonly announcedBytes: number;
  /** The body as it comes, for routes that take a file. Breaks off when nothing comes for a while. */
  upload(): AsyncIterable<Uint8Array>;
  /** Who the browser is signed in as, if at all. */
  readonly session: SessionView | undefined;
  /** Value of the session cookie as it came. */
  readonly cookie: string | undefined;
  /** Address of the sender's socket. */
  readonly address: string;
  /** Secret of the device, as its cookie says; undefined for one never seen. */
  readonly device: string | undefined;
  /** The device's secret, made and kept in a cookie when there is none yet. */
  ensureDevice(): string;
  /** What shows whose personal link a listener came by, as the page was told it; undefined without. */
  readonly invitation: string | undefined;
  /** Whether somebody has signed in to an account on this device before. */
  readonly isKnownDevice: boolean;
  /** Notes on the device that somebody signed in on it. */
  rememberDevice(): void;
  /** The browser in two words, such as "Firefox, Linux"; empty for others. */
  readonly agent: string;
  /** Sets the session cookie, or removes it when undefined. */
  setCookie(value: string | undefined): void;
}

/** One line of the API: the handler, the page for people and the OpenAPI description all come from it. */
export interface ApiRoute {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path with named parts, such as `/api/events/:slug`. */
  readonly path: string;
  readonly summary: string;
  readonly status: 200 | 201 | 204;
  readonly body: z.ZodType | undefined;
  /** Whether the body is a file. */
  readonly upload: boolean;
  /** What it reads of the query: name and what it is. */
  readonly query?: Readonly<Record<string, string>> | undefined;
  readonly answer: z.ZodType | undefined;
  /** Media type of the file it answers with, where it does: the handler gives a {@link Download}. */
  readonly download: string | undefined;
  readonly problems: readonly ErrorCode[];
  /** Whether listeners' pages, which lie at the public address, may call it: as strangers, or with the cookies of this browser as themselves. Absent: no. */
  readonly fromListeners?: "strangers" | "themselves";
  readonly handle: (call: Call<unknown>) => Promise<unknown>;
}

/** A file that is sent as it is made. */
export interface Download {
  /** What a browser calls it; letters, digits, dots and hyphens. */
  readonly fileName: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** A route before it is checked: the types of body and answer follow from their schemas. */
export interface RouteDraft<Body extends z.ZodType | undefined, Answer extends z.ZodType | undefined> {
  readonly summary: string;
  readonly status?: 200 | 201 | 204;
  readonly body?: Body;
  readonly upload?: boolean;
  readonly query?: Readonly<Record<string, string>>;
  readonly answer?: Answer;
  readonly problems?: readonly ErrorCode[];
  handle(call: Call<Body extends z.ZodType ? z.output<Body> : undefined>): Promise<Answer extends z.ZodType ? z.input<Answer> : void>;
}

/** Makes a route; `at` is method and path with a space between. */
export function route<Body extends z.ZodType | undefined = undefined, Answer extends z.ZodType | undefined = undefined>(
  at: `${ApiRoute["method"]} /${string}`,
  draft: RouteDraft<Body, Answer>,
): ApiRoute {
  const [method, path] = at.split(" ") as [ApiRoute["method"], string];
  const status = draft.status ?? (draft.answer === undefined ? 204 : 200);
  return {
    method,
    path,
    summary: draft.summary,
    status,
    body: draft.body,
    upload: draft.upload ?? false,
    query: draft.query,
    answer: draft.answer,
    download: undefined,
    problems: draft.problems ?? [],
    handle: (call) => draft.handle(call as Parameters<typeof draft.handle>[0]),
  };
}

/** Makes a route that answers with a file of this media type. */
export function downloadRoute(
  at: `GET /${string}`,
  draft: Pick<ApiRoute, "summary" | "problems"> & { readonly type: string; handle(call: Call<undefined>): Promise<Download> },
): ApiRoute {
  const { summary, problems, type } = draft;
  const path = at.slice("GET ".length);
  return {
    method: "GET",
    path,
    summary,
    status: 200,
    body: undefined,
    upload: false,
    answer: undefined,
    download: type,
    problems,
    handle: (call) => draft.handle(call as Call<undefined>),
  };
}
