import { randomBytes } from "node:crypto";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { EarshotError } from "../../core/errors.ts";
import { writeDurably } from "./durable-file.ts";

/** Length of the house key. Bytes; HMAC-SHA256 gains nothing from more. */
const KEY_BYTES = 32;

const keyPath = (dataFolder: string) => join(dataFolder, "keys", "house.key");

/** Makes the house key at the first start; later starts keep it, so that tokens and links stay good. */
export async function ensureHouseKey(dataFolder: string): Promise<Uint8Array> {
  await mkdir(join(dataFolder, "keys"), { recursive: true, mode: 0o700 });
  try {
    return await readHouseKey(dataFolder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  const key = randomBytes(KEY_BYTES);
  await writeDurably(keyPath(dataFolder), key, 0o600);
  return key;
}

/** Reads the house key. @throws `config-invalid` when the file has another length: a cut key must never sign anything. */
export async function readHouseKey(dataFolder: string): Promise<Uint8Array> {
  const path = keyPath(dataFolder);
  const key = await readFile(path);
  if (key.length !== KEY_BYTES) {
    throw new EarshotError("config-invalid", { setting: "keys/house.key", rule: `exactly ${KEY_BYTES} bytes`, value: `${key.length} bytes` });
  }
  await chmod(path, 0o600).catch(() => {});
  return key;
}
