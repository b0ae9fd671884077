import type { DrawEntry } from "./entry.ts";
import type { Findings } from "./finding.ts";
import type { Sha256 } from "./merkle.ts";
import { hex } from "./note.ts";

/** Checks that each draw at the doors was made with the seed whose hash was told before. */
export class DrawCheck {
  readonly #findings: Findings;
  readonly #sha256: Sha256;
  /** Hashes that were promised and not kept yet, by the draw's number. */
  readonly #promised = new Map<number, string>();
  #next = 0;
  /** Draws whose seed is the one that was promised. */
  kept = 0;

  constructor(findings: Findings, sha256: Sha256) {
    this.#findings = findings;
    this.#sha256 = sha256;
  }

  /** Takes the next entry; `where` names it. */
  take({ n, act, sha256, seed }: DrawEntry, where: string): void {
    if (act === "commit") {
      if (n !== this.#next++ || seed !== "") this.#findings.add("draw-differs", where);
      this.#promised.set(n, sha256);
      return;
    }
    const isKept = this.#promised.get(n) === sha256 && hex(this.#sha256(bytesOf(seed))) === sha256;
    this.#promised.delete(n);
    if (isKept) this.kept++;
    else this.#findings.add("draw-differs", where);
  }

  /** After the last entry. */
  close(): void {
    for (const n of this.#promised.keys()) this.#findings.add("draw-open", `draw ${n}`);
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
