import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { comeTrue } from "../e2e/come-true.ts";
import { heard, voiceBand } from "../material/on-air.ts";
import { decode, find, median, RATE, speak } from "../material/speech.ts";
import { playByHls } from "../e2e/hls-player.ts";
import { openBrowser, type RunningHouse, startHouse } from "../e2e/house.ts";
import { look } from "../e2e/look.ts";
import { startRecording, takeRecording } from "../e2e/record.ts";
import { makeEvent, onStage, openDevice, takeSeat } from "../e2e/walk.ts";

const ADA = "Good evening and welcome. My name is Ada and tonight we talk about sound that arrives on time.";
const CARLA = "Guten Abend und willkommen. Heute sprechen wir über Ton, der rechtzeitig ankommt.";
/** What is listened to at a time. Seconds; each says their sentence once and a second more. */
const LISTEN_S = 8;
/** Correlation from which a voice is there. An unrelated one gives 0.1 to 0.25. */
const THERE = 0.38;
const ABSENT = 0.3;
const ON_STAGE = onStage(2);

let folder = "";
let house: RunningHouse;
const browsers: Browser[] = [];
const wavs = { ada: "", carla: "" };

async function open(microphone?: string): Promise<Page> {
  const browser = await openBrowser(microphone);
  browsers.push(browser);
  return await openDevice(browser, "en-GB");
}

