import { paths } from "../../src/wire/paths.ts";
import type { ProblemDetails } from "../../src/wire/problem.ts";
import type { Grant, SeatGrant } from "./grant.ts";

/** Longest wait before attempt n of a row. Milliseconds; the first ones are tight, because a stage that was killed is back within a second. */
const RETRY_MS = [150, 300, 600, 1_200, 2_500, 5_000];
/** Longest wait for an answer to an offer. Milliseconds; the way to the stage gives up after eight seconds, so this only ends what hangs on the network. */
const ANSWER_MS = 10_000;
/** Refusals that no repetition changes: the person has to do something, or nothing can be done. */
const FINAL: readonly string[] = ["event-ended", "event-unknown", "unauthorised", "forbidden", "removed", "sdp-invalid", "media-type"];
/** Refusal whose wait nobody cuts short: asking sooner would only make it longer. */
const PATIENT = "rate-limited";

/** Why sound is not on stage: as the server named it, or `unreachable`, `no-path`, `browser-failed` when no server said anything. */
export type Refusal = Pick<ProblemDetails, "code" | "title" | "action">;

/** How the sound's connection stands. `refused`: given up until {@link Publisher.publish} is called again. */
export type PublishState =
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "retrying"; readonly refusal: Refusal }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What a publisher needs; times and chance are handed in so that a test can hold them. */
export interface PublisherOptions {
  readonly slug: string;
  readonly grant: Pick<Grant, "fresh" | "last">;
  /** The first one; {@link Publisher.resume} may change it. */
  readonly track: MediaStreamTrack;
  readonly output: HTMLAudioElement;
  readonly onState: (state: PublishState) => void;
  /** Waits, or rejects when the signal fires. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random?: () => number;
}

interface Refused {
  readonly refusal: Refusal;
  readonly waitMs: number;
}

/** Keeps one microphone track on stage: publishes it by WHIP and publishes again whenever asked. */
export class Publisher {
  readonly #options: PublisherOptions;
  #track: MediaStreamTrack;
  #connection: RTCPeerConnection | undefined;
  #location: string | undefined;
  #running = false;
  #closed = false;
  /** Ends the wait that is under way, when there is one that may be cut short. */
  #wake: AbortController | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#track = options.track;
  }

  /** Publishes, and goes on trying until it works or a refusal says that it never will. One at a time; a call while waiting for the next attempt makes it now. */
  async publish(): Promise<void> {
    this.#wake?.abort();
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#options.onState({ kind: "connecting" });
    for (let attempt = 0; !this.#closed; attempt++) {
      const refused = await this.#exchange().catch((error: unknown) => ({ refusal: unsaid("browser-failed", error), waitMs: 0 }));
      if (refused === undefined || this.#closed) break;
      const { refusal, waitMs } = refused;
      const final = FINAL.includes(refusal.code);
      this.#options.onState({ kind: final ? "refused" : "retrying", refusal });
      if (final) break;
      await this.#pause(refusal.code, waitMs, attempt);
    }
    this.#running = false;
  }

  /** Goes on after something else had the microphone: sends `track` from now on, plays what is heard again, and publishes anew where sound does not flow any more. */
  async resume(track: MediaStreamTrack, flows: boolean): Promise<void> {
    if (this.#closed) return;
    this.#track = track;
    // A phone call pauses what the page plays.
    this.#options.output.play().catch(() => {});
    const connection = this.#connection;
    if (!flows || connection?.connectionState !== "connected") return await this.publish();
    for (const { sender } of connection.getTransceivers()) if (sender.track !== track) await sender.replaceTrack(track);
  }

  /** Takes the sound off the stage for good. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.abort();
    this.#connection?.close();
    await this.#leave();
  }

  async #pause(code: string, waitMs: number, attempt: number): Promise<void> {
    const { sleep = wait, random = Math.random } = this.#options;
    const wake = new AbortController();
    if (code !== PATIENT) this.#wake = wake;
    await sleep(waitMs + random() * (RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] as number), wake.signal).catch(() => {});
    this.#wake = undefined;
  }

  /** Ends the exchange at the server. @spec RFC 9725 §4.2 */
  async #leave(): Promise<void> {
    if (this.#location === undefined) return;
    await fetch(this.#location, { method: "DELETE", headers: { authorization: `Bearer ${this.#options.grant.last.token}` }, keepalive: true }).catch(() => {});
  }

  /** One exchange; resolves to the refusal and the wait the server asked for, or to nothing when it was taken. @spec RFC 9725 §4.2 */
  async #exchange(): Promise<Refused | undefined> {
    const { token, iceServers } = await this.#options.grant.fresh();
    if (this.#closed) return undefined;
    const connection = this.#connect(iceServers);
    await connection.setLocalDescription(await connection.createOffer());
    let response: Response;
    try {
      response = await this.#ask(connection.localDescription?.sdp ?? "", token);
    } catch (error) {
      return { refusal: unsaid("unreachable", error), waitMs: 0 };
    }
    if (response.status !== 201) {
      const refusal = (await response.json().catch(() => unsaid("internal", `HTTP ${response.status}.`))) as Refusal;
      return { refusal, waitMs: 1_000 * (Number(response.headers.get("retry-after")) || 0) };
    }
    this.#location = response.headers.get("location") ?? undefined;
    // The page may have left while the server answered: it must not stay on stage as a silent ghost.
    if (this.#closed) await this.#leave();
    else await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
    return undefined;
  }

  async #ask(offer: string, token: string): Promise<Response> {
    const { slug } = this.#options;
    return await fetch(paths.whip(slug), {
      method: "POST",
      headers: { "content-type": "application/sdp", authorization: `Bearer ${token}` },
      body: offer,
      signal: AbortSignal.timeout(ANSWER_MS),
    });
  }

  /** A new connection in place of the one before. */
  #connect(iceServers: SeatGrant["iceServers"]): RTCPeerConnection {
    const { output } = this.#options;
    this.#connection?.close();
    const connection = new RTCPeerConnection({ iceServers: [...iceServers] });
    this.#connection = connection;
    preferCopies(connection.addTransceiver(this.#track, { direction: "sendrecv" }));
    connection.addEventListener("track", (event) => {
      output.srcObject = new MediaStream([event.track]);
      output.play().catch(() => {});
    });
    connection.addEventListener("connectionstatechange", () => {
      if (connection === this.#connection && !this.#closed) this.#follow(connection.connectionState);
    });
    return connection;
  }

  #follow(state: RTCPeerConnectionState): void {
    const { onState } = this.#options;
    if (state === "connected") onState({ kind: "connected" });
    else if (state === "disconnected") onState({ kind: "connecting" });
    else if (state === "failed") {
      void this.publish();
      onState({ kind: "retrying", refusal: unsaid("no-path", "") });
    }
  }
}

/** Asks for packets that carry the one before once more (RED), where the browser can: what is lost on the way is heard all the same. */
function preferCopies(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [];
  const copies = codecs.filter(({ mimeType }) => mimeType === "audio/red");
  // Firefox before 128 cannot be asked.
  if (copies.length > 0 && "setCodecPreferences" in transceiver)
    transceiver.setCodecPreferences([...copies, ...codecs.filter((codec) => !copies.includes(codec))]);
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}

/** A refusal that no server spoke. */
function unsaid(code: string, cause: unknown): Refusal {
  return { code, title: cause instanceof Error ? cause.message : String(cause), action: "" };
}
