import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { packAudience } from "../../src/wire/timed-metadata.ts";
import { comeTrue } from "./come-true.ts";
import { playByHls } from "./hls-player.ts";
import { openBrowser } from "./house.ts";
import { type LiveEventDouble, openLiveEvent } from "./live-event.ts";

let event: LiveEventDouble;
let browser: Browser;
let page: Page;
let asked = 0;

before(async () => {
  event = await openLiveEvent();
  browser = await openBrowser();
  page = await (await browser.newContext({ locale: "en-GB", bypassCSP: true })).newPage();
  page.on("request", (request) => {
    if (request.url().includes("/state.json")) asked++;
  });
  await page.goto(`${event.url}/e/${event.slug}`);
});
after(async () => {
  await browser?.close();
  await event?.close();
});

/** A figure no counting of this test could come to, of the window that closed last. */
function tellFigure(listeningNow: number): void {
  const asOfUnixMs = Math.floor(Date.now() / 10_000) * 10_000;
  event.audience = packAudience({ listeningNow, low: listeningNow, high: listeningNow, asOfUnixMs, peak: 90_000, peakUnixMs: asOfUnixMs });
}

describe("what rides with the sound", { timeout: 400_000 }, () => {
  test("brings the number and another title to the listening page, which asks for nothing else meanwhile", async () => {
    await page.click("#play");
    await comeTrue(page, "window.earshot.player.status === 'playing'");
    // Each figure is told once, and a house counts on: whoever comes back a moment later has the next.
    const counting = setInterval(() => tellFigure(54_321), 5_000);
    await comeTrue(page, "document.getElementById('count-now').textContent.startsWith('54,321')");
    clearInterval(counting);
    // Until the figure came the page had to ask, each time at a moment of its own: what it meant to ask still comes.
    await page.waitForTimeout(3_000);
    asked = 0;
    event.title = "An evening that was renamed";
    await comeTrue(
      page,
      "document.getElementById('title').textContent === 'An evening that was renamed' && document.title === 'An evening that was renamed'",
      15_000,
    );
    // Longer than the page waited for the figure when it had to ask for it.
    for (let round = 0; round < 2; round++) {
      await page.waitForTimeout(10_000);
      tellFigure(60_000 + round);
      await comeTrue(page, `document.getElementById('count-now').textContent.startsWith('60,00${round}')`, 10_000);
    }
    assert.equal(asked, 0);
  });

  test("says when there is more to ask for, and the page asks once", async () => {
    asked = 0;
    event.revision++;
    const timer = setInterval(() => tellFigure(70_000), 5_000);
    for (let waited = 0; asked === 0 && waited < 20; waited++) await page.waitForTimeout(1_000);
    await page.waitForTimeout(6_000);
    clearInterval(timer);
    assert.equal(asked, 1);
  });

  test("says that the sound comes in longer pieces, and the page says so in words until it does no more", async () => {
    event.press(true, "longer");
    await comeTrue(page, "/once a second/.test(document.getElementById('sparing').textContent) && !document.getElementById('sparing').hidden", 15_000);
    event.press(false);
    await comeTrue(page, "document.getElementById('sparing').hidden || document.getElementById('sparing').textContent === ''", 60_000);
  });

  test("reaches hls.js as ID3: title, open microphones and our own words", async () => {
    event.title = "An evening that was renamed";
    const other = await browser.newPage();
    await playByHls(other, `${event.url}/live/${event.slug}/index.m3u8`);
    await other.evaluate(`
      window.tags = [];
      hls.on(Hls.Events.FRAG_PARSING_METADATA, (_, { samples }) => tags.push(...samples.map(({ data }) => new TextDecoder().decode(data))));
    `);
    await comeTrue(other, "tags.some((tag) => tag.includes('TIT2'))", 20_000);
    const cuesOf = "[...sound.textTracks].flatMap(({ cues }) => [...(cues ?? [])].map(({ value }) => [value?.key, value?.info, value?.data]))";
    await comeTrue(other, `${cuesOf}.some(([key]) => key === "TXXX")`, 10_000).catch(async () =>
      assert.fail(JSON.stringify(await other.evaluate(`[[...sound.textTracks].map(({ kind, label, mode }) => [kind, label, mode]), ${cuesOf}, tags]`))),
    );
    const cues = (await other.evaluate(cuesOf)) as readonly (readonly [string, string | undefined, string])[];
    const told = (key: string) => cues.findLast(([name]) => name === key);
    assert.deepEqual([told("TIT2")?.[2], told("TPE1")?.[2]], ["An evening that was renamed", "Ada"]);
    const [, description, json = ""] = told("TXXX") ?? [];
    assert.equal(description, "earshot");
    const { s, t } = JSON.parse(json) as { readonly s: unknown; readonly t: string };
    assert.deepEqual([s, t], [[["a", "Ada", "host", 0]], "An evening that was renamed"]);
    await other.close();
  });
});
