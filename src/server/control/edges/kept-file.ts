import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { syncFolder } from "../../adapters/durable-file.ts";

/** What is in a file, once it lies on the disk: whoever wrote it may have died before it was sure of that. Nothing where there is no file. */
export async function readKept(path: string): Promise<Buffer> {
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, "r+");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw cause;
  }
  try {
    const bytes = await file.readFile();
    await file.datasync();
    await syncFolder(dirname(path));
    return bytes;
  } finally {
    await file.close();
  }
}

/** Writes at the end of a file; resolves when it lies on the disk. */
export async function appendKept(path: string, text: string): Promise<void> {
  const file = await open(path, "a");
  try {
    const { size } = await file.stat();
    await file.writeFile(text);
    await file.datasync();
    if (size === 0) await syncFolder(dirname(path));
  } finally {
    await file.close();
  }
}

/** Cuts a file; resolves when that lies on the disk. */
export async function cutKept(path: string, bytes: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.truncate(bytes);
    await file.datasync();
  } finally {
    await file.close();
  }
}
