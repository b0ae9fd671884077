import { open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { SAMPLE_RATE } from "../../core/units.ts";
import { type Actor, type EventDesk, HOUSE, type LiveEvent } from "../../event/mod.ts";
import { type OggOfArchive, readArchiveEnd, readArchiveIndex, readAsOgg, voiceTrackFile, voiceTrackIndex } from "../../programme/mod.ts";
import { coarser, keptUntil } from "../../record/mod.ts";
import { chapterList, peakRecord } from "../../wire/marks.ts";
import { pathRecord } from "../../wire/path-record.ts";
import type { StoredRecord } from "../../wire/stored.ts";
import { type TalkRecord, talkRecord } from "../../wire/talk-record.ts";
import type { TalkBalance, VoicesAnswer } from "../../wire/voices.ts";
import type { RecordingAnswer, RecordingEdit, RecordingSettings } from "../../wire/recording.ts";
import { readJson } from "../adapters/durable-file.ts";
import { readRecordingSettings, writeRecordingSettings } from "../adapters/recording-settings.ts";
import { readTrackList } from "../adapters/track-list.ts";
import { mayLeave, readStored } from "../blobs/stored-files.ts";
import { eventFiles } from "../stage/event-files.ts";
import type { Uploader } from "./uploader.ts";

/** Points of the waveform a host sees while on air; it is asked for every few seconds and drawn in a column. */
const LIVE_POINTS = 400;

/** What keeps recordings as host and operator decided. */
export interface RecordingsOptions {
  readonly dataFolder: string;
  readonly desk: EventDesk;
  /** Days a recording is kept where nothing was decided for its event; null keeps it. */
  readonly recordingDays: number | null;
  /** What sends recordings to the store; undefined when there is none. */
  readonly uploader: Uploader | undefined;
  /** Told that a recording is gone, again and again. */
  readonly onDeleted: (eventId: string) => void;
  readonly clock: Clock;
  readonly log: Log;
}

/** Host's and operator's decisions about recordings: where they begin, clips, how long they are kept, and taking them away. */
export class Recordings {
  readonly #options: RecordingsOptions;

  constructor(options: RecordingsOptions) {
    this.#options = options;
  }

  /** What holds now. */
  async view(event: LiveEvent): Promise<RecordingAnswer> {
    const { dataFolder, recordingDays, uploader } = this.#options;
    const settings = await readRecordingSettings(dataFolder, event.id);
    const { trimStartSeconds, clips, keepDays, keepTracks, keepLossless, deleted } = settings;
    const { archive, peaks, chapters } = eventFiles(dataFolder, event.id);
    const end = await readArchiveEnd(archive);
    const durationSeconds = end === undefined || deleted !== undefined ? null : end.durationSamples / SAMPLE_RATE;
    const told = deleted === undefined ? {} : { deletedUnixMs: deleted.unixMs, deletedBy: deleted.by };
    const tracks = durationSeconds === null ? [] : await ownTracks(archive);
    const until = deleted === undefined ? keptUntil(settings, event.endedMs ?? undefined, recordingDays) : undefined;
    const stored = await readStored(dataFolder, event.id);
    const away = stored?.localRemovedUnixMs === undefined || deleted !== undefined ? [] : stored.files.filter(mayLeave);
    return {
      trimStartSeconds,
      clips,
      keepDays,
      keepTracks,
      keepLossless,
      tracks,
      houseKeepDays: recordingDays,
      ...(until === undefined ? {} : { keptUntilUnixMs: until }),
      durationSeconds,
      bytes: (await bytesIn(archive)) + away.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(event.status === "live" ? await soFar(peaks, chapters) : {}),
      ...(uploader === undefined && stored === undefined ? {} : { store: storeState(stored, uploader?.figures.lost?.code, deleted !== undefined) }),
      ...told,
    };
  }

  /** Takes over a decision. @throws `invalid-field` for a trim beyond the end, `recording-deleted` */
  async edit(event: LiveEvent, edit: RecordingEdit, by: Actor): Promise<void> {
    const { dataFolder, desk } = this.#options;
    const before = await readRecordingSettings(dataFolder, event.id);
    if (before.deleted !== undefined) throw deletedError(before.deleted);
    const end = await readArchiveEnd(eventFiles(dataFolder, event.id).archive);
    const { trimStartSeconds = before.trimStartSeconds, clips = before.clips, keepDays = before.keepDays } = edit;
    const { keepTracks = before.keepTracks, keepLossless = before.keepLossless } = edit;
    if (end !== undefined && trimStartSeconds > 0 && trimStartSeconds >= end.durationSamples / SAMPLE_RATE)
      throw new EarshotError("invalid-field", { field: "trimStartSeconds", rule: "before the end of the recording", value: trimStartSeconds });
    await writeRecordingSettings(dataFolder, event.id, { version: 1, trimStartSeconds, clips, keepDays, keepTracks, keepLossless });
    await desk.noteRecording(event.id, "edit-recording", by, { trimStartSeconds, clips, keepDays: keepDays ?? "", keepTracks, keepLossless });
  }

  /** A speaker's own track, as an Ogg Opus file that lies beside the programme to the sample. @throws `not-found`, `replay-not-ready`, `recording-deleted` */
  async track(event: LiveEvent, seat: string): Promise<{ readonly name: string; readonly bytes: AsyncIterable<Uint8Array> }> {
    const { dataFolder } = this.#options;
    const { deleted } = await readRecordingSettings(dataFolder, event.id);
    if (deleted !== undefined) throw deletedError(deleted);
    const { archive: folder } = eventFiles(dataFolder, event.id);
    const end = await readArchiveEnd(folder);
    if (end === undefined) throw new EarshotError("replay-not-ready", { slug: event.slug });
    const track = (await readTrackList(folder)).tracks.find((known) => known.seat === seat);
    if (track === undefined) throw new EarshotError("not-found", { seat: seat.slice(0, 80) });
    const { name, skipSamples: skip, stereo } = track;
    const { durationSamples } = end;
    const segments = readArchiveIndex(await readFile(join(folder, voiceTrackIndex(seat)), "utf8"));
    const path = join(folder, voiceTrackFile(seat));
    return { name, bytes: readOwnTrack(path, { segments, title: `${event.title}: ${name}`, numberOfChannels: stereo ? 2 : 1, skip, durationSamples }) };
  }

  /** How everybody's voice came in and how they talked, as the stage wrote it last. @throws `recording-deleted`: it goes with the sound */
  async voices(event: LiveEvent): Promise<VoicesAnswer> {
    const { dataFolder } = this.#options;
    const { deleted } = await readRecordingSettings(dataFolder, event.id);
    if (deleted !== undefined) throw deletedError(deleted);
    const files = eventFiles(dataFolder, event.id);
    const talk = talkRecord.safeParse(await readJson(files.talk)).data;
    return {
      path: pathRecord.safeParse(await readJson(files.path)).data ?? null,
      talk: talk === undefined ? null : balanceOf(talk),
      over: event.status === "ended",
    };
  }

  /** Takes the sound away for good; title, times and the fingerprints of what was on air stay. @throws `replay-not-ready` before the end, `recording-deleted` */
  async delete(event: LiveEvent, by: Actor): Promise<void> {
    const { dataFolder, clock, desk, uploader, log } = this.#options;
    const settings = await readRecordingSettings(dataFolder, event.id);
    if (settings.deleted !== undefined) throw deletedError(settings.deleted);
    if (event.status !== "ended") throw new EarshotError("replay-not-ready", { slug: event.slug });
    const who = by.role === "house" ? "retention" : by.role === "operator" ? "operator" : "host";
    // The decision first: from here on nobody is served, and a deletion that is broken off is finished by the next round.
    await writeRecordingSettings(dataFolder, event.id, { ...settings, deleted: { unixMs: clock.wallMs(), by: who } });
    await desk.noteRecording(event.id, "delete-recording", by, {});
    await this.#remove(event.id);
    uploader?.wake(event.id);
    this.#options.onDeleted(event.id);
    log.info("recording deleted", { slug: event.slug, by: who });
  }

  /** Deletes what is kept no longer, and finishes deletions that were broken off. */
  async prune(): Promise<void> {
    const { dataFolder, desk, recordingDays, clock, log } = this.#options;
    for (const event of await desk.all()) {
      if (event.status !== "ended" || event.endedMs === null) continue;
      try {
        const settings = await readRecordingSettings(dataFolder, event.id);
        const until = keptUntil(settings, event.endedMs, recordingDays);
        if (settings.deleted !== undefined) {
          await this.#remove(event.id);
          this.#options.onDeleted(event.id);
        }
        if (settings.deleted === undefined && until !== undefined && clock.wallMs() >= until) await this.delete(event, HOUSE);
      } catch (cause) {
        log.error("a recording could not be deleted; it is tried again in an hour", { slug: event.slug, cause });
      }
    }
  }

  /** The index files stay: they hold the fingerprint of every segment and no sound. */
  async #remove(eventId: string): Promise<void> {
    const { archive, peaks, chapters, talk, path: voices, sounds, looped } = eventFiles(this.#options.dataFolder, eventId);
    for (const path of await filesIn(archive)) if (!path.endsWith(".idx")) await rm(path, { force: true });
    for (const path of [peaks, chapters, talk, voices, looped]) await rm(path, { force: true });
    // Jingles and waiting music are in the recording; nobody can play them any more.
    await rm(sounds, { recursive: true, force: true });
  }
}

function balanceOf({ durationSamples, speakers, silences }: TalkRecord): TalkBalance {
  return { durationSamples, speakers: speakers.map(({ turns, ...speaker }) => ({ ...speaker, turns: turns.length })), silences };
}

async function* readOwnTrack(path: string, track: Omit<OggOfArchive, "read">): AsyncGenerator<Uint8Array> {
  await using file = await open(path, "r");
  const read = async (offset: number, length: number) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  };
  yield* readAsOgg({ ...track, read });
}

