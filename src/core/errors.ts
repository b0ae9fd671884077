/**
 * Every failure a person or a program can meet, in one table; the page of the manual is generated from it.
 * `status`: HTTP status it becomes. `retryable`: whether the same call may succeed later without a change.
 * `meaning`: one sentence for whoever meets it. `action`: what they can do now.
 */
export const ERRORS = {
  internal: {
    status: 500,
    retryable: true,
    meaning: "Something broke on our side.",
    action: "Try again; if it stays, look at the server's log for this time.",
  },
  "not-found": { status: 404, retryable: false, meaning: "There is nothing at this address.", action: "Check the address." },
  "method-not-allowed": {
    status: 405,
    retryable: false,
    meaning: "This address does not answer to that method.",
    action: "Use one of the methods in the Allow header.",
  },
  "bad-request": { status: 400, retryable: false, meaning: "The request could not be understood.", action: "Compare it with the API page." },
  "invalid-field": { status: 422, retryable: false, meaning: "A value breaks its rule.", action: "Correct the named field." },
  unauthorised: { status: 401, retryable: false, meaning: "No valid sign-in or token came with the request.", action: "Open your personal link again." },
  forbidden: { status: 403, retryable: false, meaning: "Your role does not allow this.", action: "Ask the host." },
  "event-unknown": { status: 404, retryable: false, meaning: "There is no event at this address.", action: "Check the address with whoever sent it." },
  "event-ended": { status: 410, retryable: false, meaning: "The event has ended.", action: "The replay is at the same address." },
  "event-not-live": { status: 409, retryable: true, meaning: "The event is not on air.", action: "Wait for the start; the page follows by itself." },
  "replay-not-ready": {
    status: 409,
    retryable: true,
    meaning: "The event has not ended; there is no replay yet.",
    action: "Listen live; the replay is at the same address when it ends.",
  },
  "recording-deleted": {
    status: 410,
    retryable: false,
    meaning: "The recording of this event was deleted.",
    action: "Ask the host; title, times and the fingerprints of what was on air stay public.",
  },
  "clips-off": { status: 403, retryable: false, meaning: "The host of this event allows no clips.", action: "Share a link to the second instead." },
  "format-unknown": { status: 501, retryable: false, meaning: "The answer is not to be had in this format.", action: "Ask for json or xml." },
  "import-invalid": {
    status: 422,
    retryable: false,
    meaning: "The folder is not a whole export of an event.",
    action: "Export the event again; the named file is missing or not what it was.",
  },
  "import-known": { status: 409, retryable: false, meaning: "This house already has this event.", action: "Nothing is to be done." },
  "folder-not-empty": { status: 409, retryable: false, meaning: "The folder already holds something.", action: "Name a new or an empty folder." },
  "slug-taken": { status: 409, retryable: false, meaning: "Another event already has this address.", action: "Choose another address." },
  "start-in-past": { status: 422, retryable: false, meaning: "The start time has already passed.", action: "Choose a time in the future." },
  "stage-starting": { status: 503, retryable: true, meaning: "The stage is starting.", action: "Try again in a second; the page does so by itself." },
  "edge-unknown": {
    status: 403,
    retryable: false,
    meaning: "This house has no edge with that name and key.",
    action: "Write the edge's name and the key it prints at its start under edges: in the house's settings, and start the house again.",
  },
  "edge-clock": {
    status: 403,
    retryable: true,
    meaning: "The edge's clock is not the house's.",
    action: "Let both machines set their clocks by NTP; listeners are counted in windows of ten seconds.",
  },
  "house-away": {
    status: 503,
    retryable: true,
    meaning: "The house behind this server does not answer.",
    action: "Try again in a moment; whoever listens goes on listening.",
  },
  conflict: { status: 409, retryable: true, meaning: "Something else changed this at the same moment.", action: "Load it again and repeat the change." },
  "transition-invalid": {
    status: 409,
    retryable: false,
    meaning: "The event is not in a state in which this can be done.",
    action: "Look at the state of the event first.",
  },
  "body-too-large": { status: 413, retryable: false, meaning: "The request is larger than anything asked for here.", action: "Send less." },
  "rate-limited": { status: 429, retryable: true, meaning: "Too many attempts from this address.", action: "Wait for the seconds that Retry-After names." },
  waiting: {
    status: 503,
    retryable: true,
    meaning: "More people want in at this moment than can be let in at once.",
    action: "Come back with the ticket at the time it names; the page does so by itself.",
  },
  busy: {
    status: 503,
    retryable: true,
    meaning: "The server is full and keeps its strength for those who listen live.",
    action: "Come back after the seconds that Retry-After names.",
  },
  removed: { status: 403, retryable: false, meaning: "This seat was taken away.", action: "Ask the host for a new personal link." },
  "seat-taken": {
    status: 409,
    retryable: false,
    meaning: "This seat is open in another window.",
    action: "Go on there, or reload to take the seat back here.",
  },
  "sdp-invalid": { status: 400, retryable: false, meaning: "The WebRTC offer could not be used.", action: "Send an SDP offer with one Opus audio section." },
  "ice-fragment-invalid": {
    status: 400,
    retryable: false,
    meaning: "The ICE fragment could not be used.",
    action: "Send ice-ufrag, ice-pwd and candidates as application/trickle-ice-sdpfrag.",
  },
  "precondition-required": {
    status: 428,
    retryable: false,
    meaning: "The request does not say which ICE session it means.",
    action: "Send If-Match: the session's ETag to add candidates, * to restart ICE.",
  },
  "precondition-failed": {
    status: 412,
    retryable: false,
    meaning: "The request means an ICE session that is over.",
    action: "Use the newest ETag, or publish again.",
  },
  "media-type": { status: 415, retryable: false, meaning: "The body has the wrong content type.", action: "Send the content type the error names." },
  "stage-full": { status: 409, retryable: true, meaning: "Every place on stage is taken.", action: "Wait until somebody leaves the stage." },
  "link-used": {
    status: 403,
    retryable: false,
    meaning: "This personal link was opened on another device already.",
    action: "Go on there, or ask the host for a new link.",
  },
  "provider-away": {
    status: 502,
    retryable: true,
    meaning: "The sign-in service of this house does not answer.",
    action: "Try again in a minute, or sign in with a passkey.",
  },
  "confirm-first": {
    status: 403,
    retryable: true,
    meaning: "This changes how you sign in, and it has been a while since you did.",
    action: "Sign in again; with a passkey the page asks for it and goes on.",
  },
  "passkey-known": {
    status: 409,
    retryable: false,
    meaning: "This passkey is known here already.",
    action: "Use another device or security key for the second one.",
  },
  "last-passkey": {
    status: 409,
    retryable: false,
    meaning: "This is the only way into your account.",
    action: "Add another passkey or print recovery codes first.",
  },
  "hands-closed": {
    status: 409,
    retryable: true,
    meaning: "Nobody can ask to speak now.",
    action: "Go on listening; the event page shows when the host takes questions.",
  },
  "wall-closed": {
    status: 409,
    retryable: true,
    meaning: "Nobody can write here now.",
    action: "Go on listening; the page shows when the host opens the wall.",
  },
  "account-needed": { status: 403, retryable: false, meaning: "Only who has an account can write here.", action: "Sign in, or go on reading." },
  suspended: {
    status: 403,
    retryable: false,
    meaning: "You are suspended at this event.",
    action: "The wall's page says why and until when, and there you can appeal.",
  },
  "sound-unplayable": {
    status: 422,
    retryable: false,
    meaning: "This sound cannot be played.",
    action: "Use MP3, WAV, FLAC or Opus, of at most two hours; the named rule says what is wrong.",
  },
  "sounds-full": { status: 409, retryable: true, meaning: "There is no room for another sound.", action: "Stop or delete one first." },
  "feed-address-refused": {
    status: 422,
    retryable: false,
    meaning: "Streams are not fetched from this address.",
    action: "Use an http or https address on the public internet; the operator can allow this house's own network (stage.private_feeds).",
  },
  "feed-away": {
    status: 502,
    retryable: true,
    meaning: "The stream does not answer.",
    action: "Check that its address plays in a browser, then start it again.",
  },
  "picture-unusable": {
    status: 422,
    retryable: false,
    meaning: "This picture cannot be used.",
    action: "Use a PNG, JPEG or WebP of 64 to 4,096 pixels a side and at most 4 MB; the named rule says what is wrong.",
  },
  "invitation-needed": {
    status: 403,
    retryable: false,
    meaning: "This event is for invited listeners.",
    action: "Open the personal link you were sent, in this browser; if it does not work any more, ask the host for a new one.",
  },
  "embed-off": {
    status: 403,
    retryable: false,
    meaning: "This event is not shown inside other pages.",
    action: "Open the event's own page.",
  },
  "disk-full": { status: 507, retryable: true, meaning: "The disk is full.", action: "Free space in the data folder." },
  "disk-failing": {
    status: 500,
    retryable: true,
    meaning: "The disk refuses to read or write.",
    action: "Look at the system's log for disk errors; the event goes on, its recording may have silence where the disk failed.",
  },
  "database-away": {
    status: 503,
    retryable: true,
    meaning: "The database does not answer.",
    action: "Try again in a few seconds, and look first whether the change is there already; what is on air goes on.",
  },
  "store-away": {
    status: 503,
    retryable: true,
    meaning: "The store that keeps finished recordings does not answer.",
    action: "Try again in a minute; events go on meanwhile, and what is to be stored is sent when the store is back.",
  },
  "store-refused": {
    status: 502,
    retryable: false,
    meaning: "The store that keeps finished recordings refuses us.",
    action: "The operator runs earshot doctor, which says why; nothing on this machine's disk is taken away meanwhile.",
  },
  "mail-away": {
    status: 503,
    retryable: true,
    meaning: "The mail server does not take mail at the moment.",
    action: "Nothing is to be done: it is tried again. If it stays, the operator checks the mail settings.",
  },
  "mail-refused": {
    status: 502,
    retryable: false,
    meaning: "The mail server refuses this mail for good.",
    action: "Check the address.",
  },
  "reminder-unknown": {
    status: 404,
    retryable: false,
    meaning: "There is no reminder behind this link.",
    action: "Ask for it again on the event's page.",
  },
  "reminders-full": {
    status: 503,
    retryable: true,
    meaning: "No more reminders can be taken down at the moment.",
    action: "Put the event into your calendar, or try again tomorrow.",
  },
  "push-address-refused": {
    status: 422,
    retryable: false,
    meaning: "No notices are sent to this address.",
    action: "Let the browser make the subscription; it names a push service on the public internet.",
  },
  "ledger-damaged": {
    status: 500,
    retryable: false,
    meaning: "The event's ledger has lost entries it has signed for.",
    action: "Put the event's ledger folder back from a copy; the event itself goes on without entering anything.",
  },
  "port-in-use": {
    status: 500,
    retryable: true,
    meaning: "Another program already listens on a port Earshot needs.",
    action: "Stop that program or set another port.",
  },
  "config-invalid": { status: 500, retryable: false, meaning: "The configuration breaks a rule.", action: "Correct the named setting." },
} as const satisfies Record<string, ErrorEntry>;

interface ErrorEntry {
  readonly status: number;
  readonly retryable: boolean;
  readonly meaning: string;
  readonly action: string;
}

/** The stable name of a failure. */
export type ErrorCode = keyof typeof ERRORS;

/** The one error class: a code from the table, the values that broke the rule, and the cause. */
export class EarshotError extends Error {
  readonly code: ErrorCode;
  /** Named values for whoever reads the error; never secrets. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
  constructor(code: ErrorCode, details: Readonly<Record<string, string | number | boolean>> = {}, cause?: unknown) {
    super(`${code}: ${ERRORS[code].meaning}`, cause === undefined ? undefined : { cause });
    this.name = "EarshotError";
    this.code = code;
    this.details = details;
  }
}
