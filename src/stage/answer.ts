import type { Offer, OfferedSection } from "./offer.ts";

/** What an answer tells of our addresses. */
export interface AnswerAddresses {
  /** Addresses to announce in place of the machine's own (NAT); empty: the machine's own. */
  readonly announce: readonly string[];
  /** Whether loopback addresses are told too: for tests on one machine without a network. */
  readonly loopback: boolean;
}

/** Says that we only answer checks; it belongs to the session, the component writes it into the section. @spec RFC 8839 §5.3 */
const LITE = "a=ice-lite";

/** Makes the answer to the whole offer out of the component's answer to its audio section: everything but the audio is refused, candidates are ours to choose. @spec RFC 8829 §5.3.1, RFC 8843 §7.3 */
export function composeAnswer(answer: string, offer: Offer, addresses: AnswerAddresses): string {
  const lines = answer.split("\r\n").filter((line) => line !== "");
  const start = lines.findIndex((line) => line.startsWith("m="));
  const mid = offer.sections[offer.audioIndex]?.mid;
  const session = [...lines.slice(0, start).filter((line) => !line.startsWith("a=group:") && line !== LITE), ...(lines.includes(LITE) ? [LITE] : [])];
  const audio = lines.slice(start).filter((line) => mid !== undefined || !line.startsWith("a=mid:"));
  const candidates = chooseCandidates(audio, addresses);
  // Gathering is over before the answer is made, so an `a=ice-options:trickle` would promise what never comes.
  const rest = audio.filter(
    (line) => !line.startsWith("a=candidate:") && line !== "a=end-of-candidates" && line !== LITE && !line.startsWith("a=ice-options:"),
  );
  const sections = offer.sections.flatMap((section, index) =>
    index === offer.audioIndex ? [...rest, ...candidates, "a=end-of-candidates"] : refused(section),
  );
  return [...session, ...(offer.bundled ? [`a=group:BUNDLE ${mid}`] : []), ...sections, ""].join("\r\n");
}

/** How many ways to reach the stage an answer names. */
export function countCandidates(answer: string): number {
  return answer.split("\r\n").filter((line) => line.startsWith("a=candidate:")).length;
}

function refused({ kind, protocol, formats, mid }: OfferedSection): string[] {
  return [`m=${kind} 0 ${protocol} ${formats}`, "c=IN IP4 0.0.0.0", "a=inactive", ...(mid === undefined ? [] : [`a=mid:${mid}`])];
}

/** Candidates with announced addresses for NAT; no link-local ones, no loopback unless asked, none that would have us dial out. @spec RFC 8839 §5.1, RFC 6544 §4.5 */
function chooseCandidates(lines: readonly string[], { announce, loopback }: AnswerAddresses): string[] {
  const chosen = new Map<string, string>();
  for (const line of lines) {
    if (!line.startsWith("a=candidate:") || / tcptype active( |$)/.test(line)) continue;
    const fields = line.split(" ");
    const address = (fields[4] ?? "").toLowerCase();
    if (address.startsWith("169.254.") || /^fe[89ab]/.test(address)) continue;
    const isLoopback = address.startsWith("127.") || address === "::1";
    if (isLoopback && !loopback) continue;
    const told =
      isLoopback || announce.length === 0
        ? [line]
        : announce.filter((announced) => announced.includes(":") === address.includes(":")).map((announced) => fields.with(4, announced).join(" "));
    // Two interfaces behind one announced address would give the same candidate twice.
    for (const candidate of told) chosen.set(candidate.split(" ").toSpliced(3, 1).slice(1).join(" "), candidate);
  }
  return [...chosen.values()];
}
