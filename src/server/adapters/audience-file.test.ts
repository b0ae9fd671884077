import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { silentLog } from "../../core/log.ts";
import type { AudienceWindow } from "../../wire/audience.ts";
import { testWindow } from "../../wire/test-window.ts";
import { AudienceFile } from "./audience-file.ts";

const T0 = Date.parse("2026-10-03T19:00:00Z");
const folder = await mkdtemp(join(tmpdir(), "earshot-audience-file-"));
after(() => rm(folder, { recursive: true }));

/** An event's folder of its own. */
async function openEvent(name: string) {
  const event = join(folder, name);
  await mkdir(event);
  const write = (file: string, lines: readonly AudienceWindow[]) => appendFile(join(event, file), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return {
    event,
    audience: new AudienceFile(event, silentLog),
    own: write.bind(undefined, "audience.jsonl"),
    elsewhere: write.bind(undefined, "elsewhere.jsonl"),
  };
}

test("the figure, its peak and the whole account are of all machines: this one's fronts and those of every edge", async () => {
  const { audience, own, elsewhere } = await openEvent("all machines");
  await own([testWindow("front-a", T0, { listeningNow: 100, sessions: 90, turnedAway: 1 }), testWindow("front-b", T0, { listeningNow: 20 })]);
  await elsewhere([testWindow("oslo/front-a", T0, { listeningNow: 300, sessions: 200, turnedAway: 2 }), testWindow("rome/front-a", T0, { listeningNow: 50 })]);
  await audience.readMore();
  const summary = audience.sum.summary(T0 + 12_000);
  assert.deepEqual([summary?.listeningNow, summary?.peak, summary?.edges, summary?.sessions, summary?.turnedAway], [470, 470, 4, 290, 3]);
});

test("an edge that falls silent holds the figure back for one window at most; its lines correct the record whenever they come", async () => {
  const { audience, own, elsewhere } = await openEvent("silent edge");
  const at = (window: number) => T0 + window * 10_000;
  const shown = async (unixMs: number) => {
    await audience.readMore();
    const { listeningNow, asOfUnixMs } = audience.sum.publicAudience(unixMs) ?? {};
    return [listeningNow, ((asOfUnixMs ?? 0) - T0) / 10_000];
  };
  await own([testWindow("front-a", at(0), { listeningNow: 10 })]);
  await elsewhere([testWindow("oslo/front-a", at(0), { listeningNow: 5 })]);
  await own([testWindow("front-a", at(1), { listeningNow: 11 })]);
  assert.deepEqual(await shown(at(1) + 9_000), [15, 0], "the window that it still spoke for");
  assert.deepEqual(await shown(at(1) + 10_000), [11, 1]);
  await own([testWindow("front-a", at(2), { listeningNow: 12 })]);
  assert.deepEqual(await shown(at(2) + 1), [12, 2], "nobody waits for it twice");
  // Two hours later its line is back.
  const windows = Array.from({ length: 720 }, (_, index) => index + 3);
  await own(windows.map((window) => testWindow("front-a", at(window), { listeningNow: 12, listenedMs: 120_000 })));
  await audience.readMore();
  await elsewhere(
    [1, 2, ...windows].map((window) =>
      testWindow("oslo/front-a", at(window), { listeningNow: 5, listenedMs: 50_000, ...(window === 1 ? { listeningNow: 90 } : {}) }),
    ),
  );
  assert.deepEqual(await shown(at(722) + 1), [17, 722]);
  const { peak, peakUnixMs, listeningHours, recent } = audience.sum.summary(at(722) + 1) ?? {};
  assert.deepEqual([peak, peakUnixMs, recent?.length], [101, at(0), 180]);
  assert.equal(listeningHours, 34.03);
});

test("whoever opens the account of a long evening anew reads the same figures, whichever file comes first", async () => {
  const { event, audience, own, elsewhere } = await openEvent("opened anew");
  const windows = Array.from({ length: 720 }, (_, index) => T0 + index * 10_000);
  for (const [index, endUnixMs] of windows.entries()) {
    const line = { listeningNow: index === 5 ? 100 : 10, listenedMs: 100_000, turnedAway: index };
    for (const each of [testWindow("front-a", endUnixMs, line), testWindow("oslo/front-a", endUnixMs, line)]) audience.sum.add(each);
  }
  await own(
    windows.map((endUnixMs, index) => testWindow("front-a", endUnixMs, { listeningNow: index === 5 ? 100 : 10, listenedMs: 100_000, turnedAway: index })),
  );
  await elsewhere(
    windows.map((endUnixMs, index) => testWindow("oslo/front-a", endUnixMs, { listeningNow: index === 5 ? 100 : 10, listenedMs: 100_000, turnedAway: index })),
  );
  const anew = new AudienceFile(event, silentLog);
  await anew.readMore();
  const nowUnixMs = T0 + 7_200_000;
  assert.deepEqual(anew.sum.summary(nowUnixMs), audience.sum.summary(nowUnixMs));
  assert.equal(anew.sum.summary(nowUnixMs)?.peak, 200);
  await audience.readMore();
  assert.deepEqual(anew.sum.summary(nowUnixMs), audience.sum.summary(nowUnixMs), "what was taken already changes nothing");
});

test("a front writes its own lines only, and closes a line that a crash cut off", async () => {
  const { event, audience, elsewhere } = await openEvent("writes");
  await elsewhere([testWindow("oslo/front-a", T0, { listeningNow: 5 })]);
  await appendFile(join(event, "audience.jsonl"), '{"v":1,"edge":"fro');
  const line = testWindow("front-a", T0, { listeningNow: 3 });
  await audience.append(line, true);
  assert.equal(await readFile(join(event, "audience.jsonl"), "utf8"), `{"v":1,"edge":"fro\n${JSON.stringify(line)}\n`);
  assert.equal(audience.sum.publicAudience(T0)?.listeningNow, 8);
});
