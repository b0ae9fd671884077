import { paths } from "../../src/wire/paths.ts";
import type { ProblemDetails } from "../../src/wire/problem.ts";

/** Longest wait before attempt n of a row. Milliseconds; the first ones are tight, because a stage that was killed is back within a second. */
const RETRY_MS = [150, 300, 600, 1_200, 2_500, 5_000];
/** Refusals that no repetition changes: the person has to do something, or nothing can be done. */
const FINAL: readonly string[] = ["event-ended", "event-unknown", "unauthorised", "forbidden", "removed", "sdp-invalid", "media-type"];

/** Why sound is not on stage, as the server named it. */
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
  readonly token: string;
  readonly track: MediaStreamTrack;
  readonly output: HTMLAudioElement;
  readonly onState: (state: PublishState) => void;
  readonly sleep?: (ms: number) => Promise<void>;
  readonly random?: () => number;
}

/** Keeps one microphone track on stage: publishes it by WHIP and publishes again whenever asked. */
export class Publisher {
  readonly #options: PublisherOptions;
  #connection: RTCPeerConnection | undefined;
  #location: string | undefined;
  #running = false;
  #closed = false;

  constructor(options: PublisherOptions) {
    this.#options = options;
  }

  /** Publishes, and goes on trying until it works or a refusal says that it never will. One at a time; a call while trying changes nothing. */
  async publish(): Promise<void> {
    if (this.#running || this.#closed) return;
    const { onState, sleep = wait, random = Math.random } = this.#options;
    this.#running = true;
    onState({ kind: "connecting" });
    for (let attempt = 0; !this.#closed; attempt++) {
      const refused = await this.#exchange().catch((error: unknown) => ({ refusal: unreachable(error), waitMs: 0 }));
      if (refused === undefined) break;
      const { refusal, waitMs } = refused;
      const final = FINAL.includes(refusal.code);
      if (!this.#closed) onState({ kind: final ? "refused" : "retrying", refusal });
      if (final) break;
      await sleep(waitMs + random() * (RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] as number));
    }
    this.#running = false;
  }

  /** Takes the sound off the stage for good. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection?.close();
    const { token } = this.#options;
    if (this.#location !== undefined)
      await fetch(this.#location, { method: "DELETE", headers: { authorization: `Bearer ${token}` }, keepalive: true }).catch(() => {});
  }

  /** One exchange; resolves to the refusal and the wait the server asked for, or to nothing when it was taken. @spec RFC 9725 §4.2 */
  async #exchange(): Promise<{ readonly refusal: Refusal; readonly waitMs: number } | undefined> {
    const { slug, token, track, output, onState } = this.#options;
    this.#connection?.close();
    const connection = new RTCPeerConnection();
    this.#connection = connection;
    connection.addTransceiver(track, { direction: "sendrecv" });
    connection.addEventListener("track", (event) => {
      output.srcObject = new MediaStream([event.track]);
      output.play().catch(() => {});
    });
    connection.addEventListener("connectionstatechange", () => {
      if (connection !== this.#connection || this.#closed) return;
      if (connection.connectionState === "connected") onState({ kind: "connected" });
      if (connection.connectionState === "failed") void this.publish();
    });
    await connection.setLocalDescription(await connection.createOffer());
    const response = await fetch(paths.whip(slug), {
      method: "POST",
      headers: { "content-type": "application/sdp", authorization: `Bearer ${token}` },
      body: connection.localDescription?.sdp ?? "",
    });
    if (response.status !== 201) {
      const refusal = (await response.json().catch(() => ({ code: "internal", title: `HTTP ${response.status}.`, action: "" }))) as Refusal;
      return { refusal, waitMs: 1_000 * (Number(response.headers.get("retry-after")) || 0) };
    }
    this.#location = response.headers.get("location") ?? undefined;
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
    return undefined;
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function unreachable(error: unknown): Refusal {
  return { code: "unreachable", title: error instanceof Error ? error.message : String(error), action: "" };
}
