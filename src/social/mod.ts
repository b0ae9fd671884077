// What people write at an event, and what moderators do about it.
// Owner: whoever changes posts, reactions, questions, reports or moderation.
// In: texts of strangers, decisions of moderators. Out: the public wall, statements to those concerned, the acts for log and ledger.
// Text only, never markup; nothing here touches disk, network or clock: adapters in server do.
// Specifications: ActivityStreams 2.0 words, UAX #9, #15, #29, Regulation (EU) 2022/2065 Articles 16, 17, 20.
export { type Author, markOf } from "./author.ts";
export { ModerationDesk } from "./moderation-desk.ts";
export type { Post } from "./posts.ts";
export { moderationFile, wallPages } from "./public-wall.ts";
export { socialStore, type SocialStore } from "./store.ts";
export type { SocialTables } from "./tables.ts";
export { WallDesk, type Writer } from "./wall-desk.ts";
