import assert from "node:assert/strict";
import { test } from "node:test";
import { HlsOrigin } from "./hls.ts";
import { languageFolder, readLanguagePath } from "./languages.ts";
import type { PartStore } from "./part-store.ts";
import { testPart, testStore } from "./test-parts.ts";

async function get(origin: HlsOrigin, path: string): Promise<string> {
  const [name = "", query = ""] = path.split("?");
  const answer = await origin.answer({ path: name, query: new URLSearchParams(query), acceptsGzip: false, signal: new AbortController().signal });
  return Buffer.from(answer?.body ?? "").toString();
}

/** An event whose floor is English and which is interpreted into German. */
function twoLanguages(): { readonly floor: PartStore; readonly german: PartStore; readonly origin: HlsOrigin; readonly own: HlsOrigin } {
  const [floor, german] = [testStore(16), testStore(16)];
  if (floor.live !== undefined) floor.live = { ...floor.live, interpretation: { floor: "en", into: ["de"] } };
  const programmes = () => [
    { language: undefined, store: floor },
    { language: "de", store: german },
  ];
  return { floor, german, origin: new HlsOrigin(floor, programmes), own: new HlsOrigin(german, programmes) };
}

test("a player finds every language as an audio track of each codec, and plays the floor unless told otherwise", async () => {
  const { origin } = twoLanguages();
  const list = await get(origin, "index.m3u8");
  assert.deepEqual(
    list.split("\n").filter((line) => line.startsWith("#EXT-X-MEDIA")),
    ["aac", "opus", "low"].flatMap((codec) => [
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${codec}",LANGUAGE="en",NAME="Original (English)",DEFAULT=YES,AUTOSELECT=YES`,
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="${codec}",LANGUAGE="de",NAME="Deutsch",DEFAULT=NO,AUTOSELECT=YES,URI="lang/de/${codec}/index.m3u8"`,
    ]),
  );
  assert.match(list, /CODECS="mp4a\.40\.2",AUDIO="aac"\naac\/index\.m3u8/);
  assert.match(await get(origin, "plain.m3u8"), /URI="lang\/de\/opus\/plain\.m3u8"/);
});

test("an event without interpreters has the very list it always had", async () => {
  const list = await get(new HlsOrigin(testStore(16)), "index.m3u8");
  assert.ok(!list.includes("MEDIA:") && !list.includes("AUDIO="), list);
  assert.equal(list.split("\n").length, 10);
});

test("whoever asks for a language's own list gets that language and no choice", async () => {
  const { own } = twoLanguages();
  const list = await get(own, "index.m3u8");
  assert.ok(!list.includes("#EXT-X-MEDIA") && list.includes("\naac/index.m3u8"), list);
});

test("every playlist reports how far all others are, by addresses that lead there", async () => {
  const { floor, origin, own } = twoLanguages();
  floor.put(testPart("aac", 16));
  const reports = (list: string) =>
    [...list.matchAll(/RENDITION-REPORT:URI="([^"]+)",LAST-MSN=(\d+),LAST-PART=(\d+)/g)].map(([, uri, msn, part]) => `${uri} ${msn}.${part}`);
  assert.deepEqual(reports(await get(origin, "opus/index.m3u8")), [
    "../aac/index.m3u8 2.0",
    "../low/index.m3u8 1.7",
    ...["aac", "opus", "low"].map((rendition) => `../lang/de/${rendition}/index.m3u8 1.7`),
  ]);
  assert.deepEqual(reports(await get(own, "opus/index.m3u8")), [
    "../../../aac/index.m3u8 2.0",
    "../../../opus/index.m3u8 1.7",
    "../../../low/index.m3u8 1.7",
    "../aac/index.m3u8 1.7",
    "../low/index.m3u8 1.7",
  ]);
  const base = "https://house.test/live/evening/lang/de/opus/index.m3u8";
  assert.equal(new URL("../../../aac/index.m3u8", base).pathname, "/live/evening/aac/index.m3u8");
  assert.equal(new URL(`${languageFolder("de", "fr")}aac/index.m3u8`, base).pathname, "/live/evening/lang/fr/aac/index.m3u8");
});

test("a language that has come without any sound yet is not offered", async () => {
  const { floor } = twoLanguages();
  const empty = testStore(0);
  const origin = new HlsOrigin(floor, () => [
    { language: undefined, store: floor },
    { language: "fr", store: empty },
  ]);
  assert.ok(!(await get(origin, "index.m3u8")).includes("#EXT-X-MEDIA"));
});

test("paths that only look like a language's are none", () => {
  assert.deepEqual(readLanguagePath("lang/de-AT/opus/part-1.m4s"), { language: "de-AT", rest: "opus/part-1.m4s" });
  for (const path of ["lang/../opus/part-1.m4s", "lang//x", "lang/de", "opus/part-1.m4s", `lang/${"a".repeat(40)}/x`])
    assert.equal(readLanguagePath(path), undefined, path);
});
