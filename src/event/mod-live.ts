// What of the event a process works with while it is live: seats, roles, relays, invitations, dates. A second way into this room.
// Owner: whoever changes what stage or front know of an event.
// In: keys and tokens. Out: who may do what.
// Nothing here knows the database: its layer is 260 files, and a stage that was killed is back the sooner the less it loads.
// Specifications: those of mod.ts.
export { renderEventCalendar, renderHouseCalendar } from "./calendar.ts";
export { mintListenerToken, mintWritingToken, readListenerToken } from "./listener-token.ts";
export { type RelayServer, relayServers, type RelaySettings } from "./relay.ts";
export { may } from "./roles.ts";
export { type SeatClaims, type SeatTokenResult, verifySeatToken } from "./seat-token.ts";
export type { StageManifest, StageSeat } from "./stage-manifest.ts";
