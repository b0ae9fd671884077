import { createHmac } from "node:crypto";
import {
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type AuthorizationServer,
  calculatePKCECodeChallenge,
  type Client,
  ClientSecretBasic,
  discoveryRequest,
  getValidatedIdTokenClaims,
  type IDToken,
  None,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  validateApplicationLevelSignature,
  validateAuthResponse,
} from "oauth4webapi";
import type { Clock } from "../../../core/clock.ts";
import { EarshotError } from "../../../core/errors.ts";
import { newId } from "../../../core/ids.ts";
import type { ProviderSettings } from "../../../core/sign-in-config.ts";
import { type Account, type AccountId, type Accounts, mintChallenge, readChallenge, type Step } from "../../../event/mod.ts";
import { NAME_MAX } from "../../../wire/api.ts";

/** Time the service has for each answer. Milliseconds. */
const ANSWER_MS = 10_000;
/** How long what the service says of itself is believed. Milliseconds; an hour. */
const DISCOVERY_MS = 3_600_000;
/** Keep what is derived for one sign-in apart, and apart from every other use of the house key. */
const NONCE = "earshot provider nonce v1";
const VERIFIER = "earshot provider verifier v1";
/** Characters of a name that others may read; the same rule as for names given by hand. */
const UNSEEN = /[\p{Control}\p{Bidi_Control}]/gu;

/** What signing in by the service works with. */
export interface ProviderSignInOptions {
  readonly settings: ProviderSettings;
  readonly secret: string | undefined;
  /** Where the service sends people back to: `/sign-in/provider` of this house. */
  readonly redirectUrl: string;
  readonly houseKey: Uint8Array;
  readonly accounts: Accounts;
  readonly clock: Clock;
}

/**
 * Signs in by the house's own service: OpenID Connect's code flow with PKCE, state and nonce. All three come from one sealed challenge, so that
 * nothing is kept between going and coming back. @spec OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9207
 */
export class ProviderSignIn {
  readonly #options: ProviderSignInOptions;
  readonly #client: Client;
  #server: { readonly metadata: AuthorizationServer; readonly readMs: number } | undefined;

  constructor(options: ProviderSignInOptions) {
    this.#options = options;
    this.#client = { client_id: options.settings.clientId };
  }

  /** What its button says. */
  get name(): string {
    return this.#options.settings.name;
  }

  /** Where a browser goes to sign in. `device`: its secret; another one cannot come back in its place. @throws `provider-away` */
  async start(device: string): Promise<string> {
    const { houseKey, clock, settings, redirectUrl } = this.#options;
    const { authorization_endpoint: endpoint } = await this.#metadata();
    if (endpoint === undefined) throw new EarshotError("provider-away");
    const state = mintChallenge(houseKey, { act: "provider", session: device }, { nowMs: clock.wallMs() });
    const url = new URL(endpoint);
    const parameters = {
      ...{ client_id: settings.clientId, redirect_uri: redirectUrl, response_type: "code", scope: "openid profile", state, nonce: this.#derive(NONCE, state) },
      ...{ code_challenge: await calculatePKCECodeChallenge(this.#derive(VERIFIER, state)), code_challenge_method: "S256" },
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Who came back, and the steps that sign them in. `query`: what the service sent the browser back with. @throws `unauthorised`, `provider-away` */
  async finish(query: string, device: string): Promise<{ readonly accountId: AccountId; readonly steps: readonly Step[] }> {
    const { houseKey, clock, accounts, settings } = this.#options;
    const parameters = new URLSearchParams(query);
    const state = parameters.get("state") ?? "";
    const challenge = readChallenge(houseKey, { act: "provider", session: device }, state, clock.wallMs());
    if (!challenge.ok) throw new EarshotError("unauthorised");
    const metadata = await this.#metadata();
    const claims = await this.#exchange(metadata, parameters, state).catch((cause: unknown) => {
      throw new EarshotError("unauthorised", {}, cause);
    });
    const groups = [claims[settings.claim]].flat();
    if (settings.members !== undefined && !groups.includes(settings.members)) throw new EarshotError("unauthorised");
    const operator = settings.operators !== undefined && groups.includes(settings.operators);
    const used = accounts.useChallenge(state, challenge.expiresMs);
    const known = await accounts.byIdentity(metadata.issuer, claims.sub);
    if (known !== undefined) return { accountId: known.id, steps: [used, accounts.followProvider(known.id, operator)] };
    const createdMs = clock.wallMs();
    const account: Account = { id: newId(createdMs), kind: "provider", name: nameIn(claims) ?? settings.name, operator, createdMs };
    return { accountId: account.id, steps: [used, accounts.insert(account), accounts.insertIdentity(account.id, metadata.issuer, claims.sub)] };
  }

  async #exchange(metadata: AuthorizationServer, query: URLSearchParams, state: string): Promise<IDToken> {
    const { secret, redirectUrl } = this.#options;
    const checked = validateAuthResponse(metadata, this.#client, query, state);
    const authentication = secret === undefined ? None() : ClientSecretBasic(secret);
    const verifier = this.#derive(VERIFIER, state);
    const response = await authorizationCodeGrantRequest(metadata, this.#client, authentication, checked, redirectUrl, verifier, this.#limits);
    const expected = { expectedNonce: this.#derive(NONCE, state), requireIdToken: true };
    const tokens = await processAuthorizationCodeResponse(metadata, this.#client, response, expected);
    // The line to the service vouches for the token already; a signature that is wrong all the same says that something is.
    await validateApplicationLevelSignature(metadata, response, this.#limits);
    const claims = getValidatedIdTokenClaims(tokens);
    if (claims === undefined) throw new EarshotError("unauthorised");
    return claims;
  }

  async #metadata(): Promise<AuthorizationServer> {
    const nowMs = this.#options.clock.steadyMs();
    if (this.#server !== undefined && nowMs - this.#server.readMs < DISCOVERY_MS) return this.#server.metadata;
    const issuer = new URL(this.#options.settings.issuer);
    try {
      const metadata = await processDiscoveryResponse(issuer, await discoveryRequest(issuer, { algorithm: "oidc", ...this.#limits }));
      this.#server = { metadata, readMs: nowMs };
      return metadata;
    } catch (cause) {
      throw new EarshotError("provider-away", {}, cause);
    }
  }

  get #limits(): { signal: AbortSignal; [allowInsecureRequests]: boolean } {
    // The settings allow http only on this machine.
    return { signal: AbortSignal.timeout(ANSWER_MS), [allowInsecureRequests]: this.#options.settings.issuer.startsWith("http:") };
  }

  #derive(context: string, state: string): string {
    return createHmac("sha256", this.#options.houseKey).update(`${context}\0${state}`).digest("base64url");
  }
}

function nameIn(claims: IDToken): string | undefined {
  const given = [claims.name, claims.preferred_username].find((name) => typeof name === "string");
  const name = typeof given === "string" ? given.replace(UNSEEN, "").trim().slice(0, NAME_MAX) : "";
  return name === "" ? undefined : name;
}
