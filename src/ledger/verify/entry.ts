import { fromBase64 } from "./base64.ts";

/** Version of entry format and of the definitions behind its numbers. */
export const LEDGER_VERSION = 1;

/** A value as JSON has it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What every entry has. `t`: milliseconds since the Unix epoch, by the clock of whoever wrote it. */
interface EntryHead<Kind extends string> {
  readonly v: number;
  readonly kind: Kind;
  readonly t: number;
}

/** An edge: a process that hands audio to listeners, and the key it signs its counts with. */
export interface EdgeKey {
  readonly edge: string;
  /** Ed25519 public key, base64 of 32 bytes. */
  readonly key: string;
  readonly operator: string;
  readonly network: string;
  /** Most listeners the edge says it can serve. */
  readonly capacity: number;
}

/** First entry of every ledger: what is going to be counted, by whom, and who watches. */
export interface ManifestEntry extends EntryHead<"manifest"> {
  readonly event: string;
  readonly origin: string;
  readonly title: string;
  readonly startDate: string;
  /** Length of a counting window. Seconds. */
  readonly windowSeconds: number;
  /** Audio a session must have been given within a window to be listening. Seconds. */
  readonly deliveredSeconds: number;
  /** Audio a session must have been given to count as a session. Seconds. */
  readonly sessionSeconds: number;
  readonly edges: readonly EdgeKey[];
  /** Bit rate of the leanest stream handed out. Bits per second; 0 when not said. */
  readonly leanestBitsPerSecond: number;
  /** Verifier keys of the witnesses asked to cosign, and how many must. */
  readonly witnesses: readonly string[];
  readonly quorum: number;
}

/** A further edge, announced after the manifest. */
export interface EdgeKeyEntry extends EntryHead<"edge-key">, EdgeKey {}

/** One closed window of one edge, signed by it; `t` is the window's beginning. */
export interface WindowEntry extends EntryHead<"window"> {
  readonly event: string;
  readonly edge: string;
  /** 0, 1, 2 ... without a hole. */
  readonly seq: number;
  /** Sessions given at least `deliveredSeconds` of audio in this window. */
  readonly listening: number;
  /** Sessions given some audio, but less: two halves of one session that moved may hide among them. */
  readonly partial: number;
  /** Processes whose counts are summed here; a session that moved between two of them may be in both. */
  readonly counters: number;
  /** Of those listening: not listening one window earlier; and the other way round. */
  readonly joins: number;
  readonly leaves: number;
  /** Sessions that reached `sessionSeconds` in this window. */
  readonly sessions: number;
  /** Sessions that began in this window. */
  readonly grossSessions: number;
  /** Audio given to sessions that have reached `sessionSeconds`; the earlier seconds are added when they do. Milliseconds. */
  readonly listenedMs: number;
  /** Audio given to all sessions. Milliseconds. */
  readonly grossMs: number;
  readonly bytes: number;
  readonly waiting: number;
  /** Tickets of this edge that never got in, so far. */
  readonly turnedAway: number;
  /** Listening sessions of programs that say they are programs; in no other number here. */
  readonly automated: number;
  /** Whether the edge closes with this window. */
  readonly last: boolean;
  /** HyperLogLog registers of everyone so far, one byte each, deflated, base64; now and then, and in the last window. @spec RFC 1951 */
  readonly uniques?: string;
  /** SHA-256 of the edge's line before, base64; of its public key in its first. */
  readonly prev: string;
  readonly sig: string;
}

/** Hash of a stretch of the recording. `rendition`: `opus`, `low`, `aac` or `mp3`; below `lang/<tag>/` where it is what an interpreter said. */
export interface SegmentEntry extends EntryHead<"segment"> {
  readonly rendition: string;
  readonly n: number;
  readonly offset: number;
  readonly length: number;
  readonly timestamp: number;
  readonly duration: number;
  readonly filler: number;
  readonly sha256: string;
}

/** Hash of a stretch of a file kept beside the recording: `flac`, the mix without loss, or `track-<seat>`, a speaker's own voice, which only the host has. */
export interface KeptEntry extends EntryHead<"kept"> {
  readonly rendition: string;
  readonly n: number;
  readonly offset: number;
  readonly length: number;
  readonly timestamp: number;
  readonly duration: number;
  readonly filler: number;
  readonly sha256: string;
}

/** A speaker agreed that their voice is kept as a track of its own, or took that back. */
export interface TrackConsentEntry extends EntryHead<"track-consent"> {
  readonly seat: string;
  readonly role: string;
  readonly agreed: boolean;
}

