import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { EarshotError } from "../core/errors.ts";
import { syncFolder } from "./durable.ts";
import { type Unversioned, writeEntry } from "./entry-line.ts";
import { Journal } from "./journal.ts";
import { Published } from "./published.ts";
import { NoteSigner } from "./signer.ts";
import { formatCheckpoint, parseCheckpoint } from "./verify/checkpoint.ts";
import { type Entry, readEntry } from "./verify/entry.ts";
import { HashTree } from "./verify/hash-tree.ts";
import { leafHash, sameBytes } from "./verify/merkle.ts";
import { nodeSha256 } from "./verify/node-crypto.ts";
import { MAX_ENTRY_BYTES } from "./verify/tiles.ts";

/** Asks witnesses about a signed checkpoint. `prove` makes the consistency proof from an older size. Resolves to their signature lines, none when none answered. */
export type Cosign = (note: string, prove: (olderSize: number) => readonly Uint8Array[]) => Promise<readonly string[]>;

/** What a ledger is opened with. */
export interface EventLogOptions {
  /** Folder of this event's ledger; `public/` in it is what anyone may read. */
  readonly folder: string;
  /** Address of the ledger without scheme, the name the log signs under; a ledger that has begun keeps the name of its manifest. */
  readonly origin: string;
  /** Secret the log's Ed25519 key is made from. 32 bytes, the same at every opening. */
  readonly seed: Uint8Array;
  /** Left out, nobody is asked. */
  readonly cosign?: Cosign;
}

/** What opening found and did. */
export interface Repair {
  /** Lines after the newest checkpoint that a crash left broken and that were cut. */
  readonly cutLines: number;
  /** Whether lines came back from the published bundles. */
  readonly recovered: boolean;
  /** Tiles written again. */
  readonly mendedTiles: number;
}

interface Parts {
  readonly journal: Journal;
  readonly published: Published;
  readonly signer: NoteSigner;
  readonly cosign: Cosign | undefined;
  readonly tree: HashTree;
  readonly lines: Uint8Array[];
  readonly publishedSize: number;
  readonly repair: Repair;
}

/**
 * The ledger of one event: takes entries, puts them on the disk, publishes checkpoints.
 * One process writes it. What a checkpoint names is on the disk before the checkpoint is; nothing signed is ever taken back.
 */
