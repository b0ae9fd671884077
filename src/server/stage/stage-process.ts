import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { FRAME_SAMPLES, SAMPLE_RATE } from "../../core/units.ts";
import { relayServers, type StageManifest, type StageSeat, verifySeatToken } from "../../event/mod-live.ts";
import { readArchiveChannels } from "../../programme/mod.ts";
import { createWerift, Stage } from "../../stage/mod.ts";
import type { LiveState, PublicSpeaker } from "../../wire/public-state.ts";
import { isStageRole } from "../../wire/room.ts";
import { noteGap } from "../adapters/gap-record.ts";
import { readHouseKey } from "../adapters/house-key.ts";
import { readRecordingSettings } from "../adapters/recording-settings.ts";
import { MemoryPartBus } from "../adapters/part-bus-memory.ts";
import { readSound } from "../adapters/sound-shelf.ts";
import { packageVersion } from "../supervisor/house.ts";
import { BusEndpoint } from "./bus-endpoint.ts";
import { CaptionKeeper } from "./caption-keeper.ts";
import type { StageConfig } from "./config.ts";
import { EncoderEar } from "./encoder-ear.ts";
import { coverPath, eventFiles, readEvent, readManifestAtOnce, writeState } from "./event-files.ts";
import { type FrameClock, startFrameClock } from "./frame-clock.ts";
import { HouseNews } from "./house-news.ts";
import { openStageHttp } from "./http.ts";
import { heardIn, Interpretations } from "./interpretations.ts";
import { KeptSound } from "./kept-sound.ts";
import { OnAir } from "./on-air.ts";
import { RecordingWatch } from "./recording-watch.ts";
import type { Told } from "./level-history.ts";
import { LedgerKeeper } from "./ledger/ledger-keeper.ts";
import { LoopedSounds } from "./looped-sounds.ts";
import { MarkKeeper, readTags } from "./mark-keeper.ts";
import { PathKeeper } from "./path-keeper.ts";
import { readKeptSeats, SeatKeeper } from "./seat-keeper.ts";
import { TalkKeeper } from "./talk-keeper.ts";

/** The bundled loop of the Sound check, made for this project. */
const SOUND_CHECK_CLIP = join(import.meta.dirname, "../../../assets/sound-check/sound-check.opus");
/** After the end people may go on talking backstage; the process ends when nobody was there for this long. Milliseconds. */
const EMPTY_AFTER_END_MS = 30_000;
/** The first moment of a stage belongs to those who come back to it: what nobody waits for is loaded after it. Milliseconds. */
const SETTLE_MS = 1_000;
/** How often it looks whether everybody left. Milliseconds. */
const EMPTY_CHECK_MS = 5_000;

/** A running stage process. */
export interface StageProcess {
  readonly url: string;
  readonly stage: Stage;
  readonly frameClock: FrameClock;
  readonly onAir: OnAir;
  readonly kept: KeptSound;
  readonly bus: BusEndpoint;
  close(): Promise<void>;
}

/** What a stage process needs besides its settings. */
export interface StageProcessOptions {
  readonly config: StageConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when there is nothing left to do: the event ended and everybody left. */
  readonly onDone: () => void;
  /** Called when the process must be started anew from disk (it was frozen too long). */
  readonly onStall: (lagMs: number) => void;
}

