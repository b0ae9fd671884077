/** How long a page's right to its seat is good. Milliseconds; the page takes a new one before it needs it, a stolen one is worth little. */
export const SEAT_GRANT_MS = 60_000;
