import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { comeTrue } from "../e2e/come-true.ts";
import { playByHls } from "../e2e/hls-player.ts";
import { openBrowser, type RunningHouse, startHouse } from "../e2e/house.ts";
import { look } from "../e2e/look.ts";
import { startRecording, takeRecording } from "../e2e/record.ts";
import { makeEvent, onStage, openDevice, takeSeat } from "../e2e/walk.ts";
import { heard } from "../material/on-air.ts";
import { decode, level, longestSilenceMs, RATE, speak } from "../material/speech.ts";

/** How long the talk is listened to. Milliseconds. */
const TALK_MS = 60_000;
/** A player may run a little faster in its first seconds, to catch up: that changes the pitch. */
const SETTLED_S = 12;
/** What is listened to after a kill. Seconds; the whole sentence and a second more. */
const AGAIN_S = 10;

const ADA = "Good evening and welcome. My name is Ada and tonight we talk about sound that arrives on time, from one end of the country to the other.";
const BRUNO = "Guten Abend zusammen. Ich heiße Bruno und freue mich, dass man mich von hier aus so klar und deutlich hören kann.";

let folder = "";
let house: RunningHouse;
const browsers: Browser[] = [];
const wavs = { ada: "", bruno: "" };

/** Correlation of a voice that is in a recording: alone, and under another voice of the same level. An unrelated voice gives 0.1 to 0.25. */
const ALONE = 0.5;
const MIXED = 0.38;

