import type { Clock } from "../core/clock.ts";
import { SAMPLE_RATE } from "../core/units.ts";
import { partSamples, type RenditionId } from "../programme/mod.ts";
import { type EndlessKind, isContainer } from "./endless-form.ts";

/** From how many listeners of an event in this process on each newcomer is sent how many parts at a time. */
interface Step {
  readonly from: number;
  readonly parts: number;
}
/**
 * What a send costs is nearly all in the kernel and hardly depends on its length: half the sends are half the cost.
 * A radio is seconds behind anyway, and is given the longer wait in advance when it comes; ours is kept close for longer.
 */
const RADIO: readonly Step[] = [
  { from: 250, parts: 4 },
  { from: 50, parts: 2 },
];
const OWN: readonly Step[] = [{ from: 4_000, parts: 2 }];
/** What our own player gets at least while longer pieces are wanted. Parts: half the sends of one each, half a second further back. */
const LONGER_PARTS = 2;
/** The cadences there are. Parts in one send. */
export const CADENCES = [1, 2, 4] as const;
/** Moments in a part's duration at which listeners are sent to: the kernel is busy all the time instead of all at once, and the last one is not late. */
const SLOTS_PER_PART = 8;
/** Listeners in a moment before the next one is opened: two to three milliseconds of work, which nobody notices. */
const SLOT_LISTENERS = 256;

/** How many parts a listener who comes now is sent at a time. `longer`: whether our own player, which can be told, is to have longer pieces. */
export function partsPerSend(kind: EndlessKind, listening: number, longer = false): number {
  for (const { from, parts } of isContainer(kind) ? OWN : RADIO) if (listening >= from) return parts;
  return longer && isContainer(kind) ? LONGER_PARTS : 1;
}

/** One listener in a timetable. */
export interface Seated {
  slot: number;
  /** Where it stands in its slot. */
  place: number;
}

/**
 * When whom to send to: the listeners of one rendition and cadence, spread over slots inside the cadence. A small house is all in the first slot and hears at once;
 * a large one is spread evenly. Slot `s` belongs to the parts with `number mod parts = s mod parts`, and is `floor(s / parts)` steps after them.
 */
export class Timetable<Reader extends Seated> {
  readonly slots: readonly Reader[][];
  /** Parts in one send. */
  readonly parts: number;
  /** Between two slots of one part. Milliseconds. */
  readonly #stepMs: number;

  constructor(rendition: RenditionId, parts: number) {
    this.parts = parts;
    this.slots = Array.from({ length: parts * SLOTS_PER_PART }, () => []);
    this.#stepMs = (partSamples(rendition) * 1000) / SAMPLE_RATE / SLOTS_PER_PART;
  }

  /** Gives a listener the earliest slot with room, or the emptiest. */
  seat(reader: Reader): void {
    let chosen = 0;
    for (let slot = 0; slot < this.slots.length; slot++) {
      const taken = (this.slots[slot] as Reader[]).length;
      if (taken < SLOT_LISTENERS) {
        chosen = slot;
        break;
      }
      if (taken < (this.slots[chosen] as Reader[]).length) chosen = slot;
    }
    const readers = this.slots[chosen] as Reader[];
    reader.slot = chosen;
    reader.place = readers.length;
    readers.push(reader);
  }

  /** Takes a listener out; the last of the slot moves into the place. */
  leave(reader: Reader): void {
    const readers = this.slots[reader.slot] as Reader[];
    const last = readers.pop() as Reader;
    if (last === reader) return;
    readers[reader.place] = last;
    last.place = reader.place;
  }

  /** Calls `send` for everyone whose turn a part is: the first slot now, each other a step later, so that the load is flat; all at once in a hurry. @hot */
  run(sequenceNumber: number, { hurry, clock }: { readonly hurry: boolean; readonly clock: Clock }, send: (readers: readonly Reader[]) => void): void {
    // At the end nobody is kept waiting for a turn.
    if (hurry) for (const readers of this.slots) send(readers);
    else
      for (let step = 0; step < SLOTS_PER_PART; step++) {
        const readers = this.slots[step * this.parts + (sequenceNumber % this.parts)] as Reader[];
        if (readers.length === 0) continue;
        if (step === 0) send(readers);
        else void clock.sleep(step * this.#stepMs).then(() => send(readers));
      }
  }
}
