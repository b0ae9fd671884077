import { readFile } from "node:fs/promises";
import { EarshotError } from "../../core/errors.ts";

/** What signs requests to a bucket. Never written, never logged. */
export interface BucketKeys {
  readonly id: string;
  readonly secret: string;
}

/** Environment variables that hold the keys, in this order of strength: both values, else a file of two lines. */
const BUCKET_VARIABLES = { id: "EARSHOT_BUCKET_KEY", secret: "EARSHOT_BUCKET_SECRET" } as const;

/** Reads the keys from the environment, else from the file: the key's id in its first line, the secret in its second. @throws `config-invalid`, which names the setting and never what stands in it */
export async function readBucketKeys(environment: Readonly<Record<string, string | undefined>>, secretFile: string | undefined): Promise<BucketKeys> {
  const { [BUCKET_VARIABLES.id]: id = "", [BUCKET_VARIABLES.secret]: secret = "" } = environment;
  if (id !== "" && secret !== "") return { id, secret };
  const rule = `${BUCKET_VARIABLES.id} and ${BUCKET_VARIABLES.secret}, or a file of two lines: key, secret`;
  if (secretFile === undefined) throw new EarshotError("config-invalid", { setting: "storage.bucket.secret_file", rule, value: "missing" });
  let lines: string[];
  try {
    lines = (await readFile(secretFile, "utf8")).split(/\r?\n/).map((line) => line.trim());
  } catch (cause) {
    throw new EarshotError("config-invalid", { setting: "storage.bucket.secret_file", rule: `a file Earshot can read; ${rule}`, value: secretFile }, cause);
  }
  const [first = "", second = ""] = lines;
  if (first === "" || second === "") throw new EarshotError("config-invalid", { setting: "storage.bucket.secret_file", rule, value: secretFile });
  return { id: first, secret: second };
}