/** Both voices in a recording. */
function voices(recording: Float32Array): { readonly ada: number; readonly carla: number } {
  return { ada: heard(recording, wavs.ada), carla: heard(recording, wavs.carla) };
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-e2e-"));
  wavs.ada = speak(folder, "ada", "en-gb", ADA, 120);
  wavs.carla = speak(folder, "carla", "de", CARLA, 120);
  house = await startHouse();
});
after(async () => {
  for (const browser of browsers) await browser.close();
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

const run = promisify(execFile);

describe("an evening in two languages", { timeout: 400_000 }, () => {
  let host: Page;
  let interpreter: Page;
  let listener: Page;
  let slug = "";
  const audience = () => `${house.front}/e/${slug}`;
  const live = (path: string) => `${house.front}/live/${slug}${path}`;

  test("the host invites an interpreter; her page says what she interprets into", async () => {
    host = await open(wavs.ada);
    slug = await makeEvent(host, house, "Two languages");
    await host.waitForSelector("#people form");
    await host.fill('#people form input[name="name"]', "Carla");
    await host.selectOption('#people form select[name="task"]', "de");
    await host.click("#people form button");
    await host.waitForSelector('input[data-person="Carla"]');
    await look(host, "studio-interpreter");
    await takeSeat(host);
    interpreter = await open(wavs.carla);
    await interpreter.goto(await host.inputValue('input[data-person="Carla"]'));
    await takeSeat(interpreter);
    for (const each of [host, interpreter]) await comeTrue(each, ON_STAGE, 15_000);
    assert.match((await interpreter.textContent("#task")) ?? "", /interpret into German/);
    await look(interpreter, "stage-interpreter");
  });

  test("who only listens hears the floor; one choice, and within a second the interpreter over a lowered floor, without a reload; hls.js finds and changes both as well", async () => {
    listener = await open();
    await listener.goto(audience());
    assert.equal(await listener.locator("#languages").isVisible(), false, "before the event there is nothing to choose");
    await host.click("#go-live");
    await listener.waitForSelector("#play:visible", { timeout: 15_000 });
    await listener.waitForSelector("#language:visible", { timeout: 15_000 });
    await listener.click("#play");
    await comeTrue(listener, "window.earshot.player.status === 'playing'", 15_000);
    const hls = await listener.context().newPage();
    await playByHls(hls, live("/index.m3u8"));
    assert.deepEqual(await hls.evaluate("hls.audioTracks.map(({ name, lang, default: first }) => [name, lang, first])"), [
      ["Original (English)", "en", true],
      ["Deutsch", "de", false],
    ]);
    await startRecording(listener, "window.earshot.audio");
    await startRecording(hls, "window.sound");
    await listener.waitForTimeout(LISTEN_S * 1_000);
    const floor = await takeRecording(listener);
    const floorByHls = await takeRecording(hls);
    await hls.evaluate("hls.audioTrack = 1");
    await listener.evaluate("window.mark = performance.timeOrigin; window.recording.blocks.length = 0");
    await listener.selectOption("#language", "de");
    await listener.waitForTimeout(4_000);
    await hls.evaluate("window.recording.blocks.length = 0");
    await listener.waitForTimeout((LISTEN_S - 3) * 1_000);
    const german = await takeRecording(listener);
    await listener.waitForTimeout(3_000);
    const germanByHls = await takeRecording(hls);
    const faults = JSON.stringify(await hls.evaluate("faults"));
    await hls.close();
    const report = { floor: voices(floor), german: voices(german.subarray(RATE)), floorByHls: voices(floorByHls), germanByHls: voices(germanByHls) };
    const said = `${JSON.stringify(report)} ${faults}`;
    process.stdout.write(`# heard: ${said}\n`);
    for (const each of [report.floor, report.floorByHls]) assert.ok(each.ada > THERE && each.carla < ABSENT, `the floor: ${said}`);
    for (const each of [report.german, report.germanByHls]) assert.ok(each.carla > THERE, `German: ${said}`);
    assert.ok(!faults.includes("fatal"), said);
    assert.equal(await listener.evaluate("window.mark === performance.timeOrigin && window.earshot.player.status"), "playing", "no reload");
    await look(listener, "event-languages");
    await listener.selectOption("#language", "");
    await listener.waitForTimeout(1_000);
    await listener.evaluate("window.recording.blocks.length = 0");
    await listener.waitForTimeout(LISTEN_S * 1_000);
    const back = voices(await takeRecording(listener));
    assert.ok(back.ada > THERE && back.carla < ABSENT, `and back: ${JSON.stringify(back)}`);
  });

  test("the choice is kept over a reload", async () => {
    await listener.selectOption("#language", "de");
    await listener.reload();
    await listener.waitForSelector("#language:visible");
    assert.equal(await listener.inputValue("#language"), "de");
    await listener.click("#play");
    await comeTrue(listener, "window.earshot.player.status === 'playing'", 15_000);
    await startRecording(listener, "window.earshot.audio");
    await startRecording(host, "window.earshot.output");
    await startRecording(interpreter, "window.earshot.output");
    await listener.waitForTimeout(LISTEN_S * 1_000);
    const german = voices(await takeRecording(listener));
    assert.ok(german.carla > THERE, JSON.stringify(german));
  });

  test("the interpreter hears the floor and not herself, and the host does not hear her", async () => {
    const toInterpreter = voices(await takeRecording(interpreter));
    const toHost = voices(await takeRecording(host));
    const report = JSON.stringify({ toInterpreter, toHost });
    assert.ok(toInterpreter.ada > THERE && toInterpreter.carla < ABSENT, report);
    assert.ok(toHost.carla < ABSENT && toHost.ada < ABSENT, report);
  });

  test("the master playlist offers two audio tracks; ffprobe and ffmpeg take both without a warning", async () => {
    const probed = JSON.parse(execFileSync("sh", ["-c", `timeout 40 ffprobe -v error -show_streams -of json '${live("/index.m3u8")}'`]).toString()) as {
      streams: { codec_type: string; codec_name: string; tags?: { language?: string; comment?: string } }[];
    };
    const aac = probed.streams.filter((stream) => stream.codec_type === "audio" && stream.codec_name === "aac");
    assert.equal(aac.length, 2, JSON.stringify(probed.streams.map(({ codec_name, tags }) => [codec_name, tags])));
    assert.deepEqual(aac.map(({ tags }) => tags?.language).sort(), ["de", "en"]);
    const taken = [
      "/index.m3u8",
      "/lang/de/index.m3u8",
      "/lang/de/aac/index.m3u8",
      "/lang/de/opus/plain.m3u8",
      "/low-index.m3u8",
      ".mp3?lang=de",
      ".opus?lang=de",
      "/stream.mp4?lang=de",
    ].map(async (path) => [path, (await run("sh", ["-c", `timeout 30 ffmpeg -v warning -t 2 -i '${live(path)}' -f null - 2>&1`])).stdout] as const);
    for (const [path, said] of await Promise.all(taken)) assert.equal(said, "", path);
  });

  test("kill -9 of the stage: both languages go on at their addresses, on one timeline without a hole", async () => {
    process.kill(house.pid(`stage-${slug}`), "SIGKILL");
    await comeTrue(host, `!(${ON_STAGE})`, 5_000);
    for (const each of [host, interpreter]) await comeTrue(each, ON_STAGE, 20_000);
    await host.waitForTimeout(2_000);
    const german = voices(decode(live(".mp3?lang=de"), ["-t", String(LISTEN_S)]));
    assert.ok(german.carla > THERE, JSON.stringify(german));
  });

  test("End: replay and downloads are there in both languages, equally long, and in step within 20 ms", async () => {
    await host.click("#end");
    await host.click("#end-yes");
    for (let turn = 0; turn < 100 && (await fetch(`${audience()}/replay.m3u8`)).status !== 200; turn++) await host.waitForTimeout(100);
    assert.equal(execFileSync("sh", ["-c", `ffprobe -v warning '${audience()}/replay.m3u8' 2>&1`]).toString(), "");
    const floor = decode(`${audience()}/recording.mp3`);
    const german = decode(`${audience()}/recording.mp3?lang=de`);
    assert.ok(Math.abs(floor.length - german.length) <= 0.1 * RATE, `${floor.length / RATE} s and ${german.length / RATE} s`);
    for (const path of ["/recording.m4a?lang=de", "/recording.opus?lang=de", "/recording.low.opus?lang=de", "/archive/lang/de/aac.m3u8"])
      assert.ok(Math.abs(decode(`${audience()}${path}`).length - german.length) < 0.2 * RATE, path);
    // Ada is in both: a window of hers on the floor must lie at the same place under the interpreter.
    const shifts: number[] = [];
    for (let at = 12; at < 40; at += 4) {
      const template = voiceBand(floor.subarray(at * RATE, (at + 3) * RATE));
      const found = find(voiceBand(german.subarray((at - 1) * RATE, (at + 5) * RATE)), template);
      shifts.push(((found.at - RATE) / RATE) * 1000);
    }
    process.stdout.write(`# floor and German apart by ms: ${shifts.map((shift) => shift.toFixed(1)).join(", ")}\n`);
    assert.ok(Math.abs(median(shifts)) < 20, shifts.join());
    const { eventId } = ((await (await fetch(live("/state.json"))).json()) as { live: { eventId: string } }).live;
    const kept = await readdir(join(house.dataFolder, "events", eventId, "archive/lang/de"));
    for (const name of ["opus.mp4", "low.mp4", "aac.mp4", "recording.mp3", "end.json"]) assert.ok(kept.includes(name), name);
    await listener.waitForSelector("#seek:visible", { timeout: 20_000 });
    await listener.waitForSelector("#language:visible");
    const downloads = listener.locator("#replay a[download]");
    await downloads.nth(7).waitFor();
    assert.equal(await downloads.count(), 8);
    await look(listener, "replay-languages");
  });
});
