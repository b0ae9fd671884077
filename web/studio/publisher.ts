import { paths } from "../../src/wire/paths.ts";

/** Wait between attempts to publish. Milliseconds, doubled up to the limit. */
const RETRY_MS = 400;
const MAX_RETRY_MS = 5_000;

/** How the sound's connection stands. */
export type PublishState = { readonly kind: "connecting" } | { readonly kind: "connected" } | { readonly kind: "failed"; readonly reason: string };

/** Keeps one microphone track on stage: publishes it by WHIP and publishes again whenever asked. */
export class Publisher {
  readonly #slug: string;
  readonly #token: string;
  readonly #track: MediaStreamTrack;
  readonly #output: HTMLAudioElement;
  readonly #onState: (state: PublishState) => void;
  #connection: RTCPeerConnection | undefined;
  #location: string | undefined;
  #attempt = 0;
  #running = false;
  #closed = false;

  constructor(options: {
    readonly slug: string;
    readonly token: string;
    readonly track: MediaStreamTrack;
    readonly output: HTMLAudioElement;
    readonly onState: (state: PublishState) => void;
  }) {
    this.#slug = options.slug;
    this.#token = options.token;
    this.#track = options.track;
    this.#output = options.output;
    this.#onState = options.onState;
  }

  /** Publishes, and goes on trying until it works. One at a time; a call while trying changes nothing. */
  async publish(): Promise<void> {
    if (this.#running || this.#closed) return;
    this.#running = true;
    this.#onState({ kind: "connecting" });
    while (!this.#closed) {
      try {
        await this.#exchange();
        this.#attempt = 0;
        break;
      } catch (error) {
        this.#onState({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
        await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** this.#attempt++)));
      }
    }
    this.#running = false;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connection?.close();
    if (this.#location !== undefined)
      await fetch(this.#location, { method: "DELETE", headers: { authorization: `Bearer ${this.#token}` }, keepalive: true }).catch(() => {});
  }

  /** @spec RFC 9725 §4.2 */
  async #exchange(): Promise<void> {
    this.#connection?.close();
    const connection = new RTCPeerConnection();
    this.#connection = connection;
    connection.addTransceiver(this.#track, { direction: "sendrecv" });
    connection.addEventListener("track", ({ track }) => {
      this.#output.srcObject = new MediaStream([track]);
      this.#output.play().catch(() => {});
    });
    connection.addEventListener("connectionstatechange", () => {
      if (connection !== this.#connection) return;
      if (connection.connectionState === "connected") this.#onState({ kind: "connected" });
      if (connection.connectionState === "failed") void this.publish();
    });
    await connection.setLocalDescription(await connection.createOffer());
    const response = await fetch(paths.whip(this.#slug), {
      method: "POST",
      headers: { "content-type": "application/sdp", authorization: `Bearer ${this.#token}` },
      body: connection.localDescription?.sdp ?? "",
    });
    if (response.status !== 201) {
      const problem = (await response.json().catch(() => ({ title: `HTTP ${response.status}.` }))) as { title: string };
      throw new Error(problem.title);
    }
    this.#location = response.headers.get("location") ?? undefined;
    await connection.setRemoteDescription({ type: "answer", sdp: await response.text() });
  }
}
