import { browserSupportsWebAuthn, startAuthentication, startRegistration } from "@simplewebauthn/browser";
import { type Called, call } from "../studio/api.ts";

/** What asking for a passkey came to: the server's answer, or why there was nothing to ask it. */
export type PasskeyCall<Answer> = Called<Answer> | { readonly ok: false; readonly stopped: "stopped" | "alreadyHere" };

type Options<Ask> = { readonly options: Ask };
type RegistrationAsk = Parameters<typeof startRegistration>[0]["optionsJSON"];
type SignInAsk = Parameters<typeof startAuthentication>[0]["optionsJSON"];

/** Whether this browser can use passkeys here: they are bound to the one address under which the house is known. */
export function passkeysWork(backstageUrl: string): boolean {
  return location.origin === new URL(backstageUrl).origin && browserSupportsWebAuthn();
}

/** Signs in with whatever passkey the person chooses. Never throws. */
export async function signInWithPasskey<Answer>(): Promise<PasskeyCall<Answer>> {
  const asked = await call<Options<SignInAsk>>("POST", "/api/sign-in/options");
  if (!asked.ok) return asked;
  const passkey = await startAuthentication({ optionsJSON: asked.answer.options }).catch(() => undefined);
  return passkey === undefined ? { ok: false, stopped: "stopped" } : await call<Answer>("POST", "/api/sign-in", { passkey });
}

/** Makes a passkey; `name`: what a new account is called. Never throws. */
export async function makePasskey<Answer>(name?: string): Promise<PasskeyCall<Answer>> {
  const named = name === undefined || name === "" ? {} : { name };
  const asked = await call<Options<RegistrationAsk>>("POST", "/api/account/passkeys/options", named);
  if (!asked.ok) return asked;
  let stopped: "stopped" | "alreadyHere" = "stopped";
  const passkey = await startRegistration({ optionsJSON: asked.answer.options }).catch((error: unknown) => {
    // The authenticator says that it has a passkey of this account already. @spec WebAuthn Level 3 §5.1.3
    if (error instanceof Error && error.name === "InvalidStateError") stopped = "alreadyHere";
    return undefined;
  });
  return passkey === undefined ? { ok: false, stopped } : await call<Answer>("POST", "/api/account/passkeys", { ...named, passkey });
}
