import { z } from "zod";

const seconds = z.number().min(0);

/** Who talked when, for how long, and over whom: live for the host, and kept with the event. Positions are samples at 48 kHz since going live. */
export const talkRecord = z.strictObject({
  version: z.literal(1),
  /** How much of the programme was looked at. Samples. */
  durationSamples: z.int().min(0),
  speakers: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      /** BCP 47 tag of the language they interpret into; their talk is in nobody's share. Absent for those who speak on the floor. */
      interprets: z.string().optional(),
      /** Sum of all turns. */
      talkSeconds: seconds,
      /** Part of everybody's talk. 0 to 1; 0 while nobody has talked. */
      share: z.number().min(0).max(1),
      longestTurnSeconds: seconds,
      /** Times this person began while another talked and that one gave way, and the other way round. */
      interruptionsMade: z.int().min(0),
      interruptionsSuffered: z.int().min(0),
      /** Start and end of each turn in order. */
      turns: z.array(z.tuple([z.int().min(0), z.int().min(0)])),
    }),
  ),
  /** Stretches in which nobody talked for at least two seconds. */
  silences: z.strictObject({ count: z.int().min(0), seconds, longestSeconds: seconds }),
});
/** See {@link talkRecord}. */
export type TalkRecord = z.infer<typeof talkRecord>;
