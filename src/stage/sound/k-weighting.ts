/** A second-order filter's coefficients, normalised to a0 = 1. */
interface Coefficients {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

/** The head's acoustic effect. For 48 kHz. @spec ITU-R BS.1770-5 Annex 1, Table 1 */
const SHELF: Coefficients = { b0: 1.53512485958697, b1: -2.69169618940638, b2: 1.19839281085285, a1: -1.69065929318241, a2: 0.73248077421585 };
/** The RLB curve. For 48 kHz. @spec ITU-R BS.1770-5 Annex 1, Table 2 */
const HIGH_PASS: Coefficients = { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 };

/** The weighting that makes energy mean loudness: a filter with a memory, one per channel. 48 kHz. @spec ITU-R BS.1770-5 */
export class KWeighting {
  // Two filters in transposed direct form II: two numbers of memory each.
  #s1 = 0;
  #s2 = 0;
  #h1 = 0;
  #h2 = 0;

  /** Sum of the squares of the weighted samples `from` (inclusive) to `to` (exclusive). @hot */
  energy(samples: Float32Array, from = 0, to = samples.length): number {
    let s1 = this.#s1;
    let s2 = this.#s2;
    let h1 = this.#h1;
    let h2 = this.#h2;
    let sum = 0;
    for (let index = from; index < to; index++) {
      const input = samples[index] as number;
      const shelved = SHELF.b0 * input + s1;
      s1 = SHELF.b1 * input - SHELF.a1 * shelved + s2;
      s2 = SHELF.b2 * input - SHELF.a2 * shelved;
      const weighted = HIGH_PASS.b0 * shelved + h1;
      h1 = HIGH_PASS.b1 * shelved - HIGH_PASS.a1 * weighted + h2;
      h2 = HIGH_PASS.b2 * shelved - HIGH_PASS.a2 * weighted;
      sum += weighted * weighted;
    }
    // A memory that fades out would end in denormal numbers, which cost a hundred times as much.
    this.#s1 = flushed(s1);
    this.#s2 = flushed(s2);
    this.#h1 = flushed(h1);
    this.#h2 = flushed(h2);
    return sum;
  }
}

/** Loudness of a mean square of weighted samples. LUFS. @spec ITU-R BS.1770-5 Annex 1 (2) */
export function loudnessOf(meanSquare: number): number {
  return -0.691 + 10 * Math.log10(meanSquare + 1e-12);
}

/** Mean square of a loudness: the inverse of {@link loudnessOf}. */
export function meanSquareOf(loudness: number): number {
  return 10 ** ((loudness + 0.691) / 10);
}

/** A filter's memory without the denormal numbers a fading sound ends in, which cost a hundred times as much. */
export function flushed(value: number): number {
  return Math.abs(value) < 1e-20 ? 0 : value;
}