const ON_STAGE = onStage(2);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-e2e-"));
  wavs.ada = speak(folder, "ada", "en-gb", ADA, 120);
  wavs.bruno = speak(folder, "bruno", "de", BRUNO, 120);
  house = await startHouse();
});
after(async () => {
  for (const browser of browsers) await browser.close();
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function open(microphone?: string): Promise<Page> {
  const browser = await openBrowser(microphone);
  browsers.push(browser);
  return await openDevice(browser, "en-GB");
}

describe("an evening with two speakers", { timeout: 400_000 }, () => {
  let host: Page;
  let guest: Page;
  let listener: Page;
  let hls: Page;
  let slug = "";
  const audience = () => `${house.front}/e/${slug}`;

  test("the host enters by the one-time link and makes the event in the studio", async () => {
    host = await open(wavs.ada);
    slug = await makeEvent(host, house, "Sound that arrives", "Bruno");
    assert.equal(slug, "sound-that-arrives");
  });

  test("listeners find the page before the start, at the address it will keep", async () => {
    listener = await open();
    await listener.goto(audience());
    assert.match((await listener.textContent("#status")) ?? "", /We start/);
  });

  test("host and guest pass the green room and are on stage", async () => {
    await takeSeat(host);
    guest = await open(wavs.bruno);
    await guest.goto(await host.inputValue('input[data-person="Bruno"]'));
    assert.equal(new URL(guest.url()).hash, "", "the secret leaves the address bar");
    await takeSeat(guest);
    for (const each of [host, guest]) await comeTrue(each, ON_STAGE, 15_000);
  });

  test("Go live: the same page of the listener goes on air, one tap and it plays; hls.js plays it too", async () => {
    await host.click("#go-live");
    await comeTrue(host, "document.body.classList.contains('on-air')");
    await listener.waitForSelector("#play:visible", { timeout: 15_000 });
    await listener.click("#play");
    await comeTrue(listener, "window.earshot.player.status === 'playing'", 15_000);
    hls = await open();
    await playByHls(hls, `${house.front}/live/${slug}/index.m3u8`);
    await startRecording(listener, "window.earshot.audio");
    await startRecording(hls, "window.sound");
    await startRecording(host, "window.earshot.output");
    await startRecording(guest, "window.earshot.output");
  });

  test("both voices are heard for a minute without a gap, by the listener and by hls.js, and the speakers hear each other and not themselves", async () => {
    await listener.waitForTimeout(TALK_MS);
    // Before the recordings are taken: that holds a page up for a second or two.
    const faults = await hls.evaluate("faults");
    const [programme, byHls, toHost, toGuest] = await Promise.all([takeRecording(listener), takeRecording(hls), takeRecording(host), takeRecording(guest)]);
    const spoken = {
      adaToAll: heard(programme, wavs.ada, { from: SETTLED_S }),
      brunoToAll: heard(programme, wavs.bruno, { from: SETTLED_S }),
      adaByHls: heard(byHls, wavs.ada, { from: SETTLED_S }),
      brunoToAda: heard(toHost, wavs.bruno, { from: SETTLED_S }),
      adaToAda: heard(toHost, wavs.ada, { from: SETTLED_S }),
      adaToBruno: heard(toGuest, wavs.ada, { from: SETTLED_S }),
      brunoToBruno: heard(toGuest, wavs.bruno, { from: SETTLED_S }),
    };
    const report = JSON.stringify({
      ...spoken,
      levelDbfs: level(programme),
      silenceMs: longestSilenceMs(programme.subarray(RATE, programme.length - RATE)),
      hlsEvents: faults,
    });
    process.stdout.write(`# heard: ${report}\n`);
    assert.ok(spoken.adaToAll > MIXED && spoken.brunoToAll > MIXED, `both voices reach the listener: ${report}`);
    assert.ok(spoken.adaByHls > MIXED, `hls.js hears them too: ${report}`);
    assert.ok(spoken.brunoToAda > ALONE && spoken.adaToBruno > ALONE, `they hear each other: ${report}`);
    assert.ok(spoken.adaToAda < spoken.adaToBruno - 0.2 && spoken.brunoToBruno < spoken.brunoToAda - 0.2, `and not themselves: ${report}`);
    assert.ok(level(programme) > -35 && level(programme) < -8, report);
    assert.ok(longestSilenceMs(programme.subarray(RATE, programme.length - RATE)) <= 100, `no gap over 100 ms: ${report}`);
    assert.deepEqual(faults, [], "hls.js met no error");
  });

  test("ffprobe and GStreamer take stream and playlists without a warning", async () => {
    const run = promisify(execFile);
    const file = join(folder, "gst.wav");
    const heardByGst = run("sh", [
      "-c",
      `timeout 8 gst-launch-1.0 -q souphttpsrc location=${house.front}/live/${slug}/aac/plain.m3u8 ! hlsdemux ! qtdemux ! avdec_aac ! audioconvert ! wavenc ! filesink location=${file} || test $? -eq 124`,
    ]);
    const taken = ["/index.m3u8", "/plain.m3u8", "/aac/index.m3u8", ".mp3", ".aac", ".opus", "/stream.mp4"].map(async (path) => {
      const { stdout } = await run("sh", ["-c", `timeout 30 ffmpeg -v warning -t 2 -i '${house.front}/live/${slug}${path}' -f null - 2>&1`]);
      return [path, stdout] as const;
    });
    for (const [path, said] of await Promise.all(taken)) assert.equal(said, "", path);
    await heardByGst;
    assert.ok(decode(file, ["-ignore_length", "1"]).length > RATE, "GStreamer played more than a second");
  });

  test("a speaker who reloads the page sits in the same seat again", async () => {
    await guest.goto(`${guest.url()}?lang=de`);
    await takeSeat(guest);
    for (const each of [host, guest]) await comeTrue(each, ON_STAGE, 15_000);
    assert.equal(await host.evaluate("document.querySelectorAll('.seats li').length"), 2);
  });

  test("kill -9 of control and front: the stage and its recording notice nothing, listeners are back by themselves", async () => {
    const stagePid = house.pid(`stage-${slug}`);
    for (const name of ["control", "front"]) {
      process.kill(house.pid(name), "SIGKILL");
      await host.waitForTimeout(3_000);
    }
    assert.equal(house.pid(`stage-${slug}`), stagePid);
    process.kill(stagePid, 0);
    await comeTrue(host, ON_STAGE, 10_000);
    await comeTrue(listener, "window.earshot.player.status === 'playing'", 15_000);
  });

  test("kill -9 of the stage: same event, same address, everybody is back without a click, the lost time is a named silence", async () => {
    const stagePid = house.pid(`stage-${slug}`);
    const position = async () => (await listener.evaluate("window.earshot.player.position")) as number;
    const before = await position();
    process.kill(stagePid, "SIGKILL");
    const killed = performance.now();
    await comeTrue(host, `!(${ON_STAGE})`, 5_000);
    for (const each of [host, guest]) await comeTrue(each, ON_STAGE, 15_000);
    process.stdout.write(`# both speakers back on stage ${Math.round(performance.now() - killed)} ms after the kill\n`);
    assert.notEqual(house.pid(`stage-${slug}`), stagePid);
    await comeTrue(listener, `window.earshot.player.position > ${before + 8}`, 30_000);
    await listener.evaluate("window.recording.blocks.length = 0");
    // What the server sends is compared word by word; the listener's own player may still be running faster to catch up, which changes the pitch a little.
    const sent = decode(`${house.front}/live/${slug}.mp3`, ["-t", String(AGAIN_S)]);
    const again = [heard(sent, wavs.ada), heard(sent, wavs.bruno)];
    assert.ok(Math.min(...again) > MIXED, `both voices are on air again: ${JSON.stringify(again)}`);
    assert.ok(level(await takeRecording(listener)) > -35, "and the listener hears them");
    const state = (await (await fetch(`${house.front}/live/${slug}/state.json`)).json()) as { live: { epoch: number } };
    assert.equal(state.live.epoch, 2);
  });

  test("End: the replay is at the same address within a second and holds the whole talk", async () => {
    await host.click("#end");
    await look(host, "end-dialog");
    const state = async () =>
      (await (await fetch(`${house.front}/live/${slug}/state.json`)).json()) as {
        status: string;
        live: { originUnixMs: number; endedUnixMs?: number; durationSamples?: number };
      };
    await host.click("#end-yes");
    const asked = performance.now();
    let response = await fetch(`${audience()}/replay.m3u8`);
    while (response.status !== 200 && performance.now() - asked < 5_000) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      response = await fetch(`${audience()}/replay.m3u8`);
    }
    process.stdout.write(`# replay there after ${Math.round(performance.now() - asked)} ms\n`);
    assert.equal(response.status, 200);
    const { live } = await state();
    const seconds = (live.durationSamples ?? 0) / RATE;
    assert.ok(seconds > TALK_MS / 1000);
    for (const path of ["/replay.m3u8", "/recording.mp3", "/recording.m4a", "/recording.opus"]) {
      const recording = decode(`${audience()}${path}`);
      assert.ok(Math.abs(recording.length / RATE - seconds) < 0.2, `${path}: ${recording.length / RATE} s of ${seconds}`);
    }
    const mp3 = decode(`${audience()}/recording.mp3`);
    assert.ok(heard(mp3.subarray(10 * RATE), wavs.ada) > MIXED && heard(mp3.subarray(10 * RATE), wavs.bruno) > MIXED);
    assert.equal(execFileSync("sh", ["-c", `ffprobe -v warning '${audience()}/replay.m3u8' 2>&1`]).toString(), "");
    await listener.waitForSelector("#seek:visible", { timeout: 20_000 });
    await listener.click("#play");
    await comeTrue(listener, "window.earshot.audio.currentTime > 0.5", 10_000);
    await listener.evaluate("window.earshot.audio.currentTime = 30");
    await comeTrue(listener, "window.earshot.audio.currentTime > 30.3", 10_000);
    await comeTrue(guest, "document.querySelector('#mute') === null", 5_000);
  });
});
