import { z } from "zod";

/** The way of a voice in order. `microphone`: the device; `browser`: what the browser does to it; `codec`: the sender's encoder; `network`; `decoder`: ours; `mix`: levelling, howl guard, limiter; `encoder`: the programme's. */
export const HOPS = ["microphone", "browser", "codec", "network", "decoder", "mix", "encoder"] as const;
/** See {@link HOPS}. */
export type Hop = (typeof HOPS)[number];

/**
 * What can be found, and what its value is. `cut`: nothing passes above a frequency (Hz). `duller`: a hop took sharpness away, the sibilance ratio fell (dB). `voice-duller`: the sibilants
 * themselves are duller than this person's were, although the path carries everything (dB). `clipping`: frames of talk that hit full scale (share, 0 to 1). `hum`: the mains (Hz).
 * `noise`: the room, how far under the voice (dB). `dead`: digital silence from an open microphone (seconds). `device-rate`: the device delivers too few samples (Hz).
 * `not-opus`: packets nothing can decode (count). `loss`: packets that did not come in time, nor a copy of them (share, 0 to 1). `stutter`: times the line ran dry (count). `outage`: no packets at all (seconds).
 * `concealed`: sound that had to be invented (share, 0 to 1). `ducked`: the howl guard holds the voice down (dB).
 */
const FINDINGS = [
  "cut",
  "duller",
  "voice-duller",
  "clipping",
  "hum",
  "noise",
  "dead",
  "device-rate",
  "not-opus",
  "loss",
  "stutter",
  "outage",
  "concealed",
  "ducked",
] as const;
/** See {@link FINDINGS}. */
export type FindingKind = (typeof FINDINGS)[number];

/** Longest device name taken from a page. UTF-16 units; names of drivers are under 80. */
const DEVICE_NAME_LENGTH = 120;

/** What a browser says of an open microphone. @spec Media Capture and Streams §4.3.8 (MediaTrackSettings) */
export const microphoneSettings = z.object({
  /** Empty where the browser does not say, and in an event that came from another house. */
  device: z.string().max(DEVICE_NAME_LENGTH),
  /** Samples per second the device delivers; a headset in telephone mode says 8,000 or 16,000. Absent when the browser does not say. */
  sampleRate: z.int().min(1).max(768_000).optional(),
  echoCancellation: z.boolean().optional(),
  noiseSuppression: z.boolean().optional(),
  autoGainControl: z.boolean().optional(),
  /** `muted`: the device or the system gives silence; `ended`: it is gone. @spec Media Capture and Streams §4.3.1 */
  track: z.enum(["live", "muted", "ended"]).optional(),
});
/** See {@link microphoneSettings}. */
export type MicrophoneSettings = z.infer<typeof microphoneSettings>;

const unixMs = z.number().min(0);

/** One thing that was so from then to then on a voice's path. */
export const pathFinding = z.strictObject({
  kind: z.enum(FINDINGS),
  /** The first hop that shows it. */
  hop: z.enum(HOPS),
  /** `path`: the way is at fault; `voice`: the way carries everything, it is the person, or their distance to the microphone. */
  verdict: z.enum(["path", "voice"]),
  /** See {@link FINDINGS}; the newest of a cut, else the worst of the interval. */
  value: z.number(),
  startUnixMs: unixMs,
  /** Absent while it goes on. */
  endUnixMs: unixMs.optional(),
});
/** See {@link pathFinding}. */
export type PathFinding = z.infer<typeof pathFinding>;

/** Voice or path? `path`: the way was at fault, see the hop; `voice`: sibilants came through whole, so what was heard is the voice; `unknown`: nobody said anything that could tell. */
export const pathVerdict = z.enum(["path", "voice", "unknown"]);
/** See {@link pathVerdict}. */
export type PathVerdict = z.infer<typeof pathVerdict>;

