import { timingSafeEqual } from "node:crypto";
import { EarshotError } from "../../../core/errors.ts";
import { may, secretHash } from "../../../event/mod.ts";
import { enterAnswer, enterRequest, meAnswer } from "../../../wire/api.ts";
import { ownKeys } from "./caller.ts";
import { type ApiHouse, seatOf, standingsOf, tellSession, viewEvent } from "./desk-calls.ts";
import { type ApiRoute, route } from "./route.ts";

/** Signing in and out, and who one is. */
export function sessionRoutes(house: ApiHouse): readonly ApiRoute[] {
  const { accounts, sessions, desk, enterLimit } = house;
  const hostHash = secretHash(house.config.hostSecret);
  return [
    route("POST /api/enter", {
      summary: "Signs in with the secret of the host link (works once per start) or of a personal link (opens on one device only); sets the session cookie.",
      body: enterRequest,
      answer: enterAnswer,
      problems: ["unauthorised", "link-used", "suspended", "rate-limited"],
      handle: ({ body: { secret }, address, session: before, device, cookie, setCookie, ensureDevice }) =>
        enterLimit.attempt(address, async () => {
          if (timingSafeEqual(secretHash(secret), hostHash)) {
            setCookie(await sessions.enter({ hostSecret: secret }, cookie));
            house.log.info("the host link was used");
            return { operator: true };
          }
          const person = await desk.seats.bySecret(secret);
          if (person === undefined) throw new EarshotError("unauthorised");
          if ((await desk.seats.free([person], ownKeys(device, before))).length === 0) throw new EarshotError("suspended");
          // Who hands out the links may try one without using it up.
          const handsOut = before !== undefined && standingsOf(before, person.eventId).some((standing) => may(standing, "see-links"));
          const entered = await sessions.enter({ personId: person.id, ...(handsOut ? {} : { device: ensureDevice() }) }, cookie);
          setCookie(entered);
          const event = await desk.byId(person.eventId);
          await desk.noteBackstage(event);
          await house.settle();
          const session = await sessions.find(entered);
          if (session?.account?.kind === "passkey" && !handsOut) await accounts.accounts.hold(session.account.id, [person.id]);
          return { operator: session?.operator ?? false, event: await viewEvent(house, event, session), seat: seatOf(house, person) };
        }),
    }),
    route("GET /api/me", {
      summary: "Who this browser is signed in as.",
      answer: meAnswer,
      problems: ["unauthorised"],
      handle: async ({ session }) => {
        return await tellSession(house, session);
      },
    }),
    route("POST /api/leave", {
      summary: "Signs out and removes the cookie.",
      handle: async ({ cookie, setCookie }) => {
        if (cookie !== undefined) await sessions.leave(cookie);
        setCookie(undefined);
      },
    }),
  ];
}
