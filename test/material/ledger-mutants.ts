import { EdgeSigner, writeEntry } from "../../src/ledger/entry-line.ts";
import { NoteSigner } from "../../src/ledger/signer.ts";
import { NOBODY } from "../../src/ledger/test-counts.ts";
import { readEntry } from "../../src/ledger/verify/entry.ts";
import { readBundle, writeBundle } from "../../src/ledger/verify/tiles.ts";
import { type Draft, endOf, LOG_SEED, ORIGIN, publish, seedOf, signedNote, START_MS } from "./ledger.ts";
import { seeded } from "./seeded.ts";

/** A ledger that somebody tampered with. */
export interface Mutant {
  readonly what: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly replay: Uint8Array;
}

/** A number from 0 up to but not including `below`. */
export type Draw = (below: number) => number;

/** Sizes at which the untouched ledger has checkpoints. */
export const SIZES = [3, 100, 256, 300];

/** Whole numbers that follow from a seed. */
export function drawFrom(seed: number): Draw {
  const random = seeded(seed);
  return (below) => Math.floor(random() * below);
}

type Made = Omit<Mutant, "what">;
type Kind = (draft: Draft, draw: Draw) => Made;

/** Ways to tamper without the log's key: files are changed after they were signed. */
const WITHOUT_KEY: Readonly<Record<string, Kind>> = {
  "a bit of a file is flipped": (draft, draw) => onFile(draft, draw, (bytes) => flip(bytes, draw)),
  "a file ends early": (draft, draw) => onFile(draft, draw, (bytes) => bytes.slice(0, draw(bytes.length))),
  "a file is gone": (draft, draw) => onFile(draft, draw, () => undefined),
  "a byte is doubled": (draft, draw) =>
    onFile(draft, draw, (bytes) => {
      const at = draw(bytes.length);
      return Buffer.concat([bytes.subarray(0, at + 1), bytes.subarray(at)]);
    }),
  "an entry is left out": (draft, draw) => onBundle(draft, draw, (entries, at) => entries.toSpliced(at, 1)),
  "an entry is doubled": (draft, draw) => onBundle(draft, draw, (entries, at) => entries.toSpliced(at, 0, entries[at] as Uint8Array)),
  "two entries change places": (draft, draw) => onBundle(draft, draw, (entries, at) => swap(entries, at, (at + 1) % entries.length)),
  "a bit of the recording is flipped": (draft, draw) => ({ files: publish(draft.lines, SIZES), replay: flip(draft.replay, draw) }),
};

/** Ways to tamper with the log's key: whoever runs the log lies, and signs the lie. */
const WITH_KEY: Readonly<Record<string, Kind>> = {
  "a window is left out": (draft, draw) => resigned(draft, (lines) => lines.toSpliced(anyWindow(lines, draw), 1)),
  "a window is doubled": (draft, draw) =>
    resigned(draft, (lines) => {
      const at = anyWindow(lines, draw);
      return lines.toSpliced(at, 0, lines[at] as Uint8Array);
    }),
  "two windows of an edge change places": (draft, draw) =>
    resigned(draft, (lines) => {
      const edges = edgesOf(lines);
      const at = anyWindow(lines, draw);
      const next = edges.findIndex((edge, index) => index > at && edge === edges[at]);
      const other = next < 0 ? edges.findLastIndex((edge, index) => index < at && edge === edges[at]) : next;
      return swap(lines, at, other);
    }),
  "a count is made larger": (draft, draw) =>
    resigned(draft, (lines) => {
      const at = anyWindow(lines, draw);
      const larger = Buffer.from(lines[at] as Uint8Array)
        .toString()
        .replace(/"listening":(\d+)/, (_, count: string) => `"listening":${Number(count) + 1 + draw(1000)}`);
      return lines.with(at, Buffer.from(larger));
    }),
  "an edge nobody announced counts": (draft, draw) => resigned(draft, (lines) => lines.toSpliced(1 + draw(lines.length - 1), 0, strangeWindow(draw))),
  "a window is signed by the house under an edge's name": (draft, draw) =>
    resigned(draft, (lines) => {
      const at = anyWindow(lines, draw);
      const result = readEntry(lines[at] as Uint8Array);
      if (!result.ok || result.entry?.kind !== "window") throw new Error("no window");
      const { event, edge, seq, prev, v: _v, kind: _kind, sig: _sig, ...counts } = result.entry;
      const forger = new EdgeSigner({ event, edge, seed: seedOf("the house"), resume: { seq, prev } });
      return lines.with(at, forger.sign({ ...counts, joins: counts.joins + 1, grossSessions: counts.grossSessions + 1 }));
    }),
  "an edge is announced late": (draft, draw) =>
    resigned(draft, (lines) => {
      const { publicKey } = new EdgeSigner({ event: "ev1", edge: "edge-late", seed: seedOf("late") });
      const key = writeEntry({ kind: "edge-key", t: START_MS, edge: "edge-late", key: publicKey, operator: "house", network: "", capacity: 1 });
      return lines.toSpliced(1 + draw(lines.length - 1), 0, key);
    }),
  "an edge's key is exchanged": (draft, draw) =>
    resigned(draft, (lines) => {
      const { publicKey } = new EdgeSigner({ event: "ev1", edge: "x", seed: seedOf(`other ${draw(1000)}`) });
      const manifest = Buffer.from(lines[0] as Uint8Array)
        .toString()
        .replace(/"key":"[^"]+"/, `"key":"${publicKey}"`);
      return lines.with(0, Buffer.from(manifest));
    }),
  "a checkpoint tells another story": (draft, draw) => {
    const signer = new NoteSigner(ORIGIN, "ed25519", LOG_SEED);
    const size = 1 + draw(draft.lines.length);
    return { files: publish(draft.lines, SIZES, [signedNote(signer, size, seedOf(`root ${draw(1000)}`))]), replay: draft.replay };
  },
  "the published figures are prettier": (draft, draw) => {
    const end = Buffer.from(draft.lines.at(-1) as Uint8Array).toString();
    const field = ["peak", "sessions", "listenedMs", "entries"][draw(4)] as string;
    const prettier = end.replace(new RegExp(`"${field}":(\\d+)`), (_, figure: string) => `"${field}":${Number(figure) + 1 + draw(1000)}`);
    return { files: publish(draft.lines.with(-1, Buffer.from(prettier)), SIZES), replay: draft.replay };
  },
  "a stretch of the recording is exchanged before its hash is entered": (draft, draw) => {
    const replay = draft.replay.slice();
    const at = draw(replay.length);
    replay[at] = (replay[at] as number) ^ (1 << draw(8));
    return { files: publish(draft.lines, SIZES), replay };
  },
  "a segment is left out": (draft, draw) =>
    resigned(draft, (lines) => {
      // Whatever stops with its last segment looks like one that was shorter: the last of each rendition stays.
      const segments = lines.flatMap((line, index) => (isKind(line, "segment") ? [index] : []));
      const renditions = new Set(segments.map((index) => renditionOf(lines[index] as Uint8Array))).size;
      return lines.toSpliced(segments[draw(segments.length - renditions)] as number, 1);
    }),
  "something is entered after the end": (draft) => {
    const late = writeEntry({ kind: "incident", t: START_MS, summary: "An afterthought.", sha256: "" });
    return { files: publish([...draft.lines, late], SIZES), replay: draft.replay };
  },
};

