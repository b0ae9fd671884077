/** Loss from which packets carry copies. Share; one in fifty is heard. */
const LOSSY = 0.02;
/** Loss under which a line counts as good again, once it stayed there for {@link CALM_MS}. Share. */
const GOOD = 0.01;
/** How long no loss must be reported before copies are left out again. Milliseconds; lines that lose once lose again. */
const CALM_MS = 30_000;

/** Remembers whether a line loses packets, from what the peer reports of it: quick to believe, slow to forget. */
export class LossMemory {
  #lossy = false;
  #lastMs = 0;

  /** Takes the newest report, 0 to 1; says whether the line counts as one that loses packets. */
  note(share: number, nowMs: number): boolean {
    if (share >= LOSSY) this.#lossy = true;
    if (share >= GOOD) this.#lastMs = nowMs;
    else if (nowMs - this.#lastMs >= CALM_MS) this.#lossy = false;
    return this.#lossy;
  }
}
