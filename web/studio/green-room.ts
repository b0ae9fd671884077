import { html, nothing } from "lit";
import { sayBackstage } from "../words/backstage.ts";
import { say } from "../words/studio.ts";
import { LightElement, meter } from "./light-element.ts";
import { type LineVerdict, testLine } from "./line-test.ts";
import { listMicrophones, type Microphone, openMicrophone, recordSample } from "./microphone.ts";

/** Level a voice reaches at once; a microphone that never does is muted or dead. dBFS. */
const ALIVE_DB = -60;
/** Silence after which the person is warned. Milliseconds. */
const SILENT_WARNING_MS = 5_000;
/** Level under the voice from which a room is too loud for a stage. dBFS; half an office. */
const NOISY_DB = -42;
/** Time over which the quietest moment is looked for. Milliseconds; everybody breathes in it. */
const NOISE_WINDOW_MS = 6_000;
const TEST_MS = 3_000;
const METER_MS = 60;

/** The green room: choose a microphone, see that it works, hear yourself, then join. Fires `join` with the microphone. */
export class GreenRoom extends LightElement {
  static override properties = { title: {}, invited: { attribute: false }, state: { state: true }, ownTrack: { attribute: false }, ping: { attribute: false } };
  /** Whether only the invited hear the event, and with it the recording. */
  declare invited: boolean;
  /** The question whether the own voice may be kept as a track, where the event keeps such. */
  declare ownTrack: unknown;
  /** One round trip to the stage in milliseconds; undefined when no answer came. */
  declare ping: () => Promise<number | undefined>;
  #line: LineVerdict | "testing" | undefined;
  /** The quietest level of this window and of the one before. dBFS. */
  #quietest = 0;
  #quietestBefore = -99;
  #windowSince = performance.now();
  #microphone: Microphone | undefined;
  #devices: MediaDeviceInfo[] = [];
  #denied = false;
  #test: "idle" | "recording" | "playing" = "idle";
  #quietSince = performance.now();
  #timer = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#open(undefined);
    this.#timer = window.setInterval(() => this.#showLevel(), METER_MS);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.#timer);
  }

  async #open(deviceId: string | undefined): Promise<void> {
    this.#microphone?.close();
    this.#microphone = undefined;
    try {
      this.#microphone = await openMicrophone(deviceId);
      this.#devices = await listMicrophones();
      this.#denied = false;
      this.#quietSince = performance.now();
    } catch {
      this.#denied = true;
    }
    this.requestUpdate();
  }

  #showLevel(): void {
    if (this.#microphone === undefined) return;
    const level = this.#microphone.level();
    this.style.setProperty("--level", String(meter(level)));
    this.querySelector(".meter")?.setAttribute("aria-valuenow", String(Math.round(meter(level) * 100)));
    const before = `${this.#silent} ${this.#noisy}`;
    const now = performance.now();
    if (level > ALIVE_DB) this.#quietSince = now;
    this.#quietest = Math.min(this.#quietest, level);
    if (now - this.#windowSince > NOISE_WINDOW_MS) {
      this.#quietestBefore = this.#quietest;
      this.#quietest = 0;
      this.#windowSince = now;
    }
    if (before !== `${this.#silent} ${this.#noisy}`) this.requestUpdate();
  }

  get #silent(): boolean {
    return performance.now() - this.#quietSince > SILENT_WARNING_MS;
  }

  /** Whether not one moment of some seconds was quiet. */
  get #noisy(): boolean {
    return Math.min(this.#quietestBefore, this.#quietest) > NOISY_DB;
  }

  async #testLine(): Promise<void> {
    this.#line = "testing";
    this.requestUpdate();
    this.#line = await testLine(this.ping);
    this.requestUpdate();
  }

  get #lineInWords(): string {
    const line = this.#line;
    if (line === undefined) return "";
    if (line === "testing") return sayBackstage("testingLine");
    const values = { ms: String(line.medianMs), worst: String(line.worstMs) };
    const judged = sayBackstage(({ good: "lineGood", fair: "lineFair", poor: "linePoor", none: "lineNone" } as const)[line.verdict], values);
    return line.verdict === "none" ? judged : `${judged} ${sayBackstage("lineNotSound")}`;
  }

  async #hearYourself(): Promise<void> {
    if (this.#microphone === undefined || this.#test !== "idle") return;
    this.#test = "recording";
    this.requestUpdate();
    const url = await recordSample(this.#microphone.stream, TEST_MS);
    this.#test = "playing";
    this.requestUpdate();
    const audio = new Audio(url);
    audio.addEventListener("ended", () => {
      URL.revokeObjectURL(url);
      this.#test = "idle";
      this.requestUpdate();
    });
    await audio.play();
  }

  #join(): void {
    if (this.#microphone === undefined) return;
    this.dispatchEvent(new CustomEvent("join", { detail: this.#microphone }));
    this.#microphone = undefined;
  }

  override render() {
    const ready = this.#microphone !== undefined;
    return html`<section class="card">
      <h2>${say("greenRoom")}</h2>
      <p class="quiet">${say("greenIntro")}</p>
      ${this.#denied ? html`<p class="wrong" role="alert">${say("micDenied")}</p><button @click=${() => this.#open(undefined)}>${say("askMic")}</button>` : nothing}
      <label class="field">${say("microphone")}
        <select id="microphone" ?disabled=${!ready} @change=${(event: Event) => this.#open((event.target as HTMLSelectElement).value)}>
          ${this.#devices.map((device) => html`<option value=${device.deviceId} ?selected=${device.deviceId === this.#microphone?.track.getSettings().deviceId}>${device.label}</option>`)}
        </select>
      </label>
      <div><div class="meter" role="meter" aria-label=${say("level")} aria-valuemin="0" aria-valuemax="100" aria-valuenow="0"><i></i></div>
      <p class="small quiet">${ready && this.#silent ? html`<span class="wrong" role="alert">${say("silent")}</span>` : ready && this.#noisy ? html`<span class="wrong" role="alert">${sayBackstage("noisy")}</span>` : say("speak")}</p></div>
      <div class="row"><button ?disabled=${!ready || this.#test !== "idle"} @click=${() => this.#hearYourself()}>${say(this.#test === "idle" ? "test" : this.#test === "recording" ? "testing" : "playing")}</button>
        <button id="test-line" ?disabled=${this.#line === "testing"} @click=${() => this.#testLine()}>${sayBackstage("testLine")}</button> <span id="line" class="small" role="status">${this.#lineInWords}</span></div>
      <p class="small quiet">${say("headphones")}</p>
      <p class="small">${say(this.invited ? "consentInvited" : "consent")}</p>
      ${this.ownTrack ?? nothing}
      <div class="row"><button class="primary" id="join" ?disabled=${!ready} @click=${() => this.#join()}>${say("join")}</button></div>
    </section>`;
  }
}
customElements.define("earshot-green-room", GreenRoom);