/** What was measured of one voice's path over one interval. */
const measurements = {
  verdict: pathVerdict,
  /** First hop at fault; only with the verdict `path`. */
  hop: z.enum(HOPS).optional(),
  /** Frequency below which 99 % of the energy of the sibilants lies. Hz; absent when there were none. */
  rolloffHertz: z.number().min(0).optional(),
  /** E(4 to 9 kHz) / E(0.3 to 3 kHz) of the sibilants as they came in, and as they went into the mix. dB */
  sibilanceDb: z.number().optional(),
  mixSibilanceDb: z.number().optional(),
  /** Loudness of the voice and of the room around it as they came in. LUFS */
  voiceLufs: z.number().optional(),
  roomLufs: z.number().optional(),
  /** Highest frequency the sender's encoder passes. Hz. @spec RFC 6716 §2.1.3 */
  codedHertz: z.number().optional(),
  /** Sound per packet. Milliseconds. @spec RFC 6716 §2.1.4 */
  packetMs: z.number().optional(),
  packetsPerSecond: z.number().min(0),
  /** Of the sender's encoder. Bits per second of payload. */
  bitrate: z.number().min(0),
  /** Packets that did not come in time, nor a copy of them. 0 to 1 */
  lossShare: z.number().min(0).max(1),
  /** Sound invented, and sound rebuilt from the coarse copy in the next packet. Milliseconds. */
  concealedMs: z.number().min(0),
  repairedMs: z.number().min(0),
};

/** A minute of one voice's path; minutes without a word and without trouble are left out. */
export const pathMinute = z.strictObject({ atUnixMs: unixMs, talkSeconds: z.number().min(0), ...measurements });
/** See {@link pathMinute}. */
export type PathMinute = z.infer<typeof pathMinute>;

/** What came over a line in a stretch of time, and what did not. */
export interface LineFigures {
  /** Sound per packet. Milliseconds. */
  readonly packetMs: number;
  /** Of the sender's encoder. Bits per second of payload. */
  readonly bitrate: number;
  /** Packets that did not come in time, nor a copy of them. 0 to 1 */
  readonly lossShare: number;
  /** Sound that was invented, and sound rebuilt from the coarse copy in the next packet. Share of the time, 0 to 1 */
  readonly concealedShare: number;
  readonly repairedShare: number;
}

/** A voice's path as the host sees it now. */
export interface PathNow {
  readonly verdict: PathVerdict;
  readonly hop?: Hop;
  /** The microphone and what the browser does to it, as the page told last. */
  readonly microphone?: MicrophoneSettings;
  /** Newest figures of the sibilants. Hz; dB, as they came in and as they went into the mix. */
  readonly rolloffHertz?: number;
  readonly sibilanceDb?: number;
  readonly mixSibilanceDb?: number;
  readonly codedHertz?: number;
  /** The line over the last five seconds; absent when no packet came in them. */
  readonly line?: LineFigures;
  /** Oldest first; those that go on have no end. */
  readonly findings: readonly PathFinding[];
}

/** How every voice reached the programme: kept with the event, for whoever asks afterwards "was it the voice or the path?". It names devices: no public page has it, and an export leaves their names out. */
export const pathRecord = z.strictObject({
  version: z.literal(1),
  writtenUnixMs: unixMs,
  /** What our own encoder did to all of them; checked on the Opus rendition. */
  programme: z.strictObject({
    findings: z.array(pathFinding),
    omitted: z.int().min(0),
    /** Sharpness it took at the newest look. dB; absent before there was one. */
    sibilanceFallDb: z.number().optional(),
  }),
  seats: z.array(
    z.strictObject({
      id: z.string(),
      name: z.string(),
      /** BCP 47 tag of the language they interpret into; absent for those who speak on the floor. */
      interprets: z.string().optional(),
      /** Every microphone and setting in use, from when on. */
      microphones: z.array(z.strictObject({ atUnixMs: unixMs, ...microphoneSettings.shape })),
      findings: z.array(pathFinding),
      /** Findings that were too many to keep. */
      omitted: z.int().min(0),
      minutes: z.array(pathMinute),
    }),
  ),
});
/** See {@link pathRecord}. */
export type PathRecord = z.infer<typeof pathRecord>;
/** One voice in a {@link PathRecord}. */
export type SeatPathRecord = PathRecord["seats"][number];
