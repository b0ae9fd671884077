import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../core/log.ts";
import { FRAME_SAMPLES, type Samples, samples } from "../../core/units.ts";
import { LOSSLESS_FILE, LosslessRecorder, seatOfVoiceIndex, VoiceTrack, voiceTrackSkip } from "../../programme/mod.ts";
import { VOICE_DELAY } from "../../stage/mod.ts";
import type { RecordingSettings, TrackList } from "../../wire/recording.ts";
import { readTrackList, writeTrackList } from "../adapters/track-list.ts";

/** What a house was told to keep besides the programme. */
export type KeptSoundSettings = Pick<RecordingSettings, "keepTracks" | "keepLossless">;

/** What the keeping of further sound needs. */
export interface KeptSoundOptions {
  /** Folder of the archive. */
  readonly folder: string;
  /** Channels of the mix; 1 unless said. */
  readonly numberOfChannels?: number;
  /** Called when the disk begins to refuse a file, or one cannot be opened; the event goes on. */
  readonly onFault: (error: unknown) => void;
  readonly log: Log;
}

type OwnTrack = TrackList["tracks"][number];

/** Most packets kept of a speaker whose file is being opened. Ten seconds; a disk that needs longer loses what follows. */
const WAITING_PACKETS = 500;

/** A speaker's packet and its place: `ahead` samples after the programme's `position`. */
interface VoicePlace {
  readonly position: Samples;
  readonly ahead: number;
  /** Nobody would hear a packet left out. */
  readonly quiet: boolean;
}

/** Everything that is kept beside the programme itself: the mix without loss, and a track of each speaker who agreed. Closed by the stage process. */
export class KeptSound {
  readonly #options: KeptSoundOptions;
  #settings: KeptSoundSettings;
  #lossless: LosslessRecorder | undefined;
  readonly #agreed = new Map<string, string>();
  readonly #tracks = new Map<string, VoiceTrack>();
  readonly #opening = new Map<string, Promise<void>>();
  /** What was said while a track is being opened. */
  readonly #waiting = new Map<string, (VoicePlace & { readonly packet: Uint8Array })[]>();
  readonly #list = new Map<string, OwnTrack>();
  #listing: Promise<void> = Promise.resolve();
  /** Where the next frame belongs. */
  #position: Samples;

  private constructor(options: KeptSoundOptions, settings: KeptSoundSettings, position: Samples) {
    this.#options = options;
    this.#settings = settings;
    this.#position = position;
  }

  /** Takes up what an earlier run left; `position`: where the programme begins or goes on. */
  static async open(options: KeptSoundOptions, settings: KeptSoundSettings, position: Samples): Promise<KeptSound> {
    const kept = new KeptSound(options, settings, position);
    for (const track of (await readTrackList(options.folder)).tracks) kept.#list.set(track.seat, track);
    return kept;
  }

  /** Whether tracks of speakers who agree are kept. */
  get keepsTracks(): boolean {
    return this.#settings.keepTracks;
  }

