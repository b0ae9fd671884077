import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";

/** Compiled from the program's own files and nothing else, and larger than all the rest. */
const CODE = join("run", "code");

/** Where in a data folder, in any file, one of these stands, as text or bytes; "<file>: <what>" each. */
export async function findTraces(folder: string, wanted: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    if (relative(folder, path).startsWith(CODE)) continue;
    // What is renamed or removed at this moment is found under its new name, or not worth finding.
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    for (const [what, trace] of Object.entries(wanted)) if (bytes.includes(trace)) found.push(`${relative(folder, path)}: ${what}`);
  }
  return found;
}

/** A secret in every form it might be written down in. */
export function formsOf(name: string, secret: Uint8Array): Record<string, string | Uint8Array> {
  const bytes = Buffer.from(secret);
  return {
    [name]: bytes,
    [`${name}, hex`]: bytes.toString("hex"),
    [`${name}, base64`]: bytes.toString("base64").replace(/=+$/, ""),
    [`${name}, base64url`]: bytes.toString("base64url"),
  };
}
