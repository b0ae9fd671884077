import type { HostAddresses } from "./host-addresses.ts";
import type { Offer, OfferedSection } from "./offer.ts";

/** Bit rate asked of a speaker. Bits per second; fullband speech, and music does not suffer. Unasked, browsers send 32 kbit/s. */
const SPEAKER_BITRATE = 64_000;

/** What an answer tells of our addresses. */
export interface AnswerAddresses {
  /** Addresses to announce in place of the machine's own of the same family: a NAT of IPv4 has nothing to say about IPv6. None of a family: the machine's own. */
  readonly announce: readonly string[];
  /** The machine's own addresses: each socket is open on all of its family. */
  readonly hosts: HostAddresses;
}

/** Step between the priorities of one socket's addresses. @spec RFC 8445 §5.1.2.1, local preference */
const PREFERENCE_STEP = 256;

/** Says that we only answer checks; it belongs to the session, the component writes it into the section. @spec RFC 8839 §5.3 */
const LITE = "a=ice-lite";

/** Makes the answer to the whole offer out of the component's answer to its audio section: everything but the audio is refused, candidates are ours to choose. @spec RFC 8829 §5.3.1, RFC 8843 §7.3 */
export function composeAnswer(answer: string, offer: Offer, addresses: AnswerAddresses): string {
  const lines = answer.split("\r\n").filter((line) => line !== "");
  const start = lines.findIndex((line) => line.startsWith("m="));
  const mid = offer.sections[offer.audioIndex]?.mid;
  const session = [...lines.slice(0, start).filter((line) => !line.startsWith("a=group:") && line !== LITE), ...(lines.includes(LITE) ? [LITE] : [])];
  const audio = withFormats(lines.slice(start), offer).filter((line) => mid !== undefined || !line.startsWith("a=mid:"));
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

/** What we ask of the speaker's encoder. The component repeats what was offered and takes a RED format for a second Opus: formats are ours to write. @spec RFC 7587 §6.1, RFC 2198 §5 */
function withFormats(audio: readonly string[], { opusType, redType }: Offer): string[] {
  const red = redType === undefined ? [] : [`a=rtpmap:${redType} red/48000/2`, `a=fmtp:${redType} ${opusType}/${opusType}`];
  // In-band repair only where no whole copies come: with it, and loss reported, Opus takes its hybrid mode, which costs an /s/ 2.3 dB (`npm run bench -- fidelity`).
  const repair = redType === undefined ? 1 : 0;
  const opus = `a=fmtp:${opusType} minptime=10;useinbandfec=${repair};stereo=0;maxaveragebitrate=${SPEAKER_BITRATE}`;
  return audio.flatMap((line) => {
    if (line.startsWith("m=")) return [[...line.split(" ").slice(0, 3), ...(redType === undefined ? [] : [redType]), opusType].join(" ")];
    if (line.startsWith(`a=rtpmap:${opusType} `)) return [...red, line, opus];
    return /^a=(?:rtpmap|fmtp|rtcp-fb):/.test(line) ? [] : [line];
  });
}

/** How many ways to reach the stage an answer names. */
export function countCandidates(answer: string): number {
  return answer.split("\r\n").filter((line) => line.startsWith("a=candidate:")).length;
}

function refused({ kind, protocol, formats, mid }: OfferedSection): string[] {
  return [`m=${kind} 0 ${protocol} ${formats}`, "c=IN IP4 0.0.0.0", "a=inactive", ...(mid === undefined ? [] : [`a=mid:${mid}`])];
}

/** The component names one address per socket; each is told with every address of its family, announced ones (NAT) in place of the machine's own of that family. None that would have us dial out. @spec RFC 8839 §5.1, RFC 6544 §4.5 */
function chooseCandidates(lines: readonly string[], { announce, hosts }: AnswerAddresses): string[] {
  return lines.flatMap((line) => {
    if (!line.startsWith("a=candidate:") || / tcptype active( |$)/.test(line)) return [];
    const fields = line.split(" ");
    const isV6 = fields[4]?.includes(":") === true;
    const own = isV6 ? hosts.v6 : hosts.v4;
    const announced = announce.filter((address) => address.includes(":") === isV6);
    const told = announced.length === 0 ? own : [...announced, ...own.filter(isLoopback)];
    return told.map((address, index) =>
      fields
        .with(0, `${fields[0]}${index}`)
        .with(3, String(Number(fields[3]) - index * PREFERENCE_STEP))
        .with(4, address)
        .join(" "),
    );
  });
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}
