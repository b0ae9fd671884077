import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";

let house: RunningHouse;
let browser: Browser;

before(async () => {
  house = await startHouse({ EARSHOT_CDN: "1", EARSHOT_SOUND_CHECK: "1" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});

test("where a cache stands in front, our player takes one segment after the other, each once, and plays on over the seams", { timeout: 400_000 }, async () => {
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${house.front}/e/sound-check`);
  await page.click("#play");
  await comeTrue(page, "document.getElementById('audio').currentTime > 0 && !document.getElementById('audio').paused");
  const started = (await page.evaluate("document.getElementById('audio').currentTime")) as number;
  // Four seams at least.
  await comeTrue(page, `document.getElementById('audio').currentTime > ${started} + 17`, 60_000);
  const segments = asked.flatMap((path) => {
    const number = /^\/live\/sound-check\/opus\/stream-(\d+)\.m4s$/.exec(path)?.[1];
    return number === undefined ? [] : [Number(number)];
  });
  assert.ok(segments.length >= 5, `${segments.length} segments`);
  assert.deepEqual(
    segments,
    segments.map((_, index) => (segments[0] as number) + index),
  );
  assert.ok(!asked.some((path) => path.endsWith("stream.mp4")), "no endless stream beside them");
  const behind = (await page.evaluate(
    "(() => { const a = document.getElementById('audio'); return a.buffered.end(a.buffered.length - 1) - a.currentTime; })()",
  )) as number;
  assert.ok(behind < 3, `${behind.toFixed(2)} s behind the newest audio`);
});
