import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { EVENT, openFront, writeArchive } from "../../src/server/front/test-front.ts";
import { exportEvent, importEvent } from "../../src/server/mod.ts";
import type { PathMinute, PathRecord } from "../../src/wire/path-record.ts";
import type { TalkRecord } from "../../src/wire/talk-record.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

/** When the imported event's voices came in. Unix milliseconds. */
const STARTED_MS = Date.parse(EVENT.startDate);
const at = (clock: string) => STARTED_MS + Number(clock.split(":")[0]) * 60_000 + Number(clock.split(":")[1]) * 1_000;
const minutes = (count: number, verdict: PathMinute["verdict"], hop?: PathMinute["hop"]) =>
  Array.from(
    { length: count },
    (_, index): PathMinute => ({
      atUnixMs: at(`${index}:00`),
      talkSeconds: 20 + index,
      verdict,
      ...(hop === undefined ? {} : { hop }),
      ...{
        rolloffHertz: hop === undefined ? 13_900 : 7_050,
        sibilanceDb: -2.4 - index / 10,
        mixSibilanceDb: -2.6 - index / 10,
        voiceLufs: -22.4,
        roomLufs: -61,
      },
      ...{
        codedHertz: 20_000,
        packetMs: 20,
        packetsPerSecond: 49.8,
        bitrate: 61_000 + index * 800,
        lossShare: index / 400,
        concealedMs: index * 40,
        repairedMs: 20,
      },
    }),
  );
const microphone = (device: string, clock: string, sampleRate = 48_000) => ({
  ...{ atUnixMs: at(clock), device, sampleRate, echoCancellation: true, noiseSuppression: clock === "0:00", autoGainControl: true },
});
/** Three people: a headset that went into its telephone mode, a voice that grew duller, an interpreter nobody said much to. */
const PATHS: PathRecord = {
  version: 1,
  writtenUnixMs: at("9:00"),
  programme: { findings: [], omitted: 0, sibilanceFallDb: 0.3 },
  seats: [
    {
      ...{ id: "a", name: "Ada", omitted: 0, minutes: minutes(6, "path", "microphone") },
      microphones: [microphone("Ada’s earbuds, hands-free profile", "0:00", 16_000), microphone("Desk microphone (USB audio, front left)", "5:42")],
      findings: [
        { kind: "cut", hop: "microphone", verdict: "path", value: 7_100, startUnixMs: at("0:03"), endUnixMs: at("5:40") },
        { kind: "device-rate", hop: "microphone", verdict: "path", value: 16_000, startUnixMs: at("0:00"), endUnixMs: at("5:42") },
        { kind: "loss", hop: "network", verdict: "path", value: 0.043, startUnixMs: at("7:11") },
        { kind: "concealed", hop: "decoder", verdict: "path", value: 0.021, startUnixMs: at("7:12"), endUnixMs: at("7:19") },
      ],
    },
    {
      ...{ id: "b", name: "Bruno", omitted: 0, minutes: minutes(4, "voice"), microphones: [microphone("", "0:00")] },
      findings: [{ kind: "voice-duller", hop: "microphone", verdict: "voice", value: 5, startUnixMs: at("2:00"), endUnixMs: at("3:00") }],
    },
    { id: "c", name: "Chloé", interprets: "de", microphones: [], findings: [], omitted: 0, minutes: [] },
  ],
};
const talker = (id: string, name: string, talkSeconds: number, share: number) => ({
  ...{ id, name, talkSeconds, share, longestTurnSeconds: talkSeconds / 3, interruptionsMade: id === "b" ? 3 : 1, interruptionsSuffered: 1 },
  turns: [[0, 48_000] as [number, number]],
});
const TALK: TalkRecord = {
  version: 1,
  durationSamples: 200 * 48_000,
  speakers: [talker("a", "Ada", 126, 0.64), talker("b", "Bruno", 71, 0.36), { ...talker("c", "Chloé", 20, 0), interprets: "de" }],
  silences: { count: 2, seconds: 9, longestSeconds: 6 },
};

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

test("an event imported into a running house is there without a restart", { timeout: 400_000 }, async () => {
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

test("the host says where the replay begins, and what cannot be is refused in words", { timeout: 400_000 }, async () => {
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

test("the host reads after the end whether it was the voice or the path, and who talked how long, in both languages", { timeout: 400_000 }, async () => {
  const folder = join(house.dataFolder, "events", EVENT.id);
  await writeFile(join(folder, "path.json"), JSON.stringify(PATHS));
  await writeFile(join(folder, "talk-time.json"), JSON.stringify(TALK));
  for (const [locale, sentence] of [
    ["de", /Der Weg war von \d\d:\d\d:03 bis \d\d:\d\d:40 bei 7,1 kHz abgeschnitten/],
    ["en", /The path was cut at 7\.1 kHz from \d\d:\d\d:03 to \d\d:\d\d:40/],
  ] as const) {
    await page.goto(`${house.backstage}/studio/evening?lang=${locale}`);
    await page.waitForSelector("#voices");
    assert.deepEqual(await page.locator("#voices .voice > summary strong").allTextContents(), ["Ada", "Bruno", "Chloé"]);
    await look(page, `voices-${locale}`);
    for (const summary of await page.locator("#voices summary").all()) await summary.click();
    assert.match(await page.innerText("#voices"), sentence);
    await look(page, `voices-open-${locale}`);
  }
  assert.match(await page.innerText("#voices"), /Bruno[\s\S]*Voice: the path carried everything[\s\S]*The voice itself[\s\S]*duller than before/i);
});

test("deleting asks first, then the recording is gone for everybody and the page backstage says so", { timeout: 400_000 }, async () => {
  await page.click("#delete-recording");
  await look(page, "recording-delete");
  await page.click("#delete-yes");
  await comeTrue(page, "/Deleted on/.test(document.querySelector('earshot-recording').textContent)");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  assert.equal((await replay()).status, 410);
  assert.equal((await fetch(`${house.front}/e/evening/recording.mp3`)).status, 410);
});
