import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { EventView } from "../../src/wire/api.ts";
import type { ListenerView } from "../../src/wire/listeners.ts";
import { drawCard } from "../../src/record/mod.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";
import { call, openDevice } from "./walk.ts";

let house: RunningHouse;
let browser: Browser;
let operator: Page;
let listener: Page;
/** A program elsewhere, and the types of what it was told. */
let receiver: Server;
const told: string[] = [];

before(async () => {
  house = await startHouse();
  browser = await openBrowser();
  operator = await openDevice(browser, "en-GB");
  listener = await openDevice(browser, "de-DE");
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      told.push((JSON.parse(body) as { type: string }).type);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  receiver?.close();
  await browser?.close();
  await house?.stop();
});

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
const draft = (title: string, minutes: number) => ({ title, startDate: inMinutes(minutes), timeZone: "Europe/Berlin", language: "en" });
const picture = { name: "evening.png", mimeType: "image/png", buffer: drawCard({ width: 640, height: 360, peaks: [], seed: "evening" }) };

/** Opens a page and looks at it once something of it is there. */
async function lookAt(page: Page, url: string, name: string, there: string): Promise<void> {
  // The same page with another fragment would not be loaded again.
  await page.goto("about:blank");
  await page.goto(url);
  await page.waitForSelector(there);
  await look(page, name);
}

