import { join } from "node:path";
import type { Clock } from "../../core/clock.ts";
import { EarshotError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { type StageManifest, verifySeatToken } from "../../event/mod.ts";
import { createStage, createWerift, type Stage } from "../../stage/mod.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { readHouseKey } from "../adapters/house-key.ts";
import { MemoryPartBus } from "../adapters/part-bus-memory.ts";
import { BusEndpoint } from "./bus-endpoint.ts";
import { loopClip, readClip } from "./clip.ts";
import type { StageConfig } from "./config.ts";
import { eventFiles, readEvent, writeState } from "./event-files.ts";
import { type FrameClock, startFrameClock } from "./frame-clock.ts";
import { openStageHttp } from "./http.ts";
import { OnAir } from "./on-air.ts";

/** The bundled loop of the Sound check, made for this project. */
const SOUND_CHECK_CLIP = join(import.meta.dirname, "../../../assets/sound-check/sound-check.opus");
/** After the end people may go on talking backstage; the process ends when nobody was there for this long. Milliseconds. */
const EMPTY_AFTER_END_MS = 60_000;

/** A running stage process. */
export interface StageProcess {
  readonly url: string;
  readonly stage: Stage;
  readonly frameClock: FrameClock;
  readonly onAir: OnAir;
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
  const startedAtMs = clock.steadyMs();
  const { manifest, state: before } = await readEvent(config.dataFolder, config.eventId);
  if (manifest === undefined) throw new EarshotError("event-unknown", { eventId: config.eventId });
  const houseKey = await readHouseKey(config.dataFolder);

  const stage = await createStage({
    manifest,
    transport: createWerift({ udpPorts: config.udpPorts, announce: config.announce, iceTcp: config.iceTcp, loopback: config.loopback, log }),
    verifyToken: (token) => verifySeatToken(token, houseKey, clock.wallMs()),
    clock,
    log,
  });

  let state: LiveState = firstState(manifest, before, clock);
  const parts = new MemoryPartBus();
  const bus = new BusEndpoint(parts, { eventId: config.eventId, slug: config.slug, epoch: state.epoch }, state);
  const onAir = await OnAir.open({
    eventId: config.eventId,
    title: manifest.title,
    epoch: state.epoch,
    archiveFolder: manifest.soundCheck ? undefined : eventFiles(config.dataFolder, config.eventId).archive,
    originUnixMs: state.phase === "live" && before?.phase === "live" ? state.originUnixMs : undefined,
    publish: (part) => parts.publish(part),
    state: () => state,
    onFault: (error) => log.error("the recording is in trouble; the event goes on", { cause: error }),
    clock,
    log,
  });
  bus.setHeaders(onAir.programme.headers);

  const change = (update: Partial<LiveState>): LiveState => {
    state = { ...state, ...update, revision: state.revision + 1 };
    bus.setState(state);
    return state;
  };
  /** An event that was over before its archive was complete: a kill between End and the last byte. */
  if (before?.phase === "ended") {
    await finish();
    await onAir.close();
    await stage.close();
    return undefined;
  }

  async function finish(): Promise<void> {
    const durationSamples = await onAir.end(manifest?.title ?? "", state.originUnixMs ?? clock.wallMs());
    await writeState(config.dataFolder, change({ durationSamples }));
  }

  const goLive = async (): Promise<void> => {
    if (state.phase !== "backstage") return;
    await writeState(config.dataFolder, change({ phase: "live", originUnixMs: clock.wallMs() }));
  };
  const end = async (): Promise<void> => {
    if (state.phase !== "live" || manifest.soundCheck) return;
    change({ phase: "ended", endedUnixMs: clock.wallMs() });
    await finish();
    log.info("event ended, replay ready", { slug: config.slug, duration_samples: state.durationSamples });
  };

  void goLive;
  void end;
  void startedAtMs;
  void FRAME_SAMPLES;
  void loopClip;
  void readClip;
  void SOUND_CHECK_CLIP;
  void EMPTY_AFTER_END_MS;
  void openStageHttp;
  void startFrameClock;
  return undefined;
}

function firstState(manifest: StageManifest, before: LiveState | undefined, clock: Clock): LiveState {
  const epoch = (before?.epoch ?? 0) + 1;
  if (before !== undefined) return { ...before, epoch, revision: before.revision + 1, onStage: [] };
  const { eventId, slug, soundCheck, speakers } = manifest;
  return {
    eventId,
    slug,
    epoch,
    revision: 0,
    phase: soundCheck ? "live" : "backstage",
    ...(soundCheck ? { originUnixMs: clock.wallMs() } : {}),
    onStage: soundCheck ? speakers.map((speaker) => ({ ...speaker, muted: false })) : [],
  };
}
