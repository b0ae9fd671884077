import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, mkdir, open, readdir, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { systemClock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import { NO_STORAGE, type StorageSettings } from "../../core/storage-config.ts";
import { readArchiveEnd } from "../../programme/mod.ts";
import { renderOfflinePage, replayPageOf } from "../../record/mod.ts";
import type { ExportManifest } from "../../wire/export.ts";
import { chapterList, peakRecord } from "../../wire/marks.ts";
import { type PathRecord, pathRecord } from "../../wire/path-record.ts";
import type { LiveState, PublicEvent } from "../../wire/public-state.ts";
import { storeKey } from "../../wire/stored.ts";
import { talkRecord } from "../../wire/talk-record.ts";
import { readJson } from "../adapters/durable-file.ts";
import { readGaps } from "../adapters/gap-record.ts";
import { hasLossless } from "../adapters/lossless-file.ts";
import { readRecordingSettings } from "../adapters/recording-settings.ts";
import { hasCaptions } from "../adapters/caption-file.ts";
import { readSounds } from "../adapters/sound-shelf.ts";
import { openStore } from "../blobs/open-store.ts";
import { mayLeave, readStored } from "../blobs/stored-files.ts";
import { eventFiles } from "../stage/event-files.ts";

/** Name of the list of everything in an exported folder. */
export const MANIFEST = "earshot-export.json";
/** How every voice came in. */
const PATHS = "path.json";
/** What of an event's folder is exported: nothing of who listened, and no personal links. */
const EXPORTED = ["archive", "sounds", "ledger/public", "chapters.json", "peaks.json", "talk-time.json", PATHS, "gaps.json", "recording.json"] as const;

/** Whether an export may hold this file. `path`: relative, with `/`. */
export function isExported(path: string): boolean {
  return EXPORTED.some((name) => path === name || path.startsWith(`${name}/`));
}
const PLAYABLE = ["archive/recording.mp3", "archive/aac.mp4", "archive/opus.mp4"] as const;
/** Shown on the page where they are there. */
const ALSO_SHOWN = /^archive\/(?:lang\/.*\.mp3|recording\.flac|captions\.vtt)$/;

/** What is exported, and where to. */
export interface ExportOptions {
  readonly dataFolder: string;
  readonly slug: string;
  /** Made when it is not there; must be empty. */
  readonly folder: string;
  /** Where the house keeps recordings besides its disk; nowhere unless said. */
  readonly storage?: StorageSettings;
}

/** What was exported. */
export interface Exported {
  readonly files: number;
  readonly bytes: number;
}

/** Length of a piece that is asked of the store at a time. Bytes. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** Writes an ended event into a folder of its own: recordings, marks, ledger, and a page that plays it all without a server. Sound that left this disk comes from the store. @throws `event-unknown`, `replay-not-ready`, `recording-deleted`, `folder-not-empty`, `store-away`, `store-refused` */
export async function exportEvent({ dataFolder, slug, folder, storage = NO_STORAGE }: ExportOptions): Promise<Exported> {
  const event = /^[a-z0-9-]{1,80}$/.test(slug) ? ((await readJson(join(dataFolder, "public", `${slug}.json`))) as PublicEvent | undefined) : undefined;
  if (event === undefined) throw new EarshotError("event-unknown", { slug });
  const files = eventFiles(dataFolder, event.id);
  const settings = await readRecordingSettings(dataFolder, event.id);
  if (settings.deleted !== undefined)
    throw new EarshotError("recording-deleted", { by: settings.deleted.by, date: new Date(settings.deleted.unixMs).toISOString() });
  const end = await readArchiveEnd(files.archive);
  const state = (await readJson(files.state)) as LiveState | undefined;
  if (end === undefined || state?.endedUnixMs === undefined || state.originUnixMs === undefined) throw new EarshotError("replay-not-ready", { slug });
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).length > 0) throw new EarshotError("folder-not-empty", { folder });

  const page = replayPageOf({
    settings: { ...settings, keepDays: null },
    durationSamples: end.durationSamples,
    endedUnixMs: state.endedUnixMs,
    peaks: peakRecord.safeParse(await readJson(files.peaks)).data,
    chapters: chapterList.safeParse(await readJson(files.chapters)).data,
    talk: talkRecord.safeParse(await readJson(files.talk)).data,
    lossless: await hasLossless(files.archive),
    low: end.bytes.low !== undefined,
    captions: await hasCaptions(files),
    gaps: await readGaps(files),
  });
  const streams = new Set((await readSounds(files.sounds)).filter(({ kind }) => kind === "stream").map(({ id }) => `sounds/${id}.json`));
  // A stream is an address, which may lead into this network or hold a password: it stays here.
  const voices = pathRecord.safeParse(await readJson(files.path)).data;
  const left = (path: string) => streams.has(path) || (path === PATHS && voices === undefined);
  const paths = (await Promise.all(EXPORTED.map((name) => listFiles(files.folder, name)))).flat().filter((path) => !left(path));
  for (const path of paths) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    if (path === PATHS && voices !== undefined) await writeFile(join(folder, path), `${JSON.stringify(withoutDevices(voices))}\n`);
    else await copyFile(join(files.folder, path), join(folder, path));
  }
  paths.push(...(await fetchLeft(dataFolder, { eventId: event.id, folder, storage })));
  await writeFile(join(folder, "index.html"), renderOfflinePage(event, page, [...PLAYABLE, ...paths.filter((path) => ALSO_SHOWN.test(path))]));
  const listed: ExportManifest["files"] = [];
  for (const path of paths) listed.push({ path, bytes: (await stat(join(folder, path))).size, sha256: await fingerprint(join(folder, path)) });
  const { id, title, description, language, startDate, doorTime, visibility = "public" } = event;
  const speakers = event.speakers.map(({ name, role }) => ({ name, role }));
  const told = {
    id,
    slug,
    title,
    description,
    language,
    startDate,
    doorTime,
    visibility,
    speakers,
    ...(state.interpretation === undefined ? {} : { interpretation: { ...state.interpretation, into: [...state.interpretation.into] } }),
    originUnixMs: state.originUnixMs,
    endedUnixMs: state.endedUnixMs,
  };
  // Last: a folder without it was not exported to the end.
  await writeFile(join(folder, MANIFEST), `${JSON.stringify({ version: 1, event: told, files: listed } satisfies ExportManifest, null, 1)}\n`);
  return { files: listed.length + 2, bytes: listed.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** SHA-256 of a file, hex. */
export async function fingerprint(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path) as AsyncIterable<Buffer>) hash.update(bytes);
  return hash.digest("hex");
}

