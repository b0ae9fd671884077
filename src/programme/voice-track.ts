import { type Samples, samples } from "../core/units.ts";
import { renditionForm, type ArchiveForm } from "./archive-form.ts";
import { writeChunk } from "./cmaf.ts";
import { KeptLane, type KeptFileOptions } from "./kept-lane.ts";
import { inTwentyMs, joinHalves } from "./opus-frames.ts";
import { GRIDS, partSamples } from "./part.ts";
import { silentPacket } from "./silence.ts";

const { frameSamples: SLOT, framesPerPart: SLOTS_PER_PART } = GRIDS.opus;
/** Slots held before they are written: a part, and the next one, into which a long packet may reach. */
const HELD_SLOTS = 2 * SLOTS_PER_PART;
/** Slots behind now at which a part is closed. A packet may be taken up to 120 ms before its time, never after. */
const SETTLED_SLOTS = 1;
/** How far a run of packets may stray from where it was heard before it is put right. Samples; 10 ms in a pause, 40 ms in the middle of speech, where leaving a packet out would be heard. */
const STRAY_QUIET = SLOT / 2;
const STRAY_SPEECH = 2 * SLOT;
/** Everything lies one slot late, so that the encoder's start can be skipped by any number of samples. */
const SHIFT_SLOTS = 1;

/** What the name of every track's file begins with. */
const PREFIX = "track-";

/** The archive form of a seat's own voice: CMAF with Opus, on the programme's grid. */
function voiceForm(seatId: string): ArchiveForm {
  return { ...renditionForm("opus", 1), name: `${PREFIX}${seatId}`, fileName: voiceTrackFile(seatId), indexName: voiceTrackIndex(seatId) };
}

/** Name of a seat's track in the archive folder. */
export function voiceTrackFile(seatId: string): string {
  return `${PREFIX}${seatId}.mp4`;
}

/** Name of its list of segments. */
export function voiceTrackIndex(seatId: string): string {
  return `${PREFIX}${seatId}.idx`;
}

/** The seat an index file of the archive folder belongs to, or undefined when it is no track's. */
export function seatOfVoiceIndex(fileName: string): string | undefined {
  return /^track-([\w-]{1,64})\.idx$/.exec(fileName)?.[1];
}

/** Samples at the start of a track that are before the programme's first; what the track's header says is to be skipped. `mixDelay`: how late a voice is in the mix, samples. */
export function voiceTrackSkip(mixDelay: number): number {
  return SHIFT_SLOTS * SLOT - mixDelay;
}

/** One speaker's own packets as they came, each where it was heard in the programme; what is between them is silence. Closed by whoever opened it. */
export class VoiceTrack {
  readonly #lane: KeptLane;
  readonly #silence = silentPacket("opus", 1);
  readonly #slots: (Uint8Array | undefined)[] = new Array(HELD_SLOTS).fill(undefined);
  /** Number of the part being filled. */
  #part: number;
  /** Slot after the newest packet. */
  #next = Number.NEGATIVE_INFINITY;
  /** How far packets lie from where they were heard, because two clocks are never alike. Slots. */
  #stray = 0;
  #half: { readonly slot: number; readonly packet: Uint8Array } | undefined;
  /** Packets written. */
  packets = 0;
  /** Packets left out: of a length no slot holds, or one too many because the speaker's clock is faster. */
  leftOut = 0;
  /** Whether a packet had two channels: a player should open both. */
  stereo = false;

  private constructor(lane: KeptLane, position: Samples) {
    this.#lane = lane;
    this.#part = Math.max(lane.next, Math.floor((position / SLOT + SHIFT_SLOTS) / SLOTS_PER_PART));
  }

  /** Opens a seat's track, mending what a crash left; what is before `position` and not there becomes silence; it is asked once the file is open. Rejects with the file system's error. */
  static async open(options: KeptFileOptions & { readonly seatId: string; readonly position: () => Samples }): Promise<VoiceTrack> {
    const lane = await KeptLane.open(options, voiceForm(options.seatId));
    return new VoiceTrack(lane, options.position());
  }

