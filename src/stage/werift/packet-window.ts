/** Packets that may come late, in any order. A power of two; twenty seconds of a voice, far more than is ever played. */
const WINDOW = 1_024;
/** Half and whole of the sequence numbers. */
const HALF_WRAP = 32_768;
const WRAP = 65_536;

/** Which packets of one source were taken: each is taken once, whoever sends it again. @spec RFC 3711 §3.3.1, §3.3.2 */
export class PacketWindow {
  #highest = -1;
  readonly #taken = new Float64Array(WINDOW).fill(-1);

  /** Whether none was taken yet. */
  get empty(): boolean {
    return this.#highest < 0;
  }

  /** Index of a packet: its sequence number and how often that wrapped, as near as may be to the highest so far; negative before the first wrap. @spec RFC 3711 appendix A @hot */
  indexOf(sequenceNumber: number): number {
    if (this.#highest < 0) return sequenceNumber;
    const wraps = Math.floor(this.#highest / WRAP);
    const ahead = sequenceNumber - (this.#highest % WRAP);
    return (ahead > HALF_WRAP ? wraps - 1 : ahead < -HALF_WRAP ? wraps + 1 : wraps) * WRAP + sequenceNumber;
  }

  /** Whether the packet of an index may still be taken. @hot */
  admits(index: number): boolean {
    return index >= 0 && index > this.#highest - WINDOW && this.#taken[index & (WINDOW - 1)] !== index;
  }

  /** Notes a packet that proved to be the peer's own. @hot */
  take(index: number): void {
    this.#taken[index & (WINDOW - 1)] = index;
    if (index > this.#highest) this.#highest = index;
  }

  /** The index of the packet with the same number one round later. */
  static roundLater(index: number): number {
    return index + WRAP;
  }

  /** How often sequence numbers had wrapped at an index. @spec RFC 3711 §3.3.1 */
  static rolloverCount(index: number): number {
    return Math.floor(index / WRAP);
  }
}
