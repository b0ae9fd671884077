/** A fast Fourier transform of a fixed size, in place on two arrays. Made once and shared; not for two callers at a time. */
export class Fft {
  readonly size: number;
  readonly #cosines: Float64Array;
  readonly #sines: Float64Array;
  readonly #reversed: Uint32Array;

  /** `size`: a power of two. */
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
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let start = 0; start < size; start += 2 * half) {
        for (let offset = 0; offset < half; offset++) {
          const c = this.#cosines[offset * stride] as number;
          const s = this.#sines[offset * stride] as number;
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
