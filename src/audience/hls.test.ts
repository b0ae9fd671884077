import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { describe, test } from "node:test";
import fc from "fast-check";
import { EarshotError } from "../core/errors.ts";
import { GRIDS, partSamples } from "../programme/mod.ts";
import { HlsOrigin } from "./hls.ts";
import type { PartStore } from "./part-store.ts";
import { ORIGIN_MS, testPart, testStore } from "./test-parts.ts";
import { read } from "./test-playlist.ts";

const never = new AbortController().signal;

async function get(origin: HlsOrigin, address: string, signal = never): Promise<string> {
  const [path = "", query = ""] = address.split("?");
  const answer = await origin.answer({ path, query: new URLSearchParams(query), acceptsGzip: false, signal });
  assert.equal(answer?.status, 200, address);
  return typeof answer?.body === "string" ? answer.body : Buffer.from(answer?.body as Uint8Array).toString("latin1");
}

describe("what a server must do (RFC 8216bis §6.2, appendix B), over events of any length", () => {
  test("every playlist on the way is whole, and follows from the one before", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("opus" as const, "aac" as const),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 24 }),
        async (rendition, steps, lastFrames) => {
          const { partsPerSegment } = GRIDS[rendition];
          const store = testStore(partsPerSegment);
          const origin = new HlsOrigin(store);
          let newest = partsPerSegment - 1;
          let before = read(await get(origin, `${rendition}/index.m3u8`));
          for (const [index, step] of steps.entries()) {
            const last = index === steps.length - 1;
            for (let count = 0; count < step; count++) put(store, ++newest, last && count === step - 1 ? { last: true, frames: lastFrames } : {});
            const text = await get(origin, `${rendition}/index.m3u8`);
            const now = read(text);
            check(now, rendition, newest);
            // §6.2.1: changed only by adding at the end and removing at the front.
            assert.ok(now.mediaSequence >= before.mediaSequence);
            const gone = now.mediaSequence - before.mediaSequence;
            const kept = before.segments.slice(gone);
            assert.deepEqual(
              now.segments.slice(0, kept.length).map(({ uri, duration, dateMs }) => [uri, duration, dateMs]),
              kept.map(({ uri, duration, dateMs }) => [uri, duration, dateMs]),
            );
            // §6.2.5.1: a delta update stands for the same list.
            const delta = read(await get(origin, `${rendition}/index.m3u8?_HLS_skip=YES`));
            assert.equal(delta.mediaSequence, now.mediaSequence);
            assert.deepEqual(
              delta.segments.map(({ uri }) => uri),
              now.segments.slice(delta.skipped).map(({ uri }) => uri),
            );
            const skippedAge = now.segments.slice(delta.skipped).reduce((sum, { duration }) => sum + duration, 0);
            if (delta.skipped > 0) assert.ok(skippedAge >= now.canSkipUntil - now.targetDuration, "only what is older than the skip boundary is left out");
            // Everything listed can be fetched.
            for (const { uri } of now.segments) assert.ok((await get(origin, `${rendition}/${uri}`)).includes("moof"));
            for (const { parts } of [...now.segments, { parts: now.openParts }])
              for (const { number } of parts) await get(origin, `${rendition}/part-${number}.m4s`);
            before = now;
          }
          assert.ok(before.ended);

          function put(to: PartStore, number: number, more: { last?: boolean; frames?: number }): void {
            for (const each of ["opus", "aac"] as const) to.put(testPart(each, number, more));
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  function check(now: ReturnType<typeof read>, rendition: "opus" | "aac", newest: number): void {
    const { partsPerSegment } = GRIDS[rendition];
    const seconds = partSamples(rendition) / 48_000;
    assert.equal(now.targetDuration, 4, "§4.4.3.1: never changes");
    for (const { duration } of now.segments) assert.ok(Math.round(duration) <= now.targetDuration);
    assert.ok(now.partHoldBack >= 2 * now.partTarget && now.partHoldBack >= 3 * 0.5, "§4.4.3.8");
    assert.ok(now.holdBack >= 3 * now.targetDuration && now.canSkipUntil >= 6 * now.targetDuration, "§4.4.3.8");
    const listed = now.segments.flatMap(({ parts }) => parts).concat(now.openParts);
    for (const [index, { number, duration }] of listed.entries()) {
      assert.ok(duration <= now.partTarget + 1e-6, "§4.4.4.9");
      if (number !== newest || !now.ended) assert.ok(duration >= 0.85 * now.partTarget, "§4.4.4.9: all but the last of the event are near the target");
      if (index > 0) assert.equal(number, (listed[index - 1]?.number ?? 0) + 1);
    }
    assert.equal(listed.at(-1)?.number, newest);
    for (const [index, { uri, dateMs, duration, parts }] of now.segments.entries()) {
      assert.equal(uri, `segment-${now.mediaSequence + index}.m4s`);
      const at = ((now.mediaSequence + index) * partsPerSegment * partSamples(rendition) - GRIDS[rendition].primingSamples) / 48;
      assert.ok(Math.abs(dateMs - ORIGIN_MS - at) <= 1, "§4.4.4.6");
      if (parts.length === partsPerSegment) assert.ok(Math.abs(parts.reduce((sum, part) => sum + part.duration, 0) - duration) < 1e-5);
    }
    if (now.ended) return assert.equal(now.hint, undefined, "§6.2.2: no hint behind the end");
    assert.equal(now.hint, `part-${newest + 1}.m4s`);
    assert.ok(Math.abs(seconds - now.partTarget) < 1e-5);
    const other = rendition === "aac" ? "opus" : "aac";
    assert.ok(
      now.lines.includes(
        `#EXT-X-RENDITION-REPORT:URI="../${other}/index.m3u8",LAST-MSN=${Math.floor(newest / partsPerSegment)},LAST-PART=${newest % partsPerSegment}`,
      ),
    );
  }
});

describe("over an evening with holes, a restarted stage and renditions that lag behind each other", () => {
  /** What may happen between two looks at a playlist. `hole`: the front missed parts; `filler`: the stage was away and silence stands in. */
  const step = fc.record({
    parts: fc.integer({ min: 1, max: 30 }),
    kind: fc.oneof({ weight: 6, arbitrary: fc.constant("live" as const) }, { weight: 1, arbitrary: fc.constantFrom("hole" as const, "filler" as const) }),
    otherLags: fc.integer({ min: 0, max: 6 }),
  });

  test("numbers never go back, dates stay with their numbers, all that is listed is there, for low-latency and plain players", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom("opus" as const, "aac" as const), fc.array(step, { minLength: 1, maxLength: 14 }), async (rendition, steps) => {
        const { partsPerSegment } = GRIDS[rendition];
        const other = rendition === "opus" ? "aac" : "opus";
        const store = testStore(partsPerSegment);
        const origin = new HlsOrigin(store);
        let [newest, otherNewest, epoch] = [partsPerSegment - 1, partsPerSegment - 1, 1];
        const dates = new Map<string, number>();
        const before = { index: -1, plain: -1 };
        for (const { parts, kind, otherLags } of steps) {
          if (kind === "hole") newest += 200;
          if (kind === "filler") epoch++;
          // After a hole at least one whole segment must have come before a list can be shown again.
          const count = kind === "hole" ? parts + 2 * partsPerSegment : parts;
          for (let made = 0; made < count; made++) store.put({ ...testPart(rendition, ++newest, { filler: kind === "filler" }), epoch });
          while (otherNewest < newest - otherLags) store.put({ ...testPart(other, ++otherNewest), epoch });
          for (const list of ["index", "plain"] as const) {
            const now = read(await get(origin, `${rendition}/${list}.m3u8`));
            assert.ok(now.segments.length > 0 && now.mediaSequence >= before[list], `${now.mediaSequence} after ${before[list]}`);
            before[list] = now.mediaSequence;
            assert.equal(now.targetDuration, 4);
            for (const [index, { uri, dateMs, duration, parts: listed }] of now.segments.entries()) {
              assert.equal(uri, `segment-${now.mediaSequence + index}.m4s`);
              assert.equal(dateMs, dates.get(uri) ?? dateMs, "§6.2.1: what was once said of a segment stays true");
              dates.set(uri, dateMs);
              assert.ok(Math.round(duration) <= now.targetDuration);
              assert.ok([0, partsPerSegment].includes(listed.length), "all parts of a segment or none: their place follows from those before");
              assert.ok((await get(origin, `${rendition}/${uri}`)).includes("moof"));
            }
            if (list === "plain") {
              assert.ok(
                !now.lines.some((line) => /EXT-X-(PART|PRELOAD|SERVER-CONTROL|SKIP|RENDITION)/.test(line)),
                "a plain player sees nothing it does not know",
              );
              continue;
            }
            const listedSeconds = now.segments.flatMap((segment) => segment.parts).length + now.openParts.length;
            assert.ok(
              now.segments.length < 4 || (listedSeconds * partSamples(rendition)) / 48_000 >= 3 * now.targetDuration,
              "§6.2.2: the newest parts stay listed",
            );
            assert.equal(now.hint, `part-${newest + 1}.m4s`);
            const report = now.lines.find((line) => line.startsWith("#EXT-X-RENDITION-REPORT"));
            const [, msn, part] = /LAST-MSN=(\d+),LAST-PART=(\d+)/.exec(report ?? "") ?? [];
            assert.ok(Number(msn) * GRIDS[other].partsPerSegment + Number(part) <= otherNewest, "§4.4.5.4: never ahead of the other rendition");
            await skips(origin, rendition, now);
          }
          await blocks(origin, rendition, newest);
        }
      }),
      { numRuns: 40 },
    );
  });

  /** A delta update leaves out exactly what lies beyond the skip boundary. @spec RFC 8216bis §6.2.5.1 */
  async function skips(origin: HlsOrigin, rendition: "opus" | "aac", whole: ReturnType<typeof read>): Promise<void> {
    const delta = read(await get(origin, `${rendition}/index.m3u8?_HLS_skip=YES`));
    assert.deepEqual(delta.segments, whole.segments.slice(delta.skipped));
    assert.deepEqual(delta.openParts, whole.openParts);
    const seconds = (segments: readonly { duration: number }[]) => segments.reduce((sum, { duration }) => sum + duration, 0);
    if (delta.skipped > 0) assert.ok(seconds(delta.segments) >= whole.canSkipUntil - 1e-6);
    assert.ok(seconds(delta.segments.slice(1)) < whole.canSkipUntil || delta.skipped === whole.segments.length, "and everything of it");
  }

  /** The newest part is answered at once; more than the advance limit ahead is refused. @spec RFC 8216bis §6.2.5.2 */
  async function blocks(origin: HlsOrigin, rendition: "opus" | "aac", newest: number): Promise<void> {
    const { partsPerSegment } = GRIDS[rendition];
    const ask = (part: number) => get(origin, `${rendition}/index.m3u8?_HLS_msn=${Math.floor(part / partsPerSegment)}&_HLS_part=${part % partsPerSegment}`);
    assert.match(await ask(newest), new RegExp(`part-${newest}\\.m4s",INDEPENDENT`));
    await assert.rejects(ask(newest + 7), (error) => error instanceof EarshotError && error.code === "bad-request");
    const leave = new AbortController();
    const ahead = newest + 6;
    const held = get(origin, `${rendition}/index.m3u8?_HLS_msn=${Math.floor(ahead / partsPerSegment)}&_HLS_part=${ahead % partsPerSegment}`, leave.signal);
    assert.equal(origin.waiting, 1);
    leave.abort();
    await assert.rejects(held, (error) => error instanceof EarshotError && error.code === "stage-starting");
  }
});

