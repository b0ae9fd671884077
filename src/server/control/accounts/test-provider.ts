import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** A key with which ID tokens are signed. */
export interface SigningKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Makes an RSA key. */
export function newSigningKey(id: string): SigningKey {
  return { id, ...generateKeyPairSync("rsa", { modulusLength: 2048 }) };
}

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

/** A sign-in service in small: everybody who comes is signed in as `claims` say; a test bends what it likes. @spec OpenID Connect Core 1.0 §3.1 */
export class TestProvider {
  readonly clientId = "earshot";
  readonly secret = "a secret: of/this+house";
  /** Claims about whoever signs in. */
  claims: Record<string, unknown> = { sub: "1", name: "Ada Lovelace" };
  /** Replaces claims of the ID token, such as a foreign audience. */
  bend: Record<string, unknown> = {};
  /** Signs the next tokens; its public half is told only when it is {@link own}. */
  signer: SigningKey;
  algorithm = "RS256";
  readonly own: SigningKey = newSigningKey("own");
  readonly #grants = new Map<string, Grant>();
  readonly #server: Server;

  private constructor() {
    this.signer = this.own;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async open(): Promise<TestProvider> {
    const provider = new TestProvider();
    await new Promise<void>((resolve) => provider.#server.listen(0, "127.0.0.1", resolve));
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", this.issuer);
    const json = (status: number, body: unknown) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (url.pathname === "/.well-known/openid-configuration") {
      const at = (path: string) => `${this.issuer}${path}`;
      json(200, {
        ...{ issuer: this.issuer, authorization_endpoint: at("/authorize"), token_endpoint: at("/token"), jwks_uri: at("/keys") },
        ...{ response_types_supported: ["code"], subject_types_supported: ["public"], id_token_signing_alg_values_supported: ["RS256"] },
      });
    } else if (url.pathname === "/keys") {
      json(200, { keys: [{ ...this.own.publicKey.export({ format: "jwk" }), kid: this.own.id, alg: "RS256", use: "sig" }] });
    } else if (url.pathname === "/authorize") {
      const asked = Object.fromEntries(url.searchParams);
      const code = randomBytes(16).toString("base64url");
      this.#grants.set(code, { nonce: asked.nonce ?? "", challenge: asked.code_challenge ?? "", redirectUri: asked.redirect_uri ?? "" });
      const right = asked.client_id === this.clientId && asked.response_type === "code" && asked.code_challenge_method === "S256";
      const back = new URLSearchParams({ ...(right ? { code } : { error: "invalid_request" }), state: asked.state ?? "", iss: this.issuer });
      response.writeHead(303, { location: `${asked.redirect_uri}?${back.toString()}` }).end();
    } else if (url.pathname === "/token" && request.method === "POST") {
      await this.#token(request, json);
    } else json(404, {});
  }

  async #token(request: IncomingMessage, json: (status: number, body: unknown) => void): Promise<void> {
    let text = "";
    for await (const bytes of request) text += String(bytes);
    const form = new URLSearchParams(text);
    const code = form.get("code") ?? "";
    const grant = this.#grants.get(code);
    this.#grants.delete(code);
    // Both halves are form-encoded inside. @spec RFC 6749 §2.3.1
    const [id, secret] = Buffer.from(request.headers.authorization?.slice("Basic ".length) ?? "", "base64")
      .toString()
      .split(":")
      .map((half) => new URLSearchParams(`half=${half}`).get("half"));
    if (id !== this.clientId || secret !== this.secret) return json(401, { error: "invalid_client" });
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (grant === undefined || grant.challenge !== challenge || form.get("redirect_uri") !== grant.redirectUri) return json(400, { error: "invalid_grant" });
    json(200, { access_token: "access", token_type: "Bearer", id_token: this.#idToken(grant.nonce) });
  }

  #idToken(nonce: string): string {
    const nowSeconds = Math.floor(Date.now() / 1000);
    const claims = { iss: this.issuer, aud: this.clientId, iat: nowSeconds, exp: nowSeconds + 300, nonce, ...this.claims, ...this.bend };
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const body = `${encode({ alg: this.algorithm, kid: this.signer.id, typ: "JWT" })}.${encode(claims)}`;
    if (this.algorithm === "none") return `${body}.`;
    return `${body}.${createSign("sha256").update(body).sign(this.signer.privateKey).toString("base64url")}`;
  }
}
