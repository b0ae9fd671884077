import type { CDPSession, Page } from "playwright-core";

/** Chromium's own tools for a page, with passkeys of virtual devices switched on. @spec Chrome DevTools Protocol, WebAuthn domain */
export async function openPasskeys(page: Page): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  return devtools;
}

/** A fingerprint reader or a security key that says yes; returns its id. */
export async function addAuthenticator(devtools: CDPSession, transport: "internal" | "usb"): Promise<string> {
  const able = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  return (await devtools.send("WebAuthn.addVirtualAuthenticator", { options: { protocol: "ctap2", transport, ...able } })).authenticatorId;
}
