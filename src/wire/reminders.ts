import { z } from "zod";

/** Ways to be reminded. */
export const REMINDER_KINDS = ["mail", "push"] as const;
/** A way to be reminded. */
export type ReminderKind = (typeof REMINDER_KINDS)[number];

/** What a reminder says: please confirm, doors soon, on air, postponed, at a new time, called off, back after all, to be heard again. */
export const REMINDER_TOPICS = ["confirm", "doors", "live", "postponed", "moved", "cancelled", "restored", "replay"] as const;
/** What a reminder says. */
export type ReminderTopic = (typeof REMINDER_TOPICS)[number];

/** Longest mail address. Characters. @spec RFC 5321 §4.5.3.1.3, erratum 1690 */
const ADDRESS_MAX = 254;
/** Longest address of a push service. Characters; browsers' are below 600. */
const ENDPOINT_MAX = 1_000;

const reader = {
  language: z.enum(["en", "de"]).meta({ description: "language of what is sent" }),
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .meta({ description: "IANA name; times are told in it", examples: ["Europe/Berlin"] }),
};
/** A browser's push subscription as it made it. @spec W3C Push API §8 */
const subscription = {
  endpoint: z.url({ error: "an address" }).max(ENDPOINT_MAX, { error: `at most ${ENDPOINT_MAX} characters` }),
  p256dh: z.string().regex(/^B[\w-]{86}$/, { error: "an uncompressed P-256 point, base64url" }),
  auth: z.string().regex(/^[\w-]{22}$/, { error: "16 bytes, base64url" }),
};
/** `POST /api/reminders/renew`: a browser's subscription ended and another took its place. Who knows the old one with its keys is that browser. */
export const pushRenewal = z.strictObject({ old: z.strictObject(subscription), new: z.strictObject(subscription) });
/** A checked {@link pushRenewal}. */
export type PushRenewal = z.infer<typeof pushRenewal>;

/** `POST /api/events/<slug>/reminders`: by mail (a mail asks to confirm), or by Web Push (the subscription as the browser made it). */
export const reminderDraft = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("mail"),
    address: z
      .string()
      .trim()
      .max(ADDRESS_MAX, { error: `at most ${ADDRESS_MAX} characters` })
      .regex(/^[^\s@<>(),;:"\\[\]\p{Control}]+@(?:[a-z0-9-]+\.)+[a-z0-9-]{2,}$/iu, { error: "a mail address" }),
    ...reader,
  }),
  z.strictObject({
    kind: z.literal("push"),
    ...subscription,
    ...reader,
  }),
]);
/** What somebody who wants to be reminded sends. */
export type ReminderDraft = z.infer<typeof reminderDraft>;

/** What becomes of it: a mail is on its way, whatever the address did before; or it holds, with the token that ends it. */
export const reminderAnswer = z.object({
  state: z.enum(["asked", "confirmed"]),
  token: z.string().optional().meta({ description: "ends the reminder: POST /api/reminders/<token>/end" }),
});
/** What becomes of it. */
export type ReminderAnswer = z.infer<typeof reminderAnswer>;

/** `GET /api/reminders/<token>`: what a link of ours opens. */
export const reminderView = z.object({
  state: z.enum(["asked", "confirmed", "ended"]).meta({ description: "ended: there is no such reminder any more, and no address" }),
  title: z.string().optional(),
  url: z.string().optional().meta({ description: "page of the event" }),
});
/** What a link of ours opens. */
export type ReminderView = z.infer<typeof reminderView>;

const count = z.int().min(0);
/** `GET /api/events/<slug>/reminders`: who is reminded, and how far each notice is. No address is in it. */
export const reminderProgress = z.object({
  mail: count.meta({ description: "confirmed mail addresses" }),
  push: count.meta({ description: "browsers that are told" }),
  unconfirmed: count.meta({ description: "mail addresses that did not confirm yet" }),
  notices: z.array(
    z.object({
      topic: z.enum(REMINDER_TOPICS),
      date: z.string(),
      waiting: count.meta({ description: "still to be sent: their place in the spread has not come, or they are tried again" }),
      sent: count,
      failed: count.meta({ description: "given up: refused for good, too late, or interrupted by a kill so that nobody knows" }),
      dropped: count.meta({ description: "not sent, because it held no longer" }),
    }),
  ),
});
/** Who is reminded, and how far each notice is. */
export type ReminderProgress = z.infer<typeof reminderProgress>;

/** What the event page offers; stands in the page itself. */
export interface ReminderOffer {
  /** Address of the API, without a slash at its end. */
  readonly at: string;
  readonly mail: boolean;
  /** Public VAPID key, base64url. @spec RFC 8292 §3.2 */
  readonly push: string;
}

/** What a push message carries, encrypted; the service worker shows it. */
export interface PushNotice {
  readonly title: string;
  readonly body: string;
  /** Replaces an older notice of the same event. */
  readonly tag: string;
  /** Page to open, a path of this house. */
  readonly url: string;
  readonly lang: "en" | "de";
  /** The message's own place in the spread: not shown before. Unix milliseconds. */
  readonly slotMs: number;
}