/** Somebody was given or lost a role. */
export interface RoleEntry extends EntryHead<"role"> {
  /** `consent`: whoever has the seat joined knowing that the event is recorded; `by`: they, or whoever had an encoder send there. */
  readonly act: "grant" | "change" | "withdraw" | "consent";
  readonly seat: string;
  readonly role: string;
  readonly by: string;
}

/** What was done with listeners who ask to speak: the queue opened or closed, one asked on stage, a hand taken down by somebody else, a guest gone back. */
export interface HandsEntry extends EntryHead<"hands"> {
  /** 0, 1, 2 ... of these acts in their order. */
  readonly n: number;
  readonly act: "open" | "close" | "invite" | "lower" | "send-back" | "step-down";
  /** The seat it is about, or "": who only asked has none, and is never named. */
  readonly seat: string;
  /** Role of who did it. */
  readonly by: string;
}

/** A draw among those who waited at held doors: `commit` tells the hash of its seed when they are held, `open` the seed when they have opened. */
export interface DrawEntry extends EntryHead<"draw"> {
  /** 0, 1, 2 ... of the event's draws in their order. */
  readonly n: number;
  readonly act: "commit" | "open";
  /** SHA-256 of the seed. */
  readonly sha256: string;
  /** The seed, hex; empty while the doors are held. */
  readonly seed: string;
  /** First moment of the draw, Unix milliseconds, and its length in milliseconds; 0 while the doors are held. */
  readonly start: number;
  readonly window: number;
}

/** The recording was taken away, after the end: its hashes stay, its sound does not. */
export interface DeletionEntry extends EntryHead<"deletion"> {
  readonly by: "host" | "operator" | "retention";
}

/** An act of moderation with its reasons; a reinstatement names the act it undoes. */
export interface ModerationEntry extends EntryHead<"moderation"> {
  readonly act: "mute" | "unmute" | "remove" | "suspend" | "reinstate";
  readonly subject: string;
  readonly by: string;
  readonly scope: string;
  readonly rule: string;
  readonly facts: string;
  readonly automated: boolean;
  readonly appeal: string;
}

/** A change of the event's time or state. */
export interface ScheduleEntry extends EntryHead<"schedule"> {
  readonly state: "scheduled" | "postponed" | "rescheduled" | "cancelled" | "live" | "ended";
  readonly startDate: string;
  readonly previousStartDate: string;
  /** In the host's words; empty when none was given. */
  readonly reason: string;
}

/** Hash of the settings in force from here on. */
export interface ConfigEntry extends EntryHead<"config"> {
  readonly version: string;
  readonly sha256: string;
}

/** Something went wrong; the words a person reads, and the hash of the bundle with the evidence, or "". */
export interface IncidentEntry extends EntryHead<"incident"> {
  readonly summary: string;
  readonly sha256: string;
}

/** Last entry of the event itself: what the organiser published, to be compared with what the ledger gives. */
export interface EndEntry extends EntryHead<"end"> {
  readonly event: string;
  /** Entries before this one. */
  readonly entries: number;
  readonly peak: number;
  readonly peakAt: number;
  readonly sessions: number;
  readonly listenedMs: number;
}

/** Any entry of a ledger. */
export type Entry =
  | ManifestEntry
  | EdgeKeyEntry
  | WindowEntry
  | SegmentEntry
  | KeptEntry
  | TrackConsentEntry
  | RoleEntry
  | ModerationEntry
  | ScheduleEntry
  | ConfigEntry
  | IncidentEntry
  | HandsEntry
  | DrawEntry
  | EndEntry
  | DeletionEntry;

/** What reading an entry gives. `offset`: byte where it stopped making sense, 0 when a field breaks its rule; `field` names it. */
export type EntryResult =
  | { readonly ok: true; readonly entry: Entry }
  | { readonly ok: true; readonly entry: undefined; readonly kind: string }
  | { readonly ok: false; readonly code: "not-json" | "not-canonical" | "field-invalid"; readonly offset: number; readonly field?: string };

/** Longest text in a field. Characters; more belongs into a file whose hash is entered. */
const MAX_TEXT = 4_000;
/** Most edges or witnesses in a manifest. */
const MAX_LIST = 10_000;
/** Last instant a Date can hold. Milliseconds. */
const MAX_UNIX_MS = 8.64e15;

type Check = (value: unknown) => boolean;
const text: Check = (value) => typeof value === "string" && value.length <= MAX_TEXT;
const name: Check = (value) => text(value) && value !== "";
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const flag: Check = (value) => typeof value === "boolean";
const instant: Check = (value) => count(value) && (value as number) <= MAX_UNIX_MS;
const hash: Check = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const bytes =
  (length: number): Check =>
  (value) =>
    typeof value === "string" && fromBase64(value)?.length === length;
