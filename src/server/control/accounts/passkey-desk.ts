import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { Clock } from "../../../core/clock.ts";
import { EarshotError } from "../../../core/errors.ts";
import { newId } from "../../../core/ids.ts";
import {
  type Account,
  type AccountId,
  type Accounts,
  CHALLENGE_MS,
  type ChallengePurpose,
  mintChallenge,
  type Passkey,
  PASSKEYS_MAX,
  type Passkeys,
  readChallenge,
  type Step,
} from "../../../event/mod.ts";
import type { Assertion, Registration } from "../../../wire/accounts.ts";
import { DECOY_KEY } from "./decoy-key.ts";
import type { PasskeySite } from "./passkey-site.ts";

/** Signatures that are taken: Ed25519, ECDSA with P-256, RSA PKCS#1 v1.5 with SHA-256 (older Windows). @spec IANA COSE Algorithms */
const ALGORITHMS = [-8, -7, -257];
/** Longest public key that is kept. Bytes; an RSA key of 4096 bits is below 600. */
const KEY_BYTES_MAX = 1_024;

/** Loaded at the first use: it would make every start of control a quarter of a second longer, also the one after a kill. */
const library = () => import("@simplewebauthn/server");

/** What the desk works with. */
export interface PasskeyDeskOptions {
  readonly accounts: Accounts;
  readonly passkeys: Passkeys;
  readonly houseKey: Uint8Array;
  readonly clock: Clock;
  /** Undefined where browsers offer no passkeys. */
  readonly site: PasskeySite | undefined;
}

/** Who a new passkey is for: an account that is there, or one that it makes. */
export type PasskeyOwner = { readonly account: Account } | { readonly name: string; readonly operator: boolean; readonly seats: readonly string[] };

/** A checked passkey, and the steps that write down that it was made or used. */
export interface CheckedPasskey {
  readonly accountId: AccountId;
  readonly passkeyId: string;
  readonly steps: readonly Step[];
}

interface ReadChallenge {
  readonly ok: boolean;
  readonly text: string;
  readonly accountId: AccountId | undefined;
  readonly expiresMs: number;
}

/** Makes and checks passkeys: always with the owner verified by the device, each challenge answered once, each count rising. @spec WebAuthn Level 3 §7 */
export class PasskeyDesk {
  readonly #options: PasskeyDeskOptions;

  constructor(options: PasskeyDeskOptions) {
    this.#options = options;
  }

  /** Whether browsers offer passkeys for this house's address. */
  get offered(): boolean {
    return this.#options.site !== undefined;
  }

