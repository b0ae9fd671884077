import { z } from "zod";
import { pathRecord } from "./path-record.ts";
import { talkRecord } from "./talk-record.ts";

const { speakers, silences } = talkRecord.shape;

/** How talk was shared: the {@link talkRecord} with the number of turns in place of each. */
const talkBalance = z.object({
  durationSamples: talkRecord.shape.durationSamples,
  speakers: z.array(speakers.element.omit({ turns: true }).extend({ turns: z.int().min(0) })),
  silences,
});
/** See {@link talkBalance}. */
export type TalkBalance = z.infer<typeof talkBalance>;

/** `GET /api/events/<slug>/voices`: how everybody's voice came in, and how they talked. */
export const voicesAnswer = z.object({
  path: pathRecord.nullable().meta({ description: "every voice's path, hop by hop, with what was wrong from when to when; null before anybody had sound" }),
  talk: talkBalance.nullable().meta({ description: "who talked how long, and over whom; null before the event was on air" }),
  over: z.boolean().meta({ description: "whether the event is over; until then the stage writes both every ten seconds" }),
});
/** See {@link voicesAnswer}. */
export type VoicesAnswer = z.infer<typeof voicesAnswer>;
