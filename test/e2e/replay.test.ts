import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Frame, Page } from "playwright-core";
import { comeTrue } from "./come-true.ts";
import { openBrowser } from "./house.ts";
import { type KeptEvent, openKeptEvent, SECONDS } from "./kept-event.ts";
import { exportEvent } from "../../src/server/mod.ts";
import { look } from "./look.ts";

let kept: KeptEvent;
let browser: Browser;
let page: Page;
const at = async () => (await page.evaluate("window.earshot.audio.currentTime")) as number;
const playing = () => comeTrue(page, "!window.earshot.audio.paused && window.earshot.audio.readyState > 2", 10_000);

async function openPage(path: string, locale = "en-GB"): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale, bypassCSP: true });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const opened = await context.newPage();
  await opened.goto(`${kept.url}${path}`);
  return opened;
}

before(async () => {
  kept = await openKeptEvent();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await kept?.close();
});

test("a listener sees the whole evening at a glance: waveform, chapters, who spoke when", { timeout: 400_000 }, async () => {
  page = await openPage("/e/evening");
  await page.waitForSelector(".chapters button");
  assert.deepEqual(await page.locator(".chapters .title").allTextContents(), ["Ada", "Bruno", "Questions from the audience"]);
  assert.deepEqual(await page.locator(".chapters .place").allTextContents(), ["0:00", "1:04", "1:41"]);
  assert.equal(await page.locator(".wave .tick").count(), 2);
  assert.match((await page.locator(".turns li").first().textContent()) ?? "", /Ada1:18, 69 % of the talk, longest turn 1:01/);
  await look(page, "replay");
});

test("chapter, keyboard, slider and speed go where they say", { timeout: 400_000 }, async () => {
  await page.click(".chapters li:nth-child(2) button");
  await playing();
  assert.ok((await at()) >= 64 && (await at()) < 68, String(await at()));
  await page.waitForSelector('.chapters li:nth-child(2) button[aria-current="true"]');
  await page.waitForSelector(".turns li:nth-child(2).talks");
  await comeTrue(page, "document.querySelector('#replay .captions').textContent === 'My question is when sound arrives.'");
  await page.locator("body").press("n");
  await comeTrue(page, "window.earshot.audio.currentTime >= 101");
  await page.locator("body").press("p");
  await comeTrue(page, "window.earshot.audio.currentTime < 90 && window.earshot.audio.currentTime >= 64");
  await page.locator("body").press(">");
  assert.equal(await page.evaluate("window.earshot.audio.playbackRate"), 1.25);
  await page.selectOption("#speed", "2");
  assert.equal(await page.evaluate("window.earshot.audio.playbackRate"), 2);
  await page.focus("#seek");
  await page.locator("#seek").press("End");
  await comeTrue(page, `window.earshot.audio.currentTime > ${SECONDS - 3}`);
  await page.locator("#seek").press("Home");
  await comeTrue(page, "window.earshot.audio.currentTime < 3");
  await page.mouse.click(...(await middleOf("#wave")));
  await comeTrue(page, `Math.abs(window.earshot.audio.currentTime - ${SECONDS / 2}) < 4`);
});

async function middleOf(selector: string): Promise<[number, number]> {
  const box = await page.locator(selector).boundingBox();
  assert.ok(box !== null);
  return [box.x + box.width / 2, box.y + box.height / 2];
}

test("who chooses another language goes on at the same place in it, and its files are there", { timeout: 400_000 }, async () => {
  await page.click(".chapters li:nth-child(2) button");
  await playing();
  await page.selectOption("#language", "de");
  await comeTrue(page, "new URL(window.earshot.audio.src).searchParams.get('lang') === 'de'");
  await playing();
  assert.ok((await at()) >= 64 && (await at()) < 80, String(await at()));
  assert.deepEqual(await page.locator("#replay a[download]").evaluateAll((links) => links.map((link) => link.getAttribute("href"))), [
    ...["mp3", "m4a", "opus", "low.opus"].map((kind) => `/e/evening/recording.${kind}`),
    "/e/evening/captions.vtt",
    ...["mp3", "m4a", "opus", "low.opus"].map((kind) => `/e/evening/recording.${kind}?lang=de`),
  ]);
  await page.selectOption("#language", "");
  await comeTrue(page, "!new URL(window.earshot.audio.src).searchParams.has('lang')");
});

test("single keys can be switched off, and stay off", { timeout: 400_000 }, async () => {
  await page.click("#help");
  await page.waitForSelector("#keys[open]");
  await look(page, "replay-keys");
  await page.click("#keys-on");
  await page.click("#keys-close");
  const before = await at();
  await page.locator("h1").press("n");
  assert.ok((await at()) < before + 5);
  await page.reload();
  assert.equal(await page.isChecked("#keys-on"), false);
  await page.evaluate("localStorage.clear()");
});

