import type { FileHandle } from "node:fs/promises";

/** Opens a file of the archive; tests put a failing disk in its place. */
export type OpenFile = (path: string, flags: string) => Promise<FileHandle>;

/** Opens for reading and writing, making the file when there is none. Any other trouble is passed on: a file that cannot be read is never replaced. */
export async function openOrMake(open: OpenFile, path: string): Promise<FileHandle> {
  try {
    return await open(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return await open(path, "wx+");
  }
}

/** The bytes `[from, to)` of a file; fewer when it ends before. */
export async function readRange(file: FileHandle, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.max(0, to - from));
  let at = 0;
  while (at < bytes.length) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, from + at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return bytes.subarray(0, at);
}

/** Writes all bytes at `position`, however many calls it takes. Rejects with the file system's error. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at);
    if (bytesWritten === 0) throw Object.assign(new Error("nothing was written"), { code: "ENOSPC" });
    at += bytesWritten;
  }
}
