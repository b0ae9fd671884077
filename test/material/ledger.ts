import { createHash } from "node:crypto";
import { EdgeSigner, writeEntry } from "../../src/ledger/entry-line.ts";
import { NoteSigner } from "../../src/ledger/signer.ts";
import { formatCheckpoint } from "../../src/ledger/verify/checkpoint.ts";
import { HashTree } from "../../src/ledger/verify/hash-tree.ts";
import { leafHash } from "../../src/ledger/verify/merkle.ts";
import { nodeInflate, nodeSha256, nodeSignatureCheck } from "../../src/ledger/verify/node-crypto.ts";
import type { LedgerSource } from "../../src/ledger/verify/source.ts";
import { levelsOf, tilePath, tilesOf, writeBundle } from "../../src/ledger/verify/tiles.ts";
import { AudienceFigures } from "../../src/ledger/verify/audience-figures.ts";
import { readEntry } from "../../src/ledger/verify/entry.ts";
import { type VerifyOptions, verifyLedger } from "../../src/ledger/verify/verify.ts";
import type { Verdict } from "../../src/ledger/verify/verdict.ts";

/** Name of every ledger made here. */
export const ORIGIN = "earshot.example/e/evening/ledger";
/** When the made event begins, on the grid of windows. Unix milliseconds. */
export const START_MS = Date.parse("2026-10-03T19:00:00Z");
const WINDOW_MS = 10_000;
const SEGMENT_BYTES = 64;

/** 32 bytes that are always the same for a name. */
export const seedOf = (name: string): Uint8Array => new Uint8Array(createHash("sha256").update(name).digest());

/** The secret every made log signs with. */
export const LOG_SEED = seedOf("log");

/** What a made ledger holds. */
export interface Plan {
  readonly edges: number;
  readonly windows: number;
  readonly segments: number;
  /** Whether the event is interpreted: the same recording stands there once more at half the data and under a language's name. */
  readonly interpreted?: boolean;
  /** Whether the manifest leaves it to the recording what bit rate listening needs, as a house does. */
  readonly ratedByRecording?: boolean;
  /** Bytes sent per second of listening. */
  readonly sentPerSecond?: number;
}

/** A made ledger before it is signed: its lines in order, and the recording they speak of. */
export interface Draft {
  readonly lines: readonly Uint8Array[];
  readonly replay: Uint8Array;
}

/** The recording of `segments` segments; every byte follows from its place. */
function recordingOf(segments: number): Uint8Array {
  return Uint8Array.from({ length: segments * SEGMENT_BYTES }, (_, index) => (index * 31 + (index >> 8)) & 255);
}

/** Lines of an event: manifest, segments, and the signed windows of all edges side by side, and the end with the right figures. */
export function draftLedger({ edges, windows, segments, interpreted = false, ratedByRecording = false, sentPerSecond = 6_000 }: Plan): Draft {
  const signers = Array.from({ length: edges }, (_, index) => new EdgeSigner({ event: "ev1", edge: `edge-${index}`, seed: seedOf(`edge-${index}`) }));
  const replay = recordingOf(segments);
  const lines = [
    writeEntry({
      kind: "manifest",
      t: START_MS,
      event: "ev1",
      origin: ORIGIN,
      title: "An evening",
      startDate: "2026-10-03T21:00:00+02:00",
      windowSeconds: WINDOW_MS / 1000,
      deliveredSeconds: 8,
      sessionSeconds: 60,
      edges: signers.map(({ publicKey }, index) => ({ edge: `edge-${index}`, key: publicKey, operator: "house", network: "", capacity: 50_000 })),
      leanestBitsPerSecond: ratedByRecording ? 0 : 48_000,
      witnesses: [],
      quorum: 0,
    }),
  ];
  if (ratedByRecording) lines.push(writeEntry({ kind: "schedule", t: START_MS, state: "live", startDate: "", previousStartDate: "", reason: "" }));
  for (let n = 0; n < segments; n++) {
    const offset = n * SEGMENT_BYTES;
    const sha256 = createHash("sha256")
      .update(replay.subarray(offset, offset + SEGMENT_BYTES))
      .digest("hex");
    for (const rendition of interpreted ? ["opus", "low", "lang/de/opus"] : ["opus"])
      lines.push(
        writeEntry({
          kind: "segment",
          t: START_MS + n * 4_000,
          rendition,
          n,
          offset,
          length: SEGMENT_BYTES,
          timestamp: n * 192_000,
          duration: 192_000,
          filler: 0,
          sha256,
        }),
      );
  }
  for (let window = 0; window < windows; window++)
    for (const [edge, signer] of signers.entries()) lines.push(signer.sign(countsOf(window, edge, windows, sentPerSecond)));
  return { lines: [...lines, endOf(lines)], replay };
}

