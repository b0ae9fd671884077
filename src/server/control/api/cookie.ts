import { SESSION_MS } from "../../../event/mod.ts";

/** Name of the session cookie. `__Host-` where there is TLS: then no other host of the domain can plant one. @spec RFC 6265bis §4.1.3.2 */
export const cookieName = (secure: boolean): string => (secure ? "__Host-earshot_session" : "earshot_session");

/** How long a device is known. Seconds; the longest a browser keeps a cookie. @spec RFC 6265bis §5.5 */
const DEVICE_SECONDS = 400 * 86_400;
/** Name of the cookie that tells one device from another; it says nothing about a person and signs nobody in. */
const deviceName = (secure: boolean): string => (secure ? "__Host-earshot_device" : "earshot_device");

/** Name of the cookie that says that somebody signed in on this device before. */
const knownName = (secure: boolean): string => (secure ? "__Host-earshot_known" : "earshot_known");

/** The session id in a Cookie header, if there is one. */
export function readCookie(header: string | undefined, secure: boolean): string | undefined {
  return read(header, cookieName(secure));
}

/** The device's secret in a Cookie header, if there is one that we made. */
export function readDevice(header: string | undefined, secure: boolean): string | undefined {
  const device = read(header, deviceName(secure));
  return device !== undefined && /^[\w-]{24}$/.test(device) ? device : undefined;
}

/** A Set-Cookie value that keeps a device's secret. */
export function writeDevice(device: string, secure: boolean): string {
  return lasting(deviceName(secure), device, secure);
}

/** The seal of a device that somebody signed in on, if there is one. */
export function readKnown(header: string | undefined, secure: boolean): string | undefined {
  return read(header, knownName(secure));
}

/** A Set-Cookie value that keeps such a seal. */
export function writeKnown(seal: string, secure: boolean): string {
  return lasting(knownName(secure), seal, secure);
}

function lasting(name: string, value: string, secure: boolean): string {
  return `${name}=${value}; Path=/; Max-Age=${DEVICE_SECONDS}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
}

function read(header: string | undefined, name: string): string | undefined {
  const prefix = `${name}=`;
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
