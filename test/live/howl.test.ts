import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { PersonView } from "../../src/wire/api.ts";
import { comeTrue } from "../e2e/come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "../e2e/house.ts";
import { look } from "../e2e/look.ts";
import { call, openDevice, says, takeSeat } from "../e2e/walk.ts";

const slug = "loud-room";
/** What the microphone hears of the loudspeaker beside it, whatever is done: a line that goes on. */
const HOWL = ["-n", "-r", "48000", "-c", "1", "-b", "16"];
const LINE = ["synth", "20", "sine", "1237", "vol", "-12dB"];
/** A browser that takes nothing out of the microphone: its own noise suppression would know a steady tone for noise. */
const AS_IT_IS = `(() => {
  const { mediaDevices } = navigator;
  const open = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = () => open({ audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
})()`;
const CARD = ".card.howl";
/** Bruno's tile and his loudness in it, 0 to 1. */
const TILE = `[...document.querySelectorAll(".seats li")].find(({ textContent }) => textContent.includes("Bruno"))`;
const LEVEL = `Number(${TILE}.querySelector(".face").style.getPropertyValue("--level"))`;

let house: RunningHouse;
let folder = "";
const browsers: Browser[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-howl-"));
  house = await startHouse();
});
after(async () => {
  for (const browser of browsers) await browser.close();
  await house?.stop();
  await rm(folder, { recursive: true, force: true });
});

const free = (page: Page) => comeTrue(page, `document.querySelector("${CARD}") === null && !document.querySelector("#light").textContent.includes("Bruno")`);

test("a microphone that howls is muted, and speaker, host and a co-host who comes later read why, also after a reload, until one of them turns it up again", {
  timeout: 120_000,
}, async () => {
  const path = join(folder, "howl.wav");
  execFileSync("sox", [...HOWL, path, ...LINE]);
  const [desk, loud] = [await openBrowser(), await openBrowser(path)];
  browsers.push(desk, loud);
  const [host, coHost, speaker] = [await openDevice(desk, "en-GB"), await openDevice(desk, "en-GB", { width: 390 }), await openDevice(loud, "de-DE")];
  await host.goto(house.hostLink);
  await host.waitForURL("**/studio");
  const speakers = Object.entries({ Ada: "host", Eve: "co-host", Bruno: "speaker" }).map(([name, role]) => ({ name, role }));
  await call(host, "/api/events", { title: "Loud room", startDate: "2031-01-01T20:00:00Z", timeZone: "UTC", speakers });
  const { people } = await call<{ people: PersonView[] }>(host, `/api/events/${slug}/people`);
  const linkOf = (wanted: string) => people.find(({ name }) => name === wanted)?.link ?? assert.fail(wanted);
  await speaker.addInitScript(AS_IT_IS);
  await Promise.all([speaker.goto(linkOf("Bruno")), host.goto(`${house.backstage}/studio/${slug}`)]);
  await takeSeat(speaker);

  await says(host, CARD, "Bruno: It went on howling, so it was muted.");
  await says(speaker, CARD, "Ihr Mikrofon: Es pfiff weiter und wurde deshalb stumm geschaltet. Setzen Sie Kopfhörer auf");
  assert.equal(await speaker.locator(`${CARD} button`).count(), 0, "only who may mute others turns anybody up");
  assert.match(await speaker.innerText("#sound"), /wurde stumm geschaltet/);
  assert.match((await host.evaluate(`${TILE}.textContent`)) as string, /on stage · muted because of howling/);
  await says(host, "#light", "Bruno's microphone is turned down");
  await look(host, "howl");

  await Promise.all([host.reload(), speaker.reload(), coHost.goto(linkOf("Eve"))]);
  await takeSeat(speaker);
  await says(host, CARD, "Bruno: It went on howling, so it was muted.");
  await says(coHost, CARD, "Bruno: It went on howling, so it was muted.");
  await says(speaker, CARD, "Ihr Mikrofon: Es pfiff weiter");
  await comeTrue(host, `${LEVEL} === 0`);

  await coHost.focus(`${CARD} button`);
  await coHost.keyboard.press("Enter");
  for (const page of [coHost, host, speaker]) await free(page);
  await comeTrue(host, `${LEVEL} > 0.4`);
});
