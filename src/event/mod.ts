// The live event: its life, its people and what they may do.
// Owner: whoever changes schedules, roles or invitations.
// In: what hosts decide. Out: states, seat tokens, the manifest a stage runs from.
// Nothing here touches disk, network or clock: adapters in server do.
// Specifications: RFC 5545 and schema.org words for the schedule, RFC 9562 (UUIDv7).
export { canMove, type Move } from "./lifecycle.ts";
export { type Act, may, PERMISSIONS } from "./roles.ts";
export { mintSeatToken, type SeatClaims, type SeatTokenResult, verifySeatToken } from "./seat-token.ts";
export { isSlug, slugFrom } from "./slug.ts";
export type { StageManifest } from "./stage-manifest.ts";
