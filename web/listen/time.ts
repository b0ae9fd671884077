/** A place in a recording as people write it: 1:23, from an hour on 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, "0");
  return whole < 3600
    ? `${Math.floor(whole / 60)}:${two(whole % 60)}`
    : `${Math.floor(whole / 3600)}:${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
}

/** A place as it stands in a link, `?t=`: 83, 83.5, 1:23, 1:02:03, 1m23s, 1h2m. Seconds; undefined when it is none of them. */
export function readPlace(text: string | null): number | undefined {
  if (text === null) return undefined;
  const units = /^(?=\d)(?:(\d{1,3})h)?(?:(\d{1,5})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s?)?$/.exec(text);
  const colons = /^(?:(\d{1,3}):)?(\d{1,5}):(\d{1,2}(?:\.\d{1,3})?)$/.exec(text);
  const [, hours = "0", minutes = "0", seconds = "0"] = units ?? colons ?? [];
  return units === null && colons === null ? undefined : Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** Tenths of a second, as clips are addressed. */
export function tenths(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
