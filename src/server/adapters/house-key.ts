import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EarshotError } from "../../core/errors.ts";
import { writeDurably } from "./durable-file.ts";

/** Length of a machine's keys. Bytes; HMAC-SHA256 gains nothing from more, and an Ed25519 key is made from as many. @spec RFC 8032 §5.1.5 */
const KEY_BYTES = 32;

/** Keys of a machine: of a house its own, of an edge what it signs with. */
type KeyName = "house.key" | "edge.key";

/** Makes the house key at the first start; later starts keep it, so that tokens and links stay good. */
export async function ensureHouseKey(dataFolder: string): Promise<Uint8Array> {
  return await ensureKey(dataFolder, "house.key");
}

/** Reads the house key. @throws `config-invalid` when the file has another length: a cut key must never sign anything. */
export async function readHouseKey(dataFolder: string): Promise<Uint8Array> {
  return await readKey(dataFolder, "house.key");
}

/** Makes the edge's key at its first start; later starts keep it, because its house knows the edge by it. @throws as {@link readHouseKey} */
export async function ensureEdgeKey(dataFolder: string): Promise<Uint8Array> {
  return await ensureKey(dataFolder, "edge.key");
}

async function ensureKey(dataFolder: string, name: KeyName): Promise<Uint8Array> {
  await mkdir(join(dataFolder, "keys"), { recursive: true, mode: 0o700 });
  try {
    return await readKey(dataFolder, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const key = randomBytes(KEY_BYTES);
  await writeDurably(join(dataFolder, "keys", name), key, 0o600);
  return key;
}

async function readKey(dataFolder: string, name: KeyName): Promise<Uint8Array> {
  const path = join(dataFolder, "keys", name);
  const key = await readFile(path);
  if (key.length !== KEY_BYTES) {
    throw new EarshotError("config-invalid", { setting: `keys/${name}`, rule: `exactly ${KEY_BYTES} bytes`, value: `${key.length} bytes` });
  }
  await chmod(path, 0o600).catch(() => {});
  return key;
}
