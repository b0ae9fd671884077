import { z } from "zod";
import type { LiveState } from "../../wire/public-state.ts";
import { STAGE_ROLES } from "../../wire/room.ts";

const liveState = z.object({
  eventId: z.string(),
  slug: z.string(),
  phase: z.enum(["backstage", "live", "ended"]),
  epoch: z.number(),
  originUnixMs: z.number().optional(),
  endedUnixMs: z.number().optional(),
  durationSamples: z.number().optional(),
  ledgerFinal: z.boolean().optional(),
  deletionEntered: z.literal(true).optional(),
  onStage: z.array(z.object({ id: z.string(), name: z.string(), role: z.enum(STAGE_ROLES), muted: z.boolean(), interprets: z.string().optional() })),
  interpretation: z.object({ floor: z.string(), into: z.array(z.string()) }).optional(),
  announcement: z.string().optional(),
  revision: z.number(),
});

/** A stage's state as it came over its port or from its file; undefined when it is none, such as a file from another version. */
export function parseLiveState(value: unknown): LiveState | undefined {
  const parsed = liveState.safeParse(value);
  return parsed.success ? (parsed.data as LiveState) : undefined;
}
