import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, rm } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { EarshotError } from "../../core/errors.ts";
import { type EarlyFile, type EarlyRecord, earlyRecord, storeKey, type StoredFile } from "../../wire/stored.ts";
import { readJson, writeDurably } from "../adapters/durable-file.ts";
import { eventFiles } from "../stage/event-files.ts";
import { type BlobStore, isKey } from "./blob-store.ts";

/** Files of an archive that only grow at their end while an event is on air, but for their first bytes at the very end. */
const GROWING = /\.(?:mp4|mp3|flac)$/;

/** Whose recording goes where. */
export interface EarlySending {
  readonly store: BlobStore;
  readonly dataFolder: string;
  readonly eventId: string;
  readonly partBytes: number;
  readonly signal: AbortSignal;
  /** Told after each part that the store has. */
  readonly sent: (bytes: number) => void;
}

/** Sends the next whole part of every file of a recording that is still growing. Resolves to how many went. @throws `store-away`, `store-refused`, or the file system's error */
export async function sendEarlyParts(options: EarlySending): Promise<number> {
  const { store, dataFolder, eventId, partBytes, signal, sent } = options;
  let { files } = await readEarly(dataFolder, eventId);
  let count = 0;
  const note = async (file: EarlyFile) => {
    files = [...files.filter(({ path }) => path !== file.path), file];
    await writeEarly(dataFolder, eventId, { version: 1, files });
  };
  for (const path of await growingFiles(dataFolder, eventId)) {
    const key = storeKey(eventId, path);
    await using local = await open(join(eventFiles(dataFolder, eventId).folder, path), "r");
    const known = files.find((file) => file.path === path);
    const length = known?.upload.partBytes ?? partBytes;
    const number = (known?.upload.etags.length ?? 0) + 1;
    if ((await local.stat()).size < number * length) continue;
    let file = known;
    if (file === undefined) {
      file = { path, upload: { id: await store.beginUpload(key, signal), partBytes: length, etags: [] }, sha256s: [] };
      await note(file);
    }
    const bytes = await piece(local, (number - 1) * length, length);
    const etag = await putPart(options, file, number, bytes);
    await note({ ...file, upload: { ...file.upload, etags: [...file.upload.etags, etag] }, sha256s: [...file.sha256s, fingerprint(bytes)] });
    sent(bytes.length);
    count++;
  }
  return count;
}

/**
 * Hands what was sent early over to the sending of the finished recording: a part that is not as it was (a tag filled in at the end, a tail that was mended) is sent again.
 * Resolves to the files with their sendings. @throws `store-away`, `store-refused`, or the file system's error
 */
export async function settleEarlyParts(options: EarlySending, files: readonly StoredFile[]): Promise<readonly StoredFile[]> {
  const { store, dataFolder, eventId, partBytes, signal, sent } = options;
  const early = await readEarly(dataFolder, eventId);
  const settled = new Map<string, StoredFile>();
  for (const file of early.files) {
    const { path, upload, sha256s } = file;
    const whole = files.find((one) => one.path === path);
    if (whole === undefined || whole.stored || whole.upload !== undefined || whole.bytes <= partBytes) {
      if (whole?.upload?.id !== upload.id) await store.abortUpload(storeKey(eventId, path), upload.id, signal);
      continue;
    }
    await using local = await open(join(eventFiles(dataFolder, eventId).folder, path), "r");
    const etags: string[] = [];
    for (let part = 0; part < upload.etags.length && (part + 1) * upload.partBytes <= whole.bytes; part++) {
      const bytes = await piece(local, part * upload.partBytes, upload.partBytes);
      if (fingerprint(bytes) === sha256s[part]) etags.push(upload.etags[part] as string);
      else {
        etags.push(await putPart(options, file, part + 1, bytes));
        sent(bytes.length);
      }
    }
    settled.set(path, { ...whole, upload: { ...upload, etags } });
  }
  return files.map((file) => settled.get(file.path) ?? file);
}

/** Throws away what was sent early of a recording that nobody is to have. @throws `store-away`, `store-refused` */
export async function dropEarlyParts({ store, dataFolder, eventId, signal }: Omit<EarlySending, "partBytes" | "sent">): Promise<void> {
  for (const { path, upload } of (await readEarly(dataFolder, eventId)).files) await store.abortUpload(storeKey(eventId, path), upload.id, signal);
  await forgetEarlyParts(dataFolder, eventId);
}

/** Forgets what was sent early; the sending of the finished recording knows it from now on. */
export async function forgetEarlyParts(dataFolder: string, eventId: string): Promise<void> {
  await rm(eventFiles(dataFolder, eventId).sending, { force: true });
}

/** Sends one part; an upload that the store threw away is forgotten, so that the next round begins anew. */
async function putPart(
  { store, dataFolder, eventId, signal }: EarlySending,
  { path, upload }: EarlyFile,
  number: number,
  bytes: Uint8Array<ArrayBuffer>,
): Promise<string> {
  try {
    return await store.putPart({ key: storeKey(eventId, path), uploadId: upload.id, number, bytes }, signal);
  } catch (cause) {
    if (cause instanceof EarshotError && cause.details.code === "NoSuchUpload") {
      const { files } = await readEarly(dataFolder, eventId);
      await writeEarly(dataFolder, eventId, { version: 1, files: files.filter((file) => file.path !== path) });
    }
    throw cause;
  }
}

async function readEarly(dataFolder: string, eventId: string): Promise<EarlyRecord> {
  return earlyRecord.safeParse(await readJson(eventFiles(dataFolder, eventId).sending)).data ?? { version: 1, files: [] };
}

async function writeEarly(dataFolder: string, eventId: string, record: EarlyRecord): Promise<void> {
  await writeDurably(eventFiles(dataFolder, eventId).sending, `${JSON.stringify(record)}\n`);
}

async function growingFiles(dataFolder: string, eventId: string): Promise<string[]> {
  const { folder, archive } = eventFiles(dataFolder, eventId);
  const entries = await readdir(archive, { recursive: true, withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter((entry) => entry.isFile() && GROWING.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter(isKey)
    .sort();
}

async function piece(file: FileHandle, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { bytesRead } = await file.read(bytes, at, length - at, offset + at);
    if (bytesRead === 0) throw new EarshotError("disk-failing", { rule: `${length} bytes from ${offset}` });
    at += bytesRead;
  }
  return bytes;
}

function fingerprint(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
