import { paths } from "../../src/wire/paths.ts";
import type { PublicState } from "../../src/wire/public-state.ts";

/** What the lock screen's buttons do. */
export interface PlayingActs {
  readonly toggle: () => void;
  /** Back or on. Seconds. */
  readonly jump: (seconds: number) => void;
  readonly goLive: () => void;
}

/** What one press changes. Seconds. */
const JUMP_SECONDS = 15;

/** Tells the lock screen what is heard and lets its buttons work. @spec W3C Media Session */
export class NowPlaying {
  readonly #acts: PlayingActs;
  #shown = "";

  constructor(acts: PlayingActs) {
    this.#acts = acts;
  }

  /** `canJump`: whether there is anything to go back to. */
  show({ event, live }: PublicState, canJump: boolean): void {
    if (!("mediaSession" in navigator)) return;
    const { slug, title, artwork } = event;
    const artist = (live?.onStage.length ? live.onStage : event.speakers).map(({ name }) => name).join(", ");
    const key = `${artwork?.file} ${title} ${artist} ${canJump}`;
    if (key === this.#shown) return;
    this.#shown = key;
    const session = navigator.mediaSession;
    session.metadata = new MediaMetadata({
      title,
      artist,
      album: document.querySelector("header a")?.textContent ?? "",
      artwork: [
        artwork === undefined
          ? { src: `/e/${slug}/card.png?square`, sizes: "1400x1400", type: "image/png" }
          : { src: paths.picture(artwork.file), sizes: `${artwork.width}x${artwork.height}`, type: artwork.type },
      ],
    });
    const { toggle, jump, goLive } = this.#acts;
    for (const action of ["play", "pause", "stop"] as const) session.setActionHandler(action, toggle);
    session.setActionHandler("seekbackward", canJump ? ({ seekOffset = JUMP_SECONDS }) => jump(-seekOffset) : null);
    session.setActionHandler("seekforward", canJump ? ({ seekOffset = JUMP_SECONDS }) => jump(seekOffset) : null);
    session.setActionHandler("nexttrack", canJump ? goLive : null);
  }
}
