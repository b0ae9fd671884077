import { readFile } from "node:fs/promises";
import { EarshotError } from "../../../core/errors.ts";

/** Environment variable that holds the client's secret; stronger than the file. */
const VARIABLE = "EARSHOT_PROVIDER_SECRET";

/** Reads the secret with which this house shows itself to its sign-in service; undefined where none is set. @throws `config-invalid`, which names the file and never what stands in it */
export async function readProviderSecret(
  environment: Readonly<Record<string, string | undefined>>,
  secretFile: string | undefined,
): Promise<string | undefined> {
  const given = environment[VARIABLE];
  if (given !== undefined && given !== "") return given;
  if (secretFile === undefined) return undefined;
  const refuse = (cause?: unknown) =>
    new EarshotError("config-invalid", { setting: "sign_in.provider.secret_file", rule: `a file of one line, or ${VARIABLE}`, value: secretFile }, cause);
  const text = await readFile(secretFile, "utf8").catch((cause: unknown) => {
    throw refuse(cause);
  });
  const secret = text.trim();
  if (secret === "") throw refuse();
  return secret;
}
