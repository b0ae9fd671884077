import { METADATA_SCHEME, type TimedMetadata } from "../../src/wire/timed-metadata.ts";

/** Longest box taken. Bytes; a part is about 4 KB, so this only stops nonsense. */
const MAX_BOX_BYTES = 1 << 20;

/** Metadata with the media time it belongs to. Seconds. */
export interface TimedEntry {
  readonly at: number;
  readonly metadata: TimedMetadata;
}

/** What a run of bytes gave: whole boxes ready to be appended, and the metadata among them. */
export interface Split {
  readonly media: Uint8Array<ArrayBuffer> | undefined;
  readonly entries: readonly TimedEntry[];
}

/** Cuts a stream into whole boxes and reads our event messages. Throws nothing; nonsense ends the stream by `broken`. */
export class BoxSplitter {
  #pending = new Uint8Array(0);
  /** Set when the bytes are no boxes; the connection is of no more use. */
  broken = false;

  push(bytes: Uint8Array): Split {
    const data = new Uint8Array(this.#pending.length + bytes.length);
    data.set(this.#pending);
    data.set(bytes, this.#pending.length);
    const view = new DataView(data.buffer);
    const entries: TimedEntry[] = [];
    let at = 0;
    let whole = 0;
    while (data.length - at >= 8) {
      const size = view.getUint32(at);
      if (size < 8 || size > MAX_BOX_BYTES) {
        this.broken = true;
        break;
      }
      if (at + size > data.length) break;
      const type = view.getUint32(at + 4);
      if (type === 0x656d7367) {
        const entry = readEmsg(data.subarray(at, at + size));
        if (entry !== undefined) entries.push(entry);
      }
      at += size;
      // Media goes on only with its mdat: half a part would stall the decoder. The header ends with its moov.
      if (type === 0x6d646174 || type === 0x6d6f6f76) whole = at;
    }
    this.#pending = data.slice(whole);
    // Entries of boxes still pending are read again with the rest.
    return { media: whole > 0 ? data.slice(0, whole) : undefined, entries };
  }
}

/** Reads an emsg of version 1 with our scheme. @spec ISO/IEC 23009-1 §5.10.3.3 */
export function readEmsg(box: Uint8Array): TimedEntry | undefined {
  if (box.length < 34 || box[8] !== 1) return undefined;
  const view = new DataView(box.buffer, box.byteOffset, box.byteLength);
  const schemeEnd = box.indexOf(0, 32);
  const valueEnd = schemeEnd < 0 ? -1 : box.indexOf(0, schemeEnd + 1);
  if (valueEnd < 0) return undefined;
  const decoder = new TextDecoder();
  if (decoder.decode(box.subarray(32, schemeEnd)) !== METADATA_SCHEME) return undefined;
  try {
    const metadata: unknown = JSON.parse(decoder.decode(box.subarray(valueEnd + 1)));
    const at = (view.getUint32(16) * 2 ** 32 + view.getUint32(20)) / view.getUint32(12);
    // A time that is no number would hold back everything after it.
    return Number.isFinite(at) && typeof metadata === "object" && metadata !== null ? { at, metadata: metadata as TimedMetadata } : undefined;
  } catch {
    return undefined;
  }
}
