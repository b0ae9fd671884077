import { HOPS, type Hop, type PathFinding, type PathMinute, type PathVerdict, type SeatPathRecord } from "../../src/wire/path-record.ts";
import type { TalkBalance, VoicesAnswer } from "../../src/wire/voices.ts";

/** What one person's voice went through, put together for whoever asks afterwards. */
export interface VoiceReport {
  readonly id: string;
  readonly name: string;
  readonly interprets: string | undefined;
  readonly talk: TalkBalance["speakers"][number] | undefined;
  readonly path: SeatPathRecord | undefined;
  readonly verdict: PathVerdict;
  /** How long something was wrong on the way, and the hop at which most of that was; only with the verdict `path`. Milliseconds. */
  readonly faultMs: number;
  readonly hop: Hop | undefined;
  readonly figures: PathFigures;
}

/** The figures of all minutes of one voice; each undefined where nothing was measured. */
export interface PathFigures {
  readonly rolloffHertz: number | undefined;
  readonly sibilanceDb: number | undefined;
  readonly mixSibilanceDb: number | undefined;
  /** Narrowest and widest. */
  readonly codedHertz: readonly [number, number] | undefined;
  readonly bitrate: readonly [number, number] | undefined;
  readonly packetMs: readonly [number, number] | undefined;
  /** All minutes together, and the worst of them. 0 to 1 */
  readonly lossShare: number | undefined;
  readonly worstLossShare: number;
  readonly concealedMs: number;
  readonly repairedMs: number;
}

/** What is known of an event that is over: what went on when it was written last ended then. */
export function finished(answer: VoicesAnswer): VoicesAnswer {
  const { path, over } = answer;
  if (path === null || !over) return answer;
  const end = (finding: PathFinding): PathFinding => ({ ...finding, endUnixMs: finding.endUnixMs ?? path.writtenUnixMs });
  const programme = { ...path.programme, findings: path.programme.findings.map(end) };
  return { ...answer, path: { ...path, programme, seats: path.seats.map((seat) => ({ ...seat, findings: seat.findings.map(end) })) } };
}

/** Everybody whose voice was heard or came in, those who talked first. */
export function reportsOf({ path, talk }: VoicesAnswer): readonly VoiceReport[] {
  const speakers = talk?.speakers ?? [];
  const seats = path?.seats ?? [];
  const ids = new Set([...speakers.map(({ id }) => id), ...seats.map(({ id }) => id)]);
  return [...ids].flatMap((id) => {
    const [talked, seat] = [speakers.find((one) => one.id === id), seats.find((one) => one.id === id)];
    const known = talked ?? seat;
    return known === undefined ? [] : [reportOf(known, talked, seat, path?.writtenUnixMs ?? 0)];
  });
}

function reportOf(
  { id, name, interprets }: { readonly id: string; readonly name: string; readonly interprets?: string | undefined },
  talk: VoiceReport["talk"],
  path: VoiceReport["path"],
  nowUnixMs: number,
): VoiceReport {
  const faults = (path?.findings ?? []).filter(({ verdict }) => verdict === "path");
  const minutes = path?.minutes ?? [];
  const verdict = faults.length > 0 ? "path" : minutes.some((minute) => minute.verdict === "voice") ? "voice" : "unknown";
  const hop = HOPS.map(
    (one) =>
      [
        one,
        lengthOf(
          faults.filter((fault) => fault.hop === one),
          nowUnixMs,
        ),
      ] as const,
  ).toSorted(([, one], [, other]) => other - one)[0]?.[0];
  return {
    id,
    name,
    interprets,
    talk,
    path,
    verdict,
    faultMs: lengthOf(faults, nowUnixMs),
    hop: verdict === "path" ? hop : undefined,
    figures: figuresOf(minutes),
  };
}

/** How long at least one of them was so. Milliseconds; those that go on go on until `nowUnixMs`. */
function lengthOf(findings: readonly PathFinding[], nowUnixMs: number): number {
  let [length, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { startUnixMs, endUnixMs = nowUnixMs } of findings.toSorted((one, other) => one.startUnixMs - other.startUnixMs)) {
    length += Math.max(0, endUnixMs - Math.max(startUnixMs, until));
    until = Math.max(until, endUnixMs);
  }
  return length;
}

function figuresOf(minutes: readonly PathMinute[]): PathFigures {
  const of = (key: "rolloffHertz" | "sibilanceDb" | "mixSibilanceDb" | "codedHertz" | "packetMs") => minutes.flatMap((minute) => minute[key] ?? []);
  const packets = minutes.reduce((sum, { packetsPerSecond }) => sum + packetsPerSecond, 0);
  return {
    rolloffHertz: middle(of("rolloffHertz")),
    sibilanceDb: middle(of("sibilanceDb")),
    mixSibilanceDb: middle(of("mixSibilanceDb")),
    codedHertz: span(of("codedHertz")),
    bitrate: span(minutes.filter(({ talkSeconds }) => talkSeconds > 0).map(({ bitrate }) => bitrate)),
    packetMs: span(of("packetMs")),
    lossShare: packets === 0 ? undefined : minutes.reduce((sum, { lossShare, packetsPerSecond }) => sum + lossShare * packetsPerSecond, 0) / packets,
    worstLossShare: Math.max(0, ...minutes.map(({ lossShare }) => lossShare)),
    concealedMs: minutes.reduce((sum, { concealedMs }) => sum + concealedMs, 0),
    repairedMs: minutes.reduce((sum, { repairedMs }) => sum + repairedMs, 0),
  };
}

function middle(values: readonly number[]): number | undefined {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

function span(values: readonly number[]): readonly [number, number] | undefined {
  return values.length === 0 ? undefined : [Math.min(...values), Math.max(...values)];
}
