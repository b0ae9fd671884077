import {
  COUNT_DEFINITION,
  COUNT_WINDOW_MS,
  CELL_ROUNDING,
  LISTENING_FORMS,
  LISTENING_MS,
  type ListeningForm,
  SESSION_MS,
  SMALLEST_CELL,
  type AudienceWindow,
} from "../../wire/audience.ts";
import { type Caller, isMachine, type SessionKey, type SessionKeys } from "./session-key.ts";
import { SAMPLES_PER_TICK, SessionTable, TICKS_PER_SECOND } from "./session-table.ts";
import { UniqueEstimate } from "./unique-estimate.ts";

const LISTENING_TICKS = (LISTENING_MS / 1000) * TICKS_PER_SECOND;
const SESSION_TICKS = (SESSION_MS / 1000) * TICKS_PER_SECOND;
/** Windows between two lines that carry the registers of the unique estimate. Six: once a minute. */
const UNIQUE_EVERY = 6;
/** Events with fewer listeners tell the total only. Sessions. */
const SMALL_EVENT = 50;

/** One endless connection as the count sees it. Positions in samples at 48 kHz. */
export interface CountedStream {
  /** Notes that the audio of [from, to) was written. @hot */
  wrote(from: number, to: number, bytes: number): void;
  /** The connection is gone. */
  close(): void;
}

/** What belongs to an event and does not change. */
export interface ListenerCountOptions {
  readonly eventId: string;
  readonly edge: string;
  readonly keys: SessionKeys;
}

class Stream implements CountedStream {
  readonly key: SessionKey;
  readonly form: number;
  readonly machine: boolean;
  readonly backlog: () => number;
  readonly #count: ListenerCount;
  #from = 0;
  #to = 0;
  #left = 0;
  #bytes = 0;
  #ticks = 0;

  constructor(count: ListenerCount, key: SessionKey, { form, machine, backlog }: { form: number; machine: boolean; backlog: () => number }) {
    this.#count = count;
    this.key = key;
    this.form = form;
    this.machine = machine;
    this.backlog = backlog;
  }

