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

describe("a listener who has something to say", { timeout: 480_000 }, () => {
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

  test("behind the stage a producer talks with a listener off the air first, a captioner types what is said, and all of them write to each other", async () => {
    const openSmall = async (locale: string) => {
      const page = await (await browser.newContext({ locale, bypassCSP: true, viewport: { width: 360, height: 740 } })).newPage();
      // Five pages and two voices at once take their time on a machine that does other things.
      page.setDefaultTimeout(90_000);
      return page;
    };
    const invite = async (name: string, role: string, page: Page) => {
      await host.fill('#people form input[name="name"]', name);
      await host.selectOption('#people select[name="role"]', role);
      await host.click("#people form > button");
      await page.goto(await host.inputValue(`#people input[data-person="${name}"]`));
      await page.waitForSelector("#place");
    };
    const says = (page: Page, selector: string, text: string) =>
      page.waitForFunction(`document.querySelector(${JSON.stringify(selector)})?.textContent.includes(${JSON.stringify(text)})`);
    const [producer, captioner] = [await openSmall("de-DE"), await openSmall("en-GB")];
    await invite("Paul", "producer", producer);
    await invite("Carla", "captioner", captioner);
    assert.match(await captioner.innerText("#place"), /no sound/);
    assert.equal(await captioner.locator("#join").count(), 0);

    await producer.click("#test-line");
    await says(producer, "#line", " ms hin und zurück");
    await look(producer, "studio-green-room-de");
    await producer.click("#join:not([disabled])");
    await says(producer, "#sound", "Ihr Ton ist verbunden, nicht auf Sendung.");
    await hand.goto(`${house.backstage}/hand/${slug}`);
    await hand.fill('input[name="name"]', "Eve");
    await hand.click("#raise");
    await producer.click('.hand [data-act="talkFirst"]');
    await says(hand, "#place", "The producer would like to talk with you first.");
    await hand.click("#accept");
    await hand.click("#join:not([disabled])");
    await says(hand, "#place", "You are off the air.");
    await says(hand, "#sound", "Your sound is connected, off the air.");
    await look(hand, "studio-aside");
    await producer.click('.hand [data-act="bring"]');
    await says(hand, "#sound", "You are muted.");
    await hand.waitForSelector("#place", { state: "detached" });
    await hand.keyboard.down("Space");
    await says(hand, "#sound", "Your sound is on stage.");
    await hand.keyboard.up("Space");
    await says(hand, "#sound", "You are muted.");
    await hand.keyboard.press("h");
    await host.waitForSelector(".seats li.asks");

    await listener.click("#play");
    await listener.waitForFunction("window.earshot.player.status === 'playing'");
    await host.fill('input[name="announcement"]', "Questions until nine.");
    await host.press('input[name="announcement"]', "Enter");
    await says(listener, ".news", "Questions until nine.");
    await captioner.fill('input[name="caption"]', "Good evening & welcome.");
    await captioner.press('input[name="caption"]', "Enter");
    await says(listener, "#captions", "Good evening & welcome.");
    await captioner.fill('#chat input[name="line"]', "Ada's mike is low.");
    await captioner.press('#chat input[name="line"]', "Enter");
    await says(host, "#chat", "Ada's mike is low.");
    await captioner.fill("#notes textarea", "Names: Lovelace, Hopper.");
    await says(captioner, "#notes", "Kept.");
    await look(captioner, "studio-captioner");
    await captioner.reload();
    await captioner.waitForFunction("document.querySelector('#notes textarea')?.value === 'Names: Lovelace, Hopper.'");
    await says(captioner, "#chat", "Ada's mike is low.");

    await host.click("h1");
    await host.keyboard.press("?");
    await host.waitForSelector("earshot-keys dialog[open]");
    await host.keyboard.press("Escape");
    await host.waitForSelector("earshot-keys dialog[open]", { state: "detached" });
    await host.click("h1");
    await host.keyboard.press("h");
    await host.waitForFunction("document.activeElement.closest('#hands') !== null");
    assert.match(await host.innerText("#remaining"), /left/);
    await look(host, "studio-together");
    await producer.context().close();
    await captioner.context().close();
    await host.click('.hand [data-act="sendBack"]');
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
