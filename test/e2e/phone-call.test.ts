import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { speak } from "../material/speech.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { makeEvent, onStage, openDevice, takeSeat } from "./walk.ts";

/** A telephone as iOS has it: a call mutes or ends the page's microphone, and gives it none while it lasts. */
const TELEPHONE = `(() => {
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  window.phone = { tracks: [], inCall: false };
  mediaDevices.getUserMedia = async (wanted) => {
    if (phone.inCall) throw new DOMException("The call has the microphone.", "NotAllowedError");
    const stream = await open(wanted);
    phone.tracks.push(...stream.getAudioTracks());
    return stream;
  };
  phone.call = (how) => {
    phone.inCall = true;
    const track = phone.tracks.at(-1);
    if (how === "ended") track.stop();
    else {
      track.enabled = false;
      Object.defineProperty(track, "muted", { configurable: true, get: () => true });
    }
    track.dispatchEvent(new Event(how));
  };
  phone.hangUp = () => {
    phone.inCall = false;
    const track = phone.tracks.at(-1);
    if (track.readyState === "ended") return;
    track.enabled = true;
    delete track.muted;
    track.dispatchEvent(new Event("unmute"));
  };
})()`;

/** Loudness of Bruno as everybody backstage sees it, 0 to 1. */
const LEVEL = `Number(document.querySelectorAll(".seats .face")[1].style.getPropertyValue("--level"))`;
const ON_STAGE = onStage(2);
const BRUNO = `document.querySelectorAll(".seats li")[1].textContent`;

let house: RunningHouse;
let folder = "";
const browsers: Browser[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-call-"));
  house = await startHouse();
});
after(async () => {
  for (const browser of browsers) await browser.close();
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function open(wav: string, locale: "en-GB" | "de-DE" = "en-GB"): Promise<Page> {
  const browser = await openBrowser(wav);
  browsers.push(browser);
  return await openDevice(browser, locale);
}

describe("a speaker's telephone rings in the middle of the talk", { timeout: 400_000 }, () => {
  let host: Page;
  let guest: Page;
  const clicked = async () => (await guest.evaluate("window.clicks ?? 0")) as number;

  before(async () => {
    host = await open(speak(folder, "ada", "en-gb", "Good evening, and welcome to this stage.", 60));
    await makeEvent(host, house, "Call", "Bruno");
    guest = await open(speak(folder, "bruno", "de", "Guten Abend zusammen, ich freue mich sehr.", 60), "de-DE");
    await guest.addInitScript(TELEPHONE);
    await guest.goto(await host.inputValue('input[data-person="Bruno"]'));
    for (const each of [host, guest]) await takeSeat(each);
    for (const each of [host, guest]) await comeTrue(each, ON_STAGE, 20_000);
    await guest.evaluate("addEventListener('click', () => (window.clicks = (window.clicks ?? 0) + 1), true)");
    await comeTrue(host, `${LEVEL} > 0.4`, 15_000);
  });

  for (const how of ["mute", "ended"]) {
    test(`the call lets the microphone ${how === "mute" ? "fall silent" : "end"}: the host sees why, and after the call the speaker is heard again without a click`, async () => {
      await guest.evaluate(`phone.call("${how}")`);
      await comeTrue(host, `${BRUNO}.includes("phone call")`, 5_000);
      assert.match((await guest.textContent("#sound")) ?? "", /Ihr Mikrofon ist vergeben/);
      // Longer than the stage waits before it asks a silent page to publish again.
      await guest.waitForTimeout(8_000);
      assert.match((await host.evaluate(BRUNO)) as string, /phone call/);
      await guest.evaluate("phone.hangUp()");
      await comeTrue(host, `${ON_STAGE} && ${LEVEL} > 0.4`, 15_000);
      assert.match((await guest.textContent("#sound")) ?? "", /Ihr Ton ist auf der Bühne/);
      assert.equal(await guest.evaluate("window.earshot.output.paused"), false);
      assert.equal(await clicked(), 0);
    });
  }

  test("the telephone puts the page to sleep for the whole call: it wakes, is in the room and on stage again without a click", async () => {
    const session = await guest.context().newCDPSession(guest);
    await guest.evaluate(`phone.call("ended")`);
    await comeTrue(host, `${BRUNO}.includes("phone call")`, 5_000);
    await session.send("Page.setWebLifecycleState", { state: "frozen" });
    // The room's connection does not outlive a sleep: here control, which pipes it, goes away meanwhile.
    process.kill(house.pid("control"), "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    await comeTrue(host, `${BRUNO}.includes("phone call")`, 5_000);
    await session.send("Page.setWebLifecycleState", { state: "active" });
    await guest.evaluate("phone.hangUp()");
    await comeTrue(host, `${ON_STAGE} && ${LEVEL} > 0.4`, 60_000);
    assert.equal(await clicked(), 0);
  });
});
