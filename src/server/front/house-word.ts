import type { Clock } from "../../core/clock.ts";
import { paths } from "../../wire/paths.ts";
import type { PublicEvent, PublicState } from "../../wire/public-state.ts";

/** How long what the house said is used before it is asked again. Milliseconds; pages look at the state every few seconds, and the first segment to go back to comes after four. */
const ASK_AGAIN_MS = 2_000;
/** How long a state may wait for the house's first word. Milliseconds; afterwards it goes without. */
const FIRST_WORD_MS = 1_000;
/** Events remembered; those on air are a handful. */
const MAX_EVENTS = 50;

/** What only the house knows of an event that is on air at its edges: what those who wait may hear, and whether there is something to go back to. */
export type Word = Pick<PublicState, "waiting" | "rewind">;

/** What the house last said of an event. */
interface Heard {
  askedAtMs: number;
  word: Word;
  /** Resolves when the answer that is on its way has come, or has not. */
  asking: Promise<void>;
}

/** What an edge's states say in the house's words, so that they look as the house's do. Goes on with the last word while the house is away. */
export class HouseWord {
  readonly #clock: Clock;
  readonly #readState: (event: PublicEvent) => Promise<Uint8Array>;
  readonly #heard = new Map<string, Heard>();

  /** `readState`: reads the house's `state.json` of an event. */
  constructor(clock: Clock, readState: (event: PublicEvent) => Promise<Uint8Array>) {
    this.#clock = clock;
    this.#readState = readState;
  }

  async of(event: PublicEvent): Promise<Word> {
    const nowMs = this.#clock.steadyMs();
    let heard = this.#heard.get(event.id);
    if (heard === undefined) {
      heard = { askedAtMs: nowMs, word: {}, asking: Promise.resolve() };
      this.#heard.set(event.id, heard);
      if (this.#heard.size > MAX_EVENTS) this.#heard.delete(this.#heard.keys().next().value as string);
      heard.asking = Promise.race([this.#ask(event, heard), this.#clock.sleep(FIRST_WORD_MS)]);
    } else if (nowMs - heard.askedAtMs >= ASK_AGAIN_MS) {
      heard.askedAtMs = nowMs;
      void this.#ask(event, heard);
    }
    await heard.asking;
    return heard.word;
  }

  async #ask(event: PublicEvent, heard: Heard): Promise<void> {
    try {
      const { status, waiting, rewind } = JSON.parse(Buffer.from(await this.#readState(event)).toString()) as Partial<PublicState>;
      // Once it is on air the house offers it while it has a door itself; whether there is one here is known here.
      const sound = waiting?.sound ?? (status === "live" ? heard.word.waiting?.sound : undefined);
      heard.word = {
        ...(sound?.startsWith(`${paths.event(event.slug)}/`) === true ? { waiting: { sound } } : {}),
        ...(rewind === true ? { rewind } : {}),
      };
    } catch {
      // Away: its last word holds.
    }
  }
}
