import { type KeyPress, keyAct } from "../player/keys.ts";

/** What a key asks of the studio. */
export type StudioKey = "mute" | "talk" | "hand" | "help";
const LETTERS: Readonly<Record<string, StudioKey>> = { m: "mute", h: "hand", "?": "help" };

/** What a key press asks of the studio; undefined when it belongs to the browser, to a field or to a dialog. */
export function studioKey({ key, ctrlKey, metaKey, altKey, repeat, target }: KeyPress): StudioKey | undefined {
  const press = { ctrlKey, metaKey, altKey, repeat, target };
  if (key === " ") return keyAct({ ...press, key }) === "toggle" ? "talk" : undefined;
  const act = LETTERS[key.toLowerCase()];
  // The listening page knows where letters mean nothing; M stands for all of them there.
  return act !== undefined && keyAct({ ...press, key: "m" }) === "mute" ? act : undefined;
}

/** What the studio's keys move. */
export interface StudioActs {
  readonly isMuted: () => boolean;
  readonly mute: (muted: boolean) => void;
  readonly hand: () => void;
  readonly help: () => void;
  /** Whether single keys are wanted; asked at each press. `?` always works. */
  readonly on: () => boolean;
}

/** The studio's keyboard: M mutes, Space talks while it is held, H asks for the floor, ? lists the keys. */
export class StageKeys {
  readonly #acts: StudioActs;
  /** Whether a held key is all that keeps the microphone open. */
  holding = false;

  constructor(acts: StudioActs) {
    this.#acts = acts;
  }

  /** Takes a key that goes down; whether it was one of ours. */
  down(press: KeyPress): boolean {
    if (this.holding && press.key === " ") return true;
    const act = studioKey(press);
    if (act === undefined || (act !== "help" && !this.#acts.on())) return false;
    if (act === "help") this.#acts.help();
    else if (act === "hand") this.#acts.hand();
    else if (act === "mute") this.#mute();
    else {
      if (!this.#acts.isMuted()) return false;
      this.holding = true;
      this.#acts.mute(false);
    }
    return true;
  }

  /** Takes a key that goes up. */
  up(key: string): void {
    if (key === " ") this.release();
  }

  /** Ends the holding, whatever ended it: the key, or a window that lost the keyboard. */
  release(): void {
    if (!this.holding) return;
    this.holding = false;
    this.#acts.mute(true);
  }

  /** M while Space is held leaves the microphone open, as if it had been unmuted for good. */
  #mute(): void {
    const { isMuted, mute } = this.#acts;
    if (this.holding) this.holding = false;
    else mute(!isMuted());
  }
}
