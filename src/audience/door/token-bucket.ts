/** So many at once, and so many per second from then on. */
export class TokenBucket {
  #left: number;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(burst: number) {
    this.#left = burst;
  }

  /** Takes one if there is one. @hot */
  take(nowMs: number, perSecond: number, burst: number): boolean {
    const grown = this.#atMs === Number.NEGATIVE_INFINITY ? burst : this.#left + (Math.max(0, nowMs - this.#atMs) / 1_000) * perSecond;
    this.#left = Math.min(burst, grown);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
