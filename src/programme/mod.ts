// The programme: from mixed frames to parts, segments and the archive.
// Owner: whoever changes how Earshot encodes, cuts or records.
// In: AudioFrame on the sample counter that starts at going live. Out: Part on the PartBus, files of the archive.
// Timestamps are counted, never taken from an encoder; encoder priming is carried in PROGRAM-DATE-TIME.
// Specifications: ISO/IEC 14496-12, ISO/IEC 23000-19 (CMAF), RFC 7845 (Ogg Opus), ID3v2.4, RFC 8216bis.
export { type Caption, readCaptions, renderCaptions } from "./captions.ts";
export { writeAdts } from "./adts.ts";
export { type Archive, type ArchiveChapter, type ArchiveEnd, openArchive, readArchiveEnd } from "./archive.ts";
export { type ArchivedSegment, headerLength, readArchiveIndex, scanChunks } from "./archive-index.ts";
export { archiveFileName, readArchiveChannels } from "./archive-form.ts";
export { concat as concatBytes } from "./boxes.ts";
export { channelsOfHeader, type ChunkMetadata, codecsOf, readChunk, type ReadChunk, writeChunk, writeEventMessage, writeHeader } from "./cmaf.ts";
export { openEncoder } from "./encoder.ts";
export { ID3_BYTES, writeShortId3 } from "./id3.ts";
export { LOSSLESS_FILE, LOSSLESS_INDEX, LosslessRecorder } from "./lossless.ts";
export { MP3_FRAME_BYTES } from "./mp3-frame.ts";
export { OGG_LAST, writeOggOpusHeader, writeOggPage } from "./ogg.ts";
export { type OggOfArchive, readAsOgg } from "./ogg-file.ts";
export {
  type Chunk,
  CMAF_RENDITIONS,
  type CmafRendition,
  GRIDS,
  type Part,
  type PartBus,
  partSamples,
  type PerRendition,
  RENDITIONS,
  type RenditionGrid,
  type RenditionId,
  type Unsubscribe,
} from "./part.ts";
export {
  type AudioRendition,
  type PlaylistWindow,
  renderEventPlaylist,
  renderMediaPlaylist,
  renderMultivariantPlaylist,
  renderReplayPlaylist,
  type RenditionReport,
  segmentOf,
  segmentSeconds,
  TARGET_DURATION,
  type Variant,
} from "./playlist.ts";
export { Programme, type ProgrammeOptions, type RenditionHeader, renditionHeaders } from "./programme.ts";
export type { MetadataSlot } from "./track.ts";
export { seatOfVoiceIndex, VoiceTrack, voiceTrackFile, voiceTrackIndex, voiceTrackSkip } from "./voice-track.ts";
