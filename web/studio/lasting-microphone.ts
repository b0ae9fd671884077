import type { Microphone } from "./microphone.ts";

/** Waits before each attempt to open a microphone that the system ended, the last one repeated. Milliseconds; after a phone call the first one works, while it lasts none does. */
const ENDED_RETRY_MS = [100, 500, 1_000, 2_000];
/** Wait before a microphone that the system holds mute is opened anew. Milliseconds; most give the sound back by themselves, a few never do. */
const MUTED_RETRY_MS = 4_000;

/** What a lasting microphone needs of its page. */
export interface LastingMicrophoneOptions {
  /** Opens a microphone; without an id the browser's own choice. */
  readonly open: (deviceId: string | undefined) => Promise<Microphone>;
  /** The sound was taken away, came back, came back from another track, or its device says something else of itself. */
  readonly onChange: () => void;
  /** Whether the person sees the page: a hidden one is given no microphone. */
  readonly isVisible: () => boolean;
  /** Calls back when an attempt may help: the page is seen again, a device was plugged in. Returns what ends that. */
  readonly wakes: (onWake: () => void) => () => void;
}

/** A microphone that outlives what phones and cables do to it: when a call or another program takes it away, it is opened again as soon as that works, without a click. Closed by whoever made it. @spec Media Capture and Streams §4.3.1 */
export class LastingMicrophone {
  readonly #options: LastingMicrophoneOptions;
  readonly #stopWaking: () => void;
  #current: Microphone;
  #away = false;
  #attempts = 0;
  #opening = false;
  #closed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(microphone: Microphone, options: LastingMicrophoneOptions) {
    this.#options = options;
    this.#current = microphone;
    this.#stopWaking = options.wakes(() => this.#wake());
    this.#follow(microphone);
  }

  /** The microphone as it is now; another one after it was opened again. */
  get current(): Microphone {
    return this.#current;
  }

  /** Whether something else has the microphone: a phone call, most likely. */
  get away(): boolean {
    return this.#away;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#stopWaking();
    this.#current.close();
  }

  #follow(microphone: Microphone): void {
    microphone.watch(() => {
      if (microphone === this.#current) this.#look();
    });
    if (isLost(microphone.track)) this.#look();
  }

  #look(): void {
    if (this.#closed) return;
    this.#away = isLost(this.#current.track);
    if (!this.#away) this.#attempts = 0;
    this.#schedule();
    this.#options.onChange();
  }

  #wake(): void {
    if (this.#closed || !this.#away) return;
    this.#attempts = 0;
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#away) return;
    const ended = this.#current.track.readyState === "ended";
    const waitMs = ended ? ENDED_RETRY_MS[Math.min(this.#attempts, ENDED_RETRY_MS.length - 1)] : MUTED_RETRY_MS;
    this.#attempts++;
    this.#timer = setTimeout(() => void this.#reopen(), waitMs);
  }

  async #reopen(): Promise<void> {
    // What wakes a hidden page tries again.
    if (this.#opening || !this.#options.isVisible()) return;
    this.#opening = true;
    const fresh = await this.#open().catch(() => undefined);
    this.#opening = false;
    if (fresh === undefined) return this.#closed ? undefined : this.#schedule();
    if (this.#closed || !this.#away) return fresh.close();
    if (isLost(fresh.track)) {
      fresh.close();
      return this.#schedule();
    }
    const before = this.#current;
    this.#current = fresh;
    before.close();
    this.#follow(fresh);
    this.#look();
  }

  /** The same device, or any when that one is gone: a headset whose battery is empty must not end a talk. */
  async #open(): Promise<Microphone> {
    const { open } = this.#options;
    const { deviceId } = this.#current.track.getSettings();
    try {
      return await open(deviceId);
    } catch (error) {
      if (deviceId === undefined || (error instanceof DOMException && error.name === "NotAllowedError")) throw error;
      return await open(undefined);
    }
  }
}

/** Calls back when the page is seen again or a device comes or goes; returns what ends that. */
export function pageWakes(onWake: () => void): () => void {
  const onVisible = () => {
    if (document.visibilityState === "visible") onWake();
  };
  document.addEventListener("visibilitychange", onVisible);
  navigator.mediaDevices.addEventListener("devicechange", onWake);
  return () => {
    document.removeEventListener("visibilitychange", onVisible);
    navigator.mediaDevices.removeEventListener("devicechange", onWake);
  };
}

function isLost({ readyState, muted }: MediaStreamTrack): boolean {
  return readyState === "ended" || muted;
}
