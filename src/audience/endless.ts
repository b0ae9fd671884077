import type { Clock } from "../core/clock.ts";
import { SAMPLE_RATE } from "../core/units.ts";
import { channelsOfHeader, type Chunk, concatBytes, GRIDS, type Part, partSamples, RENDITIONS, type RenditionId } from "../programme/mod.ts";
import { CADENCES, partsPerSend, type Seated, Timetable } from "./cadence.ts";
import { cheaperKind, countBack, usualAgainNotice } from "./cheaper.ts";
import { ENDLESS_KINDS, type EndlessKind, endlessRendition, formOf, isContainer, oggHeader } from "./endless-form.ts";
import { IcyLine, IcySink, takesIcy } from "./icy.ts";
import { cadenceNotice, NEAR_PLACES, STEP_BACK_PARTS } from "./near-tier.ts";
import type { PartStore } from "./part-store.ts";

/** Sent at once on connecting. Seconds; our own player wants to be close, a radio needs a few seconds for a line that hesitates. */
const BURST_SECONDS: Readonly<Record<EndlessKind, number>> = { "mp4-opus": 1, "mp4-aac": 1, "mp4-low": 1, mp3: 3, aac: 3, opus: 3 };
/**
 * The same for `<audio>` in a browser. Seconds. Chromium reads blocks of 32 KB (4.1 s at 64 kbit/s, 5.5 s at 48), starts with the first
 * whole one and plays it out before it sees the next: with less it starts late or stutters once, and comes no closer than 4.7 s whatever is sent.
 */
const ELEMENT_BURST_SECONDS: Readonly<Record<EndlessKind, number>> = { "mp4-opus": 1, "mp4-aac": 1, "mp4-low": 1, mp3: 4.5, aac: 4.5, opus: 6 };
/** Unread bytes from which parts are left out for a slow reader. Bytes; about 16 s of 64 kbit/s. */
const SLOW_READER_BYTES = 128 * 1024;
/** Parts left out in a row after which a reader is given up. 60 parts = half a minute. */
const GIVE_UP_PARTS = 60;
/** Listeners who are served chunk by chunk at a time, per event and process. Each costs ten writes a second instead of two: closeness is for a few, room is for all. */
const CLOSE_LISTENERS = 300;
/** Runs of parts in a stream's form that are kept for those whose slot comes later. Per kind: three cadences and those who came in between. */
const RUNS_KEPT = 16;
/** Parts a reader can be behind in the ordinary course of things; further behind there is a hole, and it goes on with the newest. */
const PARTS_IN_A_SEND = 8;
/** Share of a moment's listeners that are given another rhythm in one second, and are then told half a minute before: the pressure has time to say that it is enough. */
const SHARE_CHANGED = 0.05;
const EMPTY = new Uint8Array(0);

/** The end of a connection a stream writes to. */
export interface StreamSink {
  /** Takes bytes that hold the programme's audio of [from, to). Samples since going live. */
  write(bytes: Uint8Array, from: number, to: number): void;
  /** Lets what `act` writes leave as one packet where it can. */
  together(act: () => void): void;
  /** Bytes accepted and not yet sent. */
  readonly backlog: number;
  end(): void;
  destroy(): void;
}

/** One connection. */
interface Reader extends Seated {
  kind: EndlessKind;
  /** What it asked for and gets as soon as there is room; undefined once it has it. */
  wished: EndlessKind | undefined;
  /** Whether there is room. */
  returns: boolean;
  readonly sink: StreamSink;
  /** When it is sent to; undefined for those who follow closely. */
  timetable: Timetable<Reader> | undefined;
  /** Whether it has one of the places near the stage. */
  near: boolean;
  /** Parts until it is sent to in another rhythm; -1 while it is to go on as it is. */
  changesIn: number;
  /** Parts in one send from then on. */
  nextParts: number;
  /** The part it is sent next. */
  next: number;
  /** End of what it was sent. Samples since going live; kept only for those who follow closely. */
  end: number;
  /** Parts left out in a row. */
  skipped: number;
}

/** Parts in a row in one stream's form, as one buffer for everyone. */
interface Run {
  readonly from: number;
  readonly to: number;
  readonly bytes: Uint8Array;
  /** The audio in it. Samples since going live. */
  readonly start: number;
  readonly end: number;
}