export class EventLog {
  readonly repair: Repair;
  readonly #journal: Journal;
  readonly #published: Published;
  readonly #signer: NoteSigner;
  readonly #cosign: Cosign | undefined;
  readonly #tree: HashTree;
  readonly #lines: Uint8Array[];
  #waiting: Uint8Array[] = [];
  #publishedSize: number;
  #turn: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  private constructor({ journal, published, signer, cosign, tree, lines, publishedSize, repair }: Parts) {
    this.#journal = journal;
    this.#published = published;
    this.#signer = signer;
    this.#cosign = cosign;
    this.#tree = tree;
    this.#lines = lines;
    this.#publishedSize = publishedSize;
    this.repair = repair;
  }

  /**
   * Opens or begins a ledger, mending what a crash left.
   * @throws EarshotError ledger-damaged when entries that a checkpoint names are lost, so that going on would be a fork.
   */
  static async open(options: EventLogOptions): Promise<EventLog> {
    const { folder, cosign } = options;
    await mkdir(join(folder, "public"), { recursive: true });
    await syncFolder(folder);
    const published = new Published(join(folder, "public"));
    const { journal, lines: found } = await Journal.open(join(folder, "journal.jsonl"));
    try {
      const newest = await published.checkpoint();
      const signer = new NoteSigner(originOf(found[0]) ?? options.origin, "ed25519", options.seed);
      if (newest !== undefined && newest.checkpoint.origin !== signer.key.name)
        throw new EarshotError("ledger-damaged", { reason: "another name", is: newest.checkpoint.origin, expected: signer.key.name });
      const size = newest?.checkpoint.size ?? 0;
      const { tree, lines, recovered } = await rebuild(journal, found, published, newest?.checkpoint ?? { size: 0, root: new HashTree(nodeSha256).root() });
      const mendedTiles = await published.mend(tree, size, (from, to) => lines.slice(from, to));
      await published.writeKey(signer.verifierKey, newest === undefined);
      if (newest !== undefined) await published.addToHistory(newest.source);
      const repair = { cutLines: recovered ? 0 : found.length - lines.length, recovered, mendedTiles };
      return new EventLog({ journal, published, signer, cosign, tree, lines, publishedSize: size, repair });
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  /** Name the log signs under. */
  get origin(): string {
    return this.#signer.key.name;
  }

  /** Entries so far, those included that wait for the disk. */
  get size(): number {
    return this.#lines.length + this.#waiting.length;
  }

  /** Entries of the newest checkpoint. */
  get publishedSize(): number {
    return this.#publishedSize;
  }

  /** Takes an entry; it is in the next checkpoint. Returns its number. @throws EarshotError invalid-field */
  append(entry: Exclude<Unversioned<Entry>, { kind: "window" }>): number {
    return this.#wait(writeEntry(entry));
  }

  /** Takes a line an edge has signed, byte for byte; the caller has checked that it is this edge's. @throws EarshotError invalid-field */
  appendLine(line: Uint8Array): number {
    const result = readEntry(line);
    if (!result.ok || line.length > MAX_ENTRY_BYTES) throw new EarshotError("invalid-field", { field: result.ok ? "length" : (result.field ?? result.code) });
    return this.#wait(line);
  }

  /** The line of an entry that is on the disk, or undefined. */
  line(index: number): Uint8Array | undefined {
    return this.#lines[index];
  }

  /** Puts what waits on the disk without publishing it. Rejects with the disk's error; nothing is lost then, the next call tries again. */
  async flush(): Promise<void> {
    await this.#inTurn(() => this.#write());
  }

  /** Publishes everything so far: entries, tiles, then the signed checkpoint, then the witnesses' answers. Resolves to the checkpoint's note. */
  async checkpoint(): Promise<string> {
    return await this.#inTurn(async () => {
      await this.#write();
      const size = this.#tree.size;
      if (size > this.#publishedSize) await this.#published.writeTiles(this.#tree, (from, to) => this.#lines.slice(from, to), this.#publishedSize);
      const text = formatCheckpoint(this.#signer.key.name, { size, root: this.#tree.root() });
      const signed = `${text}\n${this.#signer.signNote(text)}`;
      const before = await this.#published.checkpoint();
      // A checkpoint of this size may already carry the witnesses' answers.
      if (before?.checkpoint.size !== size) await this.#published.writeCheckpoint(signed);
      const cosignatures = (await this.#cosign?.(signed, (older) => this.#tree.consistencyProof(older, size))) ?? [];
      const note = before?.checkpoint.size === size && cosignatures.length === 0 ? before.source : `${signed}${cosignatures.join("")}`;
      if (!parseCheckpoint(note).ok) throw new EarshotError("internal", { reason: "a witness's line is no signature line" });
      if (cosignatures.length > 0) await this.#published.writeCheckpoint(note);
      await this.#published.addToHistory(note);
      this.#publishedSize = size;
      return note;
    });
  }

  /** Puts what waits on the disk and closes; publishes nothing more. Idempotent. */
  async close(): Promise<void> {
    this.#closed ??= this.#inTurn(async () => {
      try {
        await this.#write();
      } finally {
        await this.#journal.close();
      }
    });
    await this.#closed;
  }

  /** Same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Keeps a copy of its own: a short line that was made as a Buffer is a slice of 64 KB, all of which it would hold as long as the ledger is open. */
  #wait(line: Uint8Array): number {
    this.#waiting.push(Uint8Array.from(line));
    return this.size - 1;
  }

  async #write(): Promise<void> {
    const lines = this.#waiting;
    if (lines.length === 0) return;
    await this.#journal.append(lines);
    this.#waiting = this.#waiting.slice(lines.length);
    for (const line of lines) {
      this.#lines.push(line);
      this.#tree.append(leafHash(nodeSha256, line));
    }
  }

  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return await result;
  }
}

/** The name a ledger was begun under, as its first entry says; undefined before that. */
function originOf(line: Uint8Array | undefined): string | undefined {
  const result = line === undefined ? undefined : readEntry(line);
  return result?.ok === true && result.entry?.kind === "manifest" ? result.entry.origin : undefined;
}

/** Finds the entries again: from the journal, else from the published bundles; the newest checkpoint must be their beginning. */
async function rebuild(
  journal: Journal,
  found: readonly Uint8Array[],
  published: Published,
  newest: { readonly size: number; readonly root: Uint8Array },
): Promise<{ readonly tree: HashTree; readonly lines: Uint8Array[]; readonly recovered: boolean }> {
  const sound = Journal.countSound(found);
  const tree = treeOf(found.slice(0, sound));
  if (sound >= newest.size && sameBytes(tree.root(newest.size), newest.root)) {
    // Always cut: bytes after the last newline are in the file though in no line.
    await journal.cut(found, sound);
    return { tree, lines: found.slice(0, sound), recovered: false };
  }
  const fromBundles = await published.entries(newest.size);
  const recoveredTree = treeOf(fromBundles);
  if (fromBundles.length !== newest.size || !sameBytes(recoveredTree.root(), newest.root))
    throw new EarshotError("ledger-damaged", { reason: "entries are lost", signed: newest.size, found: sound });
  await journal.replace(fromBundles);
  return { tree: recoveredTree, lines: fromBundles, recovered: true };
}

function treeOf(lines: readonly Uint8Array[]): HashTree {
  const tree = new HashTree(nodeSha256);
  for (const line of lines) tree.append(leafHash(nodeSha256, line));
  return tree;
}
