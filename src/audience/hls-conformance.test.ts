import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import fc from "fast-check";
import { EarshotError } from "../core/errors.ts";
import { CMAF_RENDITIONS, type CmafRendition, GRIDS, partSamples } from "../programme/mod.ts";
import { HlsOrigin } from "./hls.ts";
import { ORIGIN_MS, testPart, testStore } from "./test-parts.ts";
import { read } from "./test-playlist.ts";

/**
 * Every MUST the draft lays on a server, with what holds us to it: `checked` by a property of this file, `elsewhere` by another test,
 * or `never` arising here. @spec draft-pantos-hls-rfc8216bis-22 §6.2, appendix B
 */
const MUSTS = {
  "6.2.1 segments no longer than the target duration": "checked",
  "6.2.1 a URI for every segment, in the order of playing": "checked",
  "6.2.1 absent media is marked as a gap": "never: lost time is filled with encoded silence (decision 2)",
  "6.2.1 changes of encoding are marked as discontinuities": "never: one encoding from the start to the end of an event",
  "6.2.1 a segment or part can be had the moment it is listed": "checked",
  "6.2.1 changes are atomic": "checked",
  "6.2.1 nothing changes but by adding behind and taking away in front": "checked",
  "6.2.1 the target duration never changes": "checked",
  "6.2.1 dates are never ambiguous": "checked",
  "6.2.1 date ranges stay while they apply": "never: none are used",
  "6.2.1 the last segment comes with ENDLIST": "checked",
  "6.2.1 a new segment or part is listed as soon as it is made": "checked",
  "6.2.1 what is taken off the air stays for the length of its list": "elsewhere: the replay is at the same address (front/replay.test.ts)",
  "6.2.2 MEDIA-SEQUENCE counts what was taken away, and never falls": "checked",
  "6.2.2 parts can be had three target durations after they were listed": "checked",
  "6.2.2 nothing is taken from a list shorter than three target durations": "checked",
  "6.2.2 segments can be had for their availability duration": "checked",
  "6.2.2 DISCONTINUITY-SEQUENCE keeps step": "never: there are no discontinuities",
  "6.2.2 a live list has no PLAYLIST-TYPE": "checked",
  "6.2.3 encrypted segments have keys": "never: nothing is encrypted",
  "6.2.4 CODECS names every format": "checked",
  "6.2.4 variants present the same content with the same timestamps and dates": "checked",
  "6.2.4 all lists have one target duration": "checked",
  "6.2.4 lists differ at their ends only, by no more than a target duration": "checked",
  "6.2.4 all lists have the same SERVER-CONTROL": "checked",
  "6.2.5.1 _HLS_skip is answered with a delta update, and not after the end": "checked",
  "6.2.5.1 what is not skipped stays": "checked",
  "6.2.5.2 _HLS_msn waits for its segment": "checked",
  "6.2.5.2 _HLS_msn and _HLS_part wait for their part": "checked",
  "6.2.5.2 a part behind the last is the first of the next segment": "checked",
  "6.2.5.2 the whole list is delivered, also for a number that has left it": "checked",
  "6.2.5.2 directives mean nothing after the end": "checked",
  "6.2.5.2 _HLS_part alone is a bad request": "checked",
  "6.2.6 what is hinted can be asked for, and not a byte comes before the whole part": "checked",
  "B.1 dates in every list": "checked",
  "B.1 every segment can be decoded by itself": "checked",
  "B.1 a hint of the next part while live": "checked",
  "B.1 one rendition report for each other rendition": "checked",
  "B.1 HTTP/2": "elsewhere: front/tls-entry.test.ts, test/e2e/tls.test.ts",
  "B.1 every server has all variants": "checked",
  "B.1 range requests where lists have byte ranges": "elsewhere: replays only (front/byte-range.test.ts)",
  "B.1 asking twice gives the same": "checked",
  "B.1 lists are packed": "elsewhere: hls.test.ts, one playlist is compressed once for everybody",
  "B.1 renditions are in step within a part": "elsewhere: one programme feeds all encoders (programme.test.ts)",
  "B.1 caches merge waiting requests and tell the age":
    "elsewhere: test/e2e/caches.test.ts; Varnish and Traffic Server tell the age, nginx as it comes does not",
} as const;
type Must = keyof typeof MUSTS;
type Rendition = CmafRendition;
/** The two that are looked at in an evening: those of one grid stand for each other. */
type Seen = readonly [Exclude<Rendition, "aac">, "aac"];

