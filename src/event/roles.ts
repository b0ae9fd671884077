import type { Scope } from "../wire/access.ts";
import { ROLES, type Role, STAGE_ROLES } from "../wire/room.ts";

/** What somebody is to an event: the operator of the house, a person with a seat, or neither. */
export type Standing = "operator" | Role | "stranger";

/** Who may do what: the one table. Who is not named may not. */
export const PERMISSIONS = {
  "create-event": ["operator"],
  "list-events": ["operator"],
  /** Tokens for programs and webhooks: what acts and listens in everybody's name. */
  "manage-access": ["operator"],
  /** An account of one's own with passkeys; guests come by their personal links. */
  "make-account": ["operator", "host", "co-host", "producer", "moderator"],
  "read-event": ["operator", ...ROLES],
  "edit-event": ["operator", "host"],
  /** Postpone, give a new time, cancel, and take it back. */
  "move-event": ["operator", "host"],
  "duplicate-event": ["operator"],
  "see-history": ["operator", "host", "co-host", "producer", "moderator"],
  /** How many want to be reminded, and how far each notice is; never who. */
  "see-reminders": ["operator", "host", "co-host", "producer", "moderator"],
  "see-people": ["operator", "host", "co-host", "producer", "moderator"],
  /** Personal links open a person's seat to whoever has them. */
  "see-links": ["operator", "host"],
  invite: ["operator", "host"],
  revoke: ["operator", "host"],
  /** Listeners ask; who is on stage has no need to, but may. */
  "raise-hand": ["operator", ...ROLES, "stranger"],
  "see-hands": ["operator", "host", "co-host", "producer", "moderator"],
  "open-hands": ["operator", "host", "co-host", "producer", "moderator"],
  /** Brings a listener on stage; a co-host or producer does so while the host talks. */
  "invite-hand": ["operator", "host", "co-host", "producer"],
  /** Off the air for a private talk with the producer, and back on stage. */
  "take-aside": ["operator", "host", "co-host", "producer"],
  "lower-hand": ["operator", "host", "co-host", "producer", "moderator"],
  /** Back to the audience, in peace. */
  "send-back": ["operator", "host", "co-host", "producer", "moderator"],
  "hand-over": ["operator", "host"],
  "step-down": ROLES,
  "take-seat": ["operator", ...ROLES],
  /** With sound on stage, where listeners hear it. */
  speak: STAGE_ROLES,
  /** With sound behind the stage, where no listener ever hears it. */
  "talk-off-air": ["producer"],
  /** A co-host may stand in for a host who is late, but not send everybody home. */
  "go-live": ["operator", "host", "co-host"],
  end: ["operator", "host"],
  /** Where the replay begins, clips, how long it is kept, and deleting it. */
  "edit-recording": ["operator", "host"],
  /** How everybody's voice came in, device names too, and how they talked. */
  "see-voices": ["operator", "host", "co-host", "producer"],
  "mark-chapter": ["operator", "host", "co-host", "producer"],
  /** What is said, as text, for those who cannot hear it. */
  caption: ["captioner", "producer"],
  /** One line to all listeners. */
  announce: ["operator", "host", "co-host", "producer", "moderator"],
  /** Lines among those backstage. */
  "chat-backstage": ["operator", ...ROLES],
  /** What one writes down for oneself. */
  "keep-notes": ["operator", ...ROLES],
  /** Personal links for listeners of an event by invitation. */
  "invite-listeners": ["operator", "host"],
  /** Tells those who wait why it starts late. */
  "tell-waiting": ["operator", "host", "co-host"],
  /** What the house is called, its colours and links. */
  "edit-house": ["operator"],
  /** How the house's processes, disk and log stand. */
  "see-house": ["operator"],
  /** Doors: let everybody in, hold, or cap; a co-host may while the host talks. */
  "direct-doors": ["operator", "host", "co-host", "producer"],
  "mute-others": ["operator", "host", "co-host", "producer", "moderator"],
  /** Jingles and waiting music: put them there, and play them. */
  "edit-sounds": ["operator", "host", "co-host", "producer"],
  "play-sounds": ["operator", "host", "co-host", "producer"],
  /** Write, vote, react and report, where the host opened the wall. */
  post: ["operator", ...ROLES, "stranger"],
  /** Hold, remove, pin, suspend, take back, decide appeals. */
  moderate: ["operator", "host", "co-host", "moderator"],
  "see-reports": ["operator", "host", "co-host", "moderator"],
  /** Who may write, slow mode, word list, lock. */
  "edit-wall": ["operator", "host", "co-host", "moderator"],
} as const satisfies Readonly<Record<string, readonly Standing[]>>;

/** What a program's token may be allowed: each scope opens these acts of the operator, and an act in no scope stays with people. */
export const SCOPE_ACTS = {
  "events:read": ["list-events", "read-event", "see-history", "see-reminders"],
  "events:write": ["edit-wall", "create-event", "edit-event", "move-event", "duplicate-event", "open-hands", "mark-chapter", "edit-recording", "tell-waiting"],
  "people:read": ["see-people", "see-hands", "see-reports", "see-voices"],
  "people:write": ["moderate", "see-links", "invite", "revoke", "hand-over", "send-back", "invite-hand", "take-aside", "lower-hand", "invite-listeners"],
  stage: ["take-seat", "go-live", "end", "mute-others", "direct-doors", "edit-sounds", "play-sounds"],
} as const satisfies Readonly<Record<Scope, readonly Act[]>>;

/** Whether a token with these scopes may do an act. */
export function scopesAllow(scopes: readonly Scope[], act: Act): boolean {
  return scopes.some((scope) => (SCOPE_ACTS[scope] as readonly Act[]).includes(act));
}

/** An act that needs a permission. */
export type Act = keyof typeof PERMISSIONS;

/** Whether somebody of this standing may do an act. */
export function may(standing: Standing, act: Act): boolean {
  const allowed: readonly Standing[] = PERMISSIONS[act];
  return allowed.includes(standing);
}