/** Takes up an event from disk and runs its stage. Resolves to undefined when the event is over and nothing is left to do. */
export async function runStage(options: StageProcessOptions): Promise<StageProcess | undefined> {
  const { config, clock, log } = options;
  // Position and frame clock count from this one instant, however long the rest of the start takes.
  const startedAt = clock.steadyMs();
  const files = eventFiles(config.dataFolder, config.eventId);
  const { manifest, state: before } = await readEvent(config.dataFolder, config.eventId);
  if (manifest === undefined) throw new EarshotError("event-unknown", { eventId: config.eventId });
  const houseKey = await readHouseKey(config.dataFolder);
  const wasLive = before?.phase === "live";
  let state = takeUp(manifest, before, clock);
  if (state.phase !== "backstage") await writeState(config.dataFolder, state);

  const parts = new MemoryPartBus();
  const bus = new BusEndpoint(parts, { eventId: config.eventId, slug: config.slug, epoch: state.epoch }, state);
  const change = (update: Partial<LiveState>): void => {
    state = { ...state, ...update, revision: state.revision + 1 };
    bus.setState(state);
  };
  const { publicUrl, udpPorts, announce, iceTcp } = config;
  const ledger = manifest.soundCheck
    ? undefined
    : LedgerKeeper.start({
        dataFolder: config.dataFolder,
        publicUrl,
        houseKey,
        manifest,
        state: () => state,
        witnesses: config.witnesses ?? { ask: [], quorum: 0 },
        edges: config.edges ?? [],
        settings: { publicUrl, udpPorts, announce, iceTcp },
        version: await packageVersion(),
        clock,
        log,
      });
  if (wasLive) ledger?.incident(`The stage was away and came back, for the ${state.epoch - 1}. time.`);
  let encoderEar: EncoderEar | undefined;
  let watch: RecordingWatch | undefined;
  const onFault = (cause: unknown): void => {
    log.error("the recording is in trouble; the event goes on", { cause });
    ledger?.incident(`The recording is in trouble: ${cause instanceof EarshotError ? cause.code : "unknown"}.`);
    watch?.fault(cause);
  };
  const captions = await CaptionKeeper.open({ path: files.captions, log }, wasLive);
  let title = manifest.title;
  const news = new HouseNews({ dataFolder: config.dataFolder, eventId: config.eventId, slug: config.slug, state: () => state, clock, log });
  const told: Told = {
    title: () => title,
    captionAt: (timestamp, duration) => captions.at(timestamp, duration),
    audience: () => news.audience,
    revision: () => news.revision,
  };
  // What was begun in mono or stereo ends so, whatever the settings say since.
  const begun = before === undefined || before.phase === "backstage" ? undefined : await readArchiveChannels(files.archive);
  const numberOfChannels = manifest.soundCheck ? 1 : (begun ?? (config.stereo === true ? 2 : 1));
  const onAir = await OnAir.open({
    numberOfChannels,
    eventId: config.eventId,
    epoch: state.epoch,
    // A whole archive is opened no more: its sound may have left this disk, and opening would begin a new one.
    archiveFolder: manifest.soundCheck || (before?.phase === "ended" && before.durationSamples !== undefined) ? undefined : files.archive,
    originUnixMs: wasLive ? state.originUnixMs : undefined,
    publish: (part) => {
      parts.publish(part);
      encoderEar?.take(part);
    },
    publishChunk: (chunk) => parts.publishChunk(chunk),
    state: heardIn(() => state, undefined),
    told,
    onFault: (cause) => onFault(cause),
    clock,
    makeWay: clock.sleep(SETTLE_MS),
  });
  const kept = await KeptSound.open(
    { folder: files.archive, numberOfChannels, onFault: (cause) => onFault(cause), log },
    manifest.soundCheck ? { keepTracks: false, keepLossless: false } : await readRecordingSettings(config.dataFolder, config.eventId),
    onAir.position,
  );
  if (wasLive && onAir.resumedAt < onAir.position)
    await noteGap(files.gaps, { start: onAir.resumedAt / SAMPLE_RATE, end: onAir.position / SAMPLE_RATE }).catch((cause: unknown) =>
      log.warn("the gap could not be noted", { cause }),
    );
  bus.setHeaders(onAir.programme.headers);
  let mixing: Stage | undefined;
  let floorLanguage = manifest.language ?? "";
  const interpretations = new Interpretations({
    eventId: config.eventId,
    epoch: state.epoch,
    archive: files.archive,
    state: () => state,
    stage: () => mixing,
    told,
    bus,
    onLanguages: (into) => {
      const { interpretation: _, ...rest } = state;
      state = rest;
      change(into.length === 0 ? {} : { interpretation: { floor: floorLanguage, into } });
      if (state.phase === "live") attempt(() => writeState(config.dataFolder, state))();
    },
    onFault: (cause) => log.error("the recording of an interpretation is in trouble; the event goes on", { cause }),
    clock,
    log,
  });

  const completeArchive = async (): Promise<void> => {
    const tags = {
      title,
      startUnixMs: state.originUnixMs ?? clock.wallMs(),
      ...(await readTags(files, config.slug, coverPath(config.dataFolder, manifest))),
    };
    const [durationSamples] = await Promise.all([onAir.end(tags), interpretations.end(tags)]);
    await kept.finish(durationSamples);
    change({ phase: "ended", endedUnixMs: state.endedUnixMs ?? clock.wallMs(), durationSamples, ledgerFinal: false });
    await writeState(config.dataFolder, state);
    log.info("event ended, replay ready", { slug: config.slug, duration_samples: durationSamples });
  };
  const completeLedger = async (): Promise<void> => {
    await ledger?.finish();
    if (ledger?.closed !== true) return;
    change({ ledgerFinal: true });
    await writeState(config.dataFolder, state);
    await enterDeletion();
  };
  /** Enters that the recording was taken away, once it was and the event's last entry is there. */
  const enterDeletion = async (): Promise<void> => {
    const { deleted } = await readRecordingSettings(config.dataFolder, config.eventId);
    if (deleted === undefined || state.ledgerFinal !== true || state.deletionEntered === true || ledger === undefined) return;
    ledger.recordingDeleted(deleted);
    await ledger.keep();
    if (!ledger.closed) return;
    change({ deletionEntered: true });
    await writeState(config.dataFolder, state);
  };
  if (before?.phase === "ended") {
    // Killed between End and the last byte of the archive, or simply asked again after the end.
    if (before.durationSamples === undefined) {
      await interpretations.follow(before.interpretation?.into ?? []);
      await completeArchive();
    }
    if (state.ledgerFinal === false) await completeLedger();
    else await enterDeletion();
    await ledger?.close();
    await interpretations.close();
    await captions.close();
    await kept.close();
    await onAir.close();
    news.close();
    return undefined;
  }

  let ending = false;
  /** Announcements on their way to the disk, one after the other: none may overwrite the end. */
  let telling: Promise<void> = Promise.resolve();
  const goLive = async (): Promise<void> => {
    if (state.phase !== "backstage") return;
    change({ phase: "live", originUnixMs: clock.wallMs() });
    stage.room.changed();
    await writeState(config.dataFolder, state);
    log.info("event is live", { slug: config.slug });
  };
  const end = async (): Promise<void> => {
    if (state.phase !== "live" || manifest.soundCheck || ending) return;
    ending = true;
    await Promise.all([talkKeeper.keep(), marks.keep(), pathKeeper.keep(), captions.keep()]);
    tellAll("");
    await telling;
    change({ endedUnixMs: clock.wallMs() });
    await writeState(config.dataFolder, { ...state, phase: "ended" });
    await completeArchive();
    stage.room.changed();
    // The host's End is answered before the last checkpoint is.
    attempt(completeLedger)();
  };
  const markChapter = (title: string): void => {
    const mark = state.phase === "live" ? marks.mark(onAir.position, title) : undefined;
    if (mark !== undefined) stage.room.sendChapter(mark);
  };
  const caption = (text: string, at: number | undefined): void => {
    if (state.phase !== "live" || ending || manifest.soundCheck) return;
    stage.room.sendCaption(text, captions.add(text, onAir.position, at).start);
  };
  /** Also before the start: those who wait are told, too. */
  const tellAll = (text: string): void => {
    if (state.phase === "ended" || (state.announcement ?? "") === text) return;
    const { announcement: _, ...rest } = state;
    state = rest;
    change(text === "" ? {} : { announcement: text });
    stage.room.changed();
    telling = telling
      .then(() => (state.phase === "live" && !ending ? writeState(config.dataFolder, state) : undefined))
      .catch((cause: unknown) => log.warn("an announcement could not be kept", { cause }));
  };
  const readManifest = async (): Promise<void> => {
    const newer = readManifestAtOnce(config.dataFolder, config.eventId);
    floorLanguage = newer.language ?? "";
    title = newer.title;
    stage.setManifest(newer);
    void interpretations.follow(languagesOf(newer));
    ledger?.setManifest(newer);
    if (manifest.soundCheck) return;
    kept.set(await readRecordingSettings(config.dataFolder, config.eventId));
    stage.room.changed();
    await enterDeletion();
  };
  function attempt(act: () => Promise<void>): () => void {
    return () => void act().catch((cause: unknown) => log.error("the act could not be completed", { cause }));
  }

  const stage = await Stage.open({
    manifest,
    transport: createWerift({ udpPorts, singlePort: config.singlePort ?? false, announce, iceTcp, loopback: config.loopback, log }),
    verifyToken: (token) => verifySeatToken(token, houseKey, clock.wallMs()),
    clock,
    log,
    kept: await readKeptSeats(files.seats),
    findSound: (id) => readSound(files.sounds, id),
    privateFeeds: config.privateFeeds ?? false,
    stereo: numberOfChannels === 2,
    onSounds: () => looped.note(),
    relays: (seatId) => relayServers(config.relay, seatId, clock.wallMs()),
    phase: () => phaseOf(state),
    onGoLive: attempt(goLive),
    onEnd: attempt(end),
    onConsent: (seatId, role, by) => ledger?.consent(seatId, role, by),
    keepsTracks: () => kept.keepsTracks,
    onTrack: ({ seatId, name, role }, agreed) => {
      kept.agree(seatId, name, agreed);
      ledger?.trackConsent({ seat: seatId, role, agreed });
    },
    onVoice: (seatId, packet, ahead, quiet) => {
      if (state.phase === "live" && !ending) kept.voice(seatId, packet, { position: onAir.position, ahead, quiet });
    },
    onModeration: (act) => ledger?.act(act),
    onMark: markChapter,
    onCaption: caption,
    onAnnounce: tellAll,
    onChange: () => {
      change({ onStage: onStageNow(manifest, stage) });
      seatKeeper.note();
    },
  });
  const seatKeeper = new SeatKeeper({ path: files.seats, room: stage.room, log });
  if (manifest.soundCheck) {
    const { loopClip, readClip } = await import("./clip.ts");
    const play = loopClip(await readClip(SOUND_CHECK_CLIP));
    for (const speaker of manifest.speakers.slice(0, 1)) await stage.addHouseSource(speaker.id, { pull: play });
  }

  watch = new RecordingWatch({ queueDepth: () => Math.max(onAir.archiveQueueDepth, kept.queueDepth), onChange: (trouble) => stage.room.sendTrouble(trouble) });
  const looped = new LoopedSounds({ path: files.looped, sounds: stage.sounds, log });
  await looped.resume();

  const talkKeeper = await TalkKeeper.open({ path: files.talk, stage, log });
  if (wasLive) talkKeeper.resume(onAir.position);
  const marks = await MarkKeeper.open({ files, title: () => title, talk: () => stage.talkRecord, log }, wasLive ? onAir.position : undefined);
  const pathKeeper = await PathKeeper.open({ path: files.path, stage, log });

  encoderEar = await EncoderEar.open({ stage, programme: onAir.programme, numberOfChannels, clock });

  const programme = new Float32Array(FRAME_SAMPLES);
  const channels = stage.sides ?? [programme];
  const [heard, right] = channels as readonly [Float32Array, Float32Array?];
  const levelOf = (seatId: string) => stage.level(seatId);
  mixing = stage;
  void interpretations.follow(wasLive ? [...(before.interpretation?.into ?? []), ...languagesOf(manifest)] : languagesOf(manifest));
  const frameClock = startFrameClock({
    clock,
    startedAt,
    onFrame: () => {
      stage.tick(programme);
      if (state.phase !== "live" || ending) return;
      stage.programmePath.mix(programme, onAir.position);
      kept.push(heard, onAir.position, right);
      interpretations.push(onAir.position, levelOf);
      onAir.push(channels, levelOf);
      if (!manifest.soundCheck) marks.push(programme);
      encoderEar?.advance();
    },
    onStall: options.onStall,
  });
  const { url, server } = await openStageHttp({
    stage,
    slug: config.slug,
    bus,
    state: () => state,
    houseKey,
    command: (type) => ({ "go-live": goLive, end, "read-manifest": readManifest, "read-sounds": () => stage.sounds.refresh() })[type](),
    log,
  });
  const emptyCheck = watchEmpty(() => state.phase === "ended" && stage.room.empty, clock, options.onDone);

  return {
    url,
    stage,
    frameClock,
    onAir,
    kept,
    bus,
    async close() {
      watch.close();
      clearInterval(emptyCheck);
      await Promise.all([talkKeeper.close(), marks.close(), pathKeeper.close(), captions.close(), looped.close(), seatKeeper.close()]);
      frameClock.close();
      news.close();
      server.close();
      server.closeAllConnections();
      await stage.close();
      await interpretations.close();
      await kept.close();
      await onAir.close();
      encoderEar?.close();
      await ledger?.close();
    },
  };
}

