import { open } from "node:fs/promises";
import { EarshotError } from "../../core/errors.ts";
import type { StoredFile } from "../../wire/stored.ts";
import type { BlobStore } from "./blob-store.ts";

/** Length of a part, and longest file that is sent in one. Bytes: buckets take no part below 5 MiB but the last, and one part is what sending holds in memory. */
export const PART_BYTES = 8 * 1024 * 1024;

/** One file and where it goes. */
export interface FileToSend {
  readonly store: BlobStore;
  readonly key: string;
  /** Where it lies. */
  readonly path: string;
  /** As noted so far: a sending that was broken off goes on after its last receipt. */
  readonly file: StoredFile;
  /** {@link PART_BYTES} but in tests. */
  readonly partBytes: number;
  readonly signal: AbortSignal;
  /** Keeps a note on disk before the next part goes out. */
  readonly note: (file: StoredFile) => Promise<void>;
  /** Told after each piece that the store has; throws to end the sending. */
  readonly sent: (bytes: number) => Promise<void>;
}

/** Sends a finished file, going on where an earlier run ended, and makes sure that the store has all of it. @throws `store-away`, `store-refused`, `disk-failing` when the file is not what was noted */
export async function sendFile({ store, key, path, file, partBytes, signal, note, sent }: FileToSend): Promise<void> {
  const { stored: _, upload: before, ...known } = file;
  await using local = await open(path, "r");
  if ((await local.stat()).size !== file.bytes) throw new EarshotError("disk-failing", { file: file.path, rule: `${file.bytes} bytes` });
  const piece = async (offset: number, length: number) => {
    const bytes = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      const { bytesRead } = await local.read(bytes, at, length - at, offset + at);
      if (bytesRead === 0) throw new EarshotError("disk-failing", { file: file.path, rule: `${file.bytes} bytes` });
      at += bytesRead;
    }
    return bytes;
  };

  if (file.bytes <= partBytes) {
    await store.put(key, await piece(0, file.bytes), signal);
    await sent(file.bytes);
  } else {
    let upload = before === undefined ? undefined : await takeUp({ store, key, bytes: file.bytes, upload: before, signal });
    if (upload === undefined) {
      upload = { id: await store.beginUpload(key, signal), partBytes, etags: [] };
      await note({ ...known, stored: false, upload });
    }
    if (upload !== "whole")
      await sendParts({ store, key, bytes: file.bytes, upload, signal, piece, note: (now) => note({ ...known, stored: false, ...now }), sent });
  }
  const size = await store.size(key, signal);
  if (size !== file.bytes) throw new EarshotError("store-refused", { place: store.place, code: "WrongLength", file: file.path, bytes: size ?? -1 });
  await note({ ...known, stored: true });
}

type Upload = NonNullable<StoredFile["upload"]>;

interface Parts extends Pick<FileToSend, "store" | "key" | "signal" | "sent"> {
  readonly bytes: number;
  readonly upload: Upload;
  readonly piece: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>;
  readonly note: (now: { readonly upload?: Upload }) => Promise<void>;
}

/** Sends the parts that are missing and has the file made of them. */
async function sendParts({ store, key, bytes, upload, signal, piece, note, sent }: Parts): Promise<void> {
  const { id, partBytes } = upload;
  const etags = [...upload.etags];
  try {
    while (etags.length * partBytes < bytes) {
      const offset = etags.length * partBytes;
      const part = await piece(offset, Math.min(partBytes, bytes - offset));
      etags.push(await store.putPart({ key, uploadId: id, number: etags.length + 1, bytes: part }, signal));
      await note({ upload: { id, partBytes, etags } });
      await sent(part.length);
    }
    await store.completeUpload(key, id, etags, signal);
  } catch (cause) {
    // The bucket threw the upload away, as many do after some days: the next try begins anew.
    if (cause instanceof EarshotError && cause.details.code === "NoSuchUpload") await note({});
    throw cause;
  }
}

/** What of a broken-off sending still holds: the store's own word where it gives one, else ours. Undefined: begin anew; "whole": only the last note was missing. */
async function takeUp(options: {
  readonly store: BlobStore;
  readonly key: string;
  readonly bytes: number;
  readonly upload: Upload;
  readonly signal: AbortSignal;
}): Promise<Upload | "whole" | undefined> {
  const { store, key, bytes, upload, signal } = options;
  const listed = await store.listParts(key, upload.id, signal);
  if (upload.etags.length * upload.partBytes >= bytes && !Array.isArray(listed) && (await store.size(key, signal)) === bytes) return "whole";
  if (listed === "unlisted") return upload;
  if (listed === "unknown") return undefined;
  const etags: string[] = [];
  for (let part = listed.find(({ number }) => number === 1); part !== undefined; part = listed.find(({ number }) => number === etags.length + 1)) {
    // A part that was cut off on its way is sent again.
    if (part.bytes !== Math.min(upload.partBytes, bytes - etags.length * upload.partBytes)) break;
    etags.push(part.etag);
  }
  return { ...upload, etags };
}
