import { z } from "zod";
import { CHAPTER_TITLE_MAX } from "./marks.ts";
import { microphoneSettings, type PathNow } from "./path-record.ts";
import type { PlayingSound } from "./sounds.ts";

/** Roles of those whose voices listeners hear. */
export const STAGE_ROLES = ["host", "co-host", "speaker"] as const;
/** Role of somebody on stage, as listeners may know it. */
export type StageRole = (typeof STAGE_ROLES)[number];
/** Roles a person may have backstage: those on stage, a producer who hears and talks off air, and a moderator and a captioner, who have no sound. Listeners have none: they need no seat. */
export const ROLES = [...STAGE_ROLES, "producer", "moderator", "captioner"] as const;
/** A person's role backstage. */
export type Role = (typeof ROLES)[number];

/** Whether listeners hear people of this role, and are told of them. */
export function isStageRole(role: Role): role is StageRole {
  return (STAGE_ROLES as readonly Role[]).includes(role);
}

/** People on the floor at one time: host, two co-hosts, ten speakers. Those taken aside count here, where they are going. */
export const FLOOR_MAX = 13;
/** Interpreters at one time, besides: they are in nobody's ear on the floor. Two who take turns for each of the four languages an event may have. */
export const INTERPRETERS_MAX = 8;

/** Longest line of captions. Characters; two lines of a television's subtitles are 84, a phone shows three. */
export const CAPTION_MAX = 120;
/** Longest announcement to all listeners. Characters; two lines on a phone, and it rides in every listener's stream. */
export const ANNOUNCEMENT_MAX = 160;
/** Longest line of the chat backstage. Characters; a few sentences, read with one glance while talking. */
export const CHAT_LINE_MAX = 500;

const oneLine = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^\P{Control}*$/u);

/** Longest message on the room's WebSocket. Bytes; state messages are far smaller. */
export const ROOM_MESSAGE_BYTES = 16 * 1024;

/** Everything a page may say in the room. The first message must be `hello`, within five seconds. */
export const roomRequest = z.discriminatedUnion("type", [
  z.object({ type: z.literal("hello"), token: z.string().max(1024) }),
  /** Mutes or unmutes: anyone for themselves; hosts may mute others but never unmute them. */
  z.object({ type: z.literal("mute"), muted: z.boolean(), seat: z.string().max(64).optional() }),
  /** A host takes back what the howl guard did to a seat; the guard leaves it alone for five minutes. */
  z.object({ type: z.literal("forgive"), seat: z.string().max(64) }),
  /** A host has the noise taken out of a voice (fan, street), or left in. */
  z.object({ type: z.literal("suppress-noise"), seat: z.string().max(64), on: z.boolean() }),
  /** A host begins a new chapter here; without a title it is named after who talks. */
  z.object({ type: z.literal("mark-chapter"), title: z.string().trim().max(CHAPTER_TITLE_MAX).default("") }),
  /** What this seat speaks into, and what the browser does to it: when it joins and at each change. */
  z.object({ type: z.literal("microphone"), settings: microphoneSettings }),
  /** Begins a sound of the soundboard, or fades it out. */
  z.object({ type: z.literal("play-sound"), sound: z.uuid() }),
  z.object({ type: z.literal("stop-sound"), sound: z.uuid() }),
  /** Whoever has this seat agrees that their voice is kept as a track of its own, or takes that back: from then on. */
  z.object({ type: z.literal("own-track"), on: z.boolean() }),
  /** A captioner's line: what is being said. `at`: when it was said, seconds since going live; absent: now. Listeners see it at once, the record has it at its time. */
  z.object({ type: z.literal("caption"), text: oneLine(CAPTION_MAX).min(1), at: z.number().min(0).optional() }),
  /** A line to all listeners, shown until the next; an empty one takes it away. */
  z.object({ type: z.literal("announce"), text: oneLine(ANNOUNCEMENT_MAX) }),
  /** Asks for the floor, or no longer: everybody backstage sees it. */
  z.object({ type: z.literal("hand"), up: z.boolean() }),
  /** A line to everybody backstage; never in the record. */
  z.object({ type: z.literal("chat"), text: oneLine(CHAT_LINE_MAX).min(1) }),
  z.object({ type: z.literal("go-live") }),
  z.object({ type: z.literal("end") }),
  z.object({ type: z.literal("ping") }),
]);
/** A message from a page to the room. */
export type RoomRequest = z.infer<typeof roomRequest>;

