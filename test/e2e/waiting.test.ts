import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { LADDER } from "../../src/audience/mod.ts";
import { systemClock } from "../../src/core/clock.ts";
import { silentLog } from "../../src/core/log.ts";
import { Pages } from "../../src/server/adapters/pages.ts";
import { makeWaitingSound } from "../../src/server/control/waiting-sound.ts";
import type { ServedEvent } from "../../src/server/front/event-desk.ts";
import { Front } from "../../src/server/front/front.ts";
import { EVENT, openStageDouble, type StageDouble, stateOf, until } from "../../src/server/front/test-front.ts";
import { ensureWeb } from "../../src/server/web-build.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser } from "./house.ts";
import { look } from "./look.ts";

/** Longest the waiting page may be on the wire with its scripts. Bytes. */
const WAITING_PAGE_BYTES = 10_000;
/** A start that was three minutes ago. Milliseconds. */
const LATE_MS = 180_000;

/** How often one of the neighbours asks. Milliseconds; fifty times as often as their network has a ticket. */
const NEIGHBOUR_MS = 50;

let folder = "";
let url = "";
let front: Front;
let stage: StageDouble;
let browser: Browser;
/** Steps of the ladder up to the waiting page, and those that are held. */
const HIGH = LADDER.slice(0, LADDER.findIndex(({ does }) => does === "waiting-page") + 1).map(({ does }) => does);
let held: readonly string[] = [];
const order = async (orders: object) => await writeFile(join(folder, "events", EVENT.id, "doors.json"), JSON.stringify(orders));

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-waiting-"));
  await mkdir(join(folder, "public"), { recursive: true });
  await mkdir(join(folder, "events", EVENT.id), { recursive: true });
  const event = { ...EVENT, title: "An evening", status: "doors", startDate: new Date(Date.now() - LATE_MS).toISOString() };
  await writeFile(join(folder, "public/evening.json"), JSON.stringify(event));
  await writeFile(join(folder, "public/index.json"), JSON.stringify([event]));
  const tone = join(folder, "tone.wav");
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "sine=frequency=330:duration=4", tone]);
  await writeFile(join(folder, "events", EVENT.id, "waiting.mp3"), await makeWaitingSound(tone, 0));
  front = new Front({
    dataFolder: folder,
    publicUrl: "http://localhost",
    backstageUrl: "http://localhost:1",
    trustedProxies: [],
    joinsPerSecond: 20,
    uplinkBytesPerSecond: 0,
    pages: await Pages.open(await ensureWeb()),
    clock: systemClock,
    log: silentLog,
  });
  front.door.does = (what) => held.includes(what);
  stage = await openStageDouble(stateOf({ phase: "backstage" }));
  front.setStages([{ eventId: EVENT.id, slug: EVENT.slug, url: stage.url }]);
  url = `http://localhost:${await front.listen(0, "127.0.0.1")}`;
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await front?.close();
  stage?.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string, { locale = "en", javaScriptEnabled = true } = {}): Promise<Page> {
  // The tool that looks for barriers must get past the page's own rules.
  const context = await browser.newContext({ locale, javaScriptEnabled, bypassCSP: true, viewport: { width: 360, height: 740 } });
  const page = await context.newPage();
  await page.goto(`${url}${path}`);
  return page;
}

/** The event begins, where it has not. */
async function goLive(): Promise<void> {
  if (front.desk.get(EVENT.slug)?.store.live?.phase === "live") return;
  stage.endpoint.setState(stateOf({ phase: "live" }));
  stage.publish(0, 16);
  await until(() => front.desk.get(EVENT.slug)?.store.newest("mp3") === 15 && front.desk.get(EVENT.slug)?.store.live?.phase === "live");
}

/** What the door answers somebody at an address: the problem's code, or nothing when it lets in. */
async function askAs(localAddress: string, name: string): Promise<string | undefined> {
  return await new Promise((resolve, reject) => {
    get(`${url.replace("localhost", "127.0.0.1")}/live/evening/door?s=${name}`, { localAddress, agent: false }, (response) => {
      let body = "";
      response.on("data", (bytes: Buffer) => (body += bytes.toString()));
      response.once("end", () => resolve((JSON.parse(body) as { readonly code?: string }).code));
    }).once("error", reject);
  });
}

