import type { AccountView } from "../../../wire/accounts.ts";
import type { Reply, Visitor } from "../test-house.ts";
import { type AskedOptions, type Faults, TestAuthenticator } from "./test-authenticator.ts";

/** Address of a house in which browsers would offer passkeys. */
export const PASSKEY_HOUSE = { publicUrl: "http://localhost:8080", backstageUrl: "http://localhost:8081" } as const;

/** Makes a passkey in a browser that may; `faults`: what the authenticator does wrong. */
export async function makePasskey(
  visitor: Visitor,
  name?: string,
  faults?: Faults,
): Promise<{ readonly key: TestAuthenticator; readonly reply: Reply<AccountView> }> {
  const key = new TestAuthenticator(PASSKEY_HOUSE.backstageUrl);
  const named = name === undefined ? {} : { name };
  const asked = await visitor.call<AskedOptions>("POST", "/api/account/passkeys/options", named);
  const passkey = asked.status === 200 ? key.register(asked.body, faults) : undefined;
  const reply =
    passkey === undefined ? (asked as unknown as Reply<AccountView>) : await visitor.call<AccountView>("POST", "/api/account/passkeys", { ...named, passkey });
  return { key, reply };
}

/** Signs a browser in with a passkey. */
export async function signIn<Body = Record<string, unknown>>(visitor: Visitor, key: TestAuthenticator, faults?: Faults): Promise<Reply<Body>> {
  const { body } = await visitor.call<AskedOptions>("POST", "/api/sign-in/options");
  return await visitor.call<Body>("POST", "/api/sign-in", { passkey: key.answer(body, faults) });
}
