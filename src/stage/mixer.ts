import { FRAME_SAMPLES } from "../core/units.ts";
import { heal, SILENT_DB, shape } from "./audio.ts";
import type { ReturnEncoder } from "./codecs.ts";
import { Interpretation } from "./interpretation.ts";
import { Panorama } from "./panorama.ts";
import { type ReturnFeed, ReturnFeeds } from "./return-feeds.ts";

/** Level over which a source counts as talking when nothing says so itself. dBFS. */
const TALKING_DB = -55;
/** Level over which a person hears themselves in the shared feed, talking or not: a loud noise at their microphone. dBFS. */
const HEARD_DB = -35;
/** Frames a person stays "talking" after the last sound, so that their feed does not change encoder between words. 50 frames = 1 s. */
const TALKING_HOLD_FRAMES = 50;

/** Gives one frame of mono f32 per call. */
export interface PcmSource {
  pull(out: Float32Array): void;
}

/** What a voice goes through before it is mixed: levelling, watching. */
export interface VoiceStage {
  /** Works in place on one frame within full scale; `onFloor`: whether it goes on into the floor's mix, which it does not while it is muted. */
  process(frame: Float32Array, onFloor: boolean): void;
  /** Whether the newest frame belongs to somebody who talks. */
  readonly talking: boolean;
}

/** Where a voice is heard: on the floor, which becomes the programme; or behind the stage, by producers and by those they took aside, and never in any programme. */
export type Place = "floor" | "off-air" | "aside";

/** What joins the mix. */
export interface MixerInput {
  readonly source: PcmSource;
  /** Linear; 1 leaves the voice as it came. */
  readonly gain: number;
  readonly muted: boolean;
  /** Absent for sources that need no levelling: the house's own clips. */
  readonly voice?: VoiceStage;
  /** Language an interpreter speaks: their voice is in that language's mix alone. Undefined: on the floor. */
  readonly language?: string | undefined;
  /** Default: on the floor. */
  readonly place?: Place;
  readonly feed?: ReturnFeed;
}

interface Channel {
  place: Place;
  language: string | undefined;
  readonly source: PcmSource;
  readonly voice: VoiceStage | undefined;
  readonly feed: ReturnFeed | undefined;
  readonly frame: Float32Array;
  /** Where it stands in the panorama, -1 to 1; the house's own sounds in the middle. */
  side: number;
  /** Gain wanted, and the one the last frame ended with. */
  gain: number;
  muted: boolean;
  applied: number;
  hold: number;
  /** The encoder the newest packet came from. */
  heard: ReturnEncoder | undefined;
  level: number;
}

/**
 * Mixes everyone on the floor for the programme, for each person everyone else, and for each language the floor with its interpreters.
 * Behind the stage there is a bus of its own: producers hear the floor and each other; while somebody is taken aside, they and that person hear
 * each other alone. Nothing of it is in any programme or in the ear of anybody on the floor. Closed by the stage.
 */
export class Mixer {
  readonly #channels = new Map<string, Channel>();
  /** The same channels by where they are heard. */
  readonly #floor = new Map<string, Channel>();
  readonly #backstage = new Map<string, Channel>();
  readonly #interpretations = new Map<string, Interpretation>();
  readonly #sum = new Float32Array(FRAME_SAMPLES);
  readonly #behind = new Float32Array(FRAME_SAMPLES);
  #talking = false;
  /** People taken aside who are connected. */
  #asides = 0;
  readonly #returns: ReturnFeeds;
  readonly #backstageReturns: ReturnFeeds;
  /** The newest frame of the floor in stereo, before its own master; undefined where the programme is mono. */
  readonly panorama: Panorama | undefined;

  private constructor(returns: ReturnFeeds, backstageReturns: ReturnFeeds, stereo: boolean) {
    this.#returns = returns;
    this.#backstageReturns = backstageReturns;
    this.panorama = stereo ? new Panorama() : undefined;
  }

  static async open({ stereo = false } = {}): Promise<Mixer> {
    return new Mixer(await ReturnFeeds.open(), await ReturnFeeds.open(), stereo);
  }

  /** Return feeds encoded since the start: what the stage's CPU goes into. */
  get encoded(): number {
    return this.#returns.encoded + this.#backstageReturns.encoded;
  }

  /** Adds a voice; one of the same name is replaced. */
  add(name: string, { source, gain, muted, voice, feed, language, place = "floor" }: MixerInput): void {
    this.remove(name);
    const channel: Channel = {
      place,
      language,
      source,
      voice,
      feed,
      frame: new Float32Array(FRAME_SAMPLES),
      side: 0,
      gain,
      muted,
      applied: muted ? 0 : gain,
      hold: 0,
      heard: undefined,
      level: SILENT_DB,
    };
    this.#channels.set(name, channel);
    this.#enter(name, channel);
  }

  remove(name: string): void {
    const channel = this.#channels.get(name);
    if (channel === undefined) return;
    channel.feed?.encoder.close();
    this.#channels.delete(name);
    this.#leave(name, channel);
  }

