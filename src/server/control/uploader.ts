import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import type { Log } from "../../core/log.ts";
import { EarshotError } from "../../core/errors.ts";
import type { EventDesk, LiveEvent } from "../../event/mod.ts";
import { readArchiveEnd } from "../../programme/mod.ts";
import { storeKey, type StoredFile, type StoredRecord } from "../../wire/stored.ts";
import { readJson } from "../adapters/durable-file.ts";
import { readRecordingSettings } from "../adapters/recording-settings.ts";
import { type BlobStore, isStoreFault } from "../blobs/blob-store.ts";
import { dropEarlyParts, type EarlySending, forgetEarlyParts, sendEarlyParts, settleEarlyParts } from "../blobs/early-parts.ts";
import { PART_BYTES, sendFile } from "../blobs/send-file.ts";
import { listRecording, mayLeave, readStored, writeStored } from "../blobs/stored-files.ts";
import { eventFiles } from "../stage/event-files.ts";
import { parseLiveState } from "./live-state.ts";
import { Rounds } from "./rounds.ts";

/** Time between two rounds. Milliseconds: a recording is on its way a few seconds after its event. */
const ROUND_MS = 2_000;
/** Waits after a store that did not take something: the first, and the longest. Milliseconds; each is twice the one before, less up to half of it by chance. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
/** How soon an event is looked at again whose files could not be read, or whose sound is to leave the disk later. Milliseconds. */
const LOOK_AGAIN_MS = 3_600_000;
/** How soon an event is looked at again that left no whole recording yet, and how long after its end that is no wonder. Milliseconds; its stage may still mend it. */
const NO_END_MS = 30_000;
const JUST_ENDED_MS = 60_000;
const DAY_MS = 86_400_000;

/** What the uploader works with. */
export interface UploaderOptions {
  readonly dataFolder: string;
  readonly store: BlobStore;
  /** Days after the end until the sound leaves this machine's disk; null leaves it there. */
  readonly localDays: number | null;
  readonly desk: Pick<EventDesk, "all">;
  /** Whether an event's stage still runs or may be started again: its files are not to be touched. */
  readonly busy: (event: LiveEvent) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** Length of a part; {@link PART_BYTES} but in tests. */
  readonly partBytes?: number;
}

/** How it stands with the store. */
export interface StoreFigures {
  readonly place: string;
  /** Files and bytes that are not there yet, and recordings that are to be deleted there. */
  readonly files: number;
  readonly bytes: number;
  readonly deletions: number;
  /** When the oldest of them came to wait. Milliseconds since the Unix epoch; null when none does. */
  readonly waitingSinceUnixMs: number | null;
  /** Since when the store takes nothing, and why. */
  readonly lost: { readonly sinceUnixMs: number; readonly code: "store-away" | "store-refused"; readonly reason: string } | undefined;
}

interface Waiting {
  readonly sinceUnixMs: number;
  files: number;
  bytes: number;
  readonly deletion: boolean;
}

