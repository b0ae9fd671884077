/** How much of a signal (mono, 48 kHz) lies at a frequency: level of that tone, dBFS. */
export function toneLevel(signal: Float32Array, hertz: number): number {
  let real = 0;
  let imaginary = 0;
  for (let index = 0; index < signal.length; index++) {
    const angle = (2 * Math.PI * hertz * index) / 48_000;
    real += (signal[index] as number) * Math.cos(angle);
    imaginary += (signal[index] as number) * Math.sin(angle);
  }
  return 10 * Math.log10((2 * (real ** 2 + imaginary ** 2)) / signal.length ** 2 + 1e-12);
}
