/** What a key asks of a page that plays or mutes. */
export type KeyAct = "toggle" | "mute" | "help" | "louder" | "quieter" | "back" | "on" | "lastChapter" | "nextChapter" | "slower" | "faster" | "link";

/** As much of a key press as decides what it means. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  /** The key is held down and comes again. */
  readonly repeat: boolean;
  readonly target: unknown;
}

/** What has the focus. */
interface Focus {
  readonly tagName?: string;
  readonly type?: string;
  readonly isContentEditable?: boolean;
  closest?(selector: string): unknown;
}

const ACTS: Readonly<Record<string, KeyAct>> = {
  " ": "toggle",
  k: "toggle",
  m: "mute",
  "?": "help",
  arrowup: "louder",
  arrowdown: "quieter",
  arrowleft: "back",
  arrowright: "on",
  p: "lastChapter",
  n: "nextChapter",
  "<": "slower",
  ">": "faster",
  l: "link",
};
/** Acts that go on while the key is held; the others would flicker. */
const HELD: readonly KeyAct[] = ["louder", "quieter", "back", "on"];
/** Inputs that take no text: letters mean nothing to them. */
const TEXTLESS = ["range", "button", "checkbox", "radio", "submit"];

/** What a key press asks for; undefined when it belongs to the browser or to the control that has the focus. */
export function keyAct({ key, ctrlKey, metaKey, altKey, repeat, target }: KeyPress): KeyAct | undefined {
  const act = ACTS[key.toLowerCase()];
  if (act === undefined || ctrlKey || metaKey || altKey || (repeat && !HELD.includes(act))) return undefined;
  const { tagName = "", type = "", isContentEditable = false, closest } = (target ?? {}) as Focus;
  const button = tagName === "BUTTON" || tagName === "SUMMARY";
  const textless = tagName === "INPUT" && TEXTLESS.includes(type);
  if (isContentEditable || tagName === "SELECT" || tagName === "TEXTAREA" || (tagName === "INPUT" && !textless)) return undefined;
  if ((button || textless) && key === " ") return undefined;
  if (textless && HELD.includes(act)) return undefined;
  // A dialog that is open has the keyboard to itself.
  return closest?.call(target, "dialog") ? undefined : act;
}
