import { join } from "node:path";
import { type TrackList, trackList } from "../../wire/recording.ts";
import { readJson, writeDurably } from "./durable-file.ts";

const NAME = "tracks.json";

/** Whose tracks lie in an archive folder; none when nothing says so. */
export async function readTrackList(folder: string): Promise<TrackList> {
  return trackList.safeParse(await readJson(join(folder, NAME))).data ?? { version: 1, tracks: [] };
}

/** Keeps the list; on disk when it resolves. */
export async function writeTrackList(folder: string, list: TrackList): Promise<void> {
  await writeDurably(join(folder, NAME), `${JSON.stringify(list)}\n`);
}
