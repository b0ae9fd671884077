// The audience: hands the same parts to everyone, in the form each player wants.
// Owner: whoever changes how listeners are served.
// In: parts and the stage's state. Out: LL-HLS, plain HLS, endless streams, segments while they are made.
// Counts who listens, by sums only; holds the newest minute and a half in memory and nothing on disk.
// Specifications: RFC 8216, RFC 8216bis, RFC 7845, ISO/IEC 13818-7 (ADTS).
export { type Answer, TYPES } from "./answer.ts";
export { EndlessStreams, type StreamSink, type StreamWish } from "./endless.ts";
export { containerKind, ENDLESS_KINDS, type EndlessKind, endlessRendition, endlessType, isContainer } from "./endless-form.ts";
export { type FindOlder, HlsOrigin, type HlsRequest, isMediaList, isMultivariant, signedList, thriftyPath } from "./hls.ts";
export { ICY_INTERVAL_BYTES, takesIcy } from "./icy.ts";
export { floorName, languagePath, type Programmes, readLanguagePath } from "./languages.ts";
export { Door, type DoorOptions, type DoorBudgets, makeDoorBudgets, type Verdict } from "./door/door.ts";
export { drawsAfter } from "./door/draws.ts";
export { HeavyHitters } from "./door/heavy-hitters.ts";
export { Ladder, LADDER, type Step } from "./door/ladder.ts";
export { NetworkHash } from "./door/network.ts";
export { makeListenerBudget, makeRequestBudget, makeResetBudget } from "./door/network-budget.ts";
export { Pressure, type PressureReadings } from "./door/pressure.ts";
export { SilentSockets } from "./door/silent-sockets.ts";
export { AudienceSum, readAudienceLine } from "./listener-count/audience-sum.ts";
export { type CountedStream, ListenerCount } from "./listener-count/listener-count.ts";
export { type Caller, readSessionNumber, SessionKeys } from "./listener-count/session-key.ts";
export { PartStore } from "./part-store.ts";
export { type SegmentSink, SegmentStreams } from "./segment-stream.ts";
