import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import webPush from "web-push";
import { EarshotError } from "../../core/errors.ts";
import { writeDurably } from "../adapters/durable-file.ts";

/** The key pair by which push services know this house; base64url. @spec RFC 8292 §3.2 */
export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/** Makes the pair at the first start; later starts keep it, because browsers' subscriptions are bound to it. @throws `config-invalid` when the file is damaged */
export async function ensureVapidKeys(dataFolder: string): Promise<VapidKeys> {
  const path = join(dataFolder, "keys", "push.json");
  await mkdir(join(dataFolder, "keys"), { recursive: true, mode: 0o700 });
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    return undefined;
  });
  if (text === undefined) {
    const keys = webPush.generateVAPIDKeys();
    await writeDurably(path, `${JSON.stringify(keys)}\n`, 0o600);
    return keys;
  }
  await chmod(path, 0o600).catch(() => {});
  const keys = parse(text);
  if (keys === undefined) throw new EarshotError("config-invalid", { setting: "keys/push.json", rule: "a pair of VAPID keys", value: `${text.length} bytes` });
  return keys;
}

function parse(text: string): VapidKeys | undefined {
  try {
    const { publicKey, privateKey } = JSON.parse(text) as Partial<VapidKeys>;
    if (publicKey === undefined || privateKey === undefined) return undefined;
    return /^B[\w-]{86}$/.test(publicKey) && /^[\w-]{43}$/.test(privateKey) ? { publicKey, privateKey } : undefined;
  } catch {
    return undefined;
  }
}
