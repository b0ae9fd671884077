import { crc16, crc8 } from "./flac-crc.ts";

/** Bits of a sample: what a mix of 32-bit floats below full scale has in its mantissa. */
export const FLAC_BITS = 24;
/** Samples in a block: 100 ms, five to a part, so that parts are whole blocks. */
export const FLAC_BLOCK_SAMPLES = 4_800;
/** Highest order of the fixed predictors. @spec RFC 9639 §9.2.5 */
const MAX_ORDER = 4;
/** Finest division of a block for its Rice parameters: 2^5 stretches of 150 samples. */
const MAX_PARTITION_ORDER = 5;
/** Highest Rice parameter of the five-bit kind; 31 is an escape. @spec RFC 9639 §9.2.7 */
const MAX_RICE = 30;
/** Bits of a Rice parameter. */
const RICE_BITS = 5;
/** A frame that is larger than its samples is written plainly: room for that, and for its header. Bytes. */
const FRAME_ROOM = (2 * (FLAC_BLOCK_SAMPLES * (FLAC_BITS + 1))) / 8 + 64;

/** Writes FLAC frames of one or two channels, each by itself, 24 bits at 48 kHz, by fixed predictors: nothing is lost, and a second of mix costs 8 ms of CPU (`npm run bench -- replay`), so that it needs no worker. @spec RFC 9639 */
export class FlacFrameWriter {
  readonly #bytes = new Uint8Array(FRAME_ROOM);
  readonly #residuals = Array.from({ length: MAX_ORDER + 1 }, () => new Int32Array(FLAC_BLOCK_SAMPLES));
  readonly #rice = new Uint8Array(1 << MAX_PARTITION_ORDER);
  readonly #tried = new Uint8Array(1 << MAX_PARTITION_ORDER);
  #bit = 0;

  /** The frame of a block; `samples`: 24-bit, at most {@link FLAC_BLOCK_SAMPLES}, `right` as many of the other channel; only the last of a stream may be shorter. @hot */
  write(number: number, samples: Int32Array, right?: Int32Array): Uint8Array {
    this.#bytes.fill(0);
    this.#bit = 0;
    this.#header(number, samples.length, right === undefined ? 1 : 2);
    this.#channel(samples);
    if (right !== undefined) this.#channel(right);
    const length = Math.ceil(this.#bit / 8);
    const crc = crc16(this.#bytes, 0, length);
    this.#bytes[length] = crc >> 8;
    this.#bytes[length + 1] = crc & 255;
    return this.#bytes.slice(0, length + 2);
  }

  /** @spec RFC 9639 §9.1 */
  #header(number: number, length: number, channels: number): void {
    // Sync code and fixed block size; the size follows in 16 bits; rate 48 kHz; channels less one; 24 bits.
    this.#put(0xff_f8, 16);
    this.#put(0b0111_1010, 8);
    this.#put(((channels - 1) << 4) | 0b1100, 8);
    for (const byte of codedNumber(number)) this.#put(byte, 8);
    this.#put(length - 1, 16);
    this.#put(crc8(this.#bytes, 0, this.#bit / 8), 8);
  }

  #channel(samples: Int32Array): void {
    if (isConstant(samples)) {
      this.#put(0, 8);
      this.#put(samples[0] as number, FLAC_BITS);
    } else this.#subframe(samples);
  }