/** Counts of one window that hold together: everyone joins in the first window and leaves in the last. */
function countsOf(window: number, edge: number, windows: number, sentPerSecond: number): Parameters<EdgeSigner["sign"]>[0] {
  const listeners = 100 + edge;
  const first = window === 0;
  const last = window === windows - 1;
  const sessions = window === 6 ? listeners : 0;
  const grossMs = listeners * WINDOW_MS;
  return {
    t: START_MS + window * WINDOW_MS,
    listening: listeners,
    partial: 0,
    counters: 1,
    joins: first ? listeners : 0,
    leaves: last ? listeners : 0,
    sessions,
    grossSessions: first ? listeners : 0,
    listenedMs: window < 6 ? 0 : window === 6 ? grossMs * 7 : grossMs,
    grossMs,
    bytes: (grossMs / 1000) * sentPerSecond,
    waiting: 0,
    turnedAway: 0,
    automated: 0,
    last,
  };
}

/** The last entry of a ledger, with the figures its windows give. */
export function endOf(lines: readonly Uint8Array[]): Uint8Array {
  const figures = new AudienceFigures(WINDOW_MS);
  for (const line of lines) {
    const result = readEntry(line);
    if (result.ok && result.entry?.kind === "window") figures.add(result.entry);
  }
  const { peak, sessions, listenedMs } = figures.report();
  return writeEntry({
    kind: "end",
    t: START_MS + 7_200_000,
    event: "ev1",
    entries: lines.length,
    peak: peak?.listening ?? 0,
    peakAt: peak?.t ?? 0,
    sessions,
    listenedMs,
  });
}

/** Signs lines as the log does: all files of the ledger by path, with `checkpoints` at these sizes and at the end. */
export function publish(lines: readonly Uint8Array[], sizes: readonly number[] = [], extraNotes: readonly string[] = []): Map<string, Uint8Array> {
  const signer = new NoteSigner(ORIGIN, "ed25519", LOG_SEED);
  const tree = new HashTree(nodeSha256);
  for (const line of lines) tree.append(leafHash(nodeSha256, line));
  const noteOf = (size: number) => signedNote(signer, size, tree.root(size));
  const files = new Map<string, Uint8Array>();
  files.set("log.vkey", Buffer.from(`${signer.verifierKey}\n`));
  files.set("checkpoint", Buffer.from(noteOf(lines.length)));
  files.set("checkpoints", Buffer.from([...sizes, lines.length].map(noteOf).concat(extraNotes).join("")));
  for (const size of [...sizes, lines.length]) {
    for (const tile of tilesOf(size, "entries")) {
      const from = tile.index * 256;
      files.set(tilePath(tile), writeBundle(lines.slice(from, from + tile.width)));
    }
    for (let level = 0; level < levelsOf(size); level++)
      for (const tile of tilesOf(size, level)) files.set(tilePath(tile), tree.tile(level, tile.index, tile.width));
  }
  // A partial tile goes when the full one is there.
  for (const path of [...files.keys()]) if (files.has(path.replace(/\.p\/\d+$/, "")) && path.includes(".p/")) files.delete(path);
  return files;
}

/** A checkpoint of these made logs, signed. */
export function signedNote(signer: NoteSigner, size: number, root: Uint8Array): string {
  const text = formatCheckpoint(ORIGIN, { size, root });
  return `${text}\n${signer.signNote(text)}`;
}

/** A ledger in memory. */
export function memorySource(files: ReadonlyMap<string, Uint8Array>, replay: Uint8Array): LedgerSource {
  return {
    read: async (path) => files.get(path),
    readReplay: async (_, offset, length) => (offset + length <= replay.length ? replay.subarray(offset, offset + length) : undefined),
  };
}

/** Checks signatures once each: mutants of one ledger share nearly all of theirs. */
export function rememberingCheck(): VerifyOptions["check"] {
  const known = new Map<string, boolean>();
  const really = nodeSignatureCheck();
  return (publicKey, message, signature) => {
    const name = Buffer.concat([publicKey, signature, nodeSha256(message)]).toString("latin1");
    const answer = known.get(name) ?? (really(publicKey, message, signature) as boolean);
    known.set(name, answer);
    return answer;
  };
}

/** Verifies a ledger as a stranger does who knows nothing but its files. */
export async function check(source: LedgerSource, more: Partial<VerifyOptions> = {}): Promise<Verdict> {
  return await verifyLedger({ source, sha256: nodeSha256, check: nodeSignatureCheck(), inflate: nodeInflate, replay: true, ...more });
}
