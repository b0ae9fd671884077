// The live event: its life, its people and what they may do.
// Owner: whoever changes schedules, roles or invitations.
// In: what hosts decide. Out: states, seat tokens, the manifest a stage runs from.
// Nothing here touches disk, network or clock: adapters in server do.
// Specifications: RFC 5545 and schema.org words for the schedule, RFC 9562 (UUIDv7).
export { type Account, type AccountId, type AccountKind, Accounts } from "./accounts.ts";
export { type AccountSession, AccountSessions } from "./account-sessions.ts";
export { type ActEntry, type Actor, HOUSE, lastUndoable, type NewAct } from "./act-log.ts";
export { renderEventCalendar, renderHouseCalendar } from "./calendar.ts";
export { ApiTokens } from "./api-tokens.ts";
export { CHALLENGE_MS, type ChallengePurpose, mintChallenge, readChallenge } from "./challenge.ts";
export { EventDesk, type EventDeskOptions } from "./desk.ts";
export { HouseDesk } from "./house-desk.ts";
export type { Asker, Hand } from "./hand-desk.ts";
export { personalSecret, secretHash } from "./invitation.ts";
export { actsToFollow, EVENT_ACTS, type EventAct, transition } from "./lifecycle.ts";
export { type LiveEvent, type Person, toStageManifest } from "./live-event.ts";
export { type Asking, ReminderDesk } from "./reminder-desk.ts";
export { type DueNotice, type NoticeOutcome, ReminderOutbox } from "./reminder-outbox.ts";
export { PUSHES_PER_SECOND } from "./reminder-terms.ts";
export { ReminderWaves } from "./reminder-waves.ts";
export { type Act, may, PERMISSIONS, scopesAllow, type Standing } from "./roles.ts";
export { type Passkey, PASSKEYS_MAX, Passkeys } from "./passkeys.ts";
export { RECOVERY_CODES, RecoveryCodes } from "./recovery-codes.ts";
export { isStageWanted, type StageSight } from "./schedule.ts";
export { type RelayServer, relayServers, type RelaySettings } from "./relay.ts";
export { mintSeatToken, type SeatClaims, type SeatTokenResult, verifySeatToken } from "./seat-token.ts";
export { type AccountGrant, SESSION_MS, Sessions, type SessionView } from "./sessions.ts";
export { SIGN_IN_LINK_MS, SignInLinks } from "./sign-in-links.ts";
export { isSlugAllowed, slugFromTitle } from "./slug.ts";
export { SOUND_CHECK_ID, SOUND_CHECK_SLUG } from "./sound-check.ts";
export { listenerKey, mintListenerToken, mintWritingToken, readListenerToken, readWritingToken } from "./listener-token.ts";
export type { ListenerLink } from "./listener-desk.ts";
export { readPicture } from "./picture/picture.ts";
export type { Series } from "./series-desk.ts";
export type { StageManifest, StageSeat } from "./stage-manifest.ts";
export { type Delivery, type Webhook, WebhookDesk } from "./webhook-desk.ts";
export type { EventStore, Step } from "./store.ts";
export { accountKey, type Comer, keyList, listenerLinkKey, type PersonKeys, personKeys, type Suspended, suspensionKey } from "./suspended.ts";
export type { EventTables } from "./tables.ts";
