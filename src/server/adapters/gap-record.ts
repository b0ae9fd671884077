import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readArchiveIndex } from "../../programme/mod.ts";
import { gapsOf } from "../../record/mod.ts";
import { type GapRecord, gapRecord, type ReplayPage } from "../../wire/recording.ts";
import { readJson, writeDurably } from "./durable-file.ts";

/** Notes beside the archive that the stage was away. Seconds since going live. */
export async function noteGap(path: string, gap: GapRecord["gaps"][number]): Promise<void> {
  const { gaps } = await readNoted(path);
  await writeDurably(path, `${JSON.stringify({ version: 1, gaps: [...gaps, gap] } satisfies GapRecord)}\n`);
}

/** Every gap of a kept event with its cause. */
export async function readGaps(files: { readonly archive: string; readonly gaps: string }): Promise<ReplayPage["gaps"]> {
  const index = await readFile(join(files.archive, "opus.idx"), "utf8").catch(() => "");
  return gapsOf(readArchiveIndex(index), (await readNoted(files.gaps)).gaps);
}

async function readNoted(path: string): Promise<GapRecord> {
  return gapRecord.safeParse(await readJson(path)).data ?? { version: 1, gaps: [] };
}
