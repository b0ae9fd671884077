import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { comeTrue } from "./come-true.ts";
import { type FaultyLine, openFaultyLine } from "./faulty-line.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { type LiveEventDouble, openLiveEvent } from "./live-event.ts";

/** Longest a browser may take to have sound again. Milliseconds; Chromium starts an endless MP3 with whole blocks of 32 KB. */
const BACK_MS = 30_000;
/** Longest until a page that woke asks anew. Milliseconds; less than a watchdog needs after a sleep of three seconds. */
const AT_ONCE_MS = 5_000;
/** What a browser is made to lack before any script runs. */
const LACKS = {
  nothing: "",
  MediaSource: "delete window.MediaSource; delete window.ManagedMediaSource;",
  "MediaSource and HLS": `delete window.MediaSource; delete window.ManagedMediaSource;
    const can = HTMLMediaElement.prototype.canPlayType;
    HTMLMediaElement.prototype.canPlayType = function (type) { return type.includes("mpegurl") ? "" : can.call(this, type); };`,
} as const;
type Lack = keyof typeof LACKS;
/** How each of them is fed. */
const WAYS: readonly (readonly [Lack, string])[] = [
  ["MediaSource and HLS", ".mp3?"],
  ["MediaSource", "index.m3u8?"],
];
/** Chromium's own HLS player changes from Opus to AAC in the middle and fails at it: it is offered one of them. */
const ONE_RENDITION = '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="mp4a.40.2"\naac/index.m3u8\n';

let house: RunningHouse;
let event: LiveEventDouble;
let line: FaultyLine;
let browser: Browser;

before(async () => {
  [house, event, browser] = await Promise.all([startHouse({ EARSHOT_SOUND_CHECK: "1" }), openLiveEvent(), openBrowser()]);
  line = await openFaultyLine(Number(new URL(event.url).port));
});
after(async () => {
  await browser?.close();
  line?.close();
  await event?.close();
  await house?.stop();
});

async function listen(url: string, lack: Lack): Promise<Page> {
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  if (lack !== "nothing") await page.addInitScript(LACKS[lack]);
  if (lack === "MediaSource")
    await page.route(/\/index\.m3u8\?s=/, async (route) => await route.fulfill({ contentType: "application/vnd.apple.mpegurl", body: ONE_RENDITION }));
  await page.goto(url);
  await page.click("#play");
  await sounds(page);
  return page;
}

/** Resolves once there is sound, and it moves on. */
async function sounds(page: Page): Promise<void> {
  await comeTrue(page, "earshot.player.status === 'playing' && earshot.audio.currentTime > 0", BACK_MS);
  await page.evaluate("window.then = earshot.audio.currentTime");
  await comeTrue(page, "earshot.player.status === 'playing' && earshot.audio.currentTime !== then", BACK_MS);
}

/** Resolves once nothing has been heard for ten looks; two alone may come in the same moment of a busy machine. The place is kept as `last`. */
async function fallsSilent(page: Page): Promise<void> {
  await page.evaluate("window.same = 0");
  await comeTrue(page, "(same = window.last === earshot.audio.currentTime ? same + 1 : 0, window.last = earshot.audio.currentTime, same >= 10)", BACK_MS);
}

for (const [lack, address] of WAYS)
  describe(`a browser without ${lack} plays by itself`, { timeout: 400_000 }, () => {
    test("when the front is killed, the sound is back without a tap", async () => {
      const page = await listen(`${house.front}/e/sound-check`, lack);
      assert.ok(((await page.evaluate("earshot.audio.src")) as string).includes(address));
      await page.evaluate("earshot.audio.addEventListener('emptied', () => (window.anew = true))");
      await page.evaluate("window.then = earshot.audio.currentTime");
      process.kill(house.pid("front"), "SIGKILL");
      // It began anew, or has bridged the gap: it has played further than what it had in hand.
      await comeTrue(page, "window.anew === true || earshot.audio.currentTime > then + 20", BACK_MS);
      await sounds(page);
      await page.context().close();
    });

    test("after a sleep or a time offline, dead connections are given up and the sound begins anew", async () => {
      await wakesUp(lack);
    });
  });

test("fed by the page, dead connections are given up at once after a sleep or a time offline", { timeout: 400_000 }, async () => {
  await wakesUp("nothing");
});

test("a browser that says it plays HLS and fails at it is given MP3", { timeout: 400_000 }, async () => {
  const page = await (await browser.newContext({ bypassCSP: true })).newPage();
  await page.addInitScript(LACKS.MediaSource);
  await page.route(/\/index\.m3u8\?s=/, async (route) => await route.fulfill({ contentType: "application/vnd.apple.mpegurl", body: "#EXTM3U\n" }));
  await page.goto(`${event.url}/e/${event.slug}`);
  await page.click("#play");
  await sounds(page);
  assert.ok(((await page.evaluate("earshot.audio.src")) as string).includes(".mp3?"));
  await page.context().close();
});

/** Sleeps and wakes, goes offline and online: connections are dead, the clock is three seconds on, and no watchdog has had the time to find out. */
async function wakesUp(lack: Lack): Promise<void> {
  const page = await listen(`http://localhost:${line.port}/e/${event.slug}`, lack);
  await page.evaluate("window.real = performance.now.bind(performance)");
  // The short requests of a browser's own HLS player find a new connection by themselves.
  for (const offline of lack === "MediaSource" ? [true] : [false, true]) {
    await page.evaluate("window.at = performance.now(); performance.now = () => at");
    line.forget();
    await page.context().setOffline(offline);
    await fallsSilent(page);
    // From here on the clock runs: a browser may send the next request down another dead connection, and only the watchdog knows.
    await page.evaluate("((woke) => { performance.now = () => at + 3_000 + real() - woke; })(real())");
    const asked = page.waitForRequest(/\/door\?|\/stream\.mp4\?/, { timeout: AT_ONCE_MS });
    if (offline) await page.context().setOffline(false);
    else await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await asked;
    await comeTrue(page, "earshot.audio.currentTime !== window.last && earshot.player.status === 'playing'", BACK_MS);
    await sounds(page);
  }
  await page.context().close();
}

test("when the event ends, browsers that play by themselves say so and have the replay", { timeout: 400_000 }, async () => {
  const pages = await Promise.all(WAYS.map(async ([lack]) => await listen(`${event.url}/e/${event.slug}`, lack)));
  await event.end();
  for (const page of pages) {
    await comeTrue(page, "earshot.player.status === 'over'", BACK_MS);
    await comeTrue(page, "/replay is here/.test(document.getElementById('status').textContent)", BACK_MS);
    await page.waitForSelector("#wave svg");
    await page.click("#play");
    await comeTrue(page, "earshot.audio.src.includes('/recording.mp3') && earshot.audio.currentTime > 0", BACK_MS);
  }
});
