import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { PublicState } from "../../src/wire/public-state.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

let house: RunningHouse;
let browser: Browser;
let host: Page;
let listener: Page;
let slug = "";

before(async () => {
  house = await startHouse();
  browser = await openBrowser();
  const open = async (timezoneId: string) =>
    await (await browser.newContext({ locale: "en-GB", timezoneId, bypassCSP: true, viewport: { width: 1280, height: 800 } })).newPage();
  host = await open("Europe/Berlin");
  listener = await open("America/New_York");
});
after(async () => {
  await browser.close();
  await house.stop();
});

const state = async () => (await (await fetch(`${house.front}/live/${slug}/state.json`)).json()) as PublicState;
const calendar = async () => await (await fetch(`${house.front}/e/${slug}/event.ics`)).text();
const sequence = async () => Number(/SEQUENCE:(\d+)/.exec(await calendar())?.[1]);

/** Answers the open question of the plan and waits until it was done. */
async function answer(): Promise<void> {
  await host.click("#plan-do");
  await host.waitForSelector("#plan dialog", { state: "detached" });
}

describe("an evening that is moved, called off and moved back", { timeout: 240_000 }, () => {
  test("the host announces an evening in a zone of their choice; a listener elsewhere sees their own time, a countdown and the way into a calendar", async () => {
    await host.goto(house.hostLink);
    await host.waitForURL("**/studio");
    await host.fill('input[name="title"]', "Looms and numbers");
    await host.fill('input[name="start"]', "2031-03-04T20:00");
    await host.fill('textarea[name="description"]', "Ada and Jean talk about looms.");
    await host.fill('input[name="speaker"]', "Ada");
    await host.click("#make");
    await host.waitForURL("**/studio/looms-and-numbers");
    slug = "looms-and-numbers";
    await host.waitForSelector("#plan-time");
    await listener.goto(`${house.front}/e/${slug}`);
    await listener.waitForSelector("#before time");
    assert.match(await listener.innerText("#before"), /2031.*14:00, your time\s+.*20:00 where it is announced \(Europe\/Berlin\)/s);
    await listener.waitForSelector("#start:not(:empty)");
    assert.match(await listener.innerText("#start"), /^in [\d,]+ days$/);
    assert.equal(await listener.getAttribute("#before a.button", "href"), `/e/${slug}/event.ics`);
    await look(listener, "event-before");
    await look(host, "studio-plan");
  });

  test("postponed to a new time: address and calendar entry stay, the page shows old and new time and why, without a reload", async () => {
    const before = await calendar();
    await host.click("#plan-postpone");
    await host.fill('#plan input[name="start"]', "2031-03-05T21:30");
    await host.fill('#plan input[name="reason"]', "The line to Ada is broken.");
    await look(host, "studio-postpone");
    await answer();
    await listener.waitForSelector("#before del");
    const text = await listener.innerText("#before");
    assert.match(text, /Was announced for Tue,? 4 March 2031.*14:00/);
    assert.match(text, /New time: Wed,? 5 March 2031.*15:30/);
    assert.match(text, /The line to Ada is broken\./);
    await look(listener, "event-moved");
    const uid = (file: string) => /UID:(.+)\r/.exec(file)?.[1];
    assert.equal(uid(await calendar()), uid(before));
    assert.equal(await sequence(), 1);
    const { event } = await state();
    assert.deepEqual([event.startDate, event.schedule?.previousStartDate], ["2031-03-05T21:30:00+01:00", "2031-03-04T20:00:00+01:00"]);
  });

  test("postponed without a new time, called off, and taken back step by step", async () => {
    await host.click("#plan-postpone");
    await host.check('#plan input[value="no"]');
    await host.fill('#plan input[name="reason"]', "The hall is flooded.");
    await answer();
    await listener.waitForSelector("#before .news");
    assert.match(await listener.innerText("#before"), /The new time follows/);
    await host.click("#plan-cancel");
    await look(host, "studio-cancel");
    await answer();
    await listener.waitForFunction("document.querySelector('#mood').textContent === 'Cancelled'");
    await look(listener, "event-cancelled");
    assert.match(await calendar(), /STATUS:CANCELLED/);
    for (const status of ["postponed", "scheduled", "scheduled"]) {
      await host.click("#plan-undo");
      await answer();
      await host.waitForFunction(`fetch("/api/events/${slug}").then((answer) => answer.json()).then((event) => event.status === "${status}")`);
    }
    await listener.waitForFunction("document.querySelector('#before del') === null && document.querySelector('#before time') !== null");
    assert.equal((await state()).event.startDate, "2031-03-04T20:00:00+01:00");
    assert.equal(await sequence(), 6);
    assert.equal((await state()).event.schedule?.history.filter(({ undoneDate }) => undoneDate !== undefined).length, 3);
  });

  test("an event is made once more in two clicks; unlisted it is at its address but in no list", async () => {
    await host.click("#plan-duplicate");
    await host.fill('#plan input[name="start"]', "2031-03-11T20:00");
    await host.click("#plan-do");
    await host.waitForURL("**/studio/looms-and-numbers-2");
    await host.waitForSelector("#plan-edit");
    await listener.goto(house.front);
    assert.equal(await listener.locator("li a").filter({ hasText: "Looms" }).count(), 2);
    await look(listener, "home");
    await host.click("#plan-edit");
    await host.selectOption('#plan select[name="visibility"]', "unlisted");
    await answer();
    await listener.reload();
    assert.equal(await listener.locator("li a").filter({ hasText: "Looms" }).count(), 1);
    assert.equal((await fetch(`${house.front}/e/looms-and-numbers-2`)).status, 200);
  });

  test("all of it is there in German too", async () => {
    const german = await host.context().newPage();
    await german.goto(`${house.backstage}/studio/${slug}?lang=de`);
    await german.waitForSelector("#plan-undo, #plan-postpone");
    await german.click("#plan-postpone");
    await look(german, "studio-postpone-de");
    await german.goto(`${house.front}/e/${slug}?lang=de`);
    await german.waitForSelector("#before time");
    await look(german, "event-before-de");
    await german.close();
  });
});