/** How often each was put to the test. */
const exercised = new Map<string, number>();
function must(name: Must, holds: boolean, what = ""): void {
  exercised.set(name, (exercised.get(name) ?? 0) + 1);
  assert.ok(holds, `${name} ${what}`);
}

const partSeconds = (rendition: Rendition) => partSamples(rendition) / 48_000;
const total = (segments: readonly { readonly duration: number }[]) => segments.reduce((sum, { duration }) => sum + duration, 0);
type List = ReturnType<typeof read>;

/** One event on its way, with everything that was ever listed of it. */
class Evening {
  readonly store = testStore(24);
  readonly origin = new HlsOrigin(this.store);
  readonly newest: Record<Rendition, number> = { opus: 23, aac: 23, low: 23 };
  readonly before = new Map<string, List>();
  /** When segments came into a list and parts left it, on the programme's clock. Seconds. */
  readonly appeared = new Map<string, number>();
  readonly left = new Map<string, number>();
  longest = 0;

  async ask(address: string, origin = this.origin): Promise<string> {
    const [path = "", query = ""] = address.split("?");
    const answer = await origin.answer({ path, query: new URLSearchParams(query), acceptsGzip: false, signal: new AbortController().signal });
    assert.equal(answer?.status, 200, address);
    return typeof answer?.body === "string" ? answer.body : Buffer.from(answer?.body as Uint8Array).toString("latin1");
  }

  put(rendition: Rendition, more: { readonly last?: boolean; readonly frames?: number } = {}): void {
    this.store.put(testPart(rendition, ++this.newest[rendition], more));
  }

  /** Half a second goes by: each rendition gets the parts that are whole by then. */
  step(): void {
    this.put("opus");
    this.put("low");
    while ((this.newest.aac + 2) * partSeconds("aac") <= this.seconds("opus")) this.put("aac");
  }

  seconds(rendition: Rendition): number {
    return (this.newest[rendition] + 1) * partSeconds(rendition);
  }

  /** Whether something can be had by somebody who is the first to ask for it. */
  async has(path: string): Promise<boolean> {
    return await this.ask(path, new HlsOrigin(this.store)).then(
      (text) => text.includes("moof"),
      () => false,
    );
  }
}

