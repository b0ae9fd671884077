import { SESSION_MS } from "../../../event/mod.ts";

/** Name of the session cookie. `__Host-` where there is TLS: then no other host of the domain can plant one. @spec RFC 6265bis §4.1.3.2 */
export const cookieName = (secure: boolean): string => (secure ? "__Host-earshot_session" : "earshot_session");

/** The session id in a Cookie header, if there is one. */
export function readCookie(header: string | undefined, secure: boolean): string | undefined {
  const prefix = `${cookieName(secure)}=`;
  for (const pair of header?.split(";") ?? []) {
    const text = pair.trim();
    if (text.startsWith(prefix)) return text.slice(prefix.length);
  }
  return undefined;
}

/** A Set-Cookie value that keeps a session id, or removes it when undefined. */
export function writeCookie(id: string | undefined, secure: boolean): string {
  const age = id === undefined ? 0 : Math.floor(SESSION_MS / 1000);
  return `${cookieName(secure)}=${id ?? ""}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}