  /** Parts waiting for the disk, the deepest queue of all files. */
  get queueDepth(): number {
    return Math.max(0, ...this.#files.map((file) => file.queueDepth));
  }

  /** Parts the disk never took, all files. */
  get partsLost(): number {
    return this.#files.reduce((sum, file) => sum + file.partsLost, 0);
  }

  /** Speakers' packets left out of their tracks, because no place of 20 ms holds them or their clock is faster. */
  get packetsLeftOut(): number {
    return [...this.#tracks.values()].reduce((sum, track) => sum + track.leftOut, 0);
  }

  get #files(): readonly (LosslessRecorder | VoiceTrack)[] {
    return [...(this.#lossless === undefined ? [] : [this.#lossless]), ...this.#tracks.values()];
  }

  /** Takes over what the host decided anew; what was kept so far stays. */
  set(settings: KeptSoundSettings): void {
    this.#settings = settings;
  }

  /** Notes that a speaker agreed to a track of their own, or took it back: from now on their track is silent. */
  agree(seatId: string, name: string, agreed: boolean): void {
    if (agreed) this.#agreed.set(seatId, name);
    else this.#agreed.delete(seatId);
  }

  /** Takes one frame of the mix at the programme's `position`, after every voice in it was told; `right` where it has two channels. @hot */
  push(frame: Float32Array, position: Samples, right?: Float32Array): void {
    if (this.#lossless !== undefined) this.#lossless.push(frame, right);
    else if (this.#settings.keepLossless) this.#open("lossless", () => this.#openLossless());
    for (const track of this.#tracks.values()) track.advance(position);
    this.#position = samples(position + FRAME_SAMPLES);
  }

  /** Takes a speaker's packet, whose sound begins `ahead` samples after the programme's `position`; kept only where they agreed. @hot */
  voice(seatId: string, packet: Uint8Array, at: VoicePlace): void {
    if (!this.#settings.keepTracks || !this.#agreed.has(seatId)) return;
    const track = this.#tracks.get(seatId);
    if (track !== undefined) return track.put(at.position + at.ahead, packet, at.quiet);
    if (!this.#opening.has(seatId)) this.#waiting.set(seatId, []);
    const waiting = this.#waiting.get(seatId);
    if (waiting !== undefined && waiting.length < WAITING_PACKETS) waiting.push({ ...at, packet: packet.slice() });
    this.#open(seatId, () => this.#openTrack(seatId).finally(() => this.#waiting.delete(seatId)));
  }

  /** Completes every file, those of an earlier run too. What fails is told and leaves the others alone. */
  async finish(durationSamples: Samples): Promise<void> {
    this.#position = durationSamples;
    await Promise.all(this.#opening.values());
    const { folder } = this.#options;
    const names = await readdir(folder).catch(() => []);
    for (const seatId of names.flatMap((name) => seatOfVoiceIndex(name) ?? []))
      if (!this.#tracks.has(seatId)) await this.#attempt(() => this.#openTrack(seatId));
    const started = await stat(join(folder, LOSSLESS_FILE)).catch(() => undefined);
    if (started !== undefined && this.#lossless === undefined) await this.#attempt(() => this.#openLossless());
    await this.#attempt(async () => await this.#lossless?.finish());
    for (const [seatId, track] of this.#tracks) {
      await this.#attempt(() => track.finish(durationSamples));
      const known = this.#list.get(seatId);
      if (known !== undefined && track.stereo) this.#list.set(seatId, { ...known, stereo: true });
    }
    if (this.#list.size > 0) await this.#keepList();
  }

  async close(): Promise<void> {
    await Promise.all(this.#opening.values());
    await this.#listing;
    await Promise.all(this.#files.map((file) => file.close()));
  }

  /** Opens a file once at a time, beside the frames. */
  #open(name: string, open: () => Promise<void>): void {
    if (this.#opening.has(name)) return;
    this.#opening.set(name, this.#attempt(open));
  }

  async #attempt(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#options.onFault(error);
    }
  }

  async #openLossless(): Promise<void> {
    const { folder, onFault, numberOfChannels = 1 } = this.#options;
    this.#lossless = await LosslessRecorder.open({ folder, onFault, numberOfChannels, position: () => this.#position });
  }

  async #openTrack(seatId: string): Promise<void> {
    const { folder, onFault, log } = this.#options;
    const waiting = this.#waiting.get(seatId) ?? [];
    const track = await VoiceTrack.open({ folder, onFault, seatId, position: () => waiting[0]?.position ?? this.#position });
    this.#tracks.set(seatId, track);
    for (const { position, ahead, packet, quiet } of waiting) {
      track.advance(position);
      track.put(position + ahead, packet, quiet);
    }
    if (this.#list.has(seatId)) return;
    this.#list.set(seatId, { seat: seatId, name: this.#agreed.get(seatId) ?? seatId, skipSamples: voiceTrackSkip(VOICE_DELAY), stereo: false });
    log.info("a track of a speaker's own voice is kept", { seat: seatId });
    await this.#keepList();
  }

  #keepList(): Promise<void> {
    this.#listing = this.#listing.then(() => this.#attempt(() => writeTrackList(this.#options.folder, { version: 1, tracks: [...this.#list.values()] })));
    return this.#listing;
  }
}
