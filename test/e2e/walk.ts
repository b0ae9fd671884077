import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { comeTrue } from "./come-true.ts";
import type { RunningHouse } from "./house.ts";

/** Longest anything is waited for. Milliseconds; a second or two as a rule, but the machine may be busy. */
export const PATIENCE_MS = 180_000;
/** Time between two looks at what comes over real sockets. Milliseconds. */
const LOOK_MS = 100;

/** A device of somebody's own: a browser without anything the others have. Its tools may look for barriers past the page's own policy, unless `bypassCSP` is false. */
export async function openDevice(
  browser: Browser,
  locale: "en-GB" | "de-DE",
  { timezoneId = "Europe/Berlin", width = 1280, bypassCSP = true } = {},
): Promise<Page> {
  const context = await browser.newContext({ locale, timezoneId, bypassCSP, viewport: { width, height: 800 } });
  context.setDefaultTimeout(PATIENCE_MS);
  return await context.newPage();
}

/** Waits for what comes over real sockets: asks again and again until there is something. */
export async function come<Thing>(what: string, seek: () => Thing | undefined | Promise<Thing | undefined>): Promise<Thing> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    const found = await seek();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  assert.fail(`waited in vain for ${what}`);
}

/** Waits until a part of a page says something. */
export async function says(page: Page, selector: string, text: string): Promise<void> {
  await comeTrue(page, `document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)}) === true`);
}

/** Answers the studio's question with yes. */
export async function sure(page: Page): Promise<void> {
  await page.click('dialog[open] [data-sure="yes"]');
}

/** Enters by the one-time link and makes an event in the studio with Ada as its host. Answers its slug; its page is open. */
export async function makeEvent(host: Page, house: RunningHouse, title: string, speaker = ""): Promise<string> {
  await host.goto(house.hostLink);
  await host.waitForURL("**/studio");
  await host.fill('input[name="title"]', title);
  await host.fill('input[name="host"]', "Ada");
  await host.fill('input[name="speaker"]', speaker);
  await host.evaluate("document.querySelector('input[name=\"language\"]').value = 'en'");
  await host.click("#make");
  await host.waitForURL("**/studio/*");
  return new URL(host.url()).pathname.split("/").at(-1) ?? "";
}

/** Passes the green room: takes the seat on stage. */
export async function takeSeat(page: Page): Promise<void> {
  await page.waitForSelector("#join:not([disabled])");
  await page.click("#join");
}

/** Expression of a page backstage: this many are on stage and there. */
export const onStage = (people: number) => `document.querySelectorAll('.seats li:not(.away)').length === ${people}`;

/** A call of the API as a page backstage makes it, with its cookies. */
export async function call<Answer>(page: Page, path: string, body?: object, method = "POST"): Promise<Answer> {
  const init = body === undefined ? {} : { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return (await page.evaluate(`fetch(${JSON.stringify(path)}, ${JSON.stringify(init)}).then((answer) => answer.text())
    .then((text) => (text === "" ? undefined : JSON.parse(text)))`)) as Answer;
}

/** The loudest sample of each twelfth of the last second that a page has recorded. Linear. */
const LAST_SECOND = "window.recording.blocks.slice(-12).map((block) => block.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0))";
/** Louder than this somebody speaks, also where the howl guard holds them 12 dB down because all devices of a test hear one voice; quieter, nobody is there: not even a room. Linear. */
const VOICE = 0.02;
const NOBODY = 0.003;

/** Waits until a page that records hears a voice. */
export async function hears(page: Page): Promise<void> {
  await comeTrue(page, `${LAST_SECOND}.some((peak) => peak > ${VOICE})`);
}

/** Waits until a page that records has heard nothing at all for a second. */
export async function hearsNothing(page: Page): Promise<void> {
  await comeTrue(page, `((peaks) => peaks.length === 12 && peaks.every((peak) => peak < ${NOBODY}))(${LAST_SECOND})`);
}
