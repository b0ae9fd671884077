import { html, nothing } from "lit";
import { type PlayingSound, SOUND_BYTES_MAX, SOUND_LEVEL, SOUND_NAME_MAX, type SoundEdit, type SoundList } from "../../src/wire/sounds.ts";
import { clock } from "../listen/time.ts";
import { lang } from "../words/language.ts";
import { saySound as say } from "../words/sounds.ts";
import { call, reasonOf, sendFile, tell } from "./api.ts";
import { LightElement } from "./light-element.ts";
import type { Sure } from "./sure.ts";
import "./sure.ts";

type Sound = SoundList["sounds"][number];

/** Jingles, waiting music and streams: a button each, what plays and for how long, and adding more. Asks for `play` and `stop` by events: the room decides. */
export class SoundPanel extends LightElement {
  static override properties = { slug: {}, playing: { attribute: false }, languages: { attribute: false } };
  declare slug: string;
  /** What the room says that plays. */
  declare playing: readonly PlayingSound[];
  /** Languages somebody interprets into. BCP 47. */
  declare languages: readonly string[];
  #sounds: readonly Sound[] = [];
  #said = "";
  #wrong = "";
  #busy = false;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.#look();
  }

  async #look(): Promise<void> {
    const called = await call<SoundList>("GET", `/api/events/${this.slug}/sounds`);
    if (called.ok) this.#sounds = called.answer.sounds;
    this.requestUpdate();
  }

  #switch({ id }: Sound, on: boolean): void {
    this.dispatchEvent(new CustomEvent(on ? "play" : "stop", { detail: id }));
  }

  async #edit({ id }: Sound, edit: SoundEdit): Promise<void> {
    const called = await call("PATCH", `/api/events/${this.slug}/sounds/${id}`, edit);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.#look();
  }

  /** Takes some seconds: the file is made anew for listeners. */
  async #setWaiting(sound: Sound, on: boolean): Promise<void> {
    this.#said = on ? say("waitingMaking") : "";
    this.requestUpdate();
    await this.#edit(sound, { waiting: on });
    this.#said = on && this.#wrong === "" ? say("waitingReady", { name: sound.name }) : "";
    this.requestUpdate();
  }

  async #delete({ id }: Sound): Promise<void> {
    const called = await call("DELETE", `/api/events/${this.slug}/sounds/${id}`);
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    await this.#look();
  }

  #chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    const name = input.form?.elements.namedItem("name") as HTMLInputElement;
    const file = input.files?.[0];
    if (file !== undefined && name.value === "") name.value = file.name.replace(/\.[^.]*$/, "").slice(0, SOUND_NAME_MAX);
  }

  async #add(event: SubmitEvent, send: (form: FormData) => ReturnType<typeof call<Sound>>): Promise<void> {
    event.preventDefault();
    if (this.#busy) return;
    const form = event.target as HTMLFormElement;
    this.#busy = true;
    this.#wrong = "";
    this.#said = say("uploading");
    this.requestUpdate();
    const called = await send(new FormData(form));
    this.#busy = false;
    this.#said = called.ok ? say("added", { name: called.answer.name }) : "";
    this.#wrong = called.ok ? "" : reasonOf(called.problem);
    if (called.ok) form.reset();
    await this.#look();
  }

  override render() {
    const file = (form: FormData) =>
      sendFile<Sound>(`/api/events/${this.slug}/sounds?name=${encodeURIComponent(String(form.get("name")))}`, form.get("file") as File);
    const stream = (form: FormData) => call<Sound>("POST", `/api/events/${this.slug}/streams`, { name: form.get("name"), url: form.get("url") });
    return html`<section class="card" id="sounds"><h2>${say("sounds")}</h2>
      <p class="small quiet">${say(this.#sounds.length === 0 ? "none" : "intro")}</p>
      <ul class="list">${this.#sounds.map((sound) => this.#renderSound(sound))}</ul>
      <p role="status" class="small">${this.#said}</p>
      ${this.#wrong === "" ? nothing : html`<p class="wrong" role="alert">${this.#wrong}</p>`}
      <details><summary>${say("add")}</summary><div class="two">
        <form id="add-file" @submit=${(event: SubmitEvent) => void this.#add(event, file)}>
          <label class="field">${say("file", { megabytes: String(SOUND_BYTES_MAX / 2 ** 20) })}<input type="file" name="file" required accept="audio/*,.mp3,.wav,.flac,.opus,.ogg" @change=${(event: Event) => this.#chosen(event)}></label>
          <label class="field">${say("name")}<input name="name" required maxlength=${SOUND_NAME_MAX} autocomplete="off"></label>
          <div class="row"><button ?disabled=${this.#busy}>${say("upload")}</button></div></form>
        <form id="add-stream" @submit=${(event: SubmitEvent) => void this.#add(event, stream)}>
          <label class="field">${say("address")}<input type="url" name="url" required maxlength="2000" autocomplete="off" placeholder="https://"></label>
          <label class="field">${say("name")}<input name="name" required maxlength=${SOUND_NAME_MAX} autocomplete="off"></label>
          <div class="row"><button ?disabled=${this.#busy}>${say("addStream")}</button></div></form>
      </div></details><earshot-sure></earshot-sure></section>`;
  }

  #renderSound(sound: Sound) {
    const { name, seconds } = sound;
    const now = this.playing.find(({ id }) => id === sound.id);
    const on = now !== undefined && now.state !== "failed";
    const time =
      on && now.remainingSeconds !== undefined
        ? say("left", { time: clock(Math.ceil(now.remainingSeconds)) })
        : seconds === null
          ? say("isStream")
          : clock(Math.ceil(seconds));
    const done = on && now.remainingSeconds !== undefined && seconds !== null ? 1 - now.remainingSeconds / seconds : 0;
    const text = now?.state === "away" ? say("away") : now?.state === "failed" ? failure(now) : now?.state === "opening" ? say("opening") : "";
    return html`<li class="sound"><button class=${on ? "primary" : ""} data-sound=${name} style="--done:${done}" @click=${() => this.#switch(sound, !on)}><span>${say(on ? "stop" : "play", { name })}</span><span class="small">${time}${sound.loop ? " ↻" : ""}</span></button>
      ${text === "" ? nothing : html`<span class=${now?.state === "failed" ? "small wrong" : "small quiet"} role="status">${text}</span>`}
      ${this.#renderSettings(sound)}</li>`;
  }

  #renderSettings(sound: Sound) {
    const { name, loop, ducks, levelDb, url } = sound;
    const choice = (word: "loop" | "ducks", checked: boolean) =>
      html`<label class="choice"><input type="checkbox" name=${word} .checked=${checked} @change=${(event: Event) => void this.#edit(sound, { [word]: (event.target as HTMLInputElement).checked })}> ${say(word)}</label>`;
    return html`<details><summary class="small">${say("settings", { name })}</summary>
      ${url === undefined ? nothing : html`<p class="small quiet">${url}</p>`}
      ${choice("loop", loop)}${choice("ducks", ducks)}
      ${sound.kind === "stream" ? nothing : html`<label class="choice"><input type="checkbox" name="waiting" .checked=${sound.waiting} @change=${(event: Event) => void this.#setWaiting(sound, (event.target as HTMLInputElement).checked)}> ${say("waiting")}</label>`}
      <label class="field">${say("level")}: ${say("decibels", { value: String(levelDb) })}<input type="range" min=${SOUND_LEVEL.least} max=${SOUND_LEVEL.most} step="1" .value=${String(levelDb)} aria-valuetext=${say("decibels", { value: String(levelDb) })} @change=${(event: Event) => void this.#edit(sound, { levelDb: Number((event.target as HTMLInputElement).value) })}></label>
      ${this.#renderLanguage(sound)}
      <div class="row"><button @click=${() => this.#askDelete(sound)}>${say("delete", { name })}</button></div></details>`;
  }

  /** Where an interpreter comes by a stream; nothing where nobody interprets. */
  #renderLanguage(sound: Sound) {
    const choices = [...new Set(["", ...this.languages, sound.language])];
    if (choices.length === 1) return nothing;
    const nameOf = (tag: string) => (tag === "" ? say("floor") : (new Intl.DisplayNames(lang, { type: "language" }).of(tag) ?? tag));
    return html`<label class="field">${say("heardIn")}<select name="language" @change=${(event: Event) => void this.#edit(sound, { language: (event.target as HTMLSelectElement).value })}>${choices.map((tag) => html`<option value=${tag} ?selected=${tag === sound.language}>${nameOf(tag)}</option>`)}</select></label>`;
  }

  #askDelete(sound: Sound): void {
    const { name } = sound;
    this.querySelector<Sure>("earshot-sure")?.ask({ title: say("deleteSure", { name }), info: say("deleteInfo"), act: () => this.#delete(sound) });
  }
}
customElements.define("earshot-sounds", SoundPanel);

/** Why a sound ended, with the rule it broke. */
function failure({ problem }: PlayingSound): string {
  if (problem === undefined) return "";
  return problem.rule === "" ? tell(problem) : `${tell(problem)} (${problem.rule})`;
}
