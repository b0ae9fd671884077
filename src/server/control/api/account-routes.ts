import { EarshotError } from "../../../core/errors.ts";
import { secretHash, type SessionView } from "../../../event/mod.ts";
import {
  accountEdit,
  accountList,
  accountStanding,
  accountView,
  type AccountView,
  codesMade,
  passkeyOptions,
  registrationAnswer,
  registrationRequest,
} from "../../../wire/accounts.ts";
import { eventList } from "../../../wire/api.ts";
import type { PasskeyOwner } from "../accounts/passkey-desk.ts";
import { type ApiHouse, authorise, mayMakeAccount, viewEvent } from "./desk-calls.ts";
import { type ApiRoute, type Call, route } from "./route.ts";

/** How long after a sign-in keys may be changed without another proof. Milliseconds; 15 minutes: time to set up the second passkey and print the codes. */
const FRESH_MS = 900_000;
/** Name of an account whose owner gave none and holds no seat. */
const UNNAMED = "Operator";

type OwnAccount = NonNullable<SessionView["account"]>;

/** One's own account, its keys and browsers; and for the operator, everybody's. */
export function accountRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { accounts: book, sessions, desk, clock, log } = house;

  const isFresh = ({ provenMs }: OwnAccount) => provenMs !== null && clock.wallMs() - provenMs < FRESH_MS;
  const own = ({ session }: Call<unknown>): OwnAccount => {
    if (session?.account === undefined) throw new EarshotError("unauthorised");
    return session.account;
  };
  /** Whoever took a browser that was left open cannot make the account theirs. */
  const ownProven = (call: Call<unknown>): OwnAccount => {
    const account = own(call);
    if (!isFresh(account)) throw new EarshotError("confirm-first");
    return account;
  };

  /** Whose passkey is made here: that of the account, or of a new one for who came by the host link or a personal link of a host. */
  const ownerOf = (call: Call<{ readonly name?: string | undefined }>): PasskeyOwner => {
    const { session, device, body } = call;
    if (session?.account?.kind === "passkey") return { account: ownProven(call) };
    if (session === undefined || session.token !== undefined) throw new EarshotError("unauthorised");
    if (!mayMakeAccount(session)) throw new EarshotError("forbidden", { act: "make-account" });
    // Links that were only tried out by who hands them out are bound to no device, and their seats are not taken along.
    const deviceHash = device === undefined ? undefined : Buffer.from(secretHash(device));
    const seats = session.people.filter((person) => person.deviceHash !== null && deviceHash?.equals(person.deviceHash) === true);
    const name = body.name ?? seats.at(-1)?.name ?? session.people.at(-1)?.name ?? UNNAMED;
    return { name, operator: session.operator, seats: seats.map(({ id }) => id) };
  };
  const sessionHash = (cookie: string | undefined) => (cookie === undefined ? "" : Buffer.from(secretHash(cookie)).toString("base64url"));

  const view = async (account: OwnAccount, cookie: string | undefined): Promise<AccountView> => {
    const [passkeys, codes, browsers] = await Promise.all([book.passkeys.of(account.id), book.codes.of(account.id), book.sessions.of(account.id, cookie)]);
    const { id, kind, name, operator } = account;
    return {
      ...{ id, kind, name, operator, fresh: isFresh(account) },
      passkeys: passkeys.map((one) => {
        const { credentialId, label, synced, createdMs, usedMs } = one;
        return { id: credentialId, label, synced, createdDate: iso(createdMs), usedDate: usedMs === null ? null : iso(usedMs) };
      }),
      codes: codes === undefined ? null : { left: codes.left, madeDate: iso(codes.madeMs) },
      sessions: browsers.map((one) => ({ id: one.id, agent: one.agent, createdDate: iso(one.createdMs), expiresDate: iso(one.expiresMs), own: one.own })),
    };
  };

  return [
    route("GET /api/account", {
      summary: "Your account: passkeys, recovery codes, browsers that are signed in.",
      answer: accountView,
      problems: ["unauthorised"],
      handle: async (call) => await view(own(call), call.cookie),
    }),
    route("PATCH /api/account", {
      summary: "Changes your name.",
      body: accountEdit,
      answer: accountView,
      problems: ["unauthorised", "invalid-field"],
      handle: async (call) => {
        const account = own(call);
        await book.accounts.rename(account.id, call.body.name);
        return await view({ ...account, name: call.body.name }, call.cookie);
      },
    }),
    route("DELETE /api/account", {
      summary: "Ends your account: nothing signs in to it any more, and every browser is signed out of it.",
      problems: ["unauthorised", "confirm-first"],
      handle: async (call) => {
        await book.accounts.end(ownProven(call).id);
        call.setCookie(undefined);
      },
    }),
    route("GET /api/account/events", {
      summary: "Events in which you hold a seat.",
      answer: eventList,
      problems: ["unauthorised"],
      handle: async ({ session }) => {
        if (session === undefined) throw new EarshotError("unauthorised");
        const ids = new Set(session.people.map(({ eventId }) => eventId));
        const events = (await desk.all()).filter(({ id }) => ids.has(id));
        return { events: await Promise.all(events.map((event) => viewEvent(house, event, session))) };
      },
    }),
    route("POST /api/account/passkeys/options", {
      summary: "What a browser asks for a new passkey: of your account, or of a new one when you came by the host link or as a host.",
      body: registrationRequest,
      answer: passkeyOptions,
      problems: ["unauthorised", "forbidden", "confirm-first", "conflict", "not-found"],
      handle: async (call) => ({ options: await book.desk.registrationOptions(ownerOf(call), sessionHash(call.cookie)) }),
    }),
    route("POST /api/account/passkeys", {
      summary: "Keeps a new passkey; the first one makes the account and signs in to it.",
      status: 201,
      body: registrationAnswer,
      answer: accountView,
      problems: ["unauthorised", "forbidden", "confirm-first", "passkey-known", "rate-limited", "not-found"],
      handle: (call) =>
        book.strangers.attempt(call.address, async () => {
          const owner = ownerOf(call);
          const { accountId, passkeyId, steps } = await book.desk.register(owner, call.body.passkey, { session: sessionHash(call.cookie), label: call.agent });
          // Also when it is another one of the account: whoever adds a key has shown who they are.
          const cookie = await sessions.enter({ accountId, passkeyId, agent: call.agent, steps }, call.cookie);
          call.setCookie(cookie);
          call.rememberDevice();
          log.info("a passkey was made", { account: accountId });
          const account = (await sessions.find(cookie))?.account;
          if (account === undefined) throw new EarshotError("unauthorised");
          return await view(account, cookie);
        }),
    }),
    route("DELETE /api/account/passkeys/:passkey", {
      summary: "Takes a passkey away and ends the sessions it opened; never the last way into the account.",
      problems: ["unauthorised", "confirm-first", "not-found", "last-passkey"],
      handle: async (call) => await book.passkeys.remove(ownProven(call).id, call.param("passkey")),
    }),
    route("POST /api/account/codes", {
      summary: "Makes ten recovery codes; shown this once, and those made before open nothing any more.",
      status: 201,
      answer: codesMade,
      problems: ["unauthorised", "forbidden", "confirm-first"],
      handle: async (call) => {
        const account = ownProven(call);
        if (account.kind !== "passkey") throw new EarshotError("forbidden", { rule: "an account with passkeys" });
        return { codes: [...(await book.codes.make(account.id))] };
      },
    }),
    route("DELETE /api/account/sessions/:session", {
      summary: "Signs one of your browsers out.",
      problems: ["unauthorised", "not-found"],
      handle: async (call) => await book.sessions.end(own(call).id, call.param("session")),
    }),
    route("POST /api/account/sessions/end-others", {
      summary: "Signs every other browser out.",
      problems: ["unauthorised"],
      handle: async (call) => await book.sessions.endOthers(own(call).id, call.cookie ?? ""),
    }),
    route("GET /api/accounts", {
      summary: "Accounts of those who work here, with passkeys or from the house's own sign-in service, for the operator.",
      answer: accountList,
      problems: ["unauthorised", "forbidden"],
      handle: async ({ session }) => {
        authorise(session, "manage-access");
        const rows = [...(await book.accounts.all("passkey")), ...(await book.accounts.all("provider"))].map(
          async ({ id, kind, name, operator, createdMs }) => {
            const [passkeys, codes] = await Promise.all([book.passkeys.of(id), book.codes.of(id)]);
            return { id, kind, name, operator, createdDate: iso(createdMs), passkeys: passkeys.length, codesLeft: codes?.left ?? 0 };
          },
        );
        return { accounts: await Promise.all(rows) };
      },
    }),
    route("PATCH /api/accounts/:account", {
      summary: "Lets an account do what the operator may, or no longer.",
      body: accountStanding,
      problems: ["unauthorised", "forbidden", "not-found"],
      handle: async ({ session, param, body }) => {
        authorise(session, "manage-access");
        await book.accounts.setOperator(param("account"), body.operator);
        log.info("an account's standing was changed", { account: param("account"), operator: body.operator });
      },
    }),
    route("DELETE /api/accounts/:account", {
      summary: "Ends an account: nothing signs in to it any more, and every browser is signed out of it.",
      problems: ["unauthorised", "forbidden", "not-found"],
      handle: async ({ session, param }) => {
        authorise(session, "manage-access");
        await book.accounts.end(param("account"));
        log.info("an account was ended", { account: param("account") });
      },
    }),
  ];
}

const iso = (unixMs: number): string => new Date(unixMs).toISOString();
