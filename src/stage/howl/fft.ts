/** A fast Fourier transform of a fixed size, in place on two arrays. Made once and shared; not for two callers at a time. */
export class Fft {
  readonly size: number;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #reversed: Uint32Array;

  /** `size`: a power of two, at least 4. */
  constructor(size: number) {
    this.size = size;
    this.#cosines = Float64Array.from({ length: size / 2 }, (_, index) => Math.cos((2 * Math.PI * index) / size));
    this.#sines = Float64Array.from({ length: size / 2 }, (_, index) => -Math.sin((2 * Math.PI * index) / size));
    const bits = Math.log2(size);
    this.#reversed = Uint32Array.from({ length: size }, (_, index) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) if (index & (1 << bit)) reversed |= 1 << (bits - 1 - bit);
      return reversed;
    });
  }

  /** Transforms `re + i im` in place. @hot */
  transform(re: Float64Array, im: Float64Array): void {
    const { size } = this;
    const reversed = this.#reversed;
    const cosines = this.#cosines;
    const sines = this.#sines;
    for (let index = 0; index < size; index++) {
      const other = reversed[index] as number;
      if (other <= index) continue;
      const r = re[index] as number;
      const i = im[index] as number;
      re[index] = re[other] as number;
      im[index] = im[other] as number;
      re[other] = r;
      im[other] = i;
    }
    // The first two rounds turn by quarters only: no multiplications.
    for (let at = 0; at < size; at += 4) {
      const sumRe = (re[at] as number) + (re[at + 1] as number);
      const sumIm = (im[at] as number) + (im[at + 1] as number);
      const differenceRe = (re[at] as number) - (re[at + 1] as number);
      const differenceIm = (im[at] as number) - (im[at + 1] as number);
      const otherSumRe = (re[at + 2] as number) + (re[at + 3] as number);
      const otherSumIm = (im[at + 2] as number) + (im[at + 3] as number);
      const otherDifferenceRe = (re[at + 2] as number) - (re[at + 3] as number);
      const otherDifferenceIm = (im[at + 2] as number) - (im[at + 3] as number);
      re[at] = sumRe + otherSumRe;
      im[at] = sumIm + otherSumIm;
      re[at + 1] = differenceRe + otherDifferenceIm;
      im[at + 1] = differenceIm - otherDifferenceRe;
      re[at + 2] = sumRe - otherSumRe;
      im[at + 2] = sumIm - otherSumIm;
      re[at + 3] = differenceRe - otherDifferenceIm;
      im[at + 3] = differenceIm + otherDifferenceRe;
    }
    for (let half = 4; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let offset = 0; offset < half; offset++) {
          const c = cosines[offset * stride] as number;
          const s = sines[offset * stride] as number;
          const one = start + offset;
          const two = one + half;
          const r = (re[two] as number) * c - (im[two] as number) * s;
          const i = (re[two] as number) * s + (im[two] as number) * c;
          re[two] = (re[one] as number) - r;
          im[two] = (im[one] as number) - i;
          re[one] = (re[one] as number) + r;
          im[one] = (im[one] as number) + i;
        }
      }
    }
  }
}

/** The spectrum of real samples by a transform of half the size. Made once and shared; not for two callers at a time. */
export class RealFft {
  readonly size: number;
  /** Samples go in here, {@link size} of them, and are gone afterwards. */
  readonly samples: Float64Array;
  /** The spectrum: size / 2 bins from 0 Hz up. */
  readonly re: Float64Array;
  readonly im: Float64Array;
  readonly #half: Fft;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;

  /** `size`: a power of two, at least 8. */
  constructor(size: number) {
    this.size = size;
    this.samples = new Float64Array(size);
    this.re = new Float64Array(size / 2);
    this.im = new Float64Array(size / 2);
    this.#half = new Fft(size / 2);
    this.#cosines = Float64Array.from({ length: size / 2 }, (_, index) => Math.cos((2 * Math.PI * index) / size));
    this.#sines = Float64Array.from({ length: size / 2 }, (_, index) => Math.sin((2 * Math.PI * index) / size));
  }

  /** Turns {@link samples} into {@link re} and {@link im}. @hot */
  transform(): void {
    const { samples, re, im } = this;
    const half = this.size / 2;
    for (let index = 0; index < half; index++) {
      re[index] = samples[2 * index] as number;
      im[index] = samples[2 * index + 1] as number;
    }
    this.#half.transform(re, im);
    // Even and odd samples each have a spectrum that mirrors itself: what does so is theirs.
    const [first, nyquist] = [re[0] as number, im[0] as number];
    for (let low = 1; low <= half / 2; low++) {
      const high = half - low;
      const c = this.#cosines[low] as number;
      const s = this.#sines[low] as number;
      const evenRe = ((re[low] as number) + (re[high] as number)) / 2;
      const evenIm = ((im[low] as number) - (im[high] as number)) / 2;
      const oddRe = ((im[low] as number) + (im[high] as number)) / 2;
      const oddIm = ((re[high] as number) - (re[low] as number)) / 2;
      const turnedRe = c * oddRe + s * oddIm;
      const turnedIm = c * oddIm - s * oddRe;
      re[low] = evenRe + turnedRe;
      im[low] = evenIm + turnedIm;
      re[high] = evenRe - turnedRe;
      im[high] = turnedIm - evenIm;
    }
    re[0] = first + nyquist;
    im[0] = 0;
  }
}
