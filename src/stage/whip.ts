import { EarshotError } from "../core/errors.ts";
import type { RelayServer } from "../event/mod-live.ts";

/** A WHIP request as the stage sees it, whatever carried it. @spec RFC 9725 §4 */
export interface WhipRequest {
  readonly method: string;
  /** Session part of the address, when there is one. */
  readonly session: string | undefined;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly ifMatch: string | undefined;
  readonly body: string;
}

/** The answer to a {@link WhipRequest}. */
export interface WhipResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const OFFER_TYPE = "application/sdp";
const FRAGMENT_TYPE = "application/trickle-ice-sdpfrag";
const METHODS = "POST, PATCH, DELETE, OPTIONS";

/** What a WHIP request asks for, once its form is right. `etag` of undefined asks for an ICE restart, whatever session there is. */
export type WhipAct =
  | { readonly act: "describe" }
  | { readonly act: "publish" }
  | { readonly act: "patch"; readonly session: string; readonly etag: string | undefined }
  | { readonly act: "end"; readonly session: string };

/** Tells what a request asks for by method, address, content type and precondition. @throws `method-not-allowed`, `media-type`, `precondition-required`. @spec RFC 9725 §4.2, §4.3 */
export function whipAct({ method, session, contentType, ifMatch }: WhipRequest): WhipAct {
  if (method === "OPTIONS") return { act: "describe" };
  if (method === "DELETE" && session !== undefined) return { act: "end", session };
  if (method === "PATCH" && session !== undefined) {
    requireType(contentType, FRAGMENT_TYPE);
    if (ifMatch === undefined) throw new EarshotError("precondition-required");
    return { act: "patch", session, etag: ifMatch.trim() === "*" ? undefined : ifMatch.trim() };
  }
  if (method !== "POST" || session !== undefined) throw new EarshotError("method-not-allowed", { method, allowed: METHODS });
  requireType(contentType, OFFER_TYPE);
  return { act: "publish" };
}

function requireType(given: string | undefined, rule: string): void {
  if (given?.split(";")[0]?.trim().toLowerCase() !== rule) throw new EarshotError("media-type", { rule, value: (given ?? "none").slice(0, 80) });
}

/** The answer to OPTIONS. @spec RFC 9725 §4.2 */
export const DESCRIPTION: WhipResponse = { status: 204, headers: { "accept-post": OFFER_TYPE, "accept-patch": FRAGMENT_TYPE, allow: METHODS }, body: "" };

/** The answer to an exchange that ended. */
export const ENDED: WhipResponse = { status: 200, headers: {}, body: "" };

/** The answer to an offer that was taken. `etag` stands for its ICE session, links name relays. @spec RFC 9725 §4.2, §4.3.1, §4.4 */
export function created(location: string, etag: string, answer: string, relays: readonly RelayServer[]): WhipResponse {
  const link = relays.flatMap(({ urls, username, credential }) =>
    urls.map((url) => `<${url}>; rel="ice-server"; username="${username}"; credential="${credential}"; credential-type="password"`),
  );
  return { status: 201, headers: { "content-type": OFFER_TYPE, location, etag, ...(link.length === 0 ? {} : { link: link.join(", ") }) }, body: answer };
}

/** The answer to candidates that were taken note of. @spec RFC 9725 §4.3.2 */
export const NOTED: WhipResponse = { status: 204, headers: {}, body: "" };

/** The answer to an ICE restart: the stage's side of the new session. @spec RFC 9725 §4.3.3 */
export function restarted(etag: string, fragment: string): WhipResponse {
  return { status: 200, headers: { "content-type": FRAGMENT_TYPE, etag }, body: fragment };
}

/** The bearer token of an Authorization header, or an empty text. @spec RFC 6750 §2.1 */
export function bearer(authorization: string | undefined): string {
  return /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? "")?.[1] ?? "";
}
