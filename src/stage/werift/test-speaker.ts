import type * as Werift from "werift";
import { FRAME_SAMPLES } from "../../core/units.ts";
import { openReturnEncoder, type ReturnEncoder } from "../codecs.ts";
import { OpusSource } from "../opus-source.ts";
import { werift } from "./load.ts";

/** How often a test's speaker opens its mouth. Hertz. */
const SYLLABLES_HERTZ = 3;

/** A speaker for tests: a WebRTC peer that sends a tone and listens to its return feed. Closed by the test. */
export class TestSpeaker {
  readonly #connection: Werift.RTCPeerConnection;
  readonly #track: Werift.MediaStreamTrack;
  readonly #encoder: ReturnEncoder;
  readonly #heard: OpusSource;
  readonly #hertz: number;
  readonly #frame = new Float32Array(FRAME_SAMPLES);
  #position = 0;
  #sequenceNumber = 65_500;

  private constructor(hertz: number, encoder: ReturnEncoder, heard: OpusSource, direction: "sendrecv" | "sendonly", iceTcp: boolean) {
    this.#hertz = hertz;
    this.#encoder = encoder;
    this.#heard = heard;
    this.#connection = new werift.RTCPeerConnection({
      codecs: {
        audio: [
          new werift.RTCRtpCodecParameters({
            mimeType: "audio/opus",
            clockRate: 48_000,
            channels: 2,
            payloadType: 96,
            parameters: "minptime=10;useinbandfec=1",
          }),
        ],
        video: [werift.useVP8()],
      },
      iceServers: [],
      iceUseTcp: iceTcp,
      iceAdditionalHostAddresses: ["127.0.0.1"],
    });
    this.#track = new werift.MediaStreamTrack({ kind: "audio" });
    this.#connection.addTransceiver(this.#track, { direction });
    this.#connection.onTrack.subscribe((track) => {
      track.onReceiveRtp.subscribe(({ header, payload }) => this.#heard.put(header.sequenceNumber, header.timestamp, payload));
    });
  }

  static async open(hertz: number, options: { readonly direction?: "sendrecv" | "sendonly"; readonly iceTcp?: boolean } = {}): Promise<TestSpeaker> {
    return new TestSpeaker(hertz, await openReturnEncoder(), await OpusSource.open(), options.direction ?? "sendrecv", options.iceTcp ?? false);
  }

  get state(): string {
    return this.#connection.connectionState;
  }

  async offer(withVideo = false): Promise<string> {
    if (withVideo) this.#connection.addTransceiver("video", { direction: "sendonly" });
    await this.#connection.setLocalDescription(await this.#connection.createOffer());
    return this.#connection.localDescription?.sdp ?? "";
  }

  async take(answer: string): Promise<void> {
    await this.#connection.setRemoteDescription({ type: "answer", sdp: answer });
  }

  /** Sends the next 20 ms of the tone. */
  speak(): void {
    for (let index = 0; index < FRAME_SAMPLES; index++) {
      const at = this.#position + index;
      const phase = (2 * Math.PI * this.#hertz * at) / 48_000;
      // With an overtone and in syllables, as every voice has them: a pure and steady tone is what the howl guard is there to mute.
      const loudness = 0.5 - 0.5 * Math.cos((2 * Math.PI * SYLLABLES_HERTZ * at) / 48_000);
      this.#frame[index] = 0.25 * loudness * (Math.sin(phase) + 0.3 * Math.sin(2 * phase));
    }
    this.#position += FRAME_SAMPLES;
    this.#sequenceNumber = (this.#sequenceNumber + 1) % 65_536;
    const header = new werift.RtpHeader({ sequenceNumber: this.#sequenceNumber, timestamp: this.#position % 2 ** 32, payloadType: 96 });
    if (this.#connection.connectionState === "connected") this.#track.writeRtp(new werift.RtpPacket(header, Buffer.from(this.#encoder.encode(this.#frame))));
  }

  /** Sends any bytes over the connection's own path, past all that would make them good. */
  async sendRaw(bytes: Uint8Array): Promise<void> {
    await this.#connection.iceTransports[0]?.connection.send(Buffer.from(bytes));
  }

  /** The next 20 ms of what comes back. */
  listen(out: Float32Array): void {
    this.#heard.pull(out);
  }

  async close(): Promise<void> {
    await this.#connection.close();
    this.#encoder.close();
    this.#heard.close();
  }
}
