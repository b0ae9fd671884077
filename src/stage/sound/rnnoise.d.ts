/** What we use of the package, which brings no types. */
declare module "@echogarden/rnnoise-wasm" {
  /** The compiled library. Addresses are bytes in its memory. */
  export interface RNNoise {
    /** Its memory as floats; another view after it grew. */
    readonly HEAPF32: Float32Array;
    _malloc(bytes: number): number;
    _free(address: number): void;
    _rnnoise_get_frame_size(): number;
    /** A voice's state; 0 as model: the one built in. */
    _rnnoise_create(model: number): number;
    _rnnoise_destroy(state: number): void;
    /** Floats in the range of 16-bit samples. Gives the probability of voice. */
    _rnnoise_process_frame(state: number, out: number, input: number): number;
  }
  const load: () => Promise<RNNoise>;
  // biome-ignore lint/style/noDefaultExport: it is the package that does it.
  export { load as default };
}