test("a late start says how late it is and plays music after a tap; who hears it hears the event as soon as it begins", { timeout: 400_000 }, async () => {
  const german = await open("/e/evening", { locale: "de" });
  await german.getByText(/Der Beginn war vor 4 min geplant/).waitFor();
  await look(german, "waiting-before-de");
  await german.context().close();
  const page = await open("/e/evening");
  const requests: string[] = [];
  page.on("request", (request) => requests.push(request.url()));
  await page.getByText(/It was to begin 4 min ago/).waitFor();
  const button = page.locator("#music");
  assert.equal(await button.textContent(), "Play waiting music");
  assert.ok(!requests.some((asked) => asked.includes("waiting.mp3")), "nothing is loaded before the tap");
  await Promise.all([page.waitForRequest(/waiting\.mp3/), button.click()]);
  await page.getByText("Stop waiting music").waitFor();
  await look(page, "waiting-before-en");
  await goLive();
  await comeTrue(page, "window.earshot.player.status !== 'idle'");
  await page.context().close();
});

test("the waiting page is small, says in both languages what to do also without scripts, and goes in by itself", { timeout: 400_000 }, async () => {
  held = HIGH;
  await goLive();
  await order({ mode: "hold", message: "Ada's train is late" });
  // What was read of a file a moment ago is not read again at once.
  await until(() => front.door.publicDoor(front.desk.get(EVENT.slug) as ServedEvent)?.mode === "hold");
  const bare = await open("/e/evening", { javaScriptEnabled: false });
  for (const text of [/this page needs JavaScript/, /nur mit JavaScript/]) await bare.getByText(text).waitFor();
  assert.equal(await bare.locator("noscript a").first().getAttribute("href"), "/live/evening.mp3");
  await bare.context().close();

  const german = await open("/e/evening", { locale: "de" });
  await german.getByText(/Die Türen sind noch zu/).waitFor();
  await german.getByText("Ada's train is late").waitFor();
  await german.getByRole("button", { name: "Wartemusik spielen" }).waitFor();
  const music = await fetch(`${url}/e/evening/waiting.mp3`);
  assert.deepEqual([music.status, music.headers.get("content-type")], [200, "audio/mpeg"]);
  await music.body?.cancel();
  await look(german, "waiting-page-de");
  let bytes = 0;
  const page = await (await browser.newContext({ locale: "en", bypassCSP: true })).newPage();
  page.on("response", async (response) => {
    const sizes = await response
      .request()
      .sizes()
      .catch(() => undefined);
    if (/\/e\/evening$|\/assets\//.test(response.url())) bytes += sizes?.responseBodySize ?? 0;
  });
  await page.goto(`${url}/e/evening`);
  await page.getByText(/The doors are held/).waitFor();
  await page.waitForLoadState("networkidle");
  assert.ok(bytes > 1_000 && bytes < WAITING_PAGE_BYTES, `${bytes} bytes`);
  await order({ mode: "open" });
  await german.locator("#play").waitFor({ timeout: 90_000 });
  await page.locator("#play").waitFor({ timeout: 90_000 });
});

test("whose network has spent its budget computes for a place, and the page goes in", { timeout: 400_000 }, async () => {
  await goLive();
  await order({ mode: "auto" });
  held = HIGH;
  await until(() => front.door.publicDoor(front.desk.get(EVENT.slug) as ServedEvent)?.mode !== "open");
  const worked: string[] = [];
  // Neighbours in the browser's /24 take its tickets, each asking too seldom to be turned back unread.
  let neighbour = 0;
  const ask = async () => await askAs(`127.0.0.${2 + (neighbour++ % 50)}`, `neighbour-${neighbour}-person`);
  while ((await ask()) !== "busy");
  const crowd = setInterval(() => void ask().catch(() => {}), NEIGHBOUR_MS);
  try {
    // Now and then a ticket is free at the very moment.
    for (let attempt = 0; attempt < 5 && worked.length === 0; attempt++) {
      const page = await (await browser.newContext({ locale: "en" })).newPage();
      page.on("request", (request) => /[?&]work=/.test(request.url()) && worked.push(request.url()));
      await page.goto(`${url}/e/evening`);
      await page.locator("#play").waitFor({ timeout: 90_000 });
      await page.context().close();
    }
  } finally {
    clearInterval(crowd);
  }
  assert.ok(worked.length > 0);
});
