/** Audio kept behind the playing position. Seconds; a press on "15 seconds back" needs no network. */
const KEEP_BEHIND = 20;
/** Audio kept behind it when the browser's buffer is full. Seconds. */
const KEEP_LEAST = 5;
/** Tolerance at the start of what is buffered. Seconds; more than the rounding of a time stamp. */
const INSIDE_SECONDS = 0.05;

/** Most that is held back while the browser wants none. Bytes; 20 s at 48 kbit/s, as much as is kept in a buffer. */
const MOST_HELD_BYTES = 120_000;
/** Where a piece says what its first box is. Bytes. */
const TYPE_AT = 4;

/** A source as the feed sees it. A managed one says when it wants audio, to save power; other browsers always do. @spec W3C Media Source Extensions, ManagedMediaSource */
type ManagedSource = EventTarget & { readonly streaming?: boolean };

/** Audio there is from the place being heard on. Seconds; 0 where there is none. */
export function aheadOf({ buffered, currentTime }: HTMLAudioElement): number {
  const range = rangeOf(buffered, currentTime);
  return range < 0 ? 0 : buffered.end(range) - currentTime;
}

/** Which stretch of what is buffered holds a place; -1 for none. */
export function rangeOf(buffered: TimeRanges, seconds: number): number {
  for (let range = 0; range < buffered.length; range++) if (seconds >= buffered.start(range) - INSIDE_SECONDS && seconds <= buffered.end(range)) return range;
  return -1;
}

/** Puts audio into the browser's buffer one piece after the other, and takes out what was heard. Ends with its media source. */
export class Feed {
  readonly #audio: HTMLAudioElement;
  readonly #buffer: SourceBuffer;
  readonly #source: ManagedSource;
  #queue: Uint8Array<ArrayBuffer>[] = [];

  constructor(audio: HTMLAudioElement, source: ManagedSource, buffer: SourceBuffer) {
    this.#audio = audio;
    this.#source = source;
    this.#buffer = buffer;
    source.addEventListener("startstreaming", () => this.#append());
    buffer.addEventListener("updateend", () => this.#append());
  }

  push(media: Uint8Array<ArrayBuffer>): void {
    this.#queue.push(media);
    this.#append();
    if (!this.wanted) this.#bound();
  }

  /** Whether the browser wants audio now. */
  get wanted(): boolean {
    return this.#source.streaming !== false;
  }

  /** Leaves out what was not put in yet. */
  drop(): void {
    this.#queue = [];
  }

  /** Makes room for audio of another place; `signal` says that the source is gone. */
  async clear(signal: AbortSignal): Promise<void> {
    this.#queue = [];
    await this.#rest(signal);
    if (signal.aborted) return;
    // Half a piece may be in it.
    this.#buffer.abort();
    if (this.#buffer.buffered.length === 0) return;
    this.#buffer.remove(0, Number.POSITIVE_INFINITY);
    await this.#rest(signal);
  }

  /** Resolves when nothing is under way. */
  async #rest(signal: AbortSignal): Promise<void> {
    if (!this.#buffer.updating) return;
    await new Promise((resolve) => {
      this.#buffer.addEventListener("updateend", resolve, { once: true, signal });
      signal.addEventListener("abort", resolve, { once: true });
    });
  }

  /** Lets the oldest audio go while too much is held back; headers stay. */
  #bound(): void {
    let held = this.#queue.reduce((sum, { length }) => sum + length, 0);
    this.#queue = this.#queue.filter((piece) => {
      if (held <= MOST_HELD_BYTES || isHeader(piece)) return true;
      held -= piece.length;
      return false;
    });
  }

  #append(): void {
    const buffer = this.#buffer;
    const [next] = this.#queue;
    if (next === undefined || buffer.updating || !this.wanted) return;
    const { currentTime } = this.#audio;
    const behind = currentTime - KEEP_BEHIND;
    if (buffer.buffered.length > 0 && buffer.buffered.start(0) < behind - KEEP_BEHIND) {
      buffer.remove(0, behind);
      return;
    }
    try {
      buffer.appendBuffer(next);
      this.#queue.shift();
    } catch {
      // Full: what was heard is removed first, then tried again.
      if (behind > 0) buffer.remove(0, Math.max(behind, currentTime - KEEP_LEAST));
    }
  }
}

/** Whether a piece begins with what makes the audio after it playable. @spec ISO/IEC 14496-12 §4.3 */
function isHeader(piece: Uint8Array): boolean {
  return String.fromCharCode(...piece.subarray(TYPE_AT, TYPE_AT + 4)) === "ftyp";
}