async function checkList(evening: Evening, rendition: Rendition, name: "index" | "plain", ended: boolean): Promise<List> {
  const address = `${rendition}/${name}.m3u8`;
  const text = await evening.ask(address);
  const now = read(text);
  const before = evening.before.get(address);
  const { partsPerSegment } = GRIDS[rendition];
  must("B.1 asking twice gives the same", (await evening.ask(address)) === text);
  must("6.2.1 changes are atomic", text.startsWith("#EXTM3U\n") && text.endsWith("\n") && now.segments.every(({ uri }) => /^segment-\d+\.m4s$/.test(uri)));
  must("6.2.2 a live list has no PLAYLIST-TYPE", ended || !text.includes("EXT-X-PLAYLIST-TYPE"));
  must("6.2.1 the target duration never changes", now.targetDuration === (before?.targetDuration ?? 4));
  must("6.2.1 the last segment comes with ENDLIST", now.ended === ended);
  for (const [index, { uri, duration, dateMs }] of now.segments.entries()) {
    must("6.2.1 segments no longer than the target duration", Math.round(duration) <= now.targetDuration, uri);
    must("6.2.1 a URI for every segment, in the order of playing", uri === `segment-${now.mediaSequence + index}.m4s`, uri);
    must("B.1 dates in every list", Number.isFinite(dateMs));
    const next = now.segments[index + 1];
    must("6.2.1 dates are never ambiguous", next === undefined || Math.abs(next.dateMs - dateMs - duration * 1000) <= 2, uri);
    const start = (now.mediaSequence + index) * partsPerSegment * partSeconds(rendition);
    const heard = ORIGIN_MS + start * 1000 - GRIDS[rendition].primingSamples / 48;
    must("6.2.4 variants present the same content with the same timestamps and dates", Math.abs(dateMs - heard) <= 1, uri);
    must("6.2.1 a segment or part can be had the moment it is listed", await evening.has(`${rendition}/${uri}`), uri);
    // It was listed from the moment its last part was made, whenever this test looked.
    evening.appeared.set(`${rendition}/${uri}`, start + duration);
  }
  const whole = Math.floor((evening.newest[rendition] + 1) / partsPerSegment) + (ended && (evening.newest[rendition] + 1) % partsPerSegment > 0 ? 1 : 0);
  must("6.2.1 a new segment or part is listed as soon as it is made", now.mediaSequence + now.segments.length === whole);
  evening.longest = Math.max(evening.longest, total(now.segments) + (name === "index" ? now.openParts.length * partSeconds(rendition) : 0));
  if (before !== undefined) {
    const gone = now.mediaSequence - before.mediaSequence;
    must("6.2.2 MEDIA-SEQUENCE counts what was taken away, and never falls", gone >= 0);
    const kept = before.segments.slice(gone).map(({ uri, duration, dateMs }) => `${uri} ${duration} ${dateMs}`);
    const same = now.segments.slice(0, kept.length).map(({ uri, duration, dateMs }) => `${uri} ${duration} ${dateMs}`);
    must("6.2.1 nothing changes but by adding behind and taking away in front", kept.join() === same.join());
    if (gone > 0) must("6.2.2 nothing is taken from a list shorter than three target durations", total(now.segments) >= 3 * now.targetDuration);
  }
  if (name === "index") await checkParts(evening, rendition, { now, before, ended, text });
  evening.before.set(address, now);
  return now;
}

async function checkParts(
  evening: Evening,
  rendition: Rendition,
  { now, before, ended, text }: { readonly now: List; readonly before: List | undefined; readonly ended: boolean; readonly text: string },
): Promise<void> {
  const partsOf = (list: List) => list.segments.flatMap(({ parts }) => parts).concat(list.openParts);
  const listed = new Set(partsOf(now).map(({ number }) => number));
  must("6.2.1 a new segment or part is listed as soon as it is made", listed.has(evening.newest[rendition]));
  for (const number of listed) must("6.2.1 a segment or part can be had the moment it is listed", await evening.has(`${rendition}/part-${number}.m4s`));
  for (const { number } of before === undefined ? [] : partsOf(before))
    if (!listed.has(number) && !evening.left.has(`${rendition}/${number}`)) evening.left.set(`${rendition}/${number}`, evening.seconds(rendition));
  const independent = text.split("\n").filter((line) => line.startsWith("#EXT-X-PART:"));
  must(
    "B.1 every segment can be decoded by itself",
    independent.every((line) => line.endsWith("INDEPENDENT=YES")),
  );
  must("B.1 a hint of the next part while live", now.hint === (ended ? undefined : `part-${evening.newest[rendition] + 1}.m4s`));
  const reports = now.lines.filter((line) => line.startsWith("#EXT-X-RENDITION-REPORT"));
  const others = CMAF_RENDITIONS.filter((other) => other !== rendition);
  const reported = others.every((other) => reports.some((report) => report.includes(`"../${other}/index.m3u8"`)));
  must("B.1 one rendition report for each other rendition", ended || (reports.length === others.length && reported));
  for (const value of ["YES", "v2"]) {
    const delta = await evening.ask(`${rendition}/index.m3u8?_HLS_skip=${value}`);
    if (ended) {
      must("6.2.5.1 _HLS_skip is answered with a delta update, and not after the end", delta === text);
      continue;
    }
    const { skipped, segments, openParts } = read(delta);
    const rest = now.segments.slice(skipped);
    must("6.2.5.1 _HLS_skip is answered with a delta update, and not after the end", skipped > 0 || total(now.segments.slice(1)) < now.canSkipUntil);
    must("6.2.5.1 what is not skipped stays", JSON.stringify([segments, openParts]) === JSON.stringify([rest, now.openParts]));
    must("6.2.5.1 what is not skipped stays", skipped === 0 || total(rest) >= now.canSkipUntil - 1e-6, "only what lies behind the boundary");
  }
}

