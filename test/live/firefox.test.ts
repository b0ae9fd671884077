import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { toneLevel } from "../../src/stage/test-tone.ts";
import { comeTrue } from "../e2e/come-true.ts";
import { Firefox, FIREFOX_TONE_HZ } from "../interop/firefox.ts";
import { heard } from "../material/on-air.ts";
import { decode, RATE, speak } from "../material/speech.ts";
import { openBrowser, type RunningHouse, startHouse } from "../e2e/house.ts";
import { makeEvent, onStage, openDevice, takeSeat } from "../e2e/walk.ts";

const ADA = "Good evening and welcome. My name is Ada and tonight we talk about sound that arrives on time, from one end of the country to the other.";
/** Seconds of each sentence before it comes again. */
const LOOP_S = 8;
/** What the audience is listened to. Seconds. */
const LISTEN_S = 11;
/** Correlation of a voice that is there under another; an unrelated voice gives 0.1 to 0.25. */
const THERE = 0.38;
const ON_STAGE = onStage(2);

/** Firefox' false microphone hums one tone without end, which is what a howl is: here it hums like somebody who whistles to a beat, half a second on and half a second off. Web Audio with a real voice would wait for a sound card that is not there. */
const WHISTLE = `() => {
  const devices = navigator.mediaDevices;
  const open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await open(wanted);
    const [track] = stream.getAudioTracks();
    setInterval(() => (track.enabled = !track.enabled), 500);
    return stream;
  };
}`;
/** Windows in which the whistle is looked for. Samples; a tenth of a second. */
const WINDOW = RATE / 10;
/** How far the whistle's frequency stands above those beside it, where it is. Decibels; speech gives a few. */
const STANDS_OUT_DB = 15;

/** Records what the page plays. */
const RECORD = `(() => {
  const recorder = (window.recorder = new MediaRecorder(window.earshot.output.srcObject));
  window.chunks = [];
  recorder.ondataavailable = ({ data }) => chunks.push(data);
  recorder.start();
})()`;
const TAKE = `new Promise((resolve) => {
  recorder.onstop = () => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.split(",").at(-1));
    reader.readAsDataURL(new Blob(chunks));
  };
  recorder.stop();
})`;

let folder = "";
let house: RunningHouse;
let browser: Browser;
let firefox: Firefox;
let host: Page;
let adaWav = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-firefox-"));
  adaWav = speak(folder, "ada", "en-gb", ADA, LOOP_S);
  house = await startHouse();
  browser = await openBrowser(adaWav);
  firefox = await Firefox.open(WHISTLE);
});
after(async () => {
  await firefox?.close();
  await browser?.close();
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Share of a recording in which the whistle is heard. */
function whistled(recording: Float32Array): number {
  let windows = 0;
  for (let at = 0; at + WINDOW <= recording.length; at += WINDOW) {
    const window = recording.subarray(at, at + WINDOW);
    const beside = Math.max(toneLevel(window, FIREFOX_TONE_HZ * 0.9), toneLevel(window, FIREFOX_TONE_HZ * 1.1), -60);
    if (toneLevel(window, FIREFOX_TONE_HZ) > beside + STANDS_OUT_DB) windows++;
  }
  return windows / Math.floor(recording.length / WINDOW);
}

describe("a speaker comes with Firefox", { timeout: 240_000 }, () => {
  test("the personal link leads through the green room onto the stage", async () => {
    host = await openDevice(browser, "en-GB");
    await makeEvent(host, house, "Two browsers", "Bruno");
    await firefox.goto(await host.inputValue('input[data-person="Bruno"]'));
    await takeSeat(host);
    await firefox.until("document.querySelector('#join:not([disabled])')");
    assert.equal(await firefox.evaluate("location.hash"), "", "the secret leaves the address bar");
    await firefox.evaluate("document.querySelector('#join').click()");
    await comeTrue(host, ON_STAGE, 20_000);
    await firefox.until(ON_STAGE);
    await firefox.until("document.querySelector('#sound').textContent.includes('on stage')");
  });

  test("on air the audience hears both voices; the Firefox speaker hears the other and not themselves", async () => {
    await host.click("#go-live");
    await firefox.evaluate(RECORD);
    while ((await fetch(`${house.front}/live/two-browsers.mp3`, { method: "HEAD" })).status !== 200) await host.waitForTimeout(100);
    const programme = decode(`${house.front}/live/two-browsers.mp3`, ["-t", String(LISTEN_S)]);
    const file = join(folder, "heard.ogg");
    await writeFile(file, Buffer.from((await firefox.evaluate(TAKE)) as string, "base64"));
    const toFirefox = decode(file);
    const [ada, other, whistle, own] = [heard(programme, adaWav), heard(toFirefox, adaWav), whistled(programme), whistled(toFirefox)];
    process.stdout.write(
      `# programme: Ada ${ada.toFixed(2)}, Firefox ${whistle.toFixed(2)}; Firefox hears Ada ${other.toFixed(2)}, itself ${own.toFixed(2)}\n`,
    );
    assert.ok(ada > THERE && other > THERE, `Ada is in the programme and in Firefox: ${ada}, ${other}`);
    assert.ok(whistle > 0.25 && whistle < 0.75, `the whistle is in the programme, half of the time: ${whistle}`);
    assert.ok(own < whistle / 3, `Firefox does not hear itself: ${own}`);
  });

  test("kill -9 of the stage: Firefox is back on stage without a click", async () => {
    // They may be away for less than a look takes.
    await firefox.evaluate(
      `new MutationObserver(() => (window.wasAway ||= !(${ON_STAGE}))).observe(document.body, { subtree: true, childList: true, attributes: true })`,
    );
    process.kill(house.pid("stage-two-browsers"), "SIGKILL");
    await firefox.until(`window.wasAway && ${ON_STAGE}`);
    await comeTrue(host, ON_STAGE, 15_000);
  });

  test("who leaves by closing the page is off the stage", async () => {
    await firefox.goto("about:blank");
    await comeTrue(host, onStage(1), 10_000);
  });
});