const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= MAX_LIST && value.every(check);

const EDGE: Readonly<Record<string, Check>> = { edge: name, key: bytes(32), operator: text, network: text, capacity: count };
const edge: Check = (value) => typeof value === "object" && value !== null && firstBroken(EDGE, value as Record<string, unknown>) === undefined;

/** By kind: every field that must be there, and its rule. A further field is allowed and means nothing here. */
const FIELDS: Readonly<Record<Entry["kind"], Readonly<Record<string, Check>>>> = {
  manifest: {
    event: name,
    origin: name,
    title: text,
    startDate: text,
    windowSeconds: (value) => count(value) && (value as number) > 0 && (value as number) <= 3600,
    deliveredSeconds: (value) => count(value) && (value as number) > 0,
    sessionSeconds: count,
    edges: list(edge),
    leanestBitsPerSecond: count,
    witnesses: list(name),
    quorum: count,
  },
  "edge-key": EDGE,
  window: {
    event: name,
    edge: name,
    seq: count,
    listening: count,
    partial: count,
    counters: count,
    joins: count,
    leaves: count,
    sessions: count,
    grossSessions: count,
    listenedMs: count,
    grossMs: count,
    bytes: count,
    waiting: count,
    turnedAway: count,
    automated: count,
    last: flag,
    uniques: (value) => value === undefined || (typeof value === "string" && fromBase64(value) !== undefined),
    prev: bytes(32),
    sig: bytes(64),
  },
  segment: { rendition: name, n: count, offset: count, length: count, timestamp: count, duration: count, filler: count, sha256: hash },
  kept: { rendition: name, n: count, offset: count, length: count, timestamp: count, duration: count, filler: count, sha256: hash },
  "track-consent": { seat: name, role: name, agreed: flag },
  role: { act: oneOf("grant", "change", "withdraw", "consent"), seat: name, role: name, by: name },
  moderation: {
    act: oneOf("mute", "unmute", "remove", "suspend", "reinstate"),
    subject: name,
    by: name,
    scope: text,
    rule: text,
    facts: text,
    automated: flag,
    appeal: text,
  },
  schedule: { state: oneOf("scheduled", "postponed", "rescheduled", "cancelled", "live", "ended"), startDate: text, previousStartDate: text, reason: text },
  config: { version: text, sha256: hash },
  hands: { n: count, act: oneOf("open", "close", "invite", "lower", "send-back", "step-down"), seat: text, by: name },
  draw: { n: count, act: oneOf("commit", "open"), sha256: hash, seed: (value) => value === "" || hash(value), start: instant, window: count },
  deletion: { by: oneOf("host", "operator", "retention") },
  incident: { summary: text, sha256: (value) => value === "" || hash(value) },
  end: { event: name, entries: count, peak: count, peakAt: instant, sessions: count, listenedMs: count },
};

function firstBroken(fields: Readonly<Record<string, Check>>, value: Record<string, unknown>): string | undefined {
  for (const field in fields) if (!(fields[field] as Check)(value[field])) return field;
  return undefined;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads one line. It must be spelled exactly as JSON.stringify spells the value, so that no two readers can see different things in it.
 * An unknown kind is no failure: newer servers may write more. Never throws.
 */
export function readEntry(line: Uint8Array): EntryResult {
  let source: string;
  let value: unknown;
  try {
    source = strictUtf8.decode(line);
    value = JSON.parse(source);
  } catch {
    return { ok: false, code: "not-json", offset: 0 };
  }
  const canonical = JSON.stringify(value);
  if (canonical !== source) return { ok: false, code: "not-canonical", offset: firstDifference(canonical, source) };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { ok: false, code: "field-invalid", offset: 0, field: "" };
  return checkFields(value as Record<string, unknown>);
}

/** Checks an entry's fields by the rules of its kind; the writer asks this before it signs. Never throws. */
export function checkFields(fields: Readonly<Record<string, unknown>>): EntryResult {
  const { v, kind, t } = fields;
  if (v !== LEDGER_VERSION) return { ok: false, code: "field-invalid", offset: 0, field: "v" };
  if (!instant(t)) return { ok: false, code: "field-invalid", offset: 0, field: "t" };
  if (typeof kind !== "string" || !name(kind)) return { ok: false, code: "field-invalid", offset: 0, field: "kind" };
  if (!Object.hasOwn(FIELDS, kind)) return { ok: true, entry: undefined, kind };
  const field = firstBroken(FIELDS[kind as Entry["kind"]], fields);
  if (field !== undefined) return { ok: false, code: "field-invalid", offset: 0, field };
  return { ok: true, entry: fields as unknown as Entry };
}

function firstDifference(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return index;
}