test("a link leads to its second, and the page makes such links", { timeout: 400_000 }, async () => {
  page = await openPage("/e/evening?t=1:10");
  await page.waitForSelector(".chapters button");
  await page.waitForSelector('.chapters li:nth-child(2) button[aria-current="true"]');
  await page.click("#play");
  await playing();
  assert.ok((await at()) >= 70 && (await at()) < 74, String(await at()));
  await page.evaluate("window.earshot.audio.pause()");
  await page.click("#link");
  const link = (await page.evaluate("navigator.clipboard.readText()")) as string;
  assert.match(link, new RegExp(`^${kept.url}/e/evening\\?t=7[0-4]$`));
  assert.equal(page.url(), link);
  assert.match((await page.textContent("#status")) ?? "", /Copied/);
});

test("a listener marks a clip; its page plays exactly that and leads back", { timeout: 400_000 }, async () => {
  await page.click("#replay summary");
  await page.click("#clip-here");
  await page.selectOption("#clip-length", "15");
  await page.click("#clip-open");
  await page.waitForURL("**/clip/*");
  const [, from = 0, to = 0] = (/clip\/([\d.]+)-([\d.]+)$/.exec(page.url()) ?? []).map(Number);
  assert.ok(from >= 70 && from < 76 && Math.abs(to - from - 15) < 0.15, page.url());
  await comeTrue(page, "document.getElementById('audio').duration > 0", 10_000);
  assert.ok(Math.abs(((await page.evaluate("document.getElementById('audio').duration")) as number) - 15) < 0.3);
  assert.equal(await page.textContent("#chapter"), "Bruno");
  await page.evaluate("document.getElementById('audio').play()");
  await comeTrue(page, "document.getElementById('audio').currentTime > 0.5");
  await look(page, "clip");
  assert.equal(await page.getAttribute("#whole", "href"), `/e/evening?t=${Math.floor(from)}`);
});

test("another site shows the player in a frame", { timeout: 400_000 }, async () => {
  const stranger = createServer((_, response) => {
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(`<!doctype html><html lang=en><title>x</title><iframe title=x src="${kept.url}/e/evening/embed" width=320 height=240></iframe>`);
  });
  await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
  const outside = await (await browser.newContext({ bypassCSP: true })).newPage();
  after(() => stranger.close());
  await outside.goto(`http://localhost:${(stranger.address() as { port: number }).port}/`);
  const frame = outside.frameLocator("iframe");
  await frame.locator("#play").click();
  const inside = outside.frames().at(-1) as Frame;
  await comeTrue(inside, "window.earshot.audio.currentTime > 0.3", 10_000);
  assert.ok(((await inside.evaluate("document.documentElement.scrollHeight")) as number) <= 240, "nothing is cut off");
  const alone = await openPage("/e/evening/embed");
  await look(alone, "embed");
});

test("an exported event plays from its folder, without a server", { timeout: 400_000 }, async () => {
  const folder = join(kept.dataFolder, "exported");
  const { files } = await exportEvent({ dataFolder: kept.dataFolder, slug: "evening", folder });
  assert.ok(files >= 12, String(files));
  const alone = await browser.newContext({ viewport: { width: 390, height: 844 }, offline: true, bypassCSP: true });
  const offline = await alone.newPage();
  await offline.goto(`file://${folder}/index.html`);
  await offline.click("ol li:nth-child(2) button");
  await comeTrue(offline, "document.querySelector('audio').currentTime > 64.2", 10_000);
  await look(offline, "exported");
  // One in German, as its event is.
  const told = join(kept.dataFolder, "public/evening.json");
  await writeFile(told, (await readFile(told, "utf8")).replace('"language":"en"', '"language":"de"'));
  await exportEvent({ dataFolder: kept.dataFolder, slug: "evening", folder: `${folder}-de` });
  await offline.goto(`file://${folder}-de/index.html`);
  assert.match(await offline.innerText("main"), /Kapitel/);
  await look(offline, "exported-de");
  await alone.close();
});

test("what the host trims is shown and can be heard all the same; German readers get German", { timeout: 400_000 }, async () => {
  await writeFile(join(kept.folder, "recording.json"), JSON.stringify({ version: 1, trimStartSeconds: 64, clips: false, keepDays: 30 }));
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  page = await openPage("/e/evening", "de-DE");
  await page.waitForSelector("#whole");
  assert.equal(await page.locator("#replay summary").count(), 0, "clips are off");
  assert.match((await page.textContent("#replay")) ?? "", /beginnt bei 1:04[\s\S]*bleibt bis zum 2\. November 2026/);
  await look(page, "replay-trimmed-de");
  await page.click("#play");
  await playing();
  assert.ok((await at()) >= 64, String(await at()));
  await page.click("#whole");
  await comeTrue(page, "window.earshot.audio.currentTime < 10");
});

test("a deleted recording leaves a page that says who deleted it and what stays", { timeout: 400_000 }, async () => {
  const deleted = { unixMs: Date.parse("2026-10-05T08:00:00Z"), by: "host" };
  await writeFile(join(kept.folder, "recording.json"), JSON.stringify({ version: 1, trimStartSeconds: 0, clips: true, keepDays: null, deleted }));
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  page = await openPage("/e/evening");
  await page.waitForSelector("#replay:not([hidden])");
  assert.match((await page.textContent("#replay")) ?? "", /The host deleted this recording on 5 October 2026/);
  assert.equal(await page.isVisible("#play"), false);
  await look(page, "replay-deleted");
});
