import { ID3_DESCRIPTION, type TimedMetadata } from "../../src/wire/timed-metadata.ts";

/** What Safari makes of one frame of an ID3 tag. @spec WebKit DataCue, type `org.id3` */
interface TagCue {
  readonly value?: { readonly key?: string; readonly info?: string; readonly data?: unknown };
}

/** Hears what rides with the sound where the browser plays HLS by itself: it keeps the bytes to itself and shows the tags among them as cues. `signal` ends it. */
export function followCues(audio: Pick<HTMLAudioElement, "textTracks">, signal: AbortSignal, on: (metadata: TimedMetadata) => void): void {
  const heard = new WeakSet<TextTrackCue>();
  const follow = (track: TextTrack | null) => {
    if (track?.kind !== "metadata") return;
    // Cues of a track that is switched off never become active.
    track.mode = "hidden";
    const hear = () => {
      for (const cue of track.activeCues ?? []) {
        const metadata = heard.has(cue) ? undefined : readTagCue(cue as TagCue);
        heard.add(cue);
        if (metadata !== undefined) on(metadata);
      }
    };
    track.addEventListener("cuechange", hear, { signal });
    hear();
  };
  for (const track of audio.textTracks) follow(track);
  audio.textTracks.addEventListener("addtrack", ({ track }) => follow(track), { signal });
}

/** Our words in a cue; undefined for every other frame. Never throws. */
export function readTagCue({ value }: TagCue): TimedMetadata | undefined {
  if (value?.key !== "TXXX" || value.info !== ID3_DESCRIPTION || typeof value.data !== "string") return undefined;
  try {
    const metadata: unknown = JSON.parse(value.data);
    return typeof metadata === "object" && metadata !== null ? (metadata as TimedMetadata) : undefined;
  } catch {
    return undefined;
  }
}
