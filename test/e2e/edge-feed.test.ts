import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { readAudienceLine } from "../../src/audience/mod.ts";
import { type HouseAddress, lineOf, TestEdge, windowsOf } from "../../src/server/control/edges/test-edge.ts";
import type { EventView } from "../../src/wire/api.ts";
import { COUNT_WINDOW_MS } from "../../src/wire/audience.ts";
import type { EdgeFile, EdgeHello, EdgeReceipt, EdgeStages } from "../../src/wire/edge.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";
import { call, openDevice, says } from "./walk.ts";

/** How often control is killed. */
const KILLS = 4;
const frankfurt = new TestEdge("frankfurt-1");
const oslo = new TestEdge("oslo");
let settings: string;
let house: RunningHouse;
let address: HouseAddress;
let browser: Browser;
let operator: Page;

before(async () => {
  settings = await mkdtemp(join(tmpdir(), "earshot-settings-"));
  const file = join(settings, "earshot.yaml");
  await writeFile(file, JSON.stringify({ edges: [frankfurt, oslo].map(({ name, key }) => ({ name, key })) }));
  house = await startHouse({ EARSHOT_CONFIG: file, EARSHOT_SOUND_CHECK: "1" });
  address = { control: { url: house.backstage }, clock: { wallMs: Date.now } };
  browser = await openBrowser();
  operator = await openDevice(browser, "en-GB");
  await operator.goto(house.hostLink);
  await operator.waitForURL("**/studio");
});
after(async () => {
  await browser?.close();
  await house?.stop();
  await rm(settings, { recursive: true, force: true });
});

async function makeEvent(title: string): Promise<string> {
  const startDate = new Date(Date.now() + 60_000).toISOString();
  return (await call<EventView>(operator, "/api/events", { title, startDate, timeZone: "Europe/Berlin" })).id;
}

test("an edge named in the settings learns from the running house which stages there are; the operator sees it come and go, in both languages", {
  timeout: 400_000,
}, async (t) => {
  const feed = await oslo.follow(address);
  await feed.until((now) => now.of<EdgeStages>("stages").some(({ header }) => header.stages.length > 0) && now.of("beat").length > 0);
  const [stage] = feed.of<EdgeStages>("stages").at(-1)?.header.stages ?? [];
  assert.equal(stage?.slug, "sound-check");
  assert.equal(Buffer.from(stage?.audienceSalt ?? "", "base64").length, 16);
  assert.equal(feed.of<EdgeHello>("hello")[0]?.header.publicUrl, house.front);

  // A change on the disk is told by itself.
  await call(operator, "/api/house", { name: "Radio Ada" }, "PATCH");
  await feed.until((now) => now.of<EdgeFile>("file").some(({ header, text }) => header.path === "public/house.json" && text.includes("Radio Ada")));

  const id = await makeEvent("An evening");
  // As an edge does: windows that are old say nothing of now.
  const report = () => {
    const windows = Math.floor(Date.now() / COUNT_WINDOW_MS);
    return oslo.post(address, id, { lines: [lineOf(id, "front-a", windows, { endUnixMs: windows * COUNT_WINDOW_MS, listeningNow: 1_240 })] });
  };
  assert.deepEqual(await report(), { status: 200, body: { due: 0 } });
  const reporting = setInterval(() => void report().catch(() => {}), COUNT_WINDOW_MS / 2);
  t.after(() => clearInterval(reporting));

  await operator.goto(`${house.backstage}/operate`);
  await says(operator, "#house-edges li:nth-child(2)", "Connected since");
  await says(operator, "#house-edges li:nth-child(2)", "listening there: 1,240");
  await says(operator, "#health", "The edge frankfurt-1 is not connected.");
  await says(operator, "#house-edges li:nth-child(1)", "Has not come");
  await look(operator, "operate-edges");
  clearInterval(reporting);
  feed[Symbol.dispose]();
  await operator.goto(`${house.backstage}/operate?lang=de`);
  await says(operator, "#house-edges li:nth-child(2)", "Fort seit");
  await look(operator, "operate-edges-de");
  for (const line of ["an edge came", "an edge went"]) assert.match(house.output(), new RegExp(`"${line}","process":"control","edge":"oslo"`));

  // What must not outlive the event is in memory alone.
  const salt = stage?.audienceSalt ?? "";
  assert.ok(!house.output().includes(salt));
  for (const entry of await readdir(house.dataFolder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) assert.ok(!(await readFile(join(entry.parentPath, entry.name))).includes(salt), entry.name);
});

test("control is killed again and again while an edge reports: what was acknowledged is there, once, and byte for byte", { timeout: 400_000 }, async () => {
  const id = await makeEvent("An evening with kills");
  const began = Math.floor(Date.now() / COUNT_WINDOW_MS) * COUNT_WINDOW_MS - 2_000 * COUNT_WINDOW_MS;
  const lines = Array.from({ length: 2_000 }, (_, n) => lineOf(id, "front-a", n, { endUnixMs: began + n * COUNT_WINDOW_MS }));
  const windows = windowsOf(id, "oslo", 2_000);
  const folder = join(house.dataFolder, "events", id);
  let linesHome = 0;
  let due = 0;
  for (let kills = 0; due < windows.length; ) {
    const post = oslo.post<EdgeReceipt>(address, id, { lines: lines.slice(linesHome, linesHome + 100), windows: windows.slice(due, due + 100) });
    if (kills < KILLS && due >= 500 * kills) {
      // Somewhere in the middle of it.
      await new Promise((resolve) => setTimeout(resolve, 2 + 4 * kills));
      process.kill(house.pid("control"), "SIGKILL");
      kills++;
    }
    const receipt = await post.catch(() => undefined);
    if (receipt?.status !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      continue;
    }
    linesHome += 100;
    due = receipt.body.due;
    const kept = await readFile(join(folder, "windows", "oslo.jsonl"), "utf8");
    assert.equal(kept, `${windows.slice(0, due).join("\n")}\n`);
  }
  const kept = (await readFile(join(folder, "elsewhere.jsonl"), "utf8")).split("\n").flatMap((text) => readAudienceLine(text)?.seq ?? []);
  assert.deepEqual(kept, Array.from(lines.keys()));
});