  /** @hot */
  wrote(from: number, to: number, bytes: number): void {
    const start = Math.round(from / SAMPLES_PER_TICK);
    const end = Math.round(to / SAMPLES_PER_TICK);
    if (this.#bytes === 0) this.#from = start;
    // Left out for a slow reader: time went on, audio did not.
    else if (start > this.#to) this.#left += start - this.#to;
    this.#ticks += end - start;
    this.#bytes += bytes;
    this.#to = end;
    this.#count.countBytes(bytes);
  }

  /** Credits the session with what has left this process; what still waits for the listener to read is credited when it has gone. */
  settle(): void {
    if (this.#bytes === 0) return;
    const waiting = Math.min(this.#ticks, Math.ceil((this.backlog() * this.#ticks) / this.#bytes));
    const to = this.#to - waiting;
    if (to <= this.#from) return;
    this.#count.take(this.key, this.#from, to, this.form, this.machine, Math.max(0, to - this.#from - this.#left));
    this.#from = to;
    this.#left = 0;
  }

  close(): void {
    this.settle();
    this.#count.closed(this);
  }
}

/**
 * Counts who listens to one event at one edge, by {@link COUNT_DEFINITION}. Knows sessions by salted keys only and forgets them with the event.
 * The caller closes windows at whole multiples of {@link COUNT_WINDOW_MS} and keeps the lines.
 */
export class ListenerCount {
  readonly #options: ListenerCountOptions;
  readonly #table = new SessionTable();
  readonly #streams = new Set<Stream>();
  readonly #unique = new UniqueEstimate();
  /** Keys of callers who come again as the same object, as those on one connection do: a key costs as much as the answer. */
  readonly #known = new WeakMap<Caller, SessionKey>();
  #bytes = 0;
  #seq = 0;

  constructor(options: ListenerCountOptions) {
    this.#options = options;
  }

  /** Sessions remembered. */
  get sessionsHeld(): number {
    return this.#table.size;
  }

  /** Bytes that the sessions take. */
  get bytesHeld(): number {
    return this.#table.bytes;
  }

  /** Counts an endless connection; `backlog` tells the bytes written to it that the listener has not taken. */
  open(caller: Caller, form: ListeningForm, backlog: () => number): CountedStream | undefined {
    const key = this.#know(caller);
    if (key === undefined) return undefined;
    const stream = new Stream(this, key, { form: LISTENING_FORMS.indexOf(form), machine: isMachine(caller.agent), backlog });
    this.#streams.add(stream);
    return stream;
  }

  /** Counts a piece of media that was handed over whole. Positions in samples at 48 kHz. */
  fetched(caller: Caller, form: ListeningForm, from: number, to: number, bytes: number): void {
    this.#bytes += bytes;
    const key = this.#know(caller);
    if (key === undefined) return;
    this.take(key, Math.round(from / SAMPLES_PER_TICK), Math.round(to / SAMPLES_PER_TICK), LISTENING_FORMS.indexOf(form), isMachine(caller.agent));
  }

  /** Whether this caller's session listens here, or did within the last minute. */
  knows(caller: Caller): boolean {
    const key = this.#options.keys.session(caller);
    return key !== undefined && this.#table.has(key.high, key.low);
  }

  /** For streams: audio of [from, to) in ticks reached a session. @hot */
  take(key: SessionKey, from: number, to: number, form: number, machine: boolean, keep?: number): void {
    this.#table.take(key.high, key.low, from, to, form, machine, keep);
  }

  /** For streams. @hot */
  countBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  /** For streams. */
  closed(stream: Stream): void {
    this.#streams.delete(stream);
  }

  /** Closes the window that ends at `endUnixMs` and says what was delivered in it. */
  closeWindow(endUnixMs: number, line: Pick<AudienceWindow, "waitingNow" | "turnedAway" | "door">, last = false): AudienceWindow {
    for (const stream of this.#streams) stream.settle();
    const sessionsGross = this.#table.begun;
    const sums = this.#table.closeWindow(LISTENING_TICKS, SESSION_TICKS, LISTENING_FORMS.length);
    const bytes = this.#bytes;
    this.#bytes = 0;
    const seq = this.#seq++;
    const forms = sums.listening < SMALL_EVENT ? {} : tellForms(sums.byForm);
    return {
      v: COUNT_DEFINITION,
      eventId: this.#options.eventId,
      edge: this.#options.edge,
      seq,
      endUnixMs,
      windowMs: COUNT_WINDOW_MS,
      listeningNow: sums.listening,
      joins: sums.joins,
      leaves: sums.leaves,
      partial: sums.partial,
      sessions: sums.sessions,
      sessionsGross,
      machines: sums.machines,
      listenedMs: inMs(sums.netTicks),
      listenedGrossMs: inMs(sums.grossTicks),
      bytes,
      ...line,
      ...(Object.keys(forms).length === 0 ? {} : { forms }),
      ...(last || seq % UNIQUE_EVERY === UNIQUE_EVERY - 1 ? { unique: this.#unique.pack() } : {}),
    };
  }

  #know(caller: Caller): SessionKey | undefined {
    const known = this.#known.get(caller);
    if (known !== undefined) return known;
    const { keys } = this.#options;
    if (!isMachine(caller.agent)) {
      const person = keys.person(caller);
      if (person !== undefined) this.#unique.add(person.high, person.low);
    }
    const key = keys.session(caller);
    if (key !== undefined) this.#known.set(caller, key);
    return key;
  }
}

function inMs(ticks: number): number {
  return Math.round((ticks * 1000) / TICKS_PER_SECOND);
}

function tellForms(byForm: Uint32Array): Partial<Record<ListeningForm, number>> {
  return Object.fromEntries(
    LISTENING_FORMS.flatMap((form, index) => {
      const sessions = byForm[index] as number;
      return sessions < SMALLEST_CELL ? [] : [[form, Math.round(sessions / CELL_ROUNDING) * CELL_ROUNDING]];
    }),
  );
}
