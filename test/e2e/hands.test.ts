import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

let house: RunningHouse;
let browser: Browser;
let host: Page;
let listener: Page;
let hand: Page;
let slug = "";

before(async () => {
  house = await startHouse();
  browser = await openBrowser();
  const open = async () => await (await browser.newContext({ locale: "en-GB", bypassCSP: true, viewport: { width: 1280, height: 800 } })).newPage();
  host = await open();
  listener = await open();
});
after(async () => {
  await browser.close();
  await house.stop();
});

/** Answers the studio's question with yes. */
const sure = (page: Page) => page.click('dialog[open] [data-sure="yes"]');
const seats = (page: Page) => page.evaluate("[...document.querySelectorAll('.seats li strong')].map((name) => name.textContent)") as Promise<string[]>;

describe("a listener who has something to say", { timeout: 240_000 }, () => {
  test("while the host takes questions, the event page leads to a page of its own where a listener asks to speak", async () => {
    await host.goto(house.hostLink);
    await host.waitForURL("**/studio");
    await host.fill('input[name="title"]', "Questions");
    await host.fill('input[name="host"]', "Grace");
    await host.fill('input[name="speaker"]', "Jean");
    await host.click("#make");
    await host.waitForURL("**/studio/questions");
    slug = "questions";
    await host.click("#go-live");
    await host.waitForSelector("body.on-air");
    await listener.goto(`${house.front}/e/${slug}`);
    assert.equal(await listener.isVisible("#ask"), false);
    await host.check("#hands-open");
    await listener.waitForSelector("#ask:not([hidden])");
    await look(listener, "event-hands");
    [hand] = await Promise.all([listener.context().waitForEvent("page"), listener.click("#ask")]);
    await hand.waitForSelector("#raise");
    await look(hand, "hand-form");
    await hand.fill('input[name="name"]', "Eve");
    await hand.fill('input[name="topic"]', "What did the loom weave?");
    await hand.click("#raise");
    await hand.waitForSelector("#place");
    assert.equal(await hand.innerText("#place"), "You are next.");
    await look(hand, "hand-waiting");
  });

  test("the host sees who waits and for how long, and brings them on stage with one click; they arrive muted", async () => {
    await host.waitForSelector(".hand");
    assert.match(await host.innerText(".hand"), /Eve\s+\d:\d\d\s+What did the loom weave\?/);
    await look(host, "studio-hands");
    await host.click('.hand [data-act="bring"]');
    await hand.waitForSelector("#accept");
    await look(hand, "hand-invited");
    await hand.click("#accept");
    await hand.waitForURL(`**/studio/${slug}`);
    await hand.click("#join:not([disabled])");
    await hand.waitForFunction("document.querySelector('#sound')?.textContent === 'You are muted.'");
    await hand.waitForFunction("document.querySelectorAll('.seats li:not(.away)').length >= 1");
    assert.ok((await seats(host)).some((name) => name.startsWith("Eve")));
    await hand.click("#mute");
    await hand.waitForFunction("document.querySelector('#sound')?.textContent === 'Your sound is on stage.'");
    await look(hand, "studio-guest");
  });

  test("sent back to the audience they are off the stage, and may ask again; leaving by oneself needs nobody", async () => {
    await host.waitForSelector('.hand [data-act="sendBack"]');
    await host.click('.hand [data-act="sendBack"]');
    await hand.waitForSelector('.wrong[role="alert"]');
    await host.waitForFunction("![...document.querySelectorAll('.seats li strong')].some((name) => name.textContent.startsWith('Eve'))");
    await hand.goto(`${house.backstage}/hand/${slug}`);
    await hand.fill('input[name="name"]', "Eve");
    await hand.click("#raise");
    await host.waitForSelector('.hand [data-act="bring"]');
    await host.click('.hand [data-act="bring"]');
    await hand.click("#accept");
    await hand.waitForURL(`**/studio/${slug}`);
    await hand.click("#leave");
    await sure(hand);
    await hand.waitForURL(`**/e/${slug}`);
    await host.waitForSelector("#hands ol", { state: "detached" });
  });

  test("the host hands over; the new host's page gets Go live and End without a reload, the old one's loses them", async () => {
    const next = await (await browser.newContext({ locale: "de-DE", bypassCSP: true })).newPage();
    await next.goto(await host.inputValue('input[data-person="Jean"]'));
    await next.waitForSelector("#phase");
    assert.equal(await next.locator("#end").count(), 0);
    await look(host, "studio-people");
    await host.click('#people [data-act="hand-over"]');
    await look(host, "studio-hand-over");
    await sure(host);
    await next.waitForSelector("#end");
    await next.waitForSelector("#people input[data-person]");
    await look(next, "studio-new-host-de");
    await host.waitForSelector("#end", { state: "detached" });
  });
});