test("one rendition's end is not another's: what is still being encoded is waited for, never cut short", async () => {
  const store = testStore(16);
  const origin = new HlsOrigin(store);
  for (const rendition of ["aac", "mp3"] as const) store.put(testPart(rendition, 16, { last: true, frames: 2 }));
  const hinted = get(origin, "opus/part-16.m4s");
  await assert.rejects(get(origin, "opus/segment-2.m4s"), (error) => error instanceof EarshotError && error.code === "not-found");
  store.put(testPart("opus", 16));
  assert.ok((await hinted).includes("moof"));
  await assert.rejects(get(origin, "opus/segment-2.m4s"), (error) => error instanceof EarshotError && error.code === "not-found");
  store.put(testPart("opus", 17, { last: true, frames: 5 }));
  assert.equal((await get(origin, "opus/segment-2.m4s")).split("moof").length - 1, 2);
  assert.match(await get(origin, "opus/index.m3u8?_HLS_msn=9"), /segment-2\.m4s\n#EXT-X-ENDLIST/);
});

describe("blocking reload", () => {
  test("a player that asks for the next part is answered the moment it is there, and not before", async () => {
    const store = testStore(10);
    const origin = new HlsOrigin(store);
    let answered = false;
    const asked = get(origin, "opus/index.m3u8?_HLS_msn=1&_HLS_part=2").then((text) => {
      answered = true;
      return text;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([answered, origin.waiting], [false, 1]);
    store.put(testPart("opus", 10));
    assert.match(await asked, /part-10\.m4s",INDEPENDENT/);
    assert.equal(origin.waiting, 0);
  });

  test("part numbers roll over into the next segment", async () => {
    const store = testStore(16);
    const asked = get(new HlsOrigin(store), "opus/index.m3u8?_HLS_msn=1&_HLS_part=8");
    store.put(testPart("opus", 16));
    assert.match(await asked, /part-16\.m4s",INDEPENDENT/);
  });

  test("who asks for the far future, or for nonsense, is told so at once", async () => {
    const origin = new HlsOrigin(testStore(10));
    for (const query of ["_HLS_msn=4", "_HLS_msn=1&_HLS_part=99", "_HLS_part=3", "_HLS_msn=-1", "_HLS_msn=1e3", "_HLS_msn=2&_HLS_part=x"]) {
      await assert.rejects(get(origin, `opus/index.m3u8?${query}`), (error) => error instanceof EarshotError && error.code === "bad-request", query);
    }
  });

  test("a listener who leaves is waited for no longer", async () => {
    const origin = new HlsOrigin(testStore(10));
    const leave = new AbortController();
    const asked = get(origin, "opus/part-10.m4s", leave.signal);
    assert.equal(origin.waiting, 1);
    leave.abort();
    await assert.rejects(asked);
    assert.equal(origin.waiting, 0);
  });

  test("the end of the event answers everybody who waits", async () => {
    const store = testStore(10);
    const asked = get(new HlsOrigin(store), "opus/index.m3u8?_HLS_msn=1&_HLS_part=5");
    store.put(testPart("opus", 10, { last: true, frames: 3 }));
    assert.match(await asked, /#EXT-X-ENDLIST/);
  });
});

test("in the first seconds of an event no player is given a list without a segment: it waits for the first", async () => {
  for (const list of ["index", "plain"]) {
    const store = testStore(3);
    const origin = new HlsOrigin(store);
    let answered = false;
    const asked = get(origin, `aac/${list}.m3u8`).then((text) => {
      answered = true;
      return text;
    });
    for (let number = 3; number < 8; number++) {
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(answered, false);
      store.put(testPart("aac", number));
    }
    assert.match(await asked, /segment-0\.m4s/);
  }
});

test("one playlist is compressed once for everybody", async () => {
  const origin = new HlsOrigin(testStore(20));
  const ask = () => origin.answer({ path: "opus/index.m3u8", query: new URLSearchParams(), acceptsGzip: true, signal: never });
  const [one, other] = await Promise.all([ask(), ask()]);
  assert.equal(one?.body, other?.body);
  assert.match(gunzipSync(one?.body as Uint8Array).toString(), /^#EXTM3U/);
});
