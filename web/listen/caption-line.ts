import { paths } from "../../src/wire/paths.ts";

/** The line in which a replay's captions stand while they are said; the browser reads the file and keeps the time. */
export function captionLine(audio: HTMLAudioElement, slug: string): HTMLElement {
  const line = document.createElement("p");
  line.className = "captions";
  const source = document.createElement("track");
  source.kind = "captions";
  source.src = paths.captions(slug);
  source.addEventListener("load", () => source.track.dispatchEvent(new Event("cuechange")));
  audio.append(source);
  const { track } = source;
  track.mode = "hidden";
  track.addEventListener("cuechange", () => {
    line.textContent = [...(track.activeCues ?? [])].map((cue) => (cue as VTTCue).getCueAsHTML().textContent).join(" ");
  });
  return line;
}