async function ownTracks(archive: string): Promise<RecordingAnswer["tracks"]> {
  const { tracks } = await readTrackList(archive);
  const sized = tracks.map(async ({ seat, name }) => ({ seat, name, bytes: (await stat(join(archive, voiceTrackFile(seat)))).size }));
  return (await Promise.allSettled(sized)).flatMap((track) => (track.status === "fulfilled" ? [track.value] : []));
}

/** Waveform and chapters of an event that is on air, as its stage kept them last; nothing before it did. */
async function soFar(peaksPath: string, chaptersPath: string): Promise<Pick<RecordingAnswer, "soFar">> {
  const peaks = peakRecord.safeParse(await readJson(peaksPath)).data;
  if (peaks === undefined) return {};
  const { chapters = [] } = chapterList.safeParse(await readJson(chaptersPath)).data ?? {};
  return { soFar: { seconds: peaks.durationSamples / SAMPLE_RATE, peaks: coarser(peaks.peaks, LIVE_POINTS), chapters: [...chapters] } };
}

/** Where a recording lies, as a host is told. */
function storeState(
  stored: StoredRecord | undefined,
  lost: "store-away" | "store-refused" | undefined,
  deleted: boolean,
): NonNullable<RecordingAnswer["store"]> {
  if (deleted) return stored === undefined || stored.deletedUnixMs !== undefined ? "deleted" : lost === undefined ? "deleting" : "deletion-waits";
  if (stored?.localRemovedUnixMs !== undefined) return "store-only";
  if (stored?.storedUnixMs !== undefined) return "both";
  return lost === undefined ? "sending" : "waits";
}

function deletedError(deleted: NonNullable<RecordingSettings["deleted"]>): EarshotError {
  return new EarshotError("recording-deleted", { by: deleted.by, date: new Date(deleted.unixMs).toISOString() });
}

/** Every file of an archive, those of its languages too. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function bytesIn(folder: string): Promise<number> {
  const sizes = await Promise.all(
    (await filesIn(folder)).map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
