/** Longest offer looked at. Bytes; browsers send 2 to 6 KB. */
export const MAX_OFFER_BYTES = 64 * 1024;

/** Whether an offer can be used, and if not, which rule it breaks. */
export type OfferCheck = { readonly ok: true; readonly sendsOnly: boolean } | { readonly ok: false; readonly rule: string; readonly value: string };

/** Checks an SDP offer against what the stage takes: one Opus audio section; other kinds may be there and are refused in the answer. Never throws. @spec RFC 9725 §4.2 */
export function checkOffer(sdp: string): OfferCheck {
  const refuse = (rule: string, value: string): OfferCheck => ({ ok: false, rule, value: value.slice(0, 80) });
  if (sdp.length > MAX_OFFER_BYTES) return refuse(`at most ${MAX_OFFER_BYTES} bytes`, `${sdp.length} bytes`);
  if (!sdp.startsWith("v=0")) return refuse("starts with v=0", sdp.slice(0, 20));
  const sections = sdp.split(/\r?\nm=/).slice(1);
  const audio = sections.filter((section) => section.startsWith("audio "));
  if (audio.length !== 1) return refuse("exactly one m=audio section", `${audio.length}`);
  const [section = ""] = audio;
  if (!/^a=rtpmap:\d+ opus\/48000/im.test(section)) return refuse("an rtpmap of opus/48000", "none");
  if (!/^a=fingerprint:sha-256 [0-9A-F:]{95}/im.test(sdp)) return refuse("a sha-256 fingerprint", "none");
  if (!/^a=ice-ufrag:.{4,256}$/m.test(sdp) || !/^a=ice-pwd:.{22,256}$/m.test(sdp)) return refuse("ice-ufrag and ice-pwd", "missing or too short");
  if (/^a=(recvonly|inactive)\s*$/m.test(section)) return refuse("an audio section that sends", "recvonly or inactive");
  return { ok: true, sendsOnly: /^a=sendonly\s*$/m.test(section) };
}

/** Options for what an answer tells of our addresses. */
export interface AnswerAddresses {
  /** Addresses to announce in place of the machine's own; empty: the machine's own. */
  readonly announce: readonly string[];
  readonly loopback: boolean;
}

/** Rewrites the candidates of an answer: announced addresses for NAT, no loopback or link-local ones unless asked. */
export function rewriteCandidates(sdp: string, { announce, loopback }: AnswerAddresses): string {
  const seen = new Set<string>();
  const lines = sdp.split("\r\n").flatMap((line) => {
    if (!line.startsWith("a=candidate:")) return [line];
    const fields = line.split(" ");
    const address = fields[4] ?? "";
    const isLoopback = address.startsWith("127.") || address === "::1";
    if (address.startsWith("169.254.") || address.toLowerCase().startsWith("fe80:")) return [];
    if (isLoopback) return loopback ? [line] : [];
    if (announce.length === 0 || fields[7] !== "host") return [line];
    return announce.map((announced) => fields.with(4, announced).join(" "));
  });
  // Two interfaces behind one announced address would give the same candidate twice.
  return lines.filter((line) => !line.startsWith("a=candidate:") || (!seen.has(key(line)) && seen.add(key(line)))).join("\r\n");
}

/** A candidate without its foundation and priority. */
function key(line: string): string {
  return line.split(" ").toSpliced(3, 1).slice(1).join(" ");
}
