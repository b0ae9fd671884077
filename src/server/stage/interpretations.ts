import { rm } from "node:fs/promises";
import type { Log } from "../../core/log.ts";
import { FRAME_SAMPLES, type Samples } from "../../core/units.ts";
import type { ArchiveChapter } from "../../programme/mod.ts";
import type { Stage } from "../../stage/mod.ts";
import { languageName } from "../../wire/language.ts";
import type { LiveState } from "../../wire/public-state.ts";
import { MemoryPartBus } from "../adapters/part-bus-memory.ts";
import type { BusEndpoint } from "./bus-endpoint.ts";
import { languageArchive } from "./event-files.ts";
import { OnAir, type OnAirOptions } from "./on-air.ts";

/** Frames of silence a language that came later is given at a time until it has caught up. 25 = half a second of sound, some 30 ms of work. */
const CATCH_UP_FRAMES = 25;

/** One language's way from the mix to the fronts and the disk. */
interface Lane {
  readonly language: string;
  readonly onAir: OnAir;
}

/** What the interpretations of an event work with. */
export interface InterpretationsOptions extends Pick<OnAirOptions, "eventId" | "epoch" | "told" | "onFault" | "clock"> {
  /** Folder of the event's archive. */
  readonly archive: string;
  readonly state: () => LiveState;
  /** Who mixes; undefined before the stage is open, and after the event. */
  readonly stage: () => Pick<Stage, "setLanguages" | "interpretation"> | undefined;
  readonly bus: BusEndpoint;
  /** The languages changed, oldest first. */
  readonly onLanguages: (languages: readonly string[]) => void;
  readonly log: Log;
}

/**
 * The programme in other languages: each encoded, published and kept like the first, on the same timeline with the same part numbers.
 * While the event is on air languages only come; what they missed before is silence. Closed by the stage process.
 */
export class Interpretations {
  readonly #options: InterpretationsOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #silence = [new Float32Array(FRAME_SAMPLES)];
  #frame: readonly Float32Array[] = [];
  #turn: Promise<void> = Promise.resolve();
  #over = false;

  constructor(options: InterpretationsOptions) {
    this.#options = options;
  }

  get languages(): readonly string[] {
    return [...this.#lanes.keys()];
  }

  /** Opens the languages that are missing and, before the event, lets go of those nobody interprets into any more. Resolves when that is done; what fails is logged and tried again the next time. */
  follow(languages: readonly string[]): Promise<void> {
    this.#turn = this.#turn.then(() => this.#follow(languages));
    return this.#turn;
  }

  /** Takes the frame the stage mixed last, at the programme's position. @hot */
  push(position: Samples, levelOf: (seatId: string) => number): void {
    const stage = this.#options.stage();
    for (const { language, onAir } of this.#lanes.values()) {
      const mix = stage?.interpretation(language);
      for (let made = 0; onAir.position < position && made < CATCH_UP_FRAMES; made++) onAir.push(this.#silence, levelOf);
      if (mix === undefined || onAir.position !== position) continue;
      if (this.#frame[0] !== mix) this.#frame = [mix];
      onAir.push(this.#frame, levelOf);
    }
  }

  /** Publishes the last parts of every language and completes its archive. */
  async end(tags: {
    readonly title: string;
    readonly startUnixMs: number;
    readonly chapters: readonly ArchiveChapter[];
    readonly picture?: Uint8Array;
  }): Promise<void> {
    this.#over = true;
    await this.#turn;
    const ending = this.languages.map(async (language) => {
      try {
        await this.#lanes.get(language)?.onAir.end({ ...tags, title: `${tags.title} (${languageName(language)})` });
      } catch (cause) {
        this.#options.log.error("the recording of an interpretation could not be completed", { language, cause });
      }
    });
    await Promise.all(ending);
  }

  async close(): Promise<void> {
    this.#over = true;
    await this.#turn;
    await Promise.all([...this.#lanes.values()].map(({ onAir }) => onAir.close()));
    this.#lanes.clear();
  }

  async #follow(languages: readonly string[]): Promise<void> {
    const { stage, state, onLanguages, log } = this.#options;
    if (this.#over) return;
    const before = this.languages;
    const kept = state().phase === "backstage" ? before.filter((language) => languages.includes(language)) : before;
    const wanted = [...new Set([...kept, ...languages])];
    stage()?.setLanguages(wanted);
    for (const language of before) if (!kept.includes(language)) await this.#drop(language);
    for (const language of wanted) {
      if (this.#lanes.has(language)) continue;
      try {
        await this.#open(language);
      } catch (cause) {
        log.error("an interpretation could not be opened; the event goes on without it", { language, cause });
      }
    }
    if (this.languages.join() !== before.join()) onLanguages(this.languages);
  }

  async #open(language: string): Promise<void> {
    const { archive, bus, state, eventId, epoch, told, onFault, clock } = this.#options;
    const parts = new MemoryPartBus();
    const { phase, originUnixMs } = state();
    const onAir = await OnAir.open({
      eventId,
      epoch,
      archiveFolder: languageArchive(archive, language),
      // A voice over the floor needs no place beside it.
      numberOfChannels: 1,
      originUnixMs: phase === "live" ? originUnixMs : undefined,
      publish: (part) => parts.publish(part),
      publishChunk: (chunk) => parts.publishChunk(chunk),
      state: heardIn(state, language),
      told,
      onFault,
      clock,
    });
    bus.addLanguage(language, parts, onAir.programme.headers);
    this.#lanes.set(language, { language, onAir });
  }

  async #drop(language: string): Promise<void> {
    const { archive, bus } = this.#options;
    const lane = this.#lanes.get(language);
    this.#lanes.delete(language);
    bus.removeLanguage(language);
    await lane?.onAir.close();
    // Nothing was on air yet: there is no sound in it.
    await rm(languageArchive(archive, language), { recursive: true, force: true });
  }
}

/** The state as listeners of one programme see it: on the floor nobody who interprets, in a language its own interpreters too. Made once per change. */
export function heardIn(state: () => LiveState, language: string | undefined): () => LiveState {
  let seen: LiveState | undefined;
  let shown: LiveState | undefined;
  return () => {
    const now = state();
    if (seen !== now || shown === undefined) {
      seen = now;
      const heard = ({ interprets }: LiveState["onStage"][number]) => interprets === undefined || interprets === language;
      shown = now.onStage.every(heard) ? now : { ...now, onStage: now.onStage.filter(heard) };
    }
    return shown;
  };
}