  #subframe(samples: Int32Array): void {
    const length = samples.length;
    const order = length > MAX_ORDER ? this.#predict(samples) : 0;
    const residual = this.#residuals[order] as Int32Array;
    const { bits, partitionOrder } = this.#plan(residual, order, length);
    if (length <= MAX_ORDER || bits >= length * FLAC_BITS) {
      this.#put(0b0000_0010, 8);
      for (let index = 0; index < length; index++) this.#put(samples[index] as number, FLAC_BITS);
      return;
    }
    this.#put((0b001000 | order) << 1, 8);
    for (let index = 0; index < order; index++) this.#put(samples[index] as number, FLAC_BITS);
    this.#put(1, 2);
    this.#put(partitionOrder, 4);
    const stretch = length >> partitionOrder;
    for (let partition = 0; partition < 1 << partitionOrder; partition++) {
      const rice = this.#rice[partition] as number;
      this.#put(rice, RICE_BITS);
      for (let index = Math.max(order, partition * stretch); index < (partition + 1) * stretch; index++) this.#putRice(residual[index] as number, rice);
    }
  }

  /** Fills the residuals of every order; gives the one with the least to say. */
  #predict(samples: Int32Array): number {
    const length = samples.length;
    (this.#residuals[0] as Int32Array).set(samples);
    let best = 0;
    let least = Number.POSITIVE_INFINITY;
    for (let order = 0; order <= MAX_ORDER; order++) {
      const residual = this.#residuals[order] as Int32Array;
      if (order > 0) {
        const before = this.#residuals[order - 1] as Int32Array;
        for (let index = order; index < length; index++) residual[index] = (before[index] as number) - (before[index - 1] as number);
      }
      let sum = 0;
      for (let index = MAX_ORDER; index < length; index++) sum += Math.abs(residual[index] as number);
      if (sum < least) {
        least = sum;
        best = order;
      }
    }
    return best;
  }

  /** Finds the division and its Rice parameters that take the fewest bits. */
  #plan(residual: Int32Array, order: number, length: number): { readonly bits: number; readonly partitionOrder: number } {
    let best = Number.POSITIVE_INFINITY;
    let bestOrder = 0;
    for (let partitionOrder = 0; partitionOrder <= MAX_PARTITION_ORDER; partitionOrder++) {
      const stretch = length >> partitionOrder;
      if (stretch << partitionOrder !== length || stretch <= order) break;
      let bits = 8 + order * FLAC_BITS + 6;
      for (let partition = 0; partition < 1 << partitionOrder; partition++) {
        const from = Math.max(order, partition * stretch);
        const to = (partition + 1) * stretch;
        let sum = 0;
        for (let index = from; index < to; index++) sum += folded(residual[index] as number);
        const mean = sum / (to - from);
        const rice = mean < 1 ? 0 : Math.min(MAX_RICE, Math.floor(Math.log2(mean)));
        this.#tried[partition] = rice;
        let unary = 0;
        for (let index = from; index < to; index++) unary += Math.floor(folded(residual[index] as number) / 2 ** rice);
        bits += RICE_BITS + (to - from) * (rice + 1) + unary;
      }
      if (bits >= best) continue;
      best = bits;
      bestOrder = partitionOrder;
      this.#rice.set(this.#tried);
    }
    return { bits: best, partitionOrder: bestOrder };
  }

  #putRice(value: number, rice: number): void {
    const number = folded(value);
    const quotient = Math.floor(number / 2 ** rice);
    // Zeros are there already.
    this.#bit += quotient;
    this.#put(1, 1);
    if (rice > 0) this.#put(number - quotient * 2 ** rice, rice);
  }

  /** Writes the lowest `count` bits of `value`, at most 31. */
  #put(value: number, count: number): void {
    for (let left = count; left > 0; ) {
      const at = this.#bit >> 3;
      const free = 8 - (this.#bit & 7);
      const taken = Math.min(free, left);
      const bits = (value >>> (left - taken)) & ((1 << taken) - 1);
      this.#bytes[at] = (this.#bytes[at] as number) | (bits << (free - taken));
      this.#bit += taken;
      left -= taken;
    }
  }
}

/** Zero, minus one, one, minus two, two: small numbers for small values, whatever their sign. @spec RFC 9639 §9.2.7 */
function folded(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1;
}

function isConstant(samples: Int32Array): boolean {
  const [first] = samples;
  for (let index = 1; index < samples.length; index++) if (samples[index] !== first) return false;
  return true;
}

/** A frame's number in the way of UTF-8, up to 31 bits. @spec RFC 9639 §9.1.5 */
export function codedNumber(number: number): number[] {
  if (number < 0x80) return [number];
  let following = 1;
  while (number >= 2 ** (6 * following + 6 - following)) following++;
  const bytes = [((0xff << (7 - following)) & 0xff) | (number >>> (6 * following))];
  for (let index = following - 1; index >= 0; index--) bytes.push(0x80 | ((number >>> (6 * index)) & 0x3f));
  return bytes;
}
