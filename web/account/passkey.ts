import { startAuthentication, startRegistration } from "@simplewebauthn/browser";
import { type Called, call } from "../studio/api.ts";

/** What asking for a passkey came to: the server's answer, or that nobody used one. */
export type PasskeyCall<Answer> = Called<Answer> | { readonly ok: false; readonly stopped: true };

type Options<Ask> = { readonly options: Ask };
type RegistrationAsk = Parameters<typeof startRegistration>[0]["optionsJSON"];
type SignInAsk = Parameters<typeof startAuthentication>[0]["optionsJSON"];

/** Signs in with whatever passkey the person chooses. Never throws. */
export async function signInWithPasskey<Answer>(): Promise<PasskeyCall<Answer>> {
  const asked = await call<Options<SignInAsk>>("POST", "/api/sign-in/options");
  if (!asked.ok) return asked;
  const passkey = await startAuthentication({ optionsJSON: asked.answer.options }).catch(() => undefined);
  return passkey === undefined ? { ok: false, stopped: true } : await call<Answer>("POST", "/api/sign-in", { passkey });
}

/** Makes a passkey; `name`: what a new account is called. Never throws. */
export async function makePasskey<Answer>(name?: string): Promise<PasskeyCall<Answer>> {
  const named = name === undefined || name === "" ? {} : { name };
  const asked = await call<Options<RegistrationAsk>>("POST", "/api/account/passkeys/options", named);
  if (!asked.ok) return asked;
  let known = false;
  const passkey = await startRegistration({ optionsJSON: asked.answer.options }).catch((error: unknown) => {
    known = error instanceof Error && error.name === "InvalidStateError";
    return undefined;
  });
  if (passkey !== undefined) return await call<Answer>("POST", "/api/account/passkeys", { ...named, passkey });
  return known ? { ok: false, problem: { code: "passkey-known", title: "", action: "", details: {}, status: 409 } } : { ok: false, stopped: true };
}
