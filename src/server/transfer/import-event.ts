import { copyFile, mkdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { EarshotError } from "../../core/errors.ts";
import { readArchiveEnd } from "../../programme/mod.ts";
import { type ExportManifest, exportManifest } from "../../wire/export.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { writeDurably } from "../adapters/durable-file.ts";
import { eventFiles } from "../stage/event-files.ts";
import { fingerprint, isExported, MANIFEST } from "./export-event.ts";

/** Where an import waits until control takes it over. */
export function importFile(dataFolder: string, eventId: string): string {
  return join(dataFolder, "imports", `${eventId}.json`);
}

/**
 * Takes an exported folder into this house: every file is compared with its fingerprint, then copied; control announces the event, at once when it runs, else at its next start.
 * @throws `import-invalid`, `import-known`, `disk-full`
 */
export async function importEvent(dataFolder: string, folder: string): Promise<ExportManifest["event"]> {
  const manifest = await readManifest(folder);
  const { event, files } = manifest;
  const own = eventFiles(dataFolder, event.id).folder;
  if ((await stat(own).catch(() => undefined)) !== undefined) throw new EarshotError("import-known", { event: event.slug });
  const root = await realpath(folder);
  for (const { path, bytes, sha256 } of files) {
    if (!isExported(path)) throw invalid(path, "a file that an export holds");
    // A link could lead to anything on this machine, which would then be published.
    const real = await realpath(join(root, path)).catch(() => undefined);
    if (real !== undefined && real !== join(root, path)) throw invalid(path, "a file of the folder itself");
    const size = await stat(join(folder, path)).then(
      (found) => (found.isFile() ? found.size : undefined),
      () => undefined,
    );
    if (size !== bytes || (await fingerprint(join(folder, path))) !== sha256) throw invalid(path, "the bytes that were exported");
  }
  const end = await readArchiveEnd(join(folder, "archive"));
  if (end === undefined) throw invalid("archive/end.json", "a whole recording");

  const coming = `${own}.import`;
  await rm(coming, { recursive: true, force: true });
  try {
    for (const { path } of files) {
      await mkdir(dirname(join(coming, path)), { recursive: true });
      await copyFile(join(folder, path), join(coming, path));
    }
    await writeDurably(join(coming, "state.json"), `${JSON.stringify(stateOf(event, end.durationSamples))}\n`);
    await mkdir(join(dataFolder, "imports"), { recursive: true });
    await rename(coming, own);
  } catch (cause) {
    await rm(coming, { recursive: true, force: true });
    if ((cause as NodeJS.ErrnoException).code === "ENOSPC") throw new EarshotError("disk-full", { folder: dataFolder }, cause);
    throw cause;
  }
  await writeDurably(importFile(dataFolder, event.id), `${JSON.stringify(event)}\n`);
  return event;
}

async function readManifest(folder: string): Promise<ExportManifest> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(join(folder, MANIFEST), "utf8"));
  } catch (cause) {
    throw new EarshotError("import-invalid", { file: MANIFEST, rule: "a folder made by earshot export" }, cause);
  }
  const parsed = exportManifest.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(MANIFEST, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "valid"}`);
}

function invalid(file: string, rule: string): EarshotError {
  return new EarshotError("import-invalid", { file, rule });
}

function stateOf({ id, slug, originUnixMs, endedUnixMs, interpretation }: ExportManifest["event"], durationSamples: number): LiveState {
  const languages = interpretation === undefined ? {} : { interpretation };
  return { ...languages, eventId: id, slug, phase: "ended", epoch: 1, originUnixMs, endedUnixMs, durationSamples, onStage: [], revision: 1 };
}
