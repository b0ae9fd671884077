import { type ArchivedSegment, scanChunks } from "./archive-index.ts";
import { readChunk } from "./cmaf.ts";
import { OGG_LAST, writeOggOpusHeader, writeOggPage } from "./ogg.ts";
import { GRIDS, partSamples } from "./part.ts";

/** Serial of a file's one stream. */
const SERIAL = 0x4561_7273;
const FIRST_DATA_PAGE = 2;

/** An archive file of Opus packets that is wanted as Ogg. */
export interface OggOfArchive {
  /** The file's bytes from `offset`, `length` of them or fewer at its end, wherever it lies. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  readonly segments: readonly ArchivedSegment[];
  readonly title: string;
  readonly numberOfChannels: number;
  /** Samples a player leaves out at the start. */
  readonly skip: number;
  /** Length of what is heard. Samples; what is behind it in the last packet is left out by a player. */
  readonly durationSamples: number;
}

/** The packets of an archive file as an Ogg Opus file, a page for each part, made while it is read. Rejects with the reader's error. @spec RFC 7845 §4 */
export async function* readAsOgg(options: OggOfArchive): AsyncGenerator<Uint8Array> {
  const { read, segments, title, numberOfChannels, skip, durationSamples } = options;
  yield writeOggOpusHeader({ numberOfChannels, serial: SERIAL, title, skip });
  for (const segment of segments) {
    const bytes = await read(segment.offset, segment.length);
    for (const part of scanChunks(bytes)) {
      const chunk = readChunk(bytes.subarray(part.start, part.end));
      if (!chunk.ok) continue;
      const last = segment === segments.at(-1) && part.end === bytes.length;
      const end = part.timestamp + chunk.packets.length * GRIDS.opus.frameSamples;
      yield writeOggPage({
        packets: chunk.packets,
        // @spec RFC 7845 §4.4: the last page's position ends the sound within its last packet.
        granule: last ? Math.min(end, Math.max(part.timestamp + 1, durationSamples + skip)) : end,
        serial: SERIAL,
        number: FIRST_DATA_PAGE + Math.floor(part.timestamp / partSamples("opus")),
        flags: last ? OGG_LAST : 0,
      });
    }
  }
}
