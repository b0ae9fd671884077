import { z } from "zod";

/** What a program's token may do; each opens some of the operator's acts. */
export const SCOPES = ["events:read", "events:write", "people:read", "people:write", "stage"] as const;
/** What a program's token may do. */
export type Scope = (typeof SCOPES)[number];

/** What became of a message: still to be delivered, taken by the other side, or given up. */
export const DELIVERY_STATES = ["pending", "delivered", "dead"] as const;
/** What became of a message. */
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** What webhooks tell of. */
export const WEBHOOK_TYPES = [
  "event.made",
  "event.edited",
  "event.postponed",
  "event.rescheduled",
  "event.cancelled",
  "event.restored",
  "event.doors",
  "event.live",
  "event.ended",
  "event.people",
  "event.notice",
  "event.hands",
  "event.wall",
  "event.moderation",
  "event.recording",
  "event.listeners",
] as const;
/** What webhooks tell of. */
export type WebhookType = (typeof WEBHOOK_TYPES)[number];

/** Longest name of a token. Characters. */
const NAME_MAX = 80;
/** Longest life of a token. Days; who wants a longer one makes it without an end. */
const DAYS_MAX = 3_650;
/** Longest address. Characters. */
const URL_MAX = 2_000;

const scopes = z.array(z.enum(SCOPES)).min(1, { error: "at least one scope" });

/** `POST /api/tokens`. */
export const tokenDraft = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1, { error: `1 to ${NAME_MAX} characters` })
    .max(NAME_MAX, { error: `1 to ${NAME_MAX} characters` }),
  scopes,
  days: z.int().min(1).max(DAYS_MAX).optional().meta({ description: "days until it ends; absent: until you take it away" }),
});
/** A token as the operator sees it; the token itself is shown once. */
export const tokenView = z.object({
  id: z.string(),
  name: z.string(),
  scopes,
  createdDate: z.string(),
  expiresDate: z.string().nullable(),
  usedDate: z.string().nullable().meta({ description: "last use, to the minute" }),
});
/** A token as the operator sees it. */
export type TokenView = z.infer<typeof tokenView>;
/** `POST /api/tokens`: the token, this once. */
export const tokenMade = tokenView.extend({ token: z.string().meta({ description: "shown this once; send it as Authorization: Bearer" }) });
/** `GET /api/tokens`. */
export const tokenList = z.object({ tokens: z.array(tokenView) });

/** `POST /api/webhooks`. */
export const webhookDraft = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: "an http or https address" })
    .max(URL_MAX)
    .refine((url) => URL.canParse(url) && new URL(url).username === "" && new URL(url).password === "", {
      error: "an address without a name and password in it",
    }),
  types: z.array(z.enum(WEBHOOK_TYPES)).default([]).meta({ description: "what to be told of; empty: everything" }),
});
/** A webhook as the operator sees it. */
export const webhookView = z.object({
  id: z.string(),
  url: z.string(),
  types: z.array(z.enum(WEBHOOK_TYPES)),
  secret: z.string().meta({ description: "key of the signatures: HMAC-SHA256 over id.timestamp.body, as Standard Webhooks has it" }),
  createdDate: z.string(),
  pending: z.int(),
  dead: z.int().meta({ description: "messages given up; look at them under deliveries" }),
});
/** A webhook as the operator sees it. */
export type WebhookView = z.infer<typeof webhookView>;
/** `GET /api/webhooks`. */
export const webhookList = z.object({ webhooks: z.array(webhookView) });

/** A message as the operator sees it. */
export const deliveryView = z.object({
  id: z.string(),
  type: z.string(),
  state: z.enum(DELIVERY_STATES),
  attempts: z.int(),
  status: z.int().nullable().meta({ description: "HTTP status of the last answer" }),
  failure: z.string(),
  createdDate: z.string(),
  nextDate: z.string().nullable().meta({ description: "next attempt" }),
});
/** A message as the operator sees it. */
export type DeliveryView = z.infer<typeof deliveryView>;
/** `GET /api/webhooks/<id>/deliveries`: the newest first. */
export const deliveryList = z.object({ deliveries: z.array(deliveryView) });