/** How voices came in, without what people call their devices: the folder may be put on the web as it is. */
function withoutDevices({ seats, ...record }: PathRecord): PathRecord {
  const nameless = seats.map((seat) => ({ ...seat, microphones: seat.microphones.map((microphone) => ({ ...microphone, device: "" })) }));
  return { ...record, seats: nameless };
}

/** Brings back from the store what is no longer on this disk, compared with its fingerprint. Resolves to the paths. */
async function fetchLeft(
  dataFolder: string,
  { eventId, folder, storage }: { readonly eventId: string; readonly folder: string; readonly storage: StorageSettings },
): Promise<string[]> {
  const record = await readStored(dataFolder, eventId);
  const left = record?.localRemovedUnixMs === undefined ? [] : record.files.filter(mayLeave);
  const store = openStore(storage, { environment: process.env, clock: systemClock });
  for (const { path, bytes, sha256 } of left) {
    if (store === undefined)
      throw new EarshotError("store-refused", { code: "NoStore", rule: "storage.folder or storage.bucket as it was when the recording was stored" });
    await using file = await open(join(folder, path), "w");
    for (let offset = 0; offset < bytes; offset += PIECE_BYTES) {
      const piece = await store.read(storeKey(eventId, path), { offset, length: Math.min(PIECE_BYTES, bytes - offset) });
      await file.write(piece ?? new Uint8Array(0), 0, null, offset);
    }
    if ((await fingerprint(join(folder, path))) !== sha256) throw new EarshotError("store-refused", { place: store.place, code: "WrongBytes", file: path });
  }
  return left.map(({ path }) => path);
}

/** A file, or every file of a folder, relative to `root`; nothing when it is not there. */
async function listFiles(root: string, name: string): Promise<string[]> {
  const found = await stat(join(root, name)).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [name];
  const entries = await readdir(join(root, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".tmp"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
