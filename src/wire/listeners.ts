import { z } from "zod";
import { NAME_MAX } from "./api.ts";

/** Personal listener links of one event at most. Whoever invites more makes the event unlisted; the list of those taken away is read by every front. */
export const LISTENERS_MAX = 5_000;

/** `POST /api/events/<slug>/listeners`. */
export const listenerDraft = z.strictObject({
  names: z
    .array(
      z
        .string()
        .trim()
        .min(1)
        .max(NAME_MAX)
        .regex(/^\P{Control}*$/u, { error: "one line" }),
    )
    .min(1)
    .max(200)
    .meta({ description: "one link each" }),
});
/** A personal listener link. */
export const listenerView = z.object({ id: z.string(), name: z.string(), createdDate: z.string(), link: z.string() });
/** A personal listener link. */
export type ListenerView = z.infer<typeof listenerView>;
/** `GET` and `POST /api/events/<slug>/listeners`. */
export const listenerList = z.object({ listeners: z.array(listenerView) });

/** `events/<id>/listeners.json`: what a front must know to refuse links that were taken away. */
export interface ListenerRecord {
  /** Ids of links that open nothing any more. */
  readonly revoked: readonly string[];
  /** Ids of links whose owners are suspended: they open nothing until that ends; absent: nobody is. */
  readonly suspended?: readonly string[];
}
