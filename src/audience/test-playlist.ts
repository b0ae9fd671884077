/** What a player reads from a media playlist. */
export function read(text: string) {
  const lines = text.trimEnd().split("\n");
  const value = (tag: string) => lines.find((line) => line.startsWith(`#${tag}:`))?.slice(tag.length + 2);
  const attribute = (tag: string, name: string) => new RegExp(`(?:^|,)${name}=("[^"]*"|[^,]*)`).exec(value(tag) ?? "")?.[1]?.replaceAll('"', "");
  const segments: { uri: string; duration: number; dateMs: number; parts: { number: number; duration: number }[] }[] = [];
  let parts: { number: number; duration: number }[] = [];
  let dateMs = Number.NaN;
  let duration = Number.NaN;
  for (const line of lines) {
    const part = /^#EXT-X-PART:DURATION=([\d.]+),URI="part-(\d+)\.m4s"/.exec(line);
    if (part !== null) parts.push({ number: Number(part[2]), duration: Number(part[1]) });
    if (line.startsWith("#EXT-X-PROGRAM-DATE-TIME:")) dateMs = Date.parse(line.slice(25));
    if (line.startsWith("#EXTINF:")) duration = Number.parseFloat(line.slice(8));
    if (!line.startsWith("#")) {
      segments.push({ uri: line, duration, dateMs, parts });
      parts = [];
    }
  }
  return {
    lines,
    mediaSequence: Number(value("EXT-X-MEDIA-SEQUENCE")),
    targetDuration: Number(value("EXT-X-TARGETDURATION")),
    partTarget: Number(attribute("EXT-X-PART-INF", "PART-TARGET")),
    partHoldBack: Number(attribute("EXT-X-SERVER-CONTROL", "PART-HOLD-BACK")),
    holdBack: Number(attribute("EXT-X-SERVER-CONTROL", "HOLD-BACK")),
    canSkipUntil: Number(attribute("EXT-X-SERVER-CONTROL", "CAN-SKIP-UNTIL")),
    skipped: Number(attribute("EXT-X-SKIP", "SKIPPED-SEGMENTS") ?? 0),
    hint: attribute("EXT-X-PRELOAD-HINT", "URI"),
    ended: lines.includes("#EXT-X-ENDLIST"),
    segments,
    openParts: parts,
  };
}