/** The state a run of the stage begins with: a new one, or what the run before left, one epoch later. */
function takeUp(manifest: StageManifest, before: LiveState | undefined, clock: Clock): LiveState {
  const { eventId, slug, soundCheck, speakers } = manifest;
  const onStage = soundCheck ? publicly(speakers) : [];
  if (before !== undefined) return { ...before, epoch: before.epoch + 1, revision: before.revision + 1, onStage };
  return { eventId, slug, epoch: 1, revision: 0, phase: soundCheck ? "live" : "backstage", ...(soundCheck ? { originUnixMs: clock.wallMs() } : {}), onStage };
}

function phaseOf({ phase, originUnixMs, endedUnixMs, announcement }: LiveState) {
  return {
    phase,
    ...(announcement === undefined ? {} : { announcement }),
    ...(originUnixMs === undefined ? {} : { originUnixMs }),
    ...(endedUnixMs === undefined ? {} : { endedUnixMs }),
  };
}

/** Languages somebody is to interpret into. */
function languagesOf({ soundCheck, speakers }: StageManifest): readonly string[] {
  return soundCheck ? [] : [...new Set(speakers.flatMap(({ interprets }) => interprets ?? []))];
}

/** Who listeners are told is on stage. */
function onStageNow(manifest: StageManifest, stage: Stage): (PublicSpeaker & { readonly muted: boolean })[] {
  if (manifest.soundCheck) return publicly(manifest.speakers);
  return stage.room.seats.flatMap(({ claims: { seatId: id, ...claims }, muted, publishing }) => (publishing ? publicly([{ id, ...claims, muted }]) : []));
}

/** Those of these people whom listeners may know of: neither producers nor who is taken aside. */
function publicly(seats: readonly (StageSeat & { readonly muted?: boolean })[]): (PublicSpeaker & { readonly muted: boolean })[] {
  return seats.flatMap(({ id, name, role, interprets, aside, muted = false }) =>
    isStageRole(role) && aside !== true ? [{ id, name, role, muted, ...(interprets === undefined ? {} : { interprets }) }] : [],
  );
}

function watchEmpty(over: () => boolean, clock: Clock, onDone: () => void): NodeJS.Timeout {
  let since: number | undefined;
  return setInterval(() => {
    since = over() ? (since ?? clock.steadyMs()) : undefined;
    if (since !== undefined && clock.steadyMs() - since >= EMPTY_AFTER_END_MS) onDone();
  }, EMPTY_CHECK_MS);
}