/** Every way of tampering. */
export const KINDS: readonly (readonly [what: string, kind: Kind])[] = Object.entries({ ...WITHOUT_KEY, ...WITH_KEY });

/** The mutant of this number: the ways take turns, the place is drawn. */
export function mutantOf(draft: Draft, number: number): Mutant {
  const [what, kind] = KINDS[number % KINDS.length] as (typeof KINDS)[number];
  return { what, ...kind(draft, drawFrom(number)) };
}

function onFile(draft: Draft, draw: Draw, change: (bytes: Uint8Array) => Uint8Array | undefined): Made {
  const files = publish(draft.lines, SIZES);
  const paths = [...files.keys()].toSorted();
  const path = paths[draw(paths.length)] as string;
  const changed = change(files.get(path) as Uint8Array);
  if (changed === undefined) files.delete(path);
  else files.set(path, changed);
  return { files, replay: draft.replay };
}

function onBundle(draft: Draft, draw: Draw, change: (entries: readonly Uint8Array[], at: number) => readonly Uint8Array[]): Made {
  const files = publish(draft.lines, SIZES);
  const paths = [...files.keys()].filter((path) => path.startsWith("tile/entries/")).toSorted();
  const path = paths[draw(paths.length)] as string;
  const width = path.includes(".p/") ? Number(path.split("/").at(-1)) : 256;
  const result = readBundle(files.get(path) as Uint8Array, width);
  if (!result.ok) throw new Error(result.code);
  files.set(path, writeBundle(change(result.entries, draw(width))));
  return { files, replay: draft.replay };
}

/** Signs changed lines; the end is made again to fit, as a careful liar would. */
function resigned(draft: Draft, change: (lines: readonly Uint8Array[]) => readonly Uint8Array[]): Made {
  const lines = change(draft.lines.slice(0, -1));
  return { files: publish([...lines, endOf(lines)], SIZES), replay: draft.replay };
}

function strangeWindow(draw: Draw): Uint8Array {
  return new EdgeSigner({ event: "ev1", edge: `edge-${1000 + draw(1000)}`, seed: seedOf("strange") }).sign({
    ...NOBODY,
    t: START_MS,
    last: true,
  });
}

const isKind = (line: Uint8Array, kind: string) => Buffer.from(line.subarray(0, 40)).toString().includes(`"kind":"${kind}"`);

function renditionOf(line: Uint8Array): string {
  const result = readEntry(line);
  return result.ok && result.entry?.kind === "segment" ? result.entry.rendition : "";
}

function edgesOf(lines: readonly Uint8Array[]): (string | undefined)[] {
  return lines.map((line) => {
    const result = readEntry(line);
    return result.ok && result.entry?.kind === "window" ? result.entry.edge : undefined;
  });
}

function anyWindow(lines: readonly Uint8Array[], draw: Draw): number {
  const windows = lines.flatMap((line, index) => (isKind(line, "window") ? [index] : []));
  return windows[draw(windows.length)] as number;
}

function swap(entries: readonly Uint8Array[], one: number, other: number): Uint8Array[] {
  return entries.with(one, entries[other] as Uint8Array).with(other, entries[one] as Uint8Array);
}

function flip(bytes: Uint8Array, draw: Draw): Uint8Array {
  const changed = bytes.slice();
  const at = draw(changed.length);
  changed[at] = (changed[at] as number) ^ (1 << draw(8));
  return changed;
}
