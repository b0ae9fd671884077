/** Where the programme in another language lies, BCP 47; the floor lies above. */
function folder(language: string | undefined): string {
  return language === undefined ? "" : `lang/${language}/`;
}

/** The addresses that stay stable; tests of strangers rely on them. */
export const paths = {
  home: "/",
  event: (slug: string) => `/e/${slug}`,
  studio: (slug: string) => `/studio/${slug}`,
  /** Multivariant playlist, LL-HLS; `thrifty`: for those who want half the data. */
  multivariant: (slug: string, language?: string, thrifty = false) => `/live/${slug}/${folder(language)}${thrifty ? "low-" : ""}index.m3u8`,
  /** Plain HLS: the same segments, no parts. */
  plain: (slug: string) => `/live/${slug}/plain.m3u8`,
  /** Multivariant playlist from the event's start on, while it is on air and after; there only where the archive is. */
  dvr: (slug: string, language?: string) => `/live/${slug}/${folder(language)}dvr.m3u8`,
  /** Chunked fMP4 that never ends: Opus; `?codec=aac` for AAC, `?codec=low` for Opus at half the data; `?lang=de` for an interpretation, as with every endless address. */
  stream: (slug: string) => `/live/${slug}/stream.mp4`,
  /** Folder of a rendition's header and segments. */
  segments: (slug: string, rendition: "opus" | "low" | "aac", language?: string) => `/live/${slug}/${folder(language)}${rendition}`,
  endless: (slug: string, kind: "mp3" | "aac" | "opus") => `/live/${slug}.${kind}`,
  /** Asks to be let in; 200 with a pass, or 503 with a ticket and the time to come back. */
  door: (slug: string) => `/live/${slug}/door`,
  state: (slug: string) => `/live/${slug}/state.json`,
  replay: (slug: string) => `/e/${slug}/replay.m3u8`,
  /** Waiting music; `version` changes with it, so that caches may keep it. */
  waitingSound: (slug: string, version: string) => `/e/${slug}/waiting.mp3?v=${version}`,
  /** The event's calendar entry. */
  calendar: (slug: string) => `/e/${slug}/event.ics`,
  /** A picture somebody gave to an event or the house. */
  picture: (file: string) => `/pictures/${file}`,
  /** A series: its page, its podcast feed, its calendar. */
  series: (slug: string) => `/s/${slug}`,
  seriesFeed: (slug: string) => `/s/${slug}/feed.xml`,
  seriesCalendar: (slug: string) => `/s/${slug}/calendar.ics`,
  /** Opens an event to the one it was made for. */
  invitation: (slug: string, token: string) => `/e/${slug}?invite=${token}`,
  /** Calendar of the house, to subscribe to. */
  houseCalendar: "/calendar.ics",
  /** Leads to the page on the backstage port where a listener asks to speak. */
  ask: (slug: string) => `/e/${slug}/ask`,
  /** The page itself, on the backstage port. */
  hand: (slug: string) => `/hand/${slug}`,
  /** What a link in a reminder opens, on the backstage port; one POST there ends the reminder. */
  reminder: (token: string) => `/reminder/${token}`,
  /** What listeners write, the same file for everybody; further pages hold what is older. */
  wall: (slug: string, page = 1) => `/e/${slug}/wall${page === 1 ? "" : `-${page}`}.json`,
  /** Leads to the page on the backstage port where one writes. */
  join: (slug: string) => `/e/${slug}/join`,
  /** The page itself, on the backstage port. */
  wallPage: (slug: string) => `/wall/${slug}`,
  /** The moderators' page, on the backstage port. */
  moderate: (slug: string) => `/moderate/${slug}`,
  recording: (slug: string, kind: "mp3" | "m4a" | "opus" | "low.opus" | "flac", language?: string) =>
    `/e/${slug}/recording.${kind}${language === undefined ? "" : `?lang=${language}`}`,
  /** Captions as they were typed while on air, WebVTT. */
  captions: (slug: string) => `/e/${slug}/captions.vtt`,
  /** Everything the replay page shows: chapters, waveform, who spoke when. */
  replayPage: (slug: string) => `/e/${slug}/replay.json`,
  /** A clip's page; with `.mp3` or `.m4a` its sound. Seconds since going live, tenths. */
  clip: (slug: string, from: number, to: number) => `/e/${slug}/clip/${from}-${to}`,
  whip: (slug: string) => `/whip/${slug}`,
  whipSession: (slug: string, session: string) => `/whip/${slug}/${session}`,
  /** WebSocket of the room: one per person on stage or backstage. */
  room: (slug: string) => `/room/${slug}`,
} as const;
