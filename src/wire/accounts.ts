import { z } from "zod";
import { NAME_MAX } from "./api.ts";

/** How somebody signs in by themselves: with passkeys (who works here), by e-mail (who only posts), or by the house's own sign-in service. */
export const ACCOUNT_KINDS = ["passkey", "e-mail", "provider"] as const;
/** How somebody signs in by themselves. */
export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/** Who is signed in, as every page may know it. */
export const accountBrief = z.object({ id: z.string(), kind: z.enum(ACCOUNT_KINDS), name: z.string() });

/** Longest binary value of a passkey's answer in base64url. Characters; a registration with a chain of certificates is below 10,000. */
const BYTES_MAX = 24_000;
/** Longest e-mail address. Characters. @spec RFC 5321 §4.5.3.1 */
const ADDRESS_MAX = 254;

const rule = `1 to ${NAME_MAX} characters`;
const name = z
  .string({ error: rule })
  .trim()
  .min(1, { error: rule })
  .max(NAME_MAX, { error: rule })
  .regex(/^[^\p{Control}\p{Bidi_Control}]*$/u, { error: `${rule}, no control characters` });
const bytes = z
  .string()
  .max(BYTES_MAX)
  .regex(/^[\w-]*$/, { error: "base64url" });
const transports = z.array(z.string().max(32)).max(8).optional();
const attachment = z.string().max(32).optional();
const extensions = z.record(z.string().max(64), z.unknown()).optional();

/** A new passkey as the browser gives it. @spec WebAuthn Level 3 §5.1.8 RegistrationResponseJSON */
const registration = z.object({
  id: bytes,
  rawId: bytes,
  type: z.literal("public-key"),
  authenticatorAttachment: attachment,
  clientExtensionResults: extensions,
  response: z.object({ clientDataJSON: bytes, attestationObject: bytes, transports }),
});
/** The answer of a passkey. @spec WebAuthn Level 3 §5.1.8 AuthenticationResponseJSON */
const assertion = z.object({
  id: bytes,
  rawId: bytes,
  type: z.literal("public-key"),
  authenticatorAttachment: attachment,
  clientExtensionResults: extensions,
  response: z.object({ clientDataJSON: bytes, authenticatorData: bytes, signature: bytes, userHandle: bytes.optional() }),
});
/** A new passkey as the browser gives it. */
export type Registration = z.infer<typeof registration>;
/** The answer of a passkey. */
export type Assertion = z.infer<typeof assertion>;

const options = z.object({ options: z.unknown().meta({ description: "for navigator.credentials, as WebAuthn writes it in JSON" }) });
/** `POST /api/sign-in/options` and `/api/account/passkeys/options`: what the browser asks an authenticator. */
export const passkeyOptions = options;
/** `POST /api/account/passkeys/options`: what a new account is called. */
export const registrationRequest = z.strictObject({ name: name.optional() });
/** `POST /api/account/passkeys`. */
export const registrationAnswer = z.strictObject({ name: name.optional(), passkey: registration });
/** `POST /api/sign-in`. */
export const signInAnswer = z.strictObject({ passkey: assertion });
/** `POST /api/sign-in/code`: a recovery code as it was typed. */
export const codeRequest = z.strictObject({ code: z.string().min(8).max(64) });
/** `POST /api/sign-in/mail`: sends a link. */
export const mailRequest = z.strictObject({
  address: z.email({ error: "an e-mail address" }).max(ADDRESS_MAX, { error: "an e-mail address" }),
  language: z.enum(["en", "de"]).default("en"),
  event: z.string().max(120).optional().meta({ description: "event the reader comes from and goes back to" }),
});
/** `POST /api/sign-in/mail/open`: the secret of a link, after a press of a button. */
export const mailOpen = z.strictObject({ secret: z.string().min(16).max(128), name: name.optional().meta({ description: "what a new account is called" }) });
/** `POST /api/sign-in/provider/start`: where the browser goes. */
export const providerStart = z.object({ url: z.string() });
/** Longest query a sign-in service sends a browser back with. Characters. */
const QUERY_MAX = 4_000;
/** `POST /api/sign-in/provider`: the query it came back with. */
export const providerReturn = z.strictObject({ query: z.string().max(QUERY_MAX) });
/** `GET /api/sign-in`: the ways in that this house has. */
export const signInWays = z.object({
  passkey: z.boolean().meta({ description: "false where browsers offer none: an address without a name, or no TLS" }),
  mail: z.boolean(),
  provider: z.string().nullable().meta({ description: "name of the house's own sign-in service" }),
});
/** The ways in that this house has. */
export type SignInWays = z.infer<typeof signInWays>;

const date = z.string();
/** `GET /api/account`: everything its owner sees. */
export const accountView = accountBrief.extend({
  operator: z.boolean(),
  fresh: z.boolean().meta({ description: "whether keys may be changed without another proof of who sits there" }),
  passkeys: z.array(z.object({ id: z.string(), label: z.string(), synced: z.boolean(), createdDate: date, usedDate: date.nullable() })),
  codes: z.object({ left: z.int(), madeDate: date }).nullable().meta({ description: "null: none were made yet" }),
  sessions: z.array(z.object({ id: z.string(), agent: z.string(), createdDate: date, expiresDate: date, own: z.boolean() })),
});
/** Everything an account's owner sees. */
export type AccountView = z.infer<typeof accountView>;
/** `PATCH /api/account`. */
export const accountEdit = z.strictObject({ name });
/** `POST /api/account/codes`: ten codes, this once. */
export const codesMade = z.object({ codes: z.array(z.string()) });
/** `GET /api/accounts`: accounts of the house, for the operator. */
export const accountList = z.object({
  accounts: z.array(accountBrief.extend({ operator: z.boolean(), createdDate: date, passkeys: z.int(), codesLeft: z.int() })),
});
/** `PATCH /api/accounts/<account>`. */
export const accountStanding = z.strictObject({ operator: z.boolean() });
/** Accounts of the house, for the operator. */
export type AccountList = z.infer<typeof accountList>;
