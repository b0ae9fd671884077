import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { EVENT, openFront, writeArchive } from "../../src/server/front/test-front.ts";
import { exportEvent, importEvent } from "../../src/server/mod.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

let house: RunningHouse;
let browser: Browser;
let page: Page;
let root = "";
const replay = async () => await fetch(`${house.front}/e/evening/replay.json`);

before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-panel-"));
  const old = await openFront();
  await writeArchive(old.dataFolder, 400);
  const state = join(old.dataFolder, "events", EVENT.id, "state.json");
  await writeFile(state, JSON.stringify({ ...(JSON.parse(await readFile(state, "utf8")) as object), endedUnixMs: Date.parse(EVENT.startDate) + 200_000 }));
  await exportEvent({ dataFolder: old.dataFolder, slug: "evening", folder: join(root, "out") });
  await old.close();
  await mkdir(join(root, "share"));
  await writeFile(join(root, "earshot.yaml"), `storage: { folder: "${join(root, "share")}" }\n`);
  house = await startHouse({ EARSHOT_CONFIG: join(root, "earshot.yaml") });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
  await rm(root, { recursive: true, force: true });
});

test("an event imported into a running house is there without a restart", { timeout: 180_000 }, async () => {
  page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", bypassCSP: true })).newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(house.hostLink);
  await page.waitForURL("**/studio");
  await page.waitForSelector("#storage");
  const share = join(root, "share");
  assert.match((await page.textContent("#storage")) ?? "", new RegExp(`and in the store ${share} too[\\s\\S]*until somebody deletes it`));
  await look(page, "house-storage");
  await page.goto(`${house.backstage}/studio?lang=de`);
  await page.waitForSelector("#storage");
  await look(page, "house-storage-de");
  // The disk behind it goes away and comes back.
  await rename(share, `${share}.away`);
  await importEvent(house.dataFolder, join(root, "out"));
  const until = Date.now() + 60_000;
  while ((await replay()).status !== 200 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal((await replay()).status, 200);
  await page.goto(`${house.backstage}/studio`);
  for (let waits = 0; (await page.locator("#storage [role=alert]").count()) === 0; waits++) {
    assert.ok(waits < 60, "the operator is not told that the store is away");
    await new Promise((resolve) => setTimeout(resolve, 500));
    await page.reload();
    await page.waitForSelector("#storage");
  }
  assert.match(
    (await page.textContent("#storage")) ?? "",
    /The store has (?:not answered|refused us) since[\s\S]*Events go on[\s\S]*Waiting since .*: \d+ files, \d\.\d MB to be sent/,
  );
  await look(page, "house-storage-away");
  await rename(`${share}.away`, share);
  await page.goto(`${house.backstage}/studio/evening`);
  await page.waitForSelector("earshot-recording form");
  assert.match((await page.textContent("earshot-recording")) ?? "", /3:20, 0\.\d MB/);
  await look(page, "recording-panel");
  await page.goto(`${house.backstage}/studio/evening?lang=de`);
  await page.waitForSelector("earshot-recording form");
  await look(page, "recording-panel-de");
  await page.goto(`${house.backstage}/studio/evening`);
  await page.waitForSelector("earshot-recording form");
});

test("the host says where the replay begins, and what cannot be is refused in words", { timeout: 180_000 }, async () => {
  await page.fill('earshot-recording input[name="begins"]', "nonsense");
  await page.click("earshot-recording button.primary");
  await page.waitForSelector("earshot-recording .wrong");
  assert.match((await page.textContent("earshot-recording .wrong")) ?? "", /minutes:seconds/);
  await page.fill('earshot-recording input[name="begins"]', "9:00");
  await page.click("earshot-recording button.primary");
  await comeTrue(page, "/breaks its rule/.test(document.querySelector('earshot-recording .wrong')?.textContent ?? '')");
  await page.fill('earshot-recording input[name="begins"]', "1:05");
  await page.uncheck('earshot-recording input[name="clips"]');
  await page.fill('earshot-recording input[name="keep"]', "3650");
  await page.click("earshot-recording button.primary");
  await comeTrue(page, "document.querySelector('earshot-recording [role=status]').textContent === 'Saved.'");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const shown = (await (await replay()).json()) as { trimStartSeconds: number; clips: boolean; keptUntilUnixMs: number };
  assert.deepEqual([shown.trimStartSeconds, shown.clips], [65, false]);
  assert.ok(shown.keptUntilUnixMs > Date.now());
});

test("deleting asks first, then the recording is gone for everybody and the page backstage says so", { timeout: 180_000 }, async () => {
  await page.click("#delete-recording");
  await look(page, "recording-delete");
  await page.click("#delete-yes");
  await comeTrue(page, "/Deleted on/.test(document.querySelector('earshot-recording').textContent)");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.equal((await replay()).status, 410);
  assert.equal((await fetch(`${house.front}/e/evening/recording.mp3`)).status, 410);
});