  /** What a browser asks an authenticator for a new passkey. `session`: hash of the session that asks. @throws `conflict` when the account has enough */
  async registrationOptions(owner: PasskeyOwner, session: string): Promise<object> {
    const { rpId } = this.#site();
    const nowMs = this.#options.clock.wallMs();
    const name = "account" in owner ? owner.account.name : owner.name;
    const accountId = "account" in owner ? owner.account.id : newId(nowMs);
    const known = "account" in owner ? await this.#options.passkeys.of(accountId) : [];
    if (known.length >= PASSKEYS_MAX) throw new EarshotError("conflict", { limit: PASSKEYS_MAX });
    const { generateRegistrationOptions } = await library();
    return await generateRegistrationOptions({
      rpName: rpId,
      rpID: rpId,
      userName: name,
      userDisplayName: name,
      userID: new Uint8Array(Buffer.from(accountId)),
      challenge: challengeBytes(mintChallenge(this.#options.houseKey, { act: "register", session }, { nowMs, accountId })),
      timeout: CHALLENGE_MS,
      attestationType: "none",
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      excludeCredentials: known.map(({ credentialId, transports }) => ({ id: credentialId, transports: [...transports] })),
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  /** Checks a new passkey. @throws `unauthorised` when it does not answer our question, `passkey-known` by its steps */
  async register(owner: PasskeyOwner, registration: Registration, from: { readonly session: string; readonly label: string }): Promise<CheckedPasskey> {
    const { accounts, passkeys, clock } = this.#options;
    const { rpId, origin } = this.#site();
    const challenge = this.#challenge(registration.response.clientDataJSON, { act: "register", session: from.session });
    const { verifyRegistrationResponse } = await library();
    const checked = await verifyRegistrationResponse({
      response: registration as unknown as RegistrationResponseJSON,
      expectedChallenge: () => challenge.ok,
      expectedOrigin: origin,
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: ALGORITHMS,
    }).catch(refuse);
    const accountId = challenge.accountId;
    if (!checked.verified || accountId === undefined) throw new EarshotError("unauthorised");
    if ("account" in owner && owner.account.id !== accountId) throw new EarshotError("unauthorised");
    const { credential, credentialBackedUp } = checked.registrationInfo;
    if (credential.publicKey.length > KEY_BYTES_MAX) throw new EarshotError("unauthorised");
    const createdMs = clock.wallMs();
    const passkey: Passkey = {
      ...{ credentialId: credential.id, accountId, publicKey: credential.publicKey, counter: credential.counter },
      ...{ transports: registration.response.transports?.filter((one) => /^[a-z-]+$/.test(one)) ?? [], label: from.label },
      ...{ synced: credentialBackedUp, createdMs, usedMs: null },
    };
    const made: Step[] =
      "account" in owner
        ? []
        : [
            accounts.insert({ id: accountId, kind: "passkey", name: owner.name, operator: owner.operator, createdMs }),
            ...accounts.holdSteps(accountId, owner.seats),
          ];
    return { accountId, passkeyId: credential.id, steps: [accounts.useChallenge(challenge.text, challenge.expiresMs), ...made, passkeys.insert(passkey)] };
  }

  /** What a browser asks for to sign in: any passkey of this house, so that no name has to be typed and none can be tried out. */
  async signInOptions(device: string): Promise<object> {
    const challenge = mintChallenge(this.#options.houseKey, { act: "sign-in", session: device }, { nowMs: this.#options.clock.wallMs() });
    const options = { challenge: challengeBytes(challenge), timeout: CHALLENGE_MS, userVerification: "required" as const };
    const { generateAuthenticationOptions } = await library();
    return await generateAuthenticationOptions({ rpID: this.#site().rpId, ...options });
  }

  /** Checks the answer of a passkey. An unknown one, a wrong signature and an old challenge are refused in the same way. @throws `unauthorised` */
  async signIn(assertion: Assertion, device: string): Promise<CheckedPasskey> {
    const { accounts, passkeys } = this.#options;
    const { rpId, origin } = this.#site();
    const found = await passkeys.find(assertion.id);
    const challenge = this.#challenge(assertion.response.clientDataJSON, { act: "sign-in", session: device });
    const { publicKey = DECOY_KEY, counter = 0, transports = [] } = found?.passkey ?? {};
    const { verifyAuthenticationResponse } = await library();
    const checked = await verifyAuthenticationResponse({
      response: assertion as unknown as AuthenticationResponseJSON,
      expectedChallenge: () => challenge.ok,
      expectedOrigin: origin,
      expectedRPID: rpId,
      credential: { id: assertion.id, publicKey: new Uint8Array(publicKey), counter, transports: [...transports] },
      requireUserVerification: true,
    }).catch(refuse);
    const { userHandle } = assertion.response;
    if (!checked.verified || found === undefined) throw new EarshotError("unauthorised");
    if (userHandle !== undefined && Buffer.from(userHandle, "base64url").toString() !== found.account.id) throw new EarshotError("unauthorised");
    const used = [accounts.useChallenge(challenge.text, challenge.expiresMs), passkeys.use(found.passkey, checked.authenticationInfo.newCounter)];
    return { accountId: found.account.id, passkeyId: found.passkey.credentialId, steps: used };
  }

  #site(): PasskeySite {
    if (this.#options.site === undefined) throw new EarshotError("not-found", { rule: "https and a name, or localhost" });
    return this.#options.site;
  }

  /** The challenge an answer was given to, and whether it is one of ours for this purpose. */
  #challenge(clientDataJSON: string, purpose: ChallengePurpose): ReadChallenge {
    const text = challengeIn(clientDataJSON);
    const read = readChallenge(this.#options.houseKey, purpose, text, this.#options.clock.wallMs());
    return { text, accountId: undefined, expiresMs: 0, ...read };
  }
}

const challengeBytes = (challenge: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(challenge, "base64url"));

/** The library throws on whatever does not fit; who guesses learns no more than that it did not. */
function refuse(cause: unknown): never {
  throw new EarshotError("unauthorised", {}, cause);
}

/** The challenge that a browser says it answered; empty when it says none. */
function challengeIn(clientDataJSON: string): string {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString("utf8")) as { challenge?: unknown };
    return typeof challenge === "string" ? challenge : "";
  } catch {
    return "";
  }
}
