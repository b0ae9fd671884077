// The stage: people's voices in by WebRTC, one programme mix out, everyone else back to each.
// Owner: whoever changes how speakers connect or sound.
// In: WHIP exchanges, RTP, room messages. Out: 20 ms of programme per tick, return feeds, the roster.
// It needs no database, no front and no control: a seat token and a manifest are enough.
// Specifications: RFC 9725 (WHIP), RFC 3550, RFC 7587 (Opus over RTP), RFC 6716, RFC 6347 (DTLS), RFC 8445 (ICE), RFC 3533 (Ogg), RFC 7845 (Ogg Opus).
export type { SoundMeasure } from "./feed/feed-job.ts";
export { measureSound } from "./feed/feed-thread.ts";
export { soundFrames } from "./feed/sound-frames.ts";
export { looksLikeSound, TYPE_BYTES } from "./feed/sound-type.ts";
export { parseFeedUrl } from "./feed/feed-address.ts";
export type { PlayableSound } from "./feed/soundboard.ts";
export type { PcmSource } from "./mixer.ts";
export type { ModerationAct, Room, RoomConnection } from "./room.ts";
export type { KeptSeat, Seat } from "./seat.ts";
export { Stage, type StageOptions, VOICE_DELAY } from "./stage.ts";
export type { Peer, PeerEvents, PeerStats, StageTransport } from "./transport.ts";
export { createWerift, type WeriftOptions } from "./werift/werift-transport.ts";
export type { WhipRequest, WhipResponse } from "./whip.ts";
