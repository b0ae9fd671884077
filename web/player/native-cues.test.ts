import assert from "node:assert/strict";
import { test } from "node:test";
import type { TimedMetadata } from "../../src/wire/timed-metadata.ts";
import { followCues } from "./native-cues.ts";

/** A track as Safari adds one with the first tag it meets. */
class Track extends EventTarget {
  readonly kind: string;
  mode = "disabled";
  activeCues: unknown[] = [];

  constructor(kind: string) {
    super();
    this.kind = kind;
  }

  play(...values: unknown[]): void {
    this.activeCues = values.map((value) => ({ value }));
    this.dispatchEvent(new Event("cuechange"));
  }
}

class Tracks extends EventTarget {
  readonly #tracks: Track[] = [];

  add(track: Track): void {
    this.#tracks.push(track);
    this.dispatchEvent(Object.assign(new Event("addtrack"), { track }));
  }

  [Symbol.iterator](): Iterator<Track> {
    return this.#tracks[Symbol.iterator]();
  }
}

const tagged = (data: unknown) => ({ key: "TXXX", info: "earshot", data });

test("where the browser plays HLS by itself the page hears who speaks from the tags, each once, and nothing of other people's frames", () => {
  const textTracks = new Tracks();
  const stop = new AbortController();
  const heard: TimedMetadata[] = [];
  const early = new Track("metadata");
  early.activeCues = [{ value: tagged('{"t":"Evening"}') }];
  textTracks.add(early);
  followCues({ textTracks: textTracks as unknown as TextTrackList }, stop.signal, (metadata) => heard.push(metadata));
  const [tags, captions] = [new Track("metadata"), new Track("captions")];
  textTracks.add(captions);
  textTracks.add(tags);
  assert.deepEqual([early.mode, tags.mode, captions.mode], ["hidden", "hidden", "disabled"]);
  tags.play({ key: "TIT2", data: "Evening" }, tagged('{"s":[["a","Ada","host",0]]}'));
  tags.dispatchEvent(new Event("cuechange"));
  tags.play({ key: "TXXX", info: "other", data: "{}" }, tagged("no JSON"), tagged("7"), tagged(new ArrayBuffer(2)), {}, undefined);
  captions.play(tagged('{"t":"no"}'));
  stop.abort();
  tags.play(tagged('{"t":"late"}'));
  assert.deepEqual(heard, [{ t: "Evening" }, { s: [["a", "Ada", "host", 0]] }]);
});
