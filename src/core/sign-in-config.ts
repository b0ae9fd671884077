import { z } from "zod";

/** Longest name of a sign-in service on its button. Characters. */
const NAME_MAX = 60;

/** The part of the settings that says how people sign in besides passkeys. */
export const signInSchema = z.strictObject({
  provider: z
    .strictObject({
      name: z.string().min(1).max(NAME_MAX),
      issuer: z.url({ protocol: /^https?$/ }).refine(isSafe, "an https address (http on this machine only)"),
      client_id: z.string().min(1),
      secret_file: z.string().min(1).optional(),
      claim: z.string().min(1).default("groups"),
      members: z.string().min(1).optional(),
      operators: z.string().min(1).optional(),
    })
    .optional(),
});

/** A house's own sign-in service (OpenID Connect). */
export interface ProviderSettings {
  /** What its button says. */
  readonly name: string;
  /** Its address, exactly as it calls itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** File that holds the client's secret; undefined: in the environment, or none. */
  readonly secretFile: string | undefined;
  /** Claim of the ID token that says what somebody belongs to. */
  readonly claim: string;
  /** Value in it that lets somebody in; undefined: whoever the service signs in. */
  readonly members: string | undefined;
  /** Value in it that makes somebody an operator; undefined: nobody. */
  readonly operators: string | undefined;
}

/** Completes checked settings. `resolve` finds a file from the settings' folder. */
export function completeProvider({ provider }: z.infer<typeof signInSchema>, resolve: (path: string) => string): ProviderSettings | undefined {
  if (provider === undefined) return undefined;
  const { name, issuer, client_id: clientId, secret_file, claim, members, operators } = provider;
  return { name, issuer, clientId, secretFile: secret_file === undefined ? undefined : resolve(secret_file), claim, members, operators };
}

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || hostname === "localhost" || hostname === "127.0.0.1" || hostname === "[::1]";
}
