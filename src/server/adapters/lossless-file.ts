import { stat } from "node:fs/promises";
import { join } from "node:path";
import { LOSSLESS_INDEX } from "../../programme/mod.ts";

/** Whether the mix was kept without loss too: its list of segments is there and not empty. */
export async function hasLossless(archiveFolder: string): Promise<boolean> {
  return await stat(join(archiveFolder, LOSSLESS_INDEX)).then(
    ({ size }) => size > 0,
    () => false,
  );
}
