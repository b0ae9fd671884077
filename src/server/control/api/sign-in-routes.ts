import { EarshotError } from "../../../core/errors.ts";
import type { AccountGrant } from "../../../event/mod.ts";
import { codeRequest, mailOpen, mailRequest, passkeyOptions, providerReturn, providerStart, signInAnswer, signInWays } from "../../../wire/accounts.ts";
import { meAnswer } from "../../../wire/api.ts";
import { type ApiHouse, tellSession } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** Name of an account whose owner gave none at its first sign-in by e-mail. */
const UNNAMED = "Guest";

/** Signing in to an account: by passkey, by a printed code, by a link sent by e-mail. */
export function signInRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { accounts: book, sessions, log } = house;

  /** Runs an attempt within its limits: a device that signed in before has a share of its own that strangers cannot use up. */
  const attempt = <Result>(call: Call<unknown>, enter: () => Promise<Result>): Promise<Result> =>
    call.isKnownDevice && call.device !== undefined ? book.knownDevices.attempt(call.device, enter) : book.strangers.attempt(call.address, enter);

  const enter = async (call: Call<unknown>, grant: Omit<AccountGrant, "agent">, by: string) => {
    const cookie = await sessions.enter({ ...grant, agent: call.agent }, call.cookie);
    call.setCookie(cookie);
    call.rememberDevice();
    log.info("somebody signed in", { account: grant.accountId, by });
    return await tellSession(house, await sessions.find(cookie));
  };

  const provider = () => {
    if (book.provider === undefined) throw new EarshotError("not-found", { rule: "a house with a sign-in service" });
    return book.provider;
  };

  return [
    route("GET /api/sign-in", {
      summary: "The ways to sign in that this house has.",
      answer: signInWays,
      handle: async () => ({ passkey: book.desk.offered, mail: book.mail !== undefined, provider: book.provider?.name ?? null }),
    }),
    route("POST /api/sign-in/options", {
      summary: "What a browser asks a passkey to sign in; good for five minutes, in this browser, once.",
      answer: passkeyOptions,
      problems: ["not-found"],
      handle: async ({ ensureDevice }) => ({ options: await book.desk.signInOptions(ensureDevice()) }),
    }),
    route("POST /api/sign-in", {
      summary: "Signs in with a passkey's answer; sets the session cookie.",
      body: signInAnswer,
      answer: meAnswer,
      problems: ["unauthorised", "rate-limited", "not-found"],
      handle: (call) =>
        attempt(call, async () => {
          const { passkey } = call.body;
          const checked = await book.desk.signIn(passkey, call.device ?? "").catch((error: unknown) => {
            // Failures alone are counted by passkey: whoever holds it is let in however many others tried.
            book.byPasskey.spend(passkey.id);
            throw error;
          });
          return await enter(call, checked, "passkey");
        }),
    }),
    route("POST /api/sign-in/code", {
      summary: "Signs in with a printed recovery code; each works once.",
      body: codeRequest,
      answer: meAnswer,
      problems: ["unauthorised", "rate-limited"],
      handle: (call) =>
        attempt(call, async () => {
          const { code } = call.body;
          const account = await book.codes.find(code);
          if (account === undefined) throw new EarshotError("unauthorised");
          return await enter(call, { accountId: account.id, steps: [book.codes.use(code)] }, "code");
        }),
    }),
    route("POST /api/sign-in/provider/start", {
      summary: "Where a browser goes to sign in with the house's own service; good for five minutes, in this browser, once.",
      answer: providerStart,
      problems: ["not-found", "provider-away", "rate-limited"],
      handle: ({ ensureDevice, address }) => book.strangers.attempt(address, async () => ({ url: await provider().start(ensureDevice()) })),
    }),
    route("POST /api/sign-in/provider", {
      summary: "Signs in with what the house's own service sent the browser back with.",
      body: providerReturn,
      answer: meAnswer,
      problems: ["unauthorised", "not-found", "provider-away", "rate-limited"],
      handle: (call) => attempt(call, async () => await enter(call, await provider().finish(call.body.query, call.device ?? ""), "provider")),
    }),
    route("POST /api/sign-in/mail", {
      summary: "Sends a link that signs in once, for 15 minutes. The answer is the same whether or not the address is known.",
      body: mailRequest,
      problems: ["rate-limited", "not-found", "invalid-field"],
      handle: async ({ body, address }) => {
        const { mail } = book;
        if (mail === undefined) throw new EarshotError("not-found", { rule: "a house that sends mail" });
        await book.mailRequests.attempt(address, () => mail.request(body));
      },
    }),
    route("POST /api/sign-in/mail/open", {
      summary: "Signs in with the secret of a link sent by e-mail, after a press of a button: programs that look into mails follow links.",
      body: mailOpen,
      answer: meAnswer,
      problems: ["unauthorised", "rate-limited"],
      handle: (call) =>
        attempt(call, async () => {
          const { secret, name = UNNAMED } = call.body;
          const opened = await book.links.open(secret, name);
          if (opened === undefined) throw new EarshotError("unauthorised");
          return await enter(call, { accountId: opened.account.id, steps: opened.steps }, "e-mail");
        }),
    }),
  ];
}
