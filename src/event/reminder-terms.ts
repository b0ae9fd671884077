/** How long an address is kept that nobody confirmed. Milliseconds; a day, so that a mail of the evening can be answered in the morning. */
export const UNCONFIRMED_MS = 24 * 3_600_000;
/** How long addresses are kept after the end, while the notice of the replay is still to go out. Milliseconds; earlier once it has. */
export const AFTER_END_MS = 24 * 3_600_000;
/** How long they are kept when an event was cancelled: it may be taken back. Milliseconds; a week. */
export const AFTER_CANCEL_MS = 7 * 86_400_000;
/** How long after its announced start when it never began. Milliseconds; a week. */
export const NEVER_BEGAN_MS = 7 * 86_400_000;
/** How long while it is postponed without a new time. Milliseconds; half a year. */
export const POSTPONED_KEEP_MS = 183 * 86_400_000;
/** How long what became of each notice is kept, without any address, for the host to look at. Milliseconds; 30 days. */
export const OUTCOME_KEEP_MS = 30 * 86_400_000;

/** Mails that ask one address to confirm the same reminder, and the time between two. A mail gets lost; whoever fills a stranger's box stops at three. */
export const CONFIRM_MAILS_MAX = 3;
export const CONFIRM_AGAIN_MS = 10 * 60_000;
/** How long a mail that asks to confirm is tried. Milliseconds; whoever asked looks for it now. */
export const CONFIRM_TRY_MS = 3_600_000;
/** Unconfirmed addresses of the whole house at most: what a flood of strangers' addresses can make us write to. */
export const UNCONFIRMED_MAX = 5_000;
/** Reminders of one event at most. About 400 MB of database. */
export const REMINDERS_MAX = 1_000_000;

/** How long before the doors the notice of them begins to go out. Milliseconds. */
export const DOORS_AHEAD_MS = 10 * 60_000;
/** How long after going live it is worth telling. Milliseconds. */
export const LIVE_TRY_MS = 30 * 60_000;
/** How long a move, a cancellation or a replay is tried to be told. Milliseconds; a day. */
export const NEWS_TRY_MS = 24 * 3_600_000;
/** Push messages per second, from all events together: whoever taps at once is a crowd that the door lets in without a queue. */
export const PUSHES_PER_SECOND = 50;
/** Waits after each failed attempt, in order; then the notice is given up. Milliseconds: quick for a restart over there, slow for greylisting. */
export const RETRY_MS: readonly number[] = [5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000, 3 * 3_600_000];
