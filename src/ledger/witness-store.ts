import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./durable.ts";
import { fromBase64 } from "./verify/base64.ts";
import { formatCheckpoint } from "./verify/checkpoint.ts";
import type { WitnessStore } from "./witness.ts";

/** A witness's memory in a folder: one small file per ledger, replaced as a whole. */
export function folderWitnessStore(folder: string): WitnessStore {
  // A ledger's name may hold anything; its hash is a file name.
  const path = (origin: string) => join(folder, createHash("sha256").update(origin).digest("hex"));
  return {
    async read(origin) {
      const text = await readFile(path(origin), "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
      if (text === undefined) return undefined;
      const [name, size, root] = text.split("\n");
      const hash = fromBase64(root ?? "");
      // A memory that cannot be read must not be forgotten: the ledger could tell another story.
      if (name !== origin || !Number.isSafeInteger(Number(size)) || hash === undefined) throw new Error(`the witness's memory of ${origin} cannot be read`);
      return { size: Number(size), root: hash };
    },
    write: (origin, head) => writeWhole(path(origin), formatCheckpoint(origin, head)),
  };
}
