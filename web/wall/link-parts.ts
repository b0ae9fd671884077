/** A piece of a text: words, or an address that may be followed. */
export interface TextPart {
  readonly text: string;
  readonly href?: string;
}

/** Addresses in a text: with their scheme, up to the next space, without the punctuation that ends a sentence. */
const ADDRESS = /https?:\/\/[^\s<>"'`{}|\\^]+[^\s<>"'`{}|\\^.,;:!?)\]]/gi;

/** Cuts a text into words and addresses. Only for those who answer for the event: what guests write stays letters. Nothing but http and https is ever an address. */
export function linkParts(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const url = URL.canParse(found) ? new URL(found) : undefined;
    // Somebody's name before the host is there to deceive.
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") continue;
    if (index > at) parts.push({ text: text.slice(at, index) });
    parts.push({ text: found, href: url.href });
    at = index + found.length;
  }
  if (at < text.length) parts.push({ text: text.slice(at) });
  return parts;
}

/** Roles whose links may be followed. */
const TRUSTED: ReadonlySet<string> = new Set(["operator", "host", "co-host", "moderator", "producer"]);

/** The pieces of a post by somebody of this role; without one, all of it is one piece of words. */
export function partsOf({ text, role }: { readonly text: string; readonly role?: string | undefined }): readonly TextPart[] {
  return role !== undefined && TRUSTED.has(role) ? linkParts(text) : [{ text }];
}
