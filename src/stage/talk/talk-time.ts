import { FRAME_MS, FRAME_SAMPLES } from "../../core/units.ts";
import type { TalkRecord } from "../../wire/talk-record.ts";
import { TalkClock, type Turn } from "./talk-clock.ts";

/** A stretch without any voice from which it is a silence. Frames; 2 s. */
const SILENCE_FRAMES = 2_000 / FRAME_MS;
/** An interruption: whoever is talked over gives way within this time, and the other goes on. Frames; 2 s. */
const GIVE_WAY_FRAMES = 2_000 / FRAME_MS;
/** How long the first must have had the floor. Frames; 1 s: two who begin together interrupt nobody. */
const FLOOR_FRAMES = 1_000 / FRAME_MS;
/** Talk together shorter than this is a change of turns, not an interruption. Frames; 200 ms. */
const OVERLAP_FRAMES = 200 / FRAME_MS;

/** What the talk clocks need of a voice: from a frame before any gain. */
export interface VoiceSigns {
  readonly voiced: boolean;
  readonly talking: boolean;
  readonly onsetFrames: number;
}

/** Who talks, for how long, over whom, and when nobody does. Counts while the event is on air; muted voices say nothing. */
export class TalkTime {
  readonly #clocks = new Map<string, TalkClock>();
  readonly #wasTalking = new Map<string, boolean>();
  /** Seats whose talk is interpretation: counted for themselves, and neither turn, interruption nor share of the floor. */
  readonly #apart = new Set<string>();
  #frames = 0;
  #lastVoiced = 0;
  #silences = 0;
  #silentFrames = 0;
  #longestSilence = 0;

  /** Takes up the record of an earlier run of the stage; the hole between counts as nobody's talk and nobody's silence. */
  restore(record: TalkRecord, atFrame: number): void {
    for (const { id, turns, interruptionsMade, interruptionsSuffered } of record.speakers) {
      const clock = this.#clock(id);
      clock.restore(turns.map(([start, end]): Turn => [start / FRAME_SAMPLES, end / FRAME_SAMPLES]));
      clock.interruptionsMade = interruptionsMade;
      clock.interruptionsSuffered = interruptionsSuffered;
    }
    this.#silences = record.silences.count;
    this.#silentFrames = Math.round((record.silences.seconds * 1000) / FRAME_MS);
    this.#longestSilence = Math.round((record.silences.longestSeconds * 1000) / FRAME_MS);
    this.#frames = atFrame;
    this.#lastVoiced = atFrame;
  }

  /** Takes one voice's frame; call for every seat with sound, then {@link advance} once. `apart`: they interpret. @hot */
  note(seatId: string, signs: VoiceSigns, muted: boolean, apart = false): void {
    const clock = this.#clock(seatId);
    if (apart) this.#apart.add(seatId);
    else this.#apart.delete(seatId);
    const talking = signs.talking && !muted;
    const onset = talking && this.#wasTalking.get(seatId) !== true ? signs.onsetFrames : 0;
    this.#wasTalking.set(seatId, talking);
    const voiced = talking && signs.voiced;
    if (voiced && !apart) this.#voice(this.#frames);
    const ended = clock.note(this.#frames, voiced, onset);
    if (ended !== undefined) this.#judge(seatId, ended);
  }

  /** Goes on to the next frame. @hot */
  advance(): void {
    this.#frames++;
  }

  /** A voice left the stage: its turn is over. */
  leave(seatId: string): void {
    const ended = this.#clocks.get(seatId)?.finish();
    this.#wasTalking.delete(seatId);
    if (ended !== undefined) this.#judge(seatId, ended);
  }

  /** Everything so far. `nameOf`: the name a seat goes by; `languageOf`: the language it interprets into, if it does. */
  record(nameOf: (seatId: string) => string, languageOf: (seatId: string) => string | undefined = () => undefined): TalkRecord {
    const clocks = [...this.#clocks].filter(([, clock]) => clock.talked > 0);
    const isApart = (id: string) => languageOf(id) !== undefined;
    const all = clocks.reduce((sum, [id, clock]) => sum + (isApart(id) ? 0 : clock.talked), 0);
    const open = this.#frames - this.#lastVoiced >= SILENCE_FRAMES ? this.#frames - this.#lastVoiced : 0;
    return {
      version: 1,
      durationSamples: this.#frames * FRAME_SAMPLES,
      speakers: clocks.map(([id, clock]) => ({
        id,
        name: nameOf(id),
        ...interpretsOf(languageOf(id)),
        talkSeconds: inSeconds(clock.talked),
        share: all === 0 || isApart(id) ? 0 : clock.talked / all,
        longestTurnSeconds: inSeconds(clock.longest),
        interruptionsMade: clock.interruptionsMade,
        interruptionsSuffered: clock.interruptionsSuffered,
        turns: clock.allTurns.map(([start, end]): [number, number] => [start * FRAME_SAMPLES, end * FRAME_SAMPLES]),
      })),
      silences: {
        count: this.#silences + (open > 0 ? 1 : 0),
        seconds: inSeconds(this.#silentFrames + open),
        longestSeconds: inSeconds(Math.max(this.#longestSilence, open)),
      },
    };
  }

  /** Somebody's voice: a silence before it is over. */
  #voice(frame: number): void {
    const silent = frame - this.#lastVoiced;
    if (silent >= SILENCE_FRAMES) {
      this.#silences++;
      this.#silentFrames += silent;
      this.#longestSilence = Math.max(this.#longestSilence, silent);
    }
    this.#lastVoiced = frame + 1;
  }

  /** A turn is over: whoever began during it, and went on, cut it short. */
  #judge(seatId: string, [start, end]: Turn): void {
    if (this.#apart.has(seatId)) return;
    const own = this.#clocks.get(seatId) as TalkClock;
    for (const [otherId, other] of this.#clocks) {
      const began = other.turnStart;
      if (otherId === seatId || began < 0 || this.#apart.has(otherId)) continue;
      const overlap = end - began;
      if (began - start < FLOOR_FRAMES || overlap < OVERLAP_FRAMES || overlap > GIVE_WAY_FRAMES || other.lastVoiced < end) continue;
      other.interruptionsMade++;
      own.interruptionsSuffered++;
    }
  }

  #clock(seatId: string): TalkClock {
    const known = this.#clocks.get(seatId);
    if (known !== undefined) return known;
    const clock = new TalkClock();
    this.#clocks.set(seatId, clock);
    return clock;
  }
}

function interpretsOf(language: string | undefined): { readonly interprets?: string } {
  return language === undefined ? {} : { interprets: language };
}

function inSeconds(frames: number): number {
  return (frames * FRAME_MS) / 1000;
}
