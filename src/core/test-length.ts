/** How often something is tried: `usual` in every run of the tests, `nightly` where `NIGHTLY` is set, as `npm run nightly` does. */
export function tries(usual: number, nightly: number): number {
  return process.env.NIGHTLY === undefined ? usual : nightly;
}
