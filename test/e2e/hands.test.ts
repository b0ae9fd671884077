import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import type { PersonView } from "../../src/wire/api.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";
import { call, openDevice, says, sure } from "./walk.ts";

const slug = "questions";

let house: RunningHouse;
let browser: Browser;

before(async () => {
  house = await startHouse();
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await house.stop();
});

test("behind the stage a producer talks with a listener off the air first, a captioner types what is said, and all of them write to each other", {
  timeout: 300_000,
}, async () => {
  const host = await openDevice(browser, "en-GB");
  await host.goto(house.hostLink);
  await host.waitForURL("**/studio");
  const crew = [
    { name: "Paul", role: "producer" },
    { name: "Carla", role: "captioner" },
  ] as const;
  await call(host, "/api/events", {
    title: "Questions",
    startDate: "2031-01-01T20:00:00Z",
    timeZone: "UTC",
    speakers: [{ name: "Grace", role: "host" }, ...crew],
  });
  await call(host, `/api/events/${slug}/hand-queue`, { open: true });
  const { people } = await call<{ people: PersonView[] }>(host, `/api/events/${slug}/people`);
  const linkOf = (wanted: string) => people.find(({ name }) => name === wanted)?.link ?? assert.fail(wanted);
  const [producer, captioner, hand, listener] = [
    await openDevice(browser, "de-DE", { width: 360 }),
    await openDevice(browser, "en-GB", { width: 360 }),
    await openDevice(browser, "en-GB"),
    await openDevice(browser, "en-GB"),
  ];
  await Promise.all([producer.goto(linkOf("Paul")), captioner.goto(linkOf("Carla")), host.goto(`${house.backstage}/studio/${slug}`)]);
  await captioner.waitForSelector("#place");
  assert.match(await captioner.innerText("#place"), /no sound/);
  assert.equal(await captioner.locator("#join").count(), 0);
  // What is decided elsewhere stands in the studio without a reload: another host moves the event, another goes live.
  await host.waitForSelector("#go-live:not([disabled])");
  await says(host, "#plan-time", "2031");
  await call(host, `/api/events/${slug}/reschedule`, { startDate: "2032-02-02T20:00:00Z", reason: "The hall is taken." });
  await says(host, "#plan-time", "2032");
  await host.click("#history summary");
  await says(host, "#history", "New time");
  await host.click("#go-live:not([disabled])");
  await host.waitForSelector("body.on-air");
  for (const gone of ["postpone", "cancel", "notice"]) await host.waitForSelector(`#plan-${gone}`, { state: "detached" });
  await says(host, "#history", "On air");

  await producer.click("#test-line");
  await says(producer, "#line", " ms hin und zurück");
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
  await look(producer, "studio-producer-de");
  await producer.click('.hand [data-act="bring"]');
  await says(hand, "#sound", "You are muted.");
  await hand.waitForSelector("#place", { state: "detached" });
  await hand.keyboard.down("Space");
  await says(hand, "#sound", "Your sound is on stage.");
  await hand.keyboard.up("Space");
  await says(hand, "#sound", "You are muted.");
  await hand.keyboard.press("h");
  await host.waitForSelector(".seats li.asks");

  await listener.goto(`${house.front}/e/${slug}`);
  await listener.click("#play");
  await comeTrue(listener, "window.earshot.player.status === 'playing'");
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
  await comeTrue(captioner, "document.querySelector('#notes textarea')?.value === 'Names: Lovelace, Hopper.'");
  await says(captioner, "#chat", "Ada's mike is low.");

  await host.click("h1");
  await host.keyboard.press("?");
  await host.waitForSelector("earshot-keys dialog[open]");
  await host.keyboard.press("Escape");
  await host.waitForSelector("earshot-keys dialog[open]", { state: "detached" });
  await host.click("h1");
  await host.keyboard.press("h");
  await comeTrue(host, "document.activeElement.closest('#hands') !== null");
  assert.match(await host.innerText("#remaining"), /left/);
  await look(host, "studio-together");

  // Sent back to the audience by the host; away from behind the stage by oneself, and nobody has to allow it.
  await host.click('.hand [data-act="sendBack"]');
  await hand.waitForSelector('.wrong[role="alert"]');
  await host.waitForSelector("#hands ol", { state: "detached" });
  // Who asks again and again, and never wrote a line, is suspended by the hand; they read why.
  await hand.goto(`${house.backstage}/hand/${slug}`);
  await hand.fill('input[name="name"]', "Eve");
  await hand.click("#raise");
  await host.click('.hand [data-act="suspend"]');
  await host.fill('#hands dialog textarea[name="reason"]', "You have asked five times.");
  await look(host, "studio-suspend");
  await host.click('#hands [data-suspend="yes"]');
  await host.waitForSelector("#hands ol", { state: "detached" });
  await hand.click("#why");
  await says(hand, "#told", "You have asked five times.");
  // Another task for somebody who is there already.
  await host.selectOption('select[aria-label="Role of Carla"]', "moderator");
  await sure(host);
  await captioner.waitForSelector("#to-moderation");
  await host.click('#people li:has-text("Carla") [data-act="rename"]');
  await host.fill('dialog.rename input[name="name"]', "Carla Rossi");
  // The panel may be drawn anew meanwhile, because something about the people changed: what is typed stays.
  await host.evaluate("(async (panel) => { panel.requestUpdate(); await panel.updateComplete; })(document.querySelector('earshot-people'))");
  await host.click('[data-rename="yes"]');
  await says(captioner, ".seats", "Carla Rossi");
  await captioner.click("#leave");
  await sure(captioner);
  await captioner.waitForURL(`**/e/${slug}`);
});