  /** See {@link KeptLane}. */
  get queueDepth(): number {
    return this.#lane.queueDepth;
  }

  get partsLost(): number {
    return this.#lane.partsLost;
  }

  /** Takes a packet whose sound begins at `position` of the programme, before its time by less than 120 ms; `quiet`: nobody would hear a packet left out. @hot */
  put(position: number, packet: Uint8Array, quiet: boolean): void {
    const made = inTwentyMs(packet);
    // @spec RFC 6716 §3.1: the third bit from below says stereo.
    if (((packet[0] ?? 0) & 4) !== 0) this.stereo = true;
    if (made === undefined) {
      this.leftOut++;
      return;
    }
    if (made.half) {
      this.#putHalf(position, made.packets[0] as Uint8Array, quiet);
      return;
    }
    this.#half = undefined;
    for (let index = 0; index < made.packets.length; index++) this.#place(position + index * SLOT, made.packets[index] as Uint8Array, quiet);
  }

  /** Says where the programme is: what lies behind is written. @hot */
  advance(position: number): void {
    const settled = Math.floor(position / SLOT) + SHIFT_SLOTS - SETTLED_SLOTS;
    while (settled >= (this.#part + 1) * SLOTS_PER_PART) this.#write(SLOTS_PER_PART, false);
  }

  /** Writes the rest up to the programme's end, then completes file and index. @throws disk-full, disk-failing */
  async finish(durationSamples: Samples): Promise<void> {
    this.advance(durationSamples);
    const rest = Math.ceil(durationSamples / SLOT) + SHIFT_SLOTS - this.#part * SLOTS_PER_PART;
    // A track that was finished before and is finished again has nothing to add.
    if (rest > 0 && this.#lane.recordedSamples < this.#part * partSamples("opus") + rest * SLOT) this.#write(Math.min(rest, SLOTS_PER_PART), true);
    await this.#lane.finish();
  }

  async close(): Promise<void> {
    await this.#lane.close();
  }

  /** Two packets of 10 ms share a slot; one that finds no partner is left out. */
  #putHalf(position: number, packet: Uint8Array, quiet: boolean): void {
    const before = this.#half;
    this.#half = undefined;
    const whole = before === undefined ? undefined : joinHalves(before.packet, packet);
    if (before !== undefined && whole !== undefined) return this.#place(before.slot, whole, quiet);
    if (before !== undefined) this.leftOut++;
    this.#half = { slot: position, packet };
  }

  #place(position: number, packet: Uint8Array, quiet: boolean): void {
    const exact = position / SLOT + SHIFT_SLOTS;
    let slot = Math.round(exact + this.#stray);
    if (Math.abs(slot - exact) * SLOT > (quiet ? STRAY_QUIET : STRAY_SPEECH)) slot = Math.round(exact);
    this.#stray = slot - exact;
    const first = this.#part * SLOTS_PER_PART;
    if (slot < this.#next || slot < first || slot >= first + HELD_SLOTS) {
      this.leftOut++;
      return;
    }
    this.#slots[slot % HELD_SLOTS] = packet;
    this.#next = slot + 1;
    this.packets++;
  }

  #write(slots: number, last: boolean): void {
    const sequenceNumber = this.#part++;
    const packets = new Array<Uint8Array>(slots);
    let filled = 0;
    for (let slot = 0; slot < slots; slot++) {
      const at = (sequenceNumber * SLOTS_PER_PART + slot) % HELD_SLOTS;
      const packet = this.#slots[at];
      if (packet !== undefined) filled++;
      packets[slot] = packet ?? this.#silence;
      this.#slots[at] = undefined;
    }
    const timestamp = samples(sequenceNumber * partSamples("opus"));
    const data = writeChunk({ rendition: "opus", sequenceNumber, timestamp, packets });
    this.#lane.keep({ sequenceNumber, timestamp, duration: samples(slots * SLOT), filler: filled === 0, last, data });
  }
}