/** What a connection is to be. */
export interface StreamWish {
  /** Whether it is a browser's `<audio>`, which waits for more before it begins. */
  readonly element?: boolean;
  /** Whether it wants one of the places near the stage. */
  readonly near?: boolean;
  /** Whether it is to have half the data until {@link EndlessStreams.giveBack}, where its form has a stream for that. */
  readonly cheaper?: boolean;
  /** Whether it asked to be told what is on between the sound; only bare frames can. */
  readonly icy?: boolean;
}

/** What newcomers are sent while a part is the newest. */
interface Burst {
  readonly to: number;
  readonly header: Uint8Array;
  readonly bytes: Uint8Array;
  /** The audio in it. Samples since going live. */
  readonly start: number;
  readonly end: number;
}

/**
 * The endless streams of one event. Each run of parts is put into a stream's form once, for everyone.
 * The container streams run ahead of the parts, chunk by chunk, for the few who come first; whoever missed a chunk gets the whole part, and a player replaces what it has twice.
 */
export class EndlessStreams {
  readonly #store: PartStore;
  readonly #title: string;
  #ogg: { readonly channels: number; readonly header: Uint8Array } | undefined;
  readonly #clock: Clock;
  readonly #runs = new Map<EndlessKind, Run[]>(ENDLESS_KINDS.map((kind) => [kind, []]));
  readonly #bursts = new Map<string, Burst>();
  readonly #counts = new Map<EndlessKind, number>();
  readonly #timetables = new Map<RenditionId, readonly Timetable<Reader>[]>(
    RENDITIONS.map((rendition) => [rendition, CADENCES.map((parts) => new Timetable<Reader>(rendition, parts))]),
  );
  readonly #close = new Set<Reader>();
  readonly #icy: IcyLine;
  /** Whether newcomers get parts only: a fifth of the writes. The door says so when it is full. */
  thrifty = false;
  /** Whether our own player is to have longer pieces, newcomers at once and the others by {@link adapt}. The door says so when it is fuller still. */
  longer = false;
  /** Places near the stage: chunk by chunk, also when the others' are taken. */
  nearPlaces = NEAR_PLACES;
  #near = 0;
  /** Those who were given the cheaper stream, the longest here first. */
  readonly #cheaper = new Set<Reader>();
  #crowded = false;
  /** Parts left out for readers that were too slow. */
  skippedParts = 0;

  constructor(store: PartStore, title: string, clock: Clock) {
    this.#store = store;
    this.#title = title;
    this.#clock = clock;
    this.#icy = new IcyLine(title);
    store.listen((part) => this.#takePart(part));
    store.listenChunks((chunk) => this.#takeChunk(chunk));
    store.onEnd(() => this.#endAll());
  }

  /** Connections per kind. */
  listeners(kind: EndlessKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** Those who have a place near the stage. */
  get nearListeners(): number {
    return this.#near;
  }

  /** Those who were given the cheaper stream and do not have the usual one back yet. */
  get cheaperListeners(): number {
    return this.#cheaper.size;
  }

  /** Whether somebody who asks for this stream can be given half the data. */
  hasCheaper(kind: EndlessKind): boolean {
    const cheaper = cheaperKind(kind);
    return cheaper !== undefined && this.#store.window(endlessRendition(cheaper)) !== undefined;
  }

  /** There is room again: some of those who were given the cheaper stream get the usual one from their next part on, in the same answer. Called once a second. */
  giveBack(): void {
    let left = countBack(this.#cheaper.size);
    for (const reader of this.#cheaper) {
      if (left-- <= 0) return;
      reader.returns = true;
      this.#cheaper.delete(reader);
    }
  }

  /** Whether the door wants the places near the stage back: nobody gets one, and whoever has one is told and steps back half a minute later. */
  get crowded(): boolean {
    return this.#crowded;
  }

  set crowded(value: boolean) {
    if (value && !this.#crowded) for (const reader of this.#close) if (reader.near) this.#giveRhythm(reader, this.#partsPerSend(reader.kind));
    this.#crowded = value;
  }

  /**
   * Gives some of our own players the rhythm that the house can bear: longer pieces to those who have shorter ones, and the usual ones back when there is room.
   * Whoever is to get longer ones is told and changes half a minute later, when its player has moved away; shorter ones come at once. Called once a second.
   */
  adapt(): void {
    for (const timetables of this.#timetables.values())
      for (const timetable of timetables) for (const readers of timetable.slots) this.#adapt(readers, timetable.parts);
    if (this.longer)
      this.#adapt(
        [...this.#close].filter(({ near }) => !near),
        0,
      );
  }

  /** Those of one moment who are sent `parts` at a time; 0: chunks. */
  #adapt(readers: readonly Reader[], parts: number): void {
    let left = Math.ceil(readers.length * SHARE_CHANGED);
    for (const reader of readers) {
      if (!isContainer(reader.kind)) continue;
      if (left === 0) return;
      const right = this.#partsPerSend(reader.kind);
      const wished = this.longer ? Math.max(parts, right) : Math.min(parts, right);
      if (wished === (reader.changesIn < 0 ? parts : reader.nextParts)) continue;
      this.#giveRhythm(reader, wished);
      left--;
    }
  }

  #giveRhythm(reader: Reader, parts: number): void {
    reader.nextParts = parts;
    reader.changesIn = parts > (reader.timetable?.parts ?? 0) ? STEP_BACK_PARTS : 0;
  }

  #partsPerSend(kind: EndlessKind): number {
    return partsPerSend(kind, this.#listening(), this.longer);
  }

  /** Whether a stream opened now would get a place near the stage. */
  hasRoomNear(kind: EndlessKind): boolean {
    return isContainer(kind) && !this.#crowded && this.#near < this.nearPlaces;
  }

  /** How often a stream opened now is written to. Milliseconds: of a chunk while few listen, of a part while there is room, of two in a full house. */
  cadenceMs(kind: EndlessKind, { near = false, cheaper = false }: StreamWish = {}): number {
    const { framesPerChunk, frameSamples } = GRIDS[endlessRendition(kind)];
    const span =
      !(cheaper && this.hasCheaper(kind)) && ((near && this.hasRoomNear(kind)) || this.#hasRoomClose(kind))
        ? framesPerChunk * frameSamples
        : partSamples(endlessRendition(kind)) * this.#partsPerSend(kind);
    return (span * 1000) / SAMPLE_RATE;
  }

  /** Sends the newest parts (more of them to a browser's `<audio>`) and then all that come; returns what to call when the reader leaves. */
  open(wished: EndlessKind, to: StreamSink, { element = false, near: wantsNear = false, cheaper = false, icy = false }: StreamWish = {}): () => void {
    const sink = icy && takesIcy(wished) ? new IcySink(to, this.#icy) : to;
    const less = cheaper && this.hasCheaper(wished);
    const kind = (less ? cheaperKind(wished) : undefined) ?? wished;
    const rendition = endlessRendition(kind);
    const newest = this.#store.newest(rendition);
    const near = !less && wantsNear && this.hasRoomNear(kind);
    const close = near || (!less && this.#hasRoomClose(kind));
    const parts = close ? 1 : this.#partsPerSend(kind);
    const timetable = close ? undefined : this.#timetables.get(rendition)?.find((each) => each.parts === parts);
    const last = this.#store.get(rendition, newest);
    const end = last === undefined ? 0 : last.timestamp + last.duration;
    const back = less ? wished : undefined;
    const reader: Reader = {
      kind,
      wished: back,
      returns: false,
      sink,
      timetable,
      next: newest + 1,
      end,
      skipped: 0,
      near,
      changesIn: -1,
      nextParts: 1,
      slot: 0,
      place: 0,
    };
    if (near) this.#near++;
    if (less) this.#cheaper.add(reader);
    const burst = this.#burst(kind, { element, parts, newest });
    sink.write(burst.bytes, burst.start, burst.end);
    this.#count(kind, 1);
    if (timetable === undefined) {
      this.#close.add(reader);
      for (const chunk of this.#store.chunksAhead(rendition)) sendChunk(reader, chunk);
    } else timetable.seat(reader);
    if (this.#store.over(rendition)) sink.end();
    let here = true;
    return () => {
      if (!here) return;
      here = false;
      this.#count(reader.kind, -1);
      this.#cheaper.delete(reader);
      this.#leaveNear(reader);
      // It may have stepped back meanwhile.
      if (reader.timetable === undefined) this.#close.delete(reader);
      else reader.timetable.leave(reader);
    };
  }

  #count(kind: EndlessKind, change: 1 | -1): void {
    this.#counts.set(kind, this.listeners(kind) + change);
  }

  #listening(): number {
    let sum = 0;
    for (const count of this.#counts.values()) sum += count;
    return sum;
  }

  #hasRoomClose(kind: EndlessKind): boolean {
    return isContainer(kind) && !this.thrifty && !this.longer && this.#close.size - this.#near < CLOSE_LISTENERS;
  }

  /** @hot */
  #takePart(part: Part): void {
    const { rendition, sequenceNumber, last } = part;
    // The one rendition that every programme has and that tells who speaks.
    if (rendition === "aac") this.#icy.take(part);
    for (const reader of this.#close) if (endlessRendition(reader.kind) === rendition) this.#sendClose(reader, part);
    for (const timetable of this.#timetables.get(rendition) ?? [])
      timetable.run(sequenceNumber, { hurry: last, clock: this.#clock }, (readers) => this.#sendAll(readers, part));
  }

  /** @hot */
  #sendAll(readers: readonly Reader[], part: Part): void {
    // From the end: a connection found dead leaves at once, and the last of the row moves into its place.
    for (let at = readers.length - 1; at >= 0; at--) {
      const reader = readers[at];
      if (reader !== undefined) this.#send(reader, part);
    }
  }

  /** Everything up to `part` that this reader was not sent yet. @hot */
  #send(reader: Reader, part: Part): void {
    const { kind, sink } = reader;
    const missing = part.sequenceNumber - reader.next + 1;
    if (missing <= 0) return;
    const from = reader.next;
    reader.next = part.sequenceNumber + 1;
    if (sink.backlog > SLOW_READER_BYTES) this.#skip(reader, missing);
    else {
      reader.skipped = 0;
      const run = this.#run(kind, missing > PARTS_IN_A_SEND ? part.sequenceNumber : from, part.sequenceNumber);
      if (run.bytes.length > 0) sink.write(run.bytes, run.start, run.end);
    }
    if (part.last) sink.end();
    else if (reader.returns) this.#return(reader, part);
    else if (reader.changesIn >= 0) this.#change(reader, part);
  }

  /** Goes on with the stream that was asked for: its header, then its parts, which have the same numbers and times. */
  #return(reader: Reader, part: Part): void {
    const { kind, wished, timetable, sink } = reader;
    reader.returns = false;
    if (wished === undefined || timetable === undefined) return;
    reader.wished = undefined;
    timetable.leave(reader);
    this.#count(kind, -1);
    reader.kind = wished;
    this.#count(wished, 1);
    reader.timetable = this.#timetables.get(endlessRendition(wished))?.find(({ parts }) => parts === timetable.parts);
    reader.timetable?.seat(reader);
    const end = part.timestamp + part.duration;
    sink.write(concatBytes([this.#store.header(endlessRendition(wished)), usualAgainNotice(part)]), end, end);
  }

  /** @hot */
  #sendClose(reader: Reader, part: Part): void {
    const end = part.timestamp + part.duration;
    if (end > reader.end) {
      if (reader.sink.backlog > SLOW_READER_BYTES) return this.#skip(reader, 1);
      const run = this.#run(reader.kind, part.sequenceNumber, part.sequenceNumber);
      reader.sink.write(run.bytes, run.start, run.end);
      reader.end = end;
      for (const chunk of this.#store.chunksAhead(part.rendition)) sendChunk(reader, chunk);
    }
    reader.skipped = 0;
    if (part.last) reader.sink.end();
    else if (reader.changesIn >= 0) this.#change(reader, part);
  }

  /** Says how often audio will come, and does so at once where that is oftener, or when the player has had time to move away. */
  #change(reader: Reader, part: Part): void {
    const { timetable, nextParts } = reader;
    const before = timetable?.parts ?? 0;
    if (reader.changesIn === STEP_BACK_PARTS || nextParts <= before) {
      const end = part.timestamp + part.duration;
      reader.sink.write(cadenceNotice(part, nextParts), end, end);
      this.#leaveNear(reader);
    }
    // Half a minute is so many parts; whoever gets two at a time is here half as often.
    reader.changesIn -= Math.max(1, before);
    if (reader.changesIn >= 0) return;
    reader.changesIn = -1;
    if (timetable === undefined) {
      this.#close.delete(reader);
      reader.next = part.sequenceNumber + 1;
    } else timetable.leave(reader);
    // From the end of a part on, in whichever moment there has room.
    reader.timetable = this.#timetables.get(part.rendition)?.find(({ parts }) => parts === nextParts);
    reader.timetable?.seat(reader);
  }

  #leaveNear(reader: Reader): void {
    if (!reader.near) return;
    reader.near = false;
    this.#near--;
  }

  #skip(reader: Reader, parts: number): void {
    this.skippedParts += parts;
    reader.skipped += parts;
    if (reader.skipped > GIVE_UP_PARTS) reader.sink.destroy();
  }

  /** @hot */
  #takeChunk(chunk: Chunk): void {
    for (const reader of this.#close) if (endlessRendition(reader.kind) === chunk.rendition) sendChunk(reader, chunk);
  }

  #endAll(): void {
    for (const reader of this.#close) reader.sink.end();
    for (const [rendition, timetables] of this.#timetables) {
      const newest = this.#store.get(rendition, this.#store.newest(rendition));
      for (const { slots } of timetables)
        for (const readers of slots) {
          if (newest !== undefined) this.#sendAll(readers, newest);
          for (const reader of readers) reader.sink.end();
        }
    }
  }

  /** What a newcomer is sent at once: made once per part, however many come in its time. */
  #burst(kind: EndlessKind, { element, parts: perSend, newest }: { readonly element: boolean; readonly parts: number; readonly newest: number }): Burst {
    const header = this.#header(kind);
    const key = `${kind} ${element} ${perSend}`;
    const made = this.#bursts.get(key);
    if (made?.to === newest && made.header === header) return made;
    // Whoever waits longer between two sends has as much more in hand from the start.
    const wait = ((perSend - 1) * partSamples(endlessRendition(kind))) / SAMPLE_RATE;
    const parts = this.#store.latest(endlessRendition(kind), (element ? ELEMENT_BURST_SECONDS : BURST_SECONDS)[kind] + wait);
    const bytes = concatBytes([header, ...parts.map((part) => formOf(kind, part, this.numberOfChannels(kind)))]);
    const last = parts.at(-1);
    const burst = { to: newest, header, bytes, start: parts[0]?.timestamp ?? 0, end: last === undefined ? 0 : last.timestamp + last.duration };
    this.#bursts.set(key, burst);
    return burst;
  }

  #header(kind: EndlessKind): Uint8Array {
    return isContainer(kind) ? this.#store.header(endlessRendition(kind)) : kind === "opus" ? this.#oggHeader : EMPTY;
  }

  /** The same bytes for everybody until the stage says that there are more channels or fewer. */
  get #oggHeader(): Uint8Array {
    const channels = this.numberOfChannels("opus");
    if (this.#ogg?.channels !== channels) this.#ogg = { channels, header: oggHeader(this.#title, channels) };
    return this.#ogg.header;
  }

  /** Channels of a stream. */
  numberOfChannels(kind: EndlessKind): number {
    return channelsOfHeader(this.#store.header(endlessRendition(kind)));
  }

  /** Parts in a row as one buffer; the newest runs are kept. */
  #run(kind: EndlessKind, from: number, to: number): Run {
    const runs = this.#runs.get(kind) as Run[];
    for (let at = runs.length - 1; at >= 0; at--) {
      const run = runs[at] as Run;
      if (run.from === from && run.to === to) return run;
    }
    let run: Run;
    if (from === to) {
      const part = this.#store.get(endlessRendition(kind), from);
      run = {
        from,
        to,
        bytes: part === undefined ? EMPTY : formOf(kind, part, this.numberOfChannels(kind)),
        start: part?.timestamp ?? 0,
        end: (part?.timestamp ?? 0) + (part?.duration ?? 0),
      };
    } else {
      const singles = Array.from({ length: to - from + 1 }, (_, index) => this.#run(kind, from + index, from + index)).filter(({ bytes }) => bytes.length > 0);
      run = { from, to, bytes: concatBytes(singles.map(({ bytes }) => bytes)), start: singles[0]?.start ?? 0, end: singles.at(-1)?.end ?? 0 };
    }
    runs.push(run);
    if (runs.length > RUNS_KEPT) runs.shift();
    return run;
  }
}

/** @hot */
function sendChunk(reader: Reader, chunk: Chunk): void {
  if (chunk.timestamp !== reader.end || chunk.rendition !== endlessRendition(reader.kind) || reader.sink.backlog > SLOW_READER_BYTES) return;
  reader.end += chunk.duration;
  reader.sink.write(chunk.data, chunk.timestamp, reader.end);
}
