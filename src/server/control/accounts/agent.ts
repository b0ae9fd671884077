/** Longest User-Agent header that is looked at. Characters. */
const HEADER_CHARACTERS = 400;
/** Browsers by what they put into their header; the first that fits, because most name the others too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(?:Firefox|FxiOS)\//, "Firefox"],
  [/\b(?:Headless)?(?:Chrome|Chromium|CriOS)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bCrOS\b/, "ChromeOS"],
  [/\bLinux\b/, "Linux"],
];

/** A browser in the two words by which its owner knows it, such as "Firefox, Linux"; nothing else of its header is kept. */
export function describeAgent(header: string): string {
  const text = header.slice(0, HEADER_CHARACTERS);
  const find = (table: readonly (readonly [RegExp, string])[]) => table.find(([mark]) => mark.test(text))?.[1];
  return [find(BROWSERS), find(SYSTEMS)].filter((word) => word !== undefined).join(", ");
}