/**
 * Sends recordings to the store, whole parts of those on air and the rest when they are finished, takes deleted ones away there, and lets the sound leave this disk when it is time.
 * What is left to do stands in each event's `stored.json` and `sending.json`; nothing else needs to survive. Owns the retries; nothing else repeats a request to the store.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #rounds: Rounds;
  readonly #waiting = new Map<string, Waiting>();
  /** Events that need no look before a time. Steady milliseconds. */
  readonly #rest = new Map<string, number>();
  #lost: StoreFigures["lost"];
  #failuresInARow = 0;
  #retryAtMs = 0;
  /** Bytes the store took, and requests to it that failed, since the start. */
  sentBytes = 0;
  failures = 0;

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#rounds = new Rounds({
      clock: options.clock,
      everyMs: ROUND_MS,
      round: () => this.#makeRound(),
      onFault: (cause) => options.log.error("a round of storing failed; the next one follows", { cause }),
    });
  }

  /** Starts the rounds; {@link close} ends them. */
  start(): void {
    this.#rounds.start();
  }

  /** Lets an event be looked at again: something was decided about it. */
  wake(eventId: string): void {
    this.#rest.delete(eventId);
  }

  get figures(): StoreFigures {
    const waiting = [...this.#waiting.values()];
    const sum = (value: (one: Waiting) => number) => waiting.reduce((total, one) => total + value(one), 0);
    return {
      place: this.#options.store.place,
      files: sum(({ files }) => files),
      bytes: sum(({ bytes }) => bytes),
      deletions: sum(({ deletion }) => Number(deletion)),
      waitingSinceUnixMs: waiting.length === 0 ? null : Math.min(...waiting.map(({ sinceUnixMs }) => sinceUnixMs)),
      lost: this.#lost,
    };
  }

  /** One round: everything that is due, the newest event first, as far as the store takes it. Never rejects. */
  round(): Promise<void> {
    return this.#rounds.once();
  }

  /** Ends the rounds and what is under way; it goes on after the next start. */
  async close(): Promise<void> {
    await this.#rounds.close();
  }

  async #makeRound(): Promise<void> {
    const { desk, clock, log } = this.#options;
    const events = (await desk.all()).filter(({ permanent }) => !permanent);
    const ended = events.filter(({ status }) => status === "ended");
    ended.sort((a, b) => (b.endedMs ?? 0) - (a.endedMs ?? 0));
    const due = ended.filter(({ id }) => clock.steadyMs() >= (this.#rest.get(id) ?? 0));
    // What waits is counted before the first request, so that a lost store shows the whole queue.
    for (const event of due) await this.#queue(event);
    if (clock.steadyMs() < this.#retryAtMs) return;
    for (const event of [...due, ...events.filter(({ status }) => status === "live")]) {
      this.#rounds.signal.throwIfAborted();
      try {
        if (event.status === "live") await sendEarlyParts(this.#early(event));
        else this.#rest.set(event.id, clock.steadyMs() + (await this.#tend(event)));
      } catch (cause) {
        if (this.#rounds.signal.aborted) return;
        if (isStoreFault(cause)) return this.#lose(cause);
        log.error("a recording could not be stored; it is tried again in an hour", { slug: event.slug, cause });
        this.#rest.set(event.id, clock.steadyMs() + LOOK_AGAIN_MS);
      }
    }
  }

  /** Notes what of an event is to be sent, once its recording is whole. */
  async #queue(event: LiveEvent): Promise<void> {
    const { dataFolder, clock } = this.#options;
    const { deleted } = await readRecordingSettings(dataFolder, event.id);
    let record = await readStored(dataFolder, event.id);
    if (record === undefined && deleted === undefined && (await this.#isWhole(event.id))) {
      record = { version: 1, queuedUnixMs: clock.wallMs(), files: await listRecording(dataFolder, event.id) };
      await writeStored(dataFolder, event.id, record);
    }
    this.#count(event.id, record, deleted?.unixMs);
  }

  /** Whether the stage has completed everything: the archive has its end, and the state, written after the last language, its length. */
  async #isWhole(eventId: string): Promise<boolean> {
    const { archive, state } = eventFiles(this.#options.dataFolder, eventId);
    return parseLiveState(await readJson(state))?.durationSamples !== undefined && (await readArchiveEnd(archive)) !== undefined;
  }

  /** Does what is due for an event. Resolves to how long it needs no other look, in milliseconds. */
  async #tend(event: LiveEvent): Promise<number> {
    const { dataFolder, clock, localDays, log } = this.#options;
    const record = await readStored(dataFolder, event.id);
    const { deleted } = await readRecordingSettings(dataFolder, event.id);
    if (deleted !== undefined) {
      await dropEarlyParts(this.#early(event));
      if (record !== undefined && record.deletedUnixMs === undefined) await this.#deleteThere(event, record);
      return Number.POSITIVE_INFINITY;
    }
    if (record === undefined) return clock.wallMs() - (event.endedMs ?? 0) < JUST_ENDED_MS ? ROUND_MS : NO_END_MS;
    let kept = record;
    if (kept.storedUnixMs === undefined) {
      kept = await this.#send(event, kept);
      if (kept.storedUnixMs === undefined) return 0;
      log.info("recording stored", {
        slug: event.slug,
        place: this.#options.store.place,
        files: kept.files.length,
        took_ms: kept.storedUnixMs - kept.queuedUnixMs,
      });
    }
    if (localDays === null || kept.localRemovedUnixMs !== undefined) return Number.POSITIVE_INFINITY;
    const dueMs = (event.endedMs ?? clock.wallMs()) + localDays * DAY_MS - clock.wallMs();
    if (dueMs > 0) return Math.min(dueMs, LOOK_AGAIN_MS);
    if (this.#options.busy(event)) return ROUND_MS;
    return (await this.#leaveDisk(event, kept)) ? Number.POSITIVE_INFINITY : 0;
  }

  /** Sends what is missing. Resolves to the record as it is then; without `storedUnixMs` when the recording was deleted meanwhile. */
  async #send(event: LiveEvent, record: StoredRecord): Promise<StoredRecord> {
    const { dataFolder, store, clock, partBytes = PART_BYTES } = this.#options;
    const { signal } = this.#rounds;
    let kept = await this.#takeOver(event, record);
    for (const file of kept.files) {
      if (file.stored) continue;
      const sent = async (bytes: number) => {
        this.sentBytes += bytes;
        this.#found();
        if ((await readRecordingSettings(dataFolder, event.id)).deleted !== undefined) throw new Withdrawn();
      };
      const note = async (noted: StoredFile) => {
        kept = { ...kept, files: kept.files.map((one) => (one.path === noted.path ? noted : one)) };
        await writeStored(dataFolder, event.id, kept);
        this.#count(event.id, kept, undefined);
      };
      try {
        await sendFile({
          store,
          key: storeKey(event.id, file.path),
          path: join(eventFiles(dataFolder, event.id).folder, file.path),
          file,
          partBytes,
          signal,
          note,
          sent,
        });
      } catch (cause) {
        // The next round takes away what is there already.
        if (cause instanceof Withdrawn) return kept;
        throw cause;
      }
    }
    kept = { ...kept, storedUnixMs: clock.wallMs() };
    await writeStored(dataFolder, event.id, kept);
    this.#count(event.id, kept, undefined);
    return kept;
  }

  /** Takes up what was sent while the event was on air. */
  async #takeOver(event: LiveEvent, record: StoredRecord): Promise<StoredRecord> {
    const { dataFolder } = this.#options;
    const files = await settleEarlyParts(this.#early(event), record.files);
    const kept = { ...record, files: [...files] };
    if (files.some((file, index) => file !== record.files[index])) await writeStored(dataFolder, event.id, kept);
    await forgetEarlyParts(dataFolder, event.id);
    return kept;
  }

  #early({ id }: LiveEvent): EarlySending {
    const { dataFolder, store, partBytes = PART_BYTES } = this.#options;
    const sent = (bytes: number) => {
      this.sentBytes += bytes;
      this.#found();
    };
    return { store, dataFolder, eventId: id, partBytes, signal: this.#rounds.signal, sent };
  }

  async #deleteThere(event: LiveEvent, record: StoredRecord): Promise<void> {
    const { dataFolder, store, clock, log } = this.#options;
    const { signal } = this.#rounds;
    for (const { path, upload } of record.files) if (upload !== undefined) await store.abortUpload(storeKey(event.id, path), upload.id, signal);
    // Everything under the event's name, not only what was noted: nothing of it is to stay.
    for (const key of await store.list(storeKey(event.id, ""), signal)) await store.delete(key, signal);
    this.#found();
    const files = record.files.map(({ upload: _, ...file }) => ({ ...file, stored: false }));
    await writeStored(dataFolder, event.id, { ...record, files, deletedUnixMs: clock.wallMs() });
    this.#waiting.delete(event.id);
    log.info("recording deleted from the store", { slug: event.slug, place: store.place });
  }

  /** The sound leaves this disk only when the store says once more that it has every byte. False when it does not and is to be sent again. */
  async #leaveDisk(event: LiveEvent, record: StoredRecord): Promise<boolean> {
    const { dataFolder, store, clock, log } = this.#options;
    const leaving = record.files.filter(mayLeave);
    for (const { path, bytes } of leaving) {
      const size = await store.size(storeKey(event.id, path), this.#rounds.signal);
      if (size === bytes) continue;
      log.error("a stored recording is not what was sent; it stays on this disk and is sent again", { slug: event.slug, file: path, bytes: size ?? -1 });
      const { storedUnixMs: _, ...again } = record;
      await writeStored(dataFolder, event.id, { ...again, files: record.files.map((file) => (file.path === path ? { ...file, stored: false } : file)) });
      return false;
    }
    this.#found();
    await writeStored(dataFolder, event.id, { ...record, localRemovedUnixMs: clock.wallMs() });
    for (const { path } of leaving) await rm(join(eventFiles(dataFolder, event.id).folder, path), { force: true });
    log.info("the sound of a recording left this disk; it is played from the store", { slug: event.slug, place: store.place });
    return true;
  }

  #count(eventId: string, record: StoredRecord | undefined, deletedUnixMs: number | undefined): void {
    const missing = (record?.files ?? []).filter(({ stored }) => !stored);
    const deletion = deletedUnixMs !== undefined && record !== undefined && record.deletedUnixMs === undefined;
    if (!deletion && (deletedUnixMs !== undefined || record === undefined || record.storedUnixMs !== undefined)) return void this.#waiting.delete(eventId);
    const bytes = missing.reduce(
      (sum, file) => sum + file.bytes - (file.upload === undefined ? 0 : Math.min(file.bytes, file.upload.etags.length * file.upload.partBytes)),
      0,
    );
    const sinceUnixMs = deletion ? deletedUnixMs : (record?.queuedUnixMs ?? 0);
    this.#waiting.set(eventId, deletion ? { sinceUnixMs, files: 0, bytes: 0, deletion } : { sinceUnixMs, files: missing.length, bytes, deletion });
  }

  #lose({ code, details, cause }: EarshotError): void {
    const { clock, log } = this.#options;
    this.failures++;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#failuresInARow++);
    this.#retryAtMs = clock.steadyMs() + wait * (1 - Math.random() / 2);
    const reason = String(details.code ?? "unknown");
    const first = this.#lost?.code !== code;
    this.#lost = { sinceUnixMs: this.#lost?.sinceUnixMs ?? clock.wallMs(), code: code as "store-away" | "store-refused", reason };
    if (first) log.warn("the store for recordings takes nothing; events go on, recordings stay here and are sent when it is back", { code, ...details, cause });
  }

  #found(): void {
    const { clock, log } = this.#options;
    this.#failuresInARow = 0;
    if (this.#lost === undefined) return;
    log.info("the store for recordings is back", { away_ms: clock.wallMs() - this.#lost.sinceUnixMs });
    this.#lost = undefined;
  }
}

/** The recording was deleted while it was sent. */
class Withdrawn extends Error {}
