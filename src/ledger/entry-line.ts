import { type KeyObject, sign } from "node:crypto";
import { EarshotError } from "../core/errors.ts";
import { keyPairOf } from "./signer.ts";
import type { ChainState } from "./verify/edge-chain.ts";
import { checkFields, type Entry, LEDGER_VERSION, type WindowEntry } from "./verify/entry.ts";
import { nodeSha256 } from "./verify/node-crypto.ts";
import { MAX_ENTRY_BYTES } from "./verify/tiles.ts";
import { linkOf, windowMessage } from "./verify/window-signature.ts";

/** An entry without its version, which the writer adds. */
export type Unversioned<E> = E extends Entry ? Omit<E, "v"> : never;

/** The bytes of an entry: one line of JSON. Windows are written by {@link EdgeSigner}. @throws EarshotError invalid-field with the field's name. */
export function writeEntry(entry: Exclude<Unversioned<Entry>, { kind: "window" }>): Uint8Array {
  const versioned = { v: LEDGER_VERSION, ...entry };
  const result = checkFields(versioned);
  if (!result.ok) throw new EarshotError("invalid-field", { field: result.field ?? "", kind: entry.kind });
  return limited(Buffer.from(JSON.stringify(versioned)), entry.kind);
}

/** Where an edge's chain goes on after a window and its line. */
export function chainAfter({ seq }: WindowEntry, line: Uint8Array): ChainState {
  return { seq: seq + 1, prev: linkOf(nodeSha256, line) };
}

/** What an edge counted in one window, without what the signer adds. */
export type WindowCounts = Omit<WindowEntry, "v" | "kind" | "event" | "edge" | "seq" | "prev" | "sig">;

/** Writes an edge's windows: numbers them, links each to the one before, and signs. */
export class EdgeSigner {
  /** Ed25519 public key for the manifest. Base64. */
  readonly publicKey: string;
  readonly #event: string;
  readonly #edge: string;
  readonly #privateKey: KeyObject;
  #seq: number;
  #prev: string;

  /** `seed`: 32 secret bytes of this edge and event. `resume`: as `state` was before a restart with the same seed. */
  constructor({ event, edge, seed, resume }: { event: string; edge: string; seed: Uint8Array; resume?: ChainState }) {
    const { privateKey, publicKey } = keyPairOf(seed);
    this.publicKey = Buffer.from(publicKey).toString("base64");
    this.#event = event;
    this.#edge = edge;
    this.#privateKey = privateKey;
    this.#seq = resume?.seq ?? 0;
    this.#prev = resume?.prev ?? linkOf(nodeSha256, publicKey);
  }

  /** Where the chain stands. */
  get state(): ChainState {
    return { seq: this.#seq, prev: this.#prev };
  }

  /** The signed line of the next window. @throws EarshotError invalid-field with the field's name. */
  sign(counts: WindowCounts): Uint8Array {
    const { t, ...numbers } = counts;
    const unsigned = { v: LEDGER_VERSION, kind: "window", t, event: this.#event, edge: this.#edge, seq: this.#seq, ...numbers, prev: this.#prev };
    const unsignedLine = JSON.stringify(unsigned);
    const sig = sign(null, windowMessage(Buffer.from(unsignedLine)), this.#privateKey).toString("base64");
    const result = checkFields({ ...unsigned, sig });
    if (!result.ok) throw new EarshotError("invalid-field", { field: result.field ?? "", kind: "window" });
    const line = limited(Buffer.from(`${unsignedLine.slice(0, -1)},"sig":"${sig}"}`), "window");
    ({ seq: this.#seq, prev: this.#prev } = chainAfter(result.entry as WindowEntry, line));
    return line;
  }
}

function limited(line: Uint8Array, kind: string): Uint8Array {
  if (line.length > MAX_ENTRY_BYTES) throw new EarshotError("invalid-field", { kind, bytes: line.length, most: MAX_ENTRY_BYTES });
  return line;
}
