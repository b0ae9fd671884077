import { type ExtraWord, tell } from "../words/extras.ts";

/** The keys there are, as they stand on the keyboard. */
const KEYS: readonly (readonly [string, ExtraWord])[] = [
  ["Space, K", "keyPlay"],
  ["M", "keyMute"],
  ["↑ ↓", "keyVolume"],
  ["← →", "keySeek"],
  ["P N", "keyChapter"],
  ["< >", "keyTempo"],
  ["L", "keyLink"],
  ["?", "keyHelp"],
];

/** Writes the list of keys; comes when somebody asks for it. */
export function listKeys(list: HTMLElement): void {
  if (list.childElementCount > 0) return;
  for (const [key, word] of KEYS) {
    const term = document.createElement("dt");
    const cap = document.createElement("kbd");
    cap.textContent = key;
    term.append(cap);
    const meaning = document.createElement("dd");
    meaning.textContent = tell(word);
    list.append(term, meaning);
  }
}
