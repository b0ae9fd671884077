import { EarshotError } from "../../../core/errors.ts";
import { accountKey, type ListenerLink, listenerKey, type LiveEvent, may, personKeys, readWritingToken, type SessionView } from "../../../event/mod.ts";
import { type ApiHouse, standingsOf } from "./desk-calls.ts";

/** What a request says of whoever sends it. */
export interface Credentials {
  /** Secret of a program's token. */
  readonly token: string | undefined;
  /** Value of the session cookie. */
  readonly cookie: string | undefined;
  /** Secret of the device. */
  readonly device: string | undefined;
}

/** Who sends a request. Who is suspended has no seat, by whichever way they come. @throws `unauthorised` for a token that opens nothing */
export async function findSession(
  { sessions, tokens, desk }: Pick<ApiHouse, "sessions" | "tokens" | "desk">,
  { token, cookie, device }: Credentials,
): Promise<SessionView | undefined> {
  const found = token === undefined ? (cookie === undefined ? undefined : await sessions.find(cookie)) : await tokens.find(token);
  if (found === undefined || found.people.length === 0) return found;
  const people = await desk.seats.free(found.people, ownKeys(device, found));
  const gone = found.people.filter((person) => !people.includes(person)).map(({ eventId }) => eventId);
  return gone.length === 0 ? found : { ...found, people, suspendedAt: gone };
}

/** What whoever sits at a browser is known under: its device, and the account they are signed in to. */
export function ownKeys(device: string | undefined, session: SessionView | undefined): readonly string[] {
  const account = session?.account;
  return [...(device === undefined ? [] : [personKeys({ device }).device]), ...(account === undefined ? [] : [accountKey(account.id)])];
}

/** The personal link somebody listens by, as long as it holds; undefined at events for everybody. `invitation`: what the event's page gave them to show it. */
export async function listenerLinkOf(
  { desk, houseKey }: Pick<ApiHouse, "desk" | "houseKey">,
  event: LiveEvent,
  invitation: string | undefined,
): Promise<ListenerLink | undefined> {
  if (event.visibility !== "invited" || invitation === undefined) return undefined;
  const linkId = readWritingToken(listenerKey(houseKey), event.id, invitation);
  return linkId === undefined ? undefined : await desk.listeners.find(event.id, linkId);
}

/** Whether somebody may be told of an event: of one by invitation, who has a seat, runs the house, or came by a personal link. */
export function mayKnow(event: LiveEvent, session: SessionView | undefined, link?: ListenerLink): boolean {
  if (event.visibility !== "invited" || link !== undefined) return true;
  return session !== undefined && standingsOf(session, event.id).some((standing) => may(standing, "read-event"));
}

/** Why somebody who may not know of an event is told nothing of it. */
export function notInvited(event: LiveEvent, session: SessionView | undefined): EarshotError {
  return new EarshotError(session?.suspendedAt?.includes(event.id) === true ? "suspended" : "invitation-needed");
}