/** What was listed once can be had for as long as it was promised. */
async function checkPromises(evening: Evening): Promise<void> {
  for (const [path, at] of evening.appeared) {
    const rendition = path.slice(0, path.indexOf("/")) as Rendition;
    const until = at + GRIDS[rendition].partsPerSegment * partSeconds(rendition) + evening.longest;
    if (evening.seconds(rendition) < until) must("6.2.2 segments can be had for their availability duration", await evening.has(path), path);
  }
  for (const [key, at] of evening.left) {
    const [rendition = "", number = ""] = key.split("/");
    if (evening.seconds(rendition as Rendition) < at + 12)
      must("6.2.2 parts can be had three target durations after they were listed", await evening.has(`${rendition}/part-${number}.m4s`), key);
  }
}

async function checkTogether(evening: Evening, lists: readonly [List, List], name: string): Promise<void> {
  const [one, two] = lists;
  must("6.2.4 all lists have one target duration", one.targetDuration === two.targetDuration);
  const control = (list: List) => list.lines.filter((line) => line.startsWith("#EXT-X-SERVER-CONTROL")).join();
  must("6.2.4 all lists have the same SERVER-CONTROL", control(one) === control(two));
  const ends = lists.map(({ segments }) => (segments.at(-1)?.dateMs ?? 0) + (segments.at(-1)?.duration ?? 0) * 1000);
  const longestSegment = Math.max(...[...one.segments, ...two.segments].map(({ duration }) => duration));
  // One of the two may hold its whole last segment back until it is made: a segment and the encoders' distance.
  must("6.2.4 lists differ at their ends only, by no more than a target duration", Math.abs((ends[0] ?? 0) - (ends[1] ?? 0)) <= (longestSegment + 0.7) * 1000);
  const variants = await evening.ask(`${name}.m3u8`);
  must("6.2.4 CODECS names every format", /CODECS="opus"/.test(variants) && /CODECS="mp4a\.40\.2"/.test(variants));
  must(
    "B.1 every server has all variants",
    CMAF_RENDITIONS.every((rendition) => variants.includes(`\n${rendition}/${name}.m3u8\n`)),
  );
}

