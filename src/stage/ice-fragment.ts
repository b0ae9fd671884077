/** Longest fragment looked at. Bytes; a browser's dozen candidates are about 2 KB. */
export const MAX_FRAGMENT_BYTES = 16 * 1024;
/** Candidates one fragment may name. A machine with every kind of network and a relay each has about thirty, one with a dozen virtual networks of both families twice that; the stage uses none of them, so that more cost nothing but the reading. */
const MAX_CANDIDATES = 64;

/** Rules a fragment can break, each in words for whoever sent it. */
export const FRAGMENT_RULES = {
  "fragment-size": `a fragment of at most ${MAX_FRAGMENT_BYTES} bytes`,
  "fragment-line": "lines of a=, and an m= line per section, as RFC 8840 has them",
  "fragment-credentials": "exactly one ice-ufrag (4 to 256 characters) and one ice-pwd (22 to 256)",
  "fragment-candidate": "candidates as RFC 8839 writes them",
  "fragment-candidates": `at most ${MAX_CANDIDATES} candidates`,
} as const;

/** Name of a rule a fragment broke. */
export type FragmentFault = keyof typeof FRAGMENT_RULES;

/** What one side says of its ICE session. @spec RFC 8839 §5.4 */
export interface IceCredentials {
  readonly ufrag: string;
  readonly password: string;
}

/** What a client adds to its ICE session, or begins a new one with. */
export interface IceFragment extends IceCredentials {
  /** How many candidates it names. The stage needs none of them: it answers where checks come from. */
  readonly candidates: number;
}

/** A fragment, or which rule it breaks and at which character. */
export type FragmentResult =
  | { readonly ok: true; readonly fragment: IceFragment }
  | { readonly ok: false; readonly code: FragmentFault; readonly offset: number };

const MEDIA = /^m=[a-z]{1,16} \d{1,5} [A-Z0-9/]{3,32} [A-Za-z0-9*][A-Za-z0-9 *._-]{0,511}$/;
const ATTRIBUTE = /^a=[\x21-\x7e]{1,64}(?:[\x20-\x7e]{0,1024})$/;
const CANDIDATE = /^a=candidate:[A-Za-z0-9+/]{1,32} [1-9]\d{0,2} [A-Za-z]{3,8} \d{1,10} [A-Za-z0-9.:-]{1,255} \d{1,5} typ [a-z]{4,8}(?: [\x20-\x7e]{0,512})?$/;
const UFRAG = /^a=ice-ufrag:([A-Za-z0-9+/]{4,256})$/;
const PASSWORD = /^a=ice-pwd:([A-Za-z0-9+/]{22,256})$/;

/** Reads an SDP fragment of trickle ICE or of an ICE restart. Unknown attributes are passed over, as the format asks. Never throws. @spec RFC 8840 §9, RFC 9725 §4.3 */
export function parseIceFragment(text: string): FragmentResult {
  if (text.length > MAX_FRAGMENT_BYTES || Buffer.byteLength(text) > MAX_FRAGMENT_BYTES) return { ok: false, code: "fragment-size", offset: MAX_FRAGMENT_BYTES };
  let ufrag: string | undefined;
  let password: string | undefined;
  let candidates = 0;
  let offset = 0;
  for (const raw of text.split("\n")) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    const refuse = (code: FragmentFault): FragmentResult => ({ ok: false, code, offset });
    if (line !== "" && !ATTRIBUTE.test(line) && !MEDIA.test(line)) return refuse("fragment-line");
    if (line.startsWith("a=ice-ufrag:")) {
      // With one bundle the same credentials may stand at the session and at its section.
      const given = UFRAG.exec(line)?.[1];
      if (given === undefined || (ufrag ?? given) !== given) return refuse("fragment-credentials");
      ufrag = given;
    } else if (line.startsWith("a=ice-pwd:")) {
      const given = PASSWORD.exec(line)?.[1];
      if (given === undefined || (password ?? given) !== given) return refuse("fragment-credentials");
      password = given;
    } else if (line.startsWith("a=candidate:")) {
      if (!CANDIDATE.test(line)) return refuse("fragment-candidate");
      if (++candidates > MAX_CANDIDATES) return refuse("fragment-candidates");
    }
    offset += raw.length + 1;
  }
  if (ufrag === undefined || password === undefined) return { ok: false, code: "fragment-credentials", offset: text.length };
  return { ok: true, fragment: { ufrag, password, candidates } };
}

/** The fragment that answers an ICE restart: the stage's new credentials, and its candidates as the answer named them. @spec RFC 9725 §4.3.3 */
export function composeIceFragment({ ufrag, password }: IceCredentials, answer: string): string {
  const lines = answer.split("\r\n");
  // The one section in use is the one with candidates; refused sections have port 0.
  const media = lines.find((line) => line.startsWith("m=") && !/^m=\S+ 0 /.test(line)) ?? "";
  const at = lines.indexOf(media);
  const mid = lines.slice(at).find((line) => line.startsWith("a=mid:"));
  return [
    ...lines.slice(0, at).filter((line) => line.startsWith("a=group:BUNDLE") || line === "a=ice-lite"),
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    media,
    ...(mid === undefined ? [] : [mid]),
    ...lines.filter((line) => line.startsWith("a=candidate:") || line === "a=end-of-candidates"),
    "",
  ].join("\r\n");
}