/** What the howl guard does to a voice now. `tonal-loop`: it howls; `delayed-copy`: the stage or the broadcast comes back through its microphone. A `mute` lasts until a host takes it back, a `duck` until the cause is gone. */
export interface HowlNow {
  readonly kind: "tonal-loop" | "delayed-copy";
  readonly act: "duck" | "mute";
}

/** One person in the room as everybody backstage sees them. */
export interface RoomSeat {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** BCP 47 tag of the language they interpret into; absent for those who speak on the floor. */
  readonly interprets?: string;
  /** `absent`: link not opened or page closed; `backstage`: page open, no sound; `reconnecting`: sound lost, seat kept; `on-stage`: sound flows. */
  readonly presence: "absent" | "backstage" | "reconnecting" | "on-stage";
  readonly muted: boolean;
  readonly mutedBy: "self" | "host" | "none";
  /** Whether something else has this person's microphone, a phone call most likely; the page is back on air by itself when it is over. */
  readonly away: boolean;
  /** Present while they have sound and the howl guard holds it down. */
  readonly howl?: HowlNow;
  /** Whether a host has the noise taken out of this voice. */
  readonly noiseSuppressed: boolean;
  /** Whether they agreed that their voice is kept as a track of its own. */
  readonly ownTrack: boolean;
  /** Present while they ask for the floor. */
  readonly handUp?: true;
  /** Present while they are taken aside: only producers hear them, and they hear only those. */
  readonly aside?: true;
}

/** A line of the chat backstage. */
export interface ChatLine {
  /** Seat of whoever wrote it. */
  readonly from: string;
  readonly name: string;
  readonly text: string;
  readonly atUnixMs: number;
}

/** How long somebody has talked so far. */
export interface TalkNow {
  readonly seconds: number;
  /** Part of all talk. 0 to 1 */
  readonly share: number;
  readonly turns: number;
  /** Seconds. */
  readonly longestTurn: number;
}

/** Why the disk does not take a recording. */
export type RecordingTrouble = "disk-full" | "disk-failing";

/** Everything the room may say to a page. */
export type RoomMessage =
  | {
      readonly type: "welcome";
      readonly seat: string;
      readonly role: Role;
      readonly title: string;
      readonly slug: string;
      readonly publishing: boolean;
      readonly serverUnixMs: number;
    }
  | {
      readonly type: "room";
      readonly phase: "backstage" | "live" | "ended";
      readonly originUnixMs?: number;
      readonly endedUnixMs?: number;
      /** Whether the event keeps a track of each speaker who agrees. */
      readonly keepsTracks: boolean;
      /** What all listeners are told just now; absent: nothing. */
      readonly announcement?: string;
      /** Rises with every change of the event: its time, its people, what listeners may; 0: not known. */
      readonly revision: number;
      readonly seats: readonly RoomSeat[];
    }
  /** Ten a second. Whole dBFS per seat id; -99 = silent. */
  | { readonly type: "levels"; readonly levels: Readonly<Record<string, number>> }
  /** Every two seconds while on air, by seat id. */
  | { readonly type: "talk"; readonly talk: Readonly<Record<string, TalkNow>> }
  /** Every two seconds, by seat id: how voices come in. Hosts and co-hosts hear of all, and of our own encoder; others of themselves. */
  | { readonly type: "paths"; readonly paths: Readonly<Record<string, PathNow>>; readonly programme?: PathNow }
  /** To those who may play sounds: what plays, at each change and every second while anything does. */
  | { readonly type: "sounds"; readonly sounds: readonly PlayingSound[] }
  /** To hosts and co-hosts: the disk refuses the recording (the event goes on), or takes it again (null). */
  | { readonly type: "recording"; readonly trouble: RecordingTrouble | null }
  /** The host began a new chapter. Seconds since going live. */
  | { readonly type: "chapter"; readonly startTime: number; readonly title: string }
  /** Lines of the chat backstage, oldest first: the latest hundred on arrival, then each as it comes. */
  | { readonly type: "chat"; readonly lines: readonly ChatLine[] }
  /** A line of captions went out. Seconds since going live. */
  | { readonly type: "caption"; readonly text: string; readonly startTime: number }
  /** The stage wants this page to publish again (its media session is gone or never came up). */
  | { readonly type: "publish-again"; readonly reason: string }
  | { readonly type: "error"; readonly code: string; readonly title: string; readonly action: string }
  | { readonly type: "pong" };