test("a house with a name of its own: what its operator sets and makes is what listeners find, in both languages", { timeout: 400_000 }, async () => {
  await operator.goto(house.hostLink);
  await operator.waitForURL("**/studio");

  // The house: a colour that cannot be read is refused, one that can is on every page.
  await operator.goto(`${house.backstage}/operate`);
  await operator.waitForSelector("#house-settings");
  await operator.fill('#house-settings input[name="name"]', "Radio Ada");
  await operator.fill('#house-settings input[name="imprint"]', "https://example.org/imprint");
  await operator.uncheck('#house-settings input[name="ownLight"]');
  await operator.fill('#house-settings input[name="light"]', "#ffcc00");
  await operator.click("#house-save");
  await operator.waitForSelector("#house-settings .wrong");
  assert.match(await operator.innerText("#house-settings .wrong"), /accent: a contrast of at least 4\.5/);
  await operator.fill('#house-settings input[name="light"]', "#1b6b3a");
  await operator.setInputFiles('#house-settings input[type="file"]', picture);
  await operator.waitForSelector("#house-settings img.logo");
  await operator.fill('#house-settings input[name="light"]', "#1b6b3a");
  await operator.click("#house-save");
  await operator.waitForSelector("#house-settings .wrong", { state: "detached" });

  // A series, one of its evenings with a picture, and one that begins late.
  const { slug } = await call<EventView>(operator, "/api/events", {
    ...draft("Evenings with Ada", 24 * 60),
    speakers: [
      { name: "Ada", role: "host" },
      { name: "Jean", interprets: "de" },
    ],
  });
  await operator.goto(`${house.backstage}/studio/${slug}`);
  await operator.click("#plan-repeat");
  await operator.fill('#plan input[name="count"]', "3");
  await operator.fill('#plan input[name="series"]', "Ada, weekly");
  await operator.click("#plan-do");
  await operator.waitForSelector("#plan dialog", { state: "detached" });
  await operator.setInputFiles('#artwork input[type="file"]', picture);
  await operator.waitForSelector("#artwork img.artwork");
  const late = await call<EventView>(operator, "/api/events", { ...draft("Tonight", -0.97), description: "Numbers and looms." });
  await operator.goto(`${house.backstage}/studio/${late.slug}`);
  await operator.click("#plan-notice");
  await operator.fill('#plan input[name="message"]', "Ada's connection needs a minute.");
  await operator.fill('#plan input[name="expected"]', "10");
  await operator.click("#plan-do");
  await operator.waitForSelector("#plan-told");

  // What listeners find.
  await listener.goto(house.front);
  assert.equal((await listener.innerText("h1")).trim(), "Radio Ada");
  assert.equal(await listener.locator("li a").filter({ hasText: "Evenings with Ada" }).count(), 3);
  await comeTrue(listener, "[...document.images].length === 2 && [...document.images].every((image) => image.complete && image.naturalWidth > 0)");
  assert.match(await listener.innerText("footer"), /Impressum/);
  assert.equal(await listener.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--accent').trim()"), "#1b6b3a");
  await look(listener, "home-named");
  await lookAt(listener, `${house.front}/?lang=en`, "home-named-en", "li a");
  await lookAt(listener, `${house.front}/e/nothing-here`, "not-found", "h1");
  await lookAt(listener, `${house.front}/e/nothing-here?lang=en`, "not-found-en", "h1");
  await lookAt(listener, `${house.front}/s/ada-weekly?lang=en`, "series-en", "li a");
  await lookAt(listener, `${house.front}/s/ada-weekly`, "series-de", "li a");
  assert.equal(await listener.locator("li a").count(), 3);
  assert.equal(await listener.getAttribute(".subscribe a[href$='feed.xml']", "href"), "/s/ada-weekly/feed.xml");
  await listener.goto(`${house.front}/e/${slug}?lang=en`);
  await listener.waitForSelector("#before img.artwork");
  assert.match(await listener.innerText("#before"), /Spoken in English\. Interpreted into German\./);
  assert.match(await listener.innerText("#speakers"), /Ada\s+host/);
  await listener.goto(`${house.front}/e/${late.slug}`);
  await listener.waitForSelector("#before .late .news");
  await comeTrue(listener, "/^Der Beginn war vor .* geplant/.test(document.querySelector('#start').textContent)");
  assert.match(await listener.innerText("#before .late"), /needs a minute\..*wird jetzt um \d\d:\d\d erwartet/s);
  await look(listener, "event-late");

  // By invitation: closed, until the personal link is opened.
  await operator.click("#plan-edit");
  await operator.selectOption('#plan select[name="visibility"]', "invited");
  await operator.click("#plan-do");
  await operator.waitForSelector("#plan dialog", { state: "detached" });
  await operator.fill('#listeners textarea[name="names"]', "Eve\nGrace");
  await operator.click("#make-links");
  await operator.waitForSelector("#listeners li:nth-child(2)");
  await look(operator, "studio-invited");
  await lookAt(operator, `${house.backstage}/studio/${late.slug}?lang=de`, "studio-invited-de", "#listeners li:nth-child(2)");
  const { listeners } = (await operator.evaluate(`fetch("/api/events/${late.slug}/listeners").then((answer) => answer.json())`)) as {
    listeners: ListenerView[];
  };
  await listener.goto(`${house.front}/e/${late.slug}`);
  assert.match(await listener.innerText("main"), /für eingeladene Gäste/);
  await look(listener, "invited-de");
  await lookAt(listener, `${house.front}/e/${late.slug}?lang=en`, "invited-en", "h1");
  for (const lang of ["en", "de"])
    await lookAt(listener, `${house.backstage}/enter?lang=${lang}#never-made-0123456789`, `enter-${lang}`, "#status:not(:empty)");
  await lookAt(listener, `${house.backstage}/api`, "api", "section");
  await listener.goto(listeners[0]?.link ?? "");
  await listener.waitForSelector("#before .late");
  assert.equal(new URL(listener.url()).search, "");
  await listener.reload();
  await listener.waitForSelector("#before .late");

  // The operator reads all of it at a glance.
  await operator.goto(`${house.backstage}/operate?lang=de`);
  await operator.waitForSelector("#house-events tbody tr:nth-child(4)");
  assert.match(await operator.innerText("#health"), /Alles läuft\./);
  await operator.click("#log summary");
  await operator.waitForSelector("#log .log li");
  assert.match(await operator.innerText("#log .log"), /process started/);
  await look(operator, "operate");

  // A series gets its own words, and the next evening is put into it while it is made.
  await operator.click("#house-series li summary");
  await operator.fill('#house-series li input[name="title"]', "Ada, every week");
  await operator.fill('#house-series li textarea[name="description"]', "Numbers, looms and tea.");
  await operator.click("#house-series li form button");
  await operator.locator("#house-series li [role=status]", { hasText: "Gespeichert." }).waitFor();
  await listener.goto(`${house.front}/s/ada-weekly`);
  assert.match(await listener.innerText("header"), /Ada, every week\s+Numbers, looms and tea\./);
  await operator.goto(`${house.backstage}/studio`);
  await operator.fill('earshot-event-form input[name="title"]', "One more evening");
  await operator.selectOption('earshot-event-form select[name="series"]', { label: "Ada, every week" });
  await operator.click("#make");
  await operator.waitForURL("**/studio/one-more-evening");
  assert.equal((await call<EventView>(operator, "/api/events/one-more-evening")).series?.slug, "ada-weekly");
  await lookAt(operator, `${house.backstage}/operate?lang=en`, "operate-en", "#house-events tbody tr:nth-child(4)");
});

test("the operator gives one program a token and has another one told, in the studio, in both languages", { timeout: 400_000 }, async () => {
  await operator.goto(`${house.backstage}/studio?lang=en`);
  await operator.click("#access summary");
  await operator.fill('#access input[name="url"]', `http://127.0.0.1:${(receiver.address() as { port: number }).port}/hook`);
  await operator.click("#add-hook");
  await operator.fill('#access input[name="name"]', "Door display");
  await operator.check('#access input[value="events:write"]');
  await operator.click("#make-token");
  await operator.waitForSelector("#token");
  const token = await operator.inputValue("#token");
  await look(operator, "studio-access");

  const make = (title: string, bearer: string) =>
    fetch(`${house.backstage}/api/events`, {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" },
      body: JSON.stringify({ title, startDate: "2031-01-01T20:00:00Z", timeZone: "UTC" }),
    });
  assert.equal((await make("Made by a program", token)).status, 201);
  assert.equal((await fetch(`${house.backstage}/api/tokens`, { headers: { authorization: `Bearer ${token}` } })).status, 403);
  const until = Date.now() + 10_000;
  while (told.length === 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(told, ["event.made"]);
  await operator.click('#access button[aria-label^="Messages"]');
  await comeTrue(operator, "/event\\.made.*delivered/.test(document.querySelector('#access').innerText)");
  await operator.click('#access button[aria-label="Take away: Door display"]');
  await operator.waitForSelector('#access button[aria-label="Take away: Door display"]', { state: "detached" });
  assert.equal((await make("Too late", token)).status, 401);
  await operator.goto(`${house.backstage}/studio?lang=de`);
  await operator.click("#access summary");
  await operator.waitForSelector("#add-hook");
  await look(operator, "studio-access-de");
});
