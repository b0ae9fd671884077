import { z } from "zod";
import { NAME_MAX } from "./api.ts";

/** What became of a hand: in the queue, asked to come, on stage, or down again. */
export const HAND_STATES = ["waiting", "invited", "on-stage", "lowered"] as const;
/** What became of a hand. */
export type HandState = (typeof HAND_STATES)[number];

/** Longest topic. Characters; one sentence for the host to choose by. */
export const TOPIC_MAX = 140;

const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max, { error: `at most ${max} characters` })
    .regex(/^\P{Control}*$/u, { error: "one line" });

/** `POST /api/events/<slug>/hands`: a listener asks to speak. */
export const handDraft = z.strictObject({ name: line(NAME_MAX).min(1, { error: `1 to ${NAME_MAX} characters` }), topic: line(TOPIC_MAX).default("") });

/** A hand as its owner sees it. */
export const ownHand = z.object({
  state: z.enum(HAND_STATES),
  name: z.string(),
  topic: z.string(),
  position: z.int().meta({ description: "place in the queue, 1 = next; 0 when no longer waiting" }),
  waitedSeconds: z.number(),
  aside: z.boolean().meta({ description: "asked, or here, to talk with the producer first: off the air" }),
});
/** `GET /api/events/<slug>/hands/mine`. */
export const ownHandAnswer = z.object({
  handsOpen: z.boolean(),
  title: z.string(),
  suspended: z.boolean().meta({ description: "suspended at this event: the wall's page says why and until when" }),
  hand: ownHand.nullable(),
});
/** What a listener who asks to speak is told. */
export type OwnHandAnswer = z.infer<typeof ownHandAnswer>;

/** `GET /api/events/<slug>/hands`: who waits, the longest first. */
export const handQueue = z.object({
  open: z.boolean(),
  hands: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      topic: z.string(),
      state: z.enum(HAND_STATES),
      waitedSeconds: z.number(),
      aside: z.boolean().meta({ description: "taken aside: only producers hear them" }),
      person: z.string().nullable().meta({ description: "the seat they were given" }),
    }),
  ),
});
/** Who asks to speak. */
export type HandQueue = z.infer<typeof handQueue>;

/** `hand-acts.json`: what was done with raised hands, oldest first, for the ledger: seats and roles, never a name or a topic. Written by control, read by the stage. */
export const handActs = z.object({
  version: z.literal(1),
  acts: z.array(
    z.object({
      n: z.int().min(0),
      unixMs: z.int(),
      act: z.enum(["open", "close", "invite", "lower", "send-back", "step-down"]),
      /** Empty where no seat is concerned. */
      seat: z.string(),
      /** Role of who did it. */
      by: z.string().min(1),
    }),
  ),
});
/** One act with raised hands. */
export type HandAct = z.infer<typeof handActs>["acts"][number];

/** `POST /api/events/<slug>/hand-queue`: opens or closes the queue. */
export const handQueueRequest = z.strictObject({ open: z.boolean() });
/** `POST /api/events/<slug>/hand-over`: who becomes the host. */
export const handOverRequest = z.strictObject({ person: z.string().max(64) });
/** `POST /api/events/<slug>/hands/mine/accept`: where to go now. */
export const handAccepted = z.object({ studio: z.string() });
