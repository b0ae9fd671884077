import { INVITATION_HEADER } from "../../src/wire/wall.ts";
import { takeSecret } from "../studio/api.ts";

/** What shows by whose personal link this tab came to a page of an event by invitation: the event's page gives it along behind the hash. It stays for a reload. */
export function takeInvitation(slug: string): string | undefined {
  const shown = takeSecret();
  const key = `earshot-invitation-${slug}`;
  try {
    if (shown !== undefined) sessionStorage.setItem(key, shown);
    return sessionStorage.getItem(key) ?? undefined;
  } catch {
    // A browser that keeps nothing has it until the page goes.
    return shown;
  }
}

/** The header by which the API knows whose link it is. */
export function invitationHeaders(invitation: string | undefined): Readonly<Record<string, string>> {
  return invitation === undefined ? {} : { [INVITATION_HEADER]: invitation };
}
