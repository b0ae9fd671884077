/**
 * Framing of the house's own streams between processes: `u32 length | u8 kind | u16 headerLength | header JSON | payload`,
 * big endian; `length` counts everything after itself.
 */
export interface WireFrame {
  readonly kind: number;
  readonly header: unknown;
  readonly payload: Uint8Array;
}

/** Longest frame accepted. Bytes; a part is about 4 KB, an init segment under 1 KB, so this only stops nonsense. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
const FIXED_BYTES = 7;

/** One frame as bytes ready to be written. */
export function encodeFrame(kind: number, header: unknown, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(FIXED_BYTES + head.length + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length - 4);
  view.setUint8(4, kind);
  view.setUint16(5, head.length);
  bytes.set(head, FIXED_BYTES);
  bytes.set(payload, FIXED_BYTES + head.length);
  return bytes;
}

/** What a decoder made of a run of bytes; after a failure the stream cannot be read on. */
export type FrameResult =
  | { readonly ok: true; readonly frames: readonly WireFrame[] }
  | { readonly ok: false; readonly code: "frame-invalid"; readonly offset: number };

/** Reads frames from bytes as they come. Keeps at most one unfinished frame. */
export class FrameDecoder {
  #pending: Uint8Array = new Uint8Array(0);
  #offset = 0;

  push(bytes: Uint8Array): FrameResult {
    let data = bytes;
    if (this.#pending.length > 0) {
      data = new Uint8Array(this.#pending.length + bytes.length);
      data.set(this.#pending);
      data.set(bytes, this.#pending.length);
    }
    const frames: WireFrame[] = [];
    let at = 0;
    while (data.length - at >= FIXED_BYTES) {
      const view = new DataView(data.buffer, data.byteOffset + at);
      const length = view.getUint32(0);
      const headLength = view.getUint16(5);
      if (length > MAX_FRAME_BYTES || length < FIXED_BYTES - 4 + headLength) return { ok: false, code: "frame-invalid", offset: this.#offset + at };
      if (data.length - at < 4 + length) break;
      const headEnd = at + FIXED_BYTES + headLength;
      let header: unknown;
      try {
        header = JSON.parse(new TextDecoder().decode(data.subarray(at + FIXED_BYTES, headEnd)));
      } catch {
        return { ok: false, code: "frame-invalid", offset: this.#offset + at };
      }
      frames.push({ kind: view.getUint8(4), header, payload: data.slice(headEnd, at + 4 + length) });
      at += 4 + length;
    }
    this.#pending = data.slice(at);
    this.#offset += at;
    return { ok: true, frames };
  }
}
