import { EarshotError } from "../core/errors.ts";

/** A WHIP request as the stage sees it, whatever carried it. @spec RFC 9725 §4 */
export interface WhipRequest {
  readonly method: string;
  /** Session part of the address, when there is one. */
  readonly session: string | undefined;
  readonly contentType: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** The answer to a {@link WhipRequest}. */
export interface WhipResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const OFFER_TYPE = "application/sdp";
const METHODS = "POST, DELETE, OPTIONS";

/** What a WHIP request asks for, once its form is right. */
export type WhipAct = { readonly act: "describe" } | { readonly act: "publish" } | { readonly act: "end"; readonly session: string };

/** Tells what a request asks for by method, address and content type. @throws `method-not-allowed` (PATCH too: no trickle, no ICE restart; publish again instead), `media-type`. @spec RFC 9725 §4.2, §4.3 */
export function whipAct({ method, session, contentType }: WhipRequest): WhipAct {
  if (method === "OPTIONS") return { act: "describe" };
  if (method === "DELETE" && session !== undefined) return { act: "end", session };
  if (method !== "POST" || session !== undefined) throw new EarshotError("method-not-allowed", { method, allowed: METHODS });
  const type = contentType?.split(";")[0]?.trim().toLowerCase();
  if (type !== OFFER_TYPE) throw new EarshotError("media-type", { rule: OFFER_TYPE, value: (contentType ?? "none").slice(0, 80) });
  return { act: "publish" };
}

/** The answer to OPTIONS. @spec RFC 9725 §4.2 */
export const DESCRIPTION: WhipResponse = { status: 204, headers: { "accept-post": OFFER_TYPE, allow: METHODS }, body: "" };

/** The answer to an exchange that ended. */
export const ENDED: WhipResponse = { status: 200, headers: {}, body: "" };

/** The answer to an offer that was taken. `etag` stands for the one ICE session there will ever be. @spec RFC 9725 §4.2, §4.3.1 */
export function created(location: string, id: string, answer: string): WhipResponse {
  return { status: 201, headers: { "content-type": OFFER_TYPE, location, etag: `"${id}"` }, body: answer };
}

/** The bearer token of an Authorization header, or an empty text. @spec RFC 6750 §2.1 */
export function bearer(authorization: string | undefined): string {
  return /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? "")?.[1] ?? "";
}