  /** Moves a voice between the floor and the bus behind the stage, from the next frame on. Nothing of what was said on one is heard on the other. */
  setPlace(name: string, place: Place): void {
    const channel = this.#channels.get(name);
    if (channel === undefined || channel.place === place) return;
    this.#leave(name, channel);
    channel.place = place;
    // A gain that glides would let the last word before the move through.
    channel.applied = 0;
    channel.hold = 0;
    this.#enter(name, channel);
  }

  /** Whether a voice is on the floor, where listeners hear it. */
  isOnFloor(name: string): boolean {
    return this.#floor.has(name);
  }

  /** Sets which languages are mixed beside the floor; those that stay keep their state. */
  setLanguages(languages: readonly string[]): void {
    for (const language of this.#interpretations.keys()) if (!languages.includes(language)) this.#interpretations.delete(language);
    for (const language of languages) if (!this.#interpretations.has(language)) this.#interpretations.set(language, new Interpretation());
  }

  /** The programme in another language, or undefined when it is not mixed. */
  interpretation(language: string): Interpretation | undefined {
    return this.#interpretations.get(language);
  }

  /** Moves a voice from the floor to a language's mix, or back. */
  setLanguage(name: string, language: string | undefined): void {
    const channel = this.#channels.get(name);
    if (channel !== undefined) channel.language = language;
  }

  mute(name: string, muted: boolean): void {
    const channel = this.#channels.get(name);
    if (channel !== undefined) channel.muted = muted;
  }

  isMuted(name: string): boolean {
    return this.#channels.get(name)?.muted ?? true;
  }

  /** Sets a voice's gain. Linear. */
  setGain(name: string, gain: number): void {
    const channel = this.#channels.get(name);
    if (channel !== undefined) channel.gain = gain;
  }

  /** Whether any voice talked in the newest frame, or a moment before. */
  get talking(): boolean {
    return this.#talking;
  }

  /** Level after gain and muting. dBFS, -99 for silence or an unknown name. */
  level(name: string): number {
    return this.#channels.get(name)?.level ?? SILENT_DB;
  }

  /** Mixes one frame of the floor into `programme` (mono f32), completes every language and sends every return feed. @hot */
  tick(programme: Float32Array): void {
    const sum = this.#sum;
    const behind = this.#behind;
    sum.fill(0);
    behind.fill(0);
    for (const interpretation of this.#interpretations.values()) interpretation.begin();
    this.panorama?.begin();
    let talking = false;
    for (const channel of this.#channels.values()) {
      const { frame } = channel;
      channel.source.pull(frame);
      heal(frame);
      const gain = channel.muted ? 0 : channel.gain;
      channel.voice?.process(frame, channel.place === "floor" && channel.language === undefined && gain > 0);
      channel.level = shape(frame, channel.applied, gain);
      channel.applied = gain;
      if (channel.place !== "floor") {
        hold(channel, gain);
        addTo(behind, frame);
        continue;
      }
      if (channel.language !== undefined) {
        // Interpreters are in nobody's ear: for their own feed they are always silent.
        channel.hold = 0;
        const talks = channel.voice === undefined ? channel.level > TALKING_DB : channel.voice.talking && gain > 0;
        this.#interpretations.get(channel.language)?.add(frame, talks);
        continue;
      }
      hold(channel, gain);
      talking ||= channel.voice !== undefined && !channel.muted && channel.hold > 0;
      addTo(sum, frame);
      this.panorama?.add(frame, channel.side);
    }
    this.#talking = talking;
    this.#returns.send(this.#floor, sum);
    if (this.#backstage.size > 0) {
      if (this.#asides === 0) addTo(behind, sum);
      this.#backstageReturns.send(this.#backstage, behind);
    }
    programme.set(sum);
    for (const interpretation of this.#interpretations.values()) interpretation.complete(sum);
  }

  close(): void {
    for (const name of [...this.#channels.keys()]) this.remove(name);
    this.#returns.close();
    this.#backstageReturns.close();
  }

  #enter(name: string, channel: Channel): void {
    if (channel.place === "floor" && channel.voice !== undefined) channel.side = this.panorama?.placeOf(name) ?? 0;
    (channel.place === "floor" ? this.#floor : this.#backstage).set(name, channel);
    if (channel.place === "aside") this.#asides++;
  }

  #leave(name: string, channel: Channel): void {
    (channel.place === "floor" ? this.#floor : this.#backstage).delete(name);
    if (channel.place === "aside") this.#asides--;
  }
}

/** Keeps somebody "talking" for a moment after their last sound. @hot */
function hold(channel: Channel, gain: number): void {
  const { voice, level } = channel;
  if (voice === undefined ? level > TALKING_DB : level > HEARD_DB || (voice.talking && gain > 0)) channel.hold = TALKING_HOLD_FRAMES;
  else if (channel.hold > 0) channel.hold--;
}

/** Adds a frame to a mix. @hot */
function addTo(mix: Float32Array, frame: Float32Array): void {
  for (let index = 0; index < FRAME_SAMPLES; index++) mix[index] = (mix[index] as number) + (frame[index] as number);
}
