import { type EdgeReport, utc } from "./edge-ledger.ts";
import { FINDINGS } from "./finding.ts";
import type { Verdict } from "./verdict.ts";

/** Edges told one by one; `--json` has all. */
const EDGES_SHOWN = 20;

/** What is never claimed, and why; printed under every verdict. */
const LIMITS = `What this shows: these numbers and this recording are attested by these edges and not contradicted by these checks;
  the figures follow from the edges' signed counts, and nothing was changed after it was signed{witnessed}.
What it cannot show: that an edge counted honestly, that a listener was a person, or what happened while an edge was silent.`;

/** The verdict in plain words, for a terminal. */
export function verdictInWords(verdict: Verdict): string {
  const lines = [...headOf(verdict), ...audienceOf(verdict), ...edgesOf(verdict), ...proofOf(verdict), ...findingsOf(verdict)];
  const witnessed = verdict.witnesses.some(({ newest }) => newest) ? ", nor told differently to the witnesses" : "";
  return `${lines.join("\n")}\n\n${LIMITS.replace("{witnessed}", witnessed)}\n`;
}

const RESULTS = {
  holds: "HOLDS: every check passed.",
  "holds-with-gaps": "HOLDS, WITH GAPS: nothing is contradicted; what is missing or late is listed below.",
  contradicted: "CONTRADICTED: this ledger does not add up. See below.",
} as const;

function headOf({ result, title, origin, ended, entries, checkpoints }: Verdict): string[] {
  const state = ended ? "ended" : "not ended, figures are provisional";
  return [
    RESULTS[result],
    "",
    `${title === "" ? "(no title)" : printable(title)}   ${printable(origin)}`,
    `${whole(entries)} entries, ${whole(checkpoints)} checkpoints, ${state}`,
  ];
}

function audienceOf({ audience, edges, uniques, bytesOverNeeded }: Verdict): string[] {
  if (audience?.now === undefined || audience.peak === undefined) return ["", "No audience was entered."];
  const { peak, now, peakLow, peakHigh, average, listenedMs, grossMs, sessions, sessionsLow, sessionsHigh, grossSessions, turnedAway, automatedPeak, bytes } =
    audience;
  const bounds = peakLow === peakHigh ? "" : ` (different sessions: between ${whole(peakLow)} and ${whole(peakHigh)})`;
  const sessionBounds = sessionsLow === sessionsHigh ? "" : ` (different ones: between ${whole(sessionsLow)} and ${whole(sessionsHigh)})`;
  return [
    "",
    `PEAK ${whole(peak.listening)} at ${utc(peak.t)}${bounds}, ${peak.edges}/${edges.filter(({ windows }) => windows > 0).length} edges`,
    `Listening in the newest window, ${utc(now.t)}: ${whole(now.listening)}`,
    `Average ${fixed(average)}   listening hours ${fixed(listenedMs / 3_600_000)} (gross ${fixed(grossMs / 3_600_000)})`,
    `Sessions ${whole(sessions)}${sessionBounds} (gross ${whole(grossSessions)})   turned away ${whole(turnedAway)}   automated, at most ${whole(automatedPeak)}`,
    ...(uniques === undefined ? [] : [`Different listeners about ${whole(uniques.estimate)}, standard error ${fixed(uniques.error * 100)} %`]),
    ...(bytesOverNeeded === undefined ? [] : [`Bytes sent ${whole(bytes)}: ${fixed(bytesOverNeeded)} times what this audience needs at least`]),
  ];
}

function edgesOf({ edges }: Verdict): string[] {
  const missing = edges.reduce((sum, edge) => sum + edge.missing, 0);
  const late = edges.filter((edge) => edge.late).length;
  const counted = edges.filter(({ windows }) => windows > 0);
  const absent = edges.length - counted.length;
  const more = counted.length > EDGES_SHOWN ? [`  ... and ${whole(counted.length - EDGES_SHOWN)} more`] : [];
  return [
    "",
    `Edges ${edges.length}, ${late} of them announced late, ${counted.length === 0 || absent === 0 ? "" : `${absent} without any count, `}${whole(missing)} windows missing`,
    ...(counted.length < 2 ? [] : [...counted.slice(0, EDGES_SHOWN).map(edgeInWords), ...more]),
  ];
}

/** What one edge said for itself; the figures above are the sums of all. */
function edgeInWords({ edge, operator, windows, peak, sessions, listenedMs }: EdgeReport): string {
  const name = `  ${printable(edge)}${operator === "" ? "" : ` (${printable(operator)})`}`;
  if (peak === undefined) return name;
  const bounds = peak.low === peak.high ? "" : ` (between ${whole(peak.low)} and ${whole(peak.high)})`;
  const { listening, t } = peak;
  return `${name}: peak ${whole(listening)}${bounds} at ${utc(t)}, sessions ${whole(sessions)}, listening hours ${fixed(listenedMs / 3_600_000)}, ${whole(windows)} windows`;
}

function proofOf({ logKey, logKeyPinned, witnesses, quorum, replay, acts, deletion, root }: Verdict): string[] {
  return [
    `Signed by ${logKey}${logKeyPinned ? " (the key you gave)" : ""}`,
    `Root ${root}`,
    `Witnesses ${witnesses.filter(({ newest }) => newest).length} of ${witnesses.length} cosigned the newest checkpoint, ${quorum} promised`,
    ...witnesses.map(
      ({ name, cosigned, lastUnixSeconds }) =>
        `  ${printable(name)}: ${whole(cosigned)} checkpoints${lastUnixSeconds === undefined ? "" : `, last ${utc(lastUnixSeconds * 1000)}`}`,
    ),
    `Replay: ${whole(replay.compared)} of ${whole(replay.segments)} segments compared, ${whole(replay.differing)} differ, ${whole(replay.filler)} parts were silence in place of lost audio`,
    ...(deletion === undefined ? [] : [`Recording deleted ${utc(deletion.unixMs)} by ${BY[deletion.by as keyof typeof BY]}`]),
    `Entered: ${acts.moderation} acts of moderation, ${acts.hands} with raised hands, ${acts.draws} draws at the doors, ${acts.roles} of roles, ${acts.schedule} of schedule, ${acts.config} settings, ${acts.incidents} incidents`,
  ];
}

const BY = { host: "the host", operator: "the operator", retention: "the house: the promised time was over" } as const;

function findingsOf({ findings, counts }: Verdict): string[] {
  const lines: string[] = [];
  for (const severity of ["contradiction", "gap", "note"] as const) {
    for (const code of new Set(findings.filter((finding) => finding.severity === severity).map((finding) => finding.code))) {
      const count = counts[code] ?? 0;
      const listed = findings.filter((finding) => finding.code === code);
      lines.push("", `${severity.toUpperCase()}: ${FINDINGS[code][1]}${count > 1 ? ` (${whole(count)} times)` : ""}`);
      for (const { where } of listed) lines.push(`  ${printable(where)}`);
      if (count > listed.length) lines.push(`  ... and ${whole(count - listed.length)} more`);
    }
  }
  return lines;
}

/** A ledger's words may hold anything; a terminal gets no control characters from it. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, "\uFFFD");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-GB");
}

function fixed(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: 2 });
}