/** Asks ahead, lets the programme come to it part by part, and sees when the answer comes. */
async function checkWaiting(evening: Evening, rendition: Rendition, ahead: number): Promise<void> {
  const { partsPerSegment } = GRIDS[rendition];
  const wanted = evening.newest[rendition] + ahead;
  const [msn, part] = [Math.floor(wanted / partsPerSegment), wanted % partsPerSegment];
  // The first part of a segment is also the one behind the last of the segment before it.
  const asks: [Must, string, number][] = [
    ["6.2.5.2 _HLS_msn and _HLS_part wait for their part", `_HLS_msn=${msn}&_HLS_part=${part}`, wanted],
    ["6.2.5.2 _HLS_msn waits for its segment", `_HLS_msn=${msn}`, (msn + 1) * partsPerSegment - 1],
  ];
  if (part === 0)
    asks.push(["6.2.5.2 a part behind the last is the first of the next segment", `_HLS_msn=${msn - 1}&_HLS_part=${partsPerSegment + 3}`, wanted]);
  const held = asks.map(([name, query, due]) => {
    const entry = { name, due, text: undefined as string | undefined };
    void evening.ask(`${rendition}/index.m3u8?${query}`).then((text) => {
      entry.text = text;
    });
    return entry;
  });
  const hinted = { number: evening.newest[rendition] + 1, text: undefined as string | undefined };
  void evening.ask(`${rendition}/part-${hinted.number}.m4s`).then((text) => {
    hinted.text = text;
  });
  const last = Math.max(...held.map(({ due }) => due));
  while (evening.newest[rendition] <= last) {
    await new Promise((resolve) => setImmediate(resolve));
    const newest = evening.newest[rendition];
    for (const { name, due, text } of held) must(name, (text !== undefined) === newest >= due, `${rendition} ${newest} of ${due}`);
    must("6.2.6 what is hinted can be asked for, and not a byte comes before the whole part", (hinted.text !== undefined) === newest >= hinted.number);
    evening.step();
  }
  for (const { text } of held) must("6.2.5.2 the whole list is delivered, also for a number that has left it", read(text ?? "").segments.length > 0);
}

async function refuses(evening: Evening, address: string): Promise<boolean> {
  return await evening.ask(address).then(
    () => false,
    (error: unknown) => error instanceof EarshotError && error.code === "bad-request",
  );
}

describe("every MUST of the HLS draft for servers, over events of any course", () => {
  after(() => {
    for (const [name, how] of Object.entries(MUSTS)) if (how === "checked") assert.ok((exercised.get(name) ?? 0) > 0, `${name} was never put to the test`);
  });

  test("lists follow from each other, keep what they promise, wait for what is asked, and end", { timeout: 120_000 }, async () => {
    const step = fc.record({
      parts: fc.integer({ min: 1, max: 40 }),
      ahead: fc.integer({ min: 1, max: 6 }),
      waits: fc.boolean(),
      aac: fc.boolean(),
    });
    const own = fc.constantFrom("opus" as const, "low" as const);
    await fc.assert(
      fc.asyncProperty(own, fc.array(step, { minLength: 12, maxLength: 24 }), fc.integer({ min: 1, max: 24 }), async (first, steps, lastFrames) => {
        const evening = new Evening();
        const seen: Seen = [first, "aac"];
        for (const { parts, ahead, waits, aac } of steps) {
          const rendition = seen[aac ? 1 : 0];
          for (let count = 0; count < parts; count++) evening.step();
          await checkAll(evening, seen, false);
          if (waits) await checkWaiting(evening, rendition, ahead);
          must("6.2.5.2 _HLS_part alone is a bad request", await refuses(evening, `${rendition}/index.m3u8?_HLS_part=3`));
          must(
            "6.2.5.2 the whole list is delivered, also for a number that has left it",
            (await evening.ask(`${rendition}/index.m3u8?_HLS_msn=0`)) === (await evening.ask(`${rendition}/index.m3u8`)),
          );
        }
        for (const each of CMAF_RENDITIONS) evening.put(each, { last: true, frames: Math.min(lastFrames, GRIDS[each].framesPerPart) });
        await checkAll(evening, seen, true);
        for (const each of seen)
          must(
            "6.2.5.2 directives mean nothing after the end",
            (await evening.ask(`${each}/index.m3u8?_HLS_msn=99999&_HLS_part=1`)) === (await evening.ask(`${each}/index.m3u8`)),
          );
      }),
      { numRuns: 20 },
    );
  });
});

async function checkAll(evening: Evening, [first, second]: Seen, ended: boolean): Promise<void> {
  for (const name of ["index", "plain"] as const) {
    const one = await checkList(evening, first, name, ended);
    const two = await checkList(evening, second, name, ended);
    if (!ended) await checkTogether(evening, [one, two], name);
  }
  await checkPromises(evening);
}
