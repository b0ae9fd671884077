/** Taps on one side of the middle. Even; with the window below what would fold back lies 60 dB down, and up to 20 kHz nothing is lost when 96 kHz becomes 48. */
const SIDE = 24;
/** Shape of the Kaiser window. */
const KAISER_BETA = 5.6;
const TAPS = 2 * SIDE + 1;

/** Halves the rate of a sound: takes out what the lower rate cannot carry, then every other sample. Mono. */
export class HalfBand {
  #past = new Float32Array(TAPS - 1);
  #odd = false;

  /** Half as many samples as came in, 24 of the old ones late. */
  halve(input: Float32Array): Float32Array {
    const all = new Float32Array(this.#past.length + input.length);
    all.set(this.#past);
    all.set(input, this.#past.length);
    const first = this.#odd ? 1 : 0;
    const out = new Float32Array(Math.max(0, Math.ceil((input.length - first) / 2)));
    for (let index = 0; index < out.length; index++) {
      const at = first + 2 * index;
      let sum = 0;
      for (let tap = 0; tap < TAPS; tap++) sum += (all[at + tap] as number) * (FILTER[tap] as number);
      out[index] = sum;
    }
    this.#odd = (input.length - first) % 2 !== 0;
    this.#past = all.slice(all.length - (TAPS - 1));
    return out;
  }
}

const FILTER = Float32Array.from({ length: TAPS }, (_, tap) => {
  const distance = tap - SIDE;
  const sinc = distance === 0 ? 0.5 : Math.sin((Math.PI * distance) / 2) / (Math.PI * distance);
  return (sinc * bessel(KAISER_BETA * Math.sqrt(1 - (distance / SIDE) ** 2))) / bessel(KAISER_BETA);
});

/** Modified Bessel function of the first kind, order 0, by its series. */
function bessel(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
