import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import type { EventView, PersonView } from "../../src/wire/api.ts";
import type { ListenerView } from "../../src/wire/listeners.ts";
import type { OwnWall } from "../../src/wire/wall-api.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";
import { PAYLOADS } from "./payloads.ts";
import { call, come, openDevice, takeSeat } from "./walk.ts";

/** How every text begins: letters that run from right to left, and a number that must not move to the other side. */
const HEBREW = "ערב 20:15";

let house: RunningHouse;
let browser: Browser;
const alerts: string[] = [];
/** What was found on all pages: told together at the end. */
const faults: string[] = [];
let used = 0;

before(async () => {
  house = await startHouse();
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
});

/** A text of somebody who writes Hebrew and means harm: as many payloads as fit, each field going on where the last one ended. Characters. */
function hostile(most: number): string {
  let text = HEBREW;
  for (let tried = 0; tried < PAYLOADS.length; tried++) {
    // What the house takes out of texts by itself is tried on the wall, where it says so.
    const payload = (PAYLOADS[used % PAYLOADS.length] as string).replace(/\u202E/g, "");
    if (text.length + 1 + payload.length > most) break;
    text += ` ${payload}`;
    used++;
  }
  return text;
}

/** A page whose alerts are kept: its own policy is out of force, so that nothing but the page itself stands between a text and its execution. */
async function open(locale: "en-GB" | "de-DE" = "en-GB"): Promise<Page> {
  const page = await openDevice(browser, locale);
  page.on("dialog", (dialog) => {
    alerts.push(`${page.url()}: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return page;
}

/** Stretches of text on a page that run from right to left and turn what stands around them, and elements that a text made. */
const FAULTS = `(() => {
  const foreign = /[\\u0590-\\u05ff]/;
  const faults = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!foreign.test(node.data) || element.closest("script, style, textarea, select, [aria-hidden=true]")) continue;
    const own = getComputedStyle(element).direction === "rtl";
    if (!own && foreign.test(node.data.replace(/\\u2068[^\\u2069]*\\u2069/g, ""))) faults.push("turns its line: " + element.outerHTML.slice(0, 160));
  }
  for (const field of document.querySelectorAll("input:not([type]), input[type=text], textarea"))
    if (foreign.test(field.value) && !field.readOnly && getComputedStyle(field).direction !== "rtl") faults.push("runs the wrong way: " + field.outerHTML.slice(0, 160));
  for (const made of document.querySelectorAll("[onerror], [onload], [onbegin], [ontoggle], [onfocus], iframe, math, template, object, body link[rel=stylesheet], a[href^='javascript:'], img[src='x']"))
    faults.push("was made by a text: " + made.outerHTML.slice(0, 160));
  return faults;
})()`;

/** Holds that a page shows Hebrew, turns nothing of its own by it, and was not made to do anything. */
async function holds(page: Page, name: string): Promise<void> {
  assert.match((await page.evaluate("document.body.innerText")) as string, /[\u0590-\u05ff]/, `${name} shows none of it`);
  faults.push(...((await page.evaluate(FAULTS)) as string[]).map((fault) => `${name}: ${fault}`));
}

/** Waits until a part of a page shows Hebrew. */
const shows = (page: Page, selector: string) =>
  comeTrue(page, `/[\\u0590-\\u05ff]/.test(document.querySelector(${JSON.stringify(selector)})?.textContent ?? "")`);

test("whatever people write, in letters that run the other way and with scripts in it: every page shows it as letters, in its own direction, and runs nothing", {
  timeout: 300_000,
}, async () => {
  const [host, producer, captioner, listener, hand] = [await open(), await open("de-DE"), await open(), await open(), await open("de-DE")];
  await host.goto(house.hostLink);
  await host.waitForURL("**/studio");
  const draft = (more: object) => ({ title: hostile(120), description: hostile(900), startDate: "2031-01-01T20:00:00Z", timeZone: "UTC", ...more });
  const speakers = (["host", "producer", "captioner"] as const).map((role) => ({ name: hostile(80), role }));
  const { slug } = await call<EventView>(host, "/api/events", draft({ slug: "foreign", language: "he", speakers }));
  await call(host, `/api/events/${slug}/repeat`, { every: "week", count: 2, title: hostile(120) });
  const [series] = (await call<{ series: { slug: string }[] }>(host, "/api/series")).series;
  await call(host, `/api/series/${series?.slug}`, { description: hostile(900) }, "PATCH");
  await call(host, `/api/events/${slug}/reschedule`, { startDate: new Date(Date.now() + 3_600_000).toISOString(), reason: hostile(280) });
  await call(host, `/api/events/${slug}/notice`, { message: hostile(280), expectedMinutes: 9 });

  // Before the start.
  await listener.goto(`${house.front}/e/${slug}`);
  await shows(listener, "#before .reason");
  await listener.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })");
  await holds(listener, "the event page before the start");
  await look(listener, "event-hebrew");
  for (const path of ["/", `/s/${series?.slug}`]) {
    await listener.goto(house.front + path);
    await listener.waitForSelector("li a");
    await holds(listener, path);
  }
  await host.goto(`${house.backstage}/studio`);
  await shows(host, ".list");
  await holds(host, "the list of events");
  await host.goto(`${house.backstage}/operate`);
  await shows(host, "#house-events");
  await holds(host, "/operate");

  // Listeners with names, at an event by invitation.
  const closed = await call<EventView>(host, "/api/events", draft({ slug: "closed", visibility: "invited", speakers: [{ name: hostile(80), role: "host" }] }));
  const { listeners } = await call<{ listeners: ListenerView[] }>(host, `/api/events/${closed.slug}/listeners`, { names: [hostile(80), hostile(80)] });
  assert.ok(listeners.length > 0);
  await host.goto(`${house.backstage}/studio/${closed.slug}`);
  await shows(host, "#listeners li");
  await shows(host, "earshot-people");
  await holds(host, "the studio with invited listeners");

  // On the wall: a post that is reported, held with a reason and appealed.
  await call(host, `/api/events/${slug}/wall`, { opening: "everyone" }, "PATCH");
  await call(host, `/api/events/${slug}/hand-queue`, { open: true });
  await hand.goto(`${house.backstage}/wall/${slug}`);
  const post = await call<{ id: string }>(hand, `/api/events/${slug}/wall/posts`, { kind: "post", text: hostile(500), name: hostile(40) });
  await listener.goto(`${house.backstage}/wall/${slug}`);
  await shows(listener, ".said");
  await call(listener, `/api/events/${slug}/wall/posts/${post.id}/report`, { rule: "off-topic", reason: hostile(300) });
  await host.goto(`${house.backstage}/moderate/${slug}`);
  await shows(host, "#reports .reasons");
  await holds(host, "the moderator's page with a report");
  await call(host, `/api/events/${slug}/moderation/acts`, { act: "hold", post: post.id, rule: "off-topic", reason: hostile(300) });
  const { statements } = await call<OwnWall>(hand, `/api/events/${slug}/wall/mine`);
  await call(hand, `/api/events/${slug}/wall/appeals`, { act: statements[0]?.id ?? "", text: hostile(300) });
  await hand.reload();
  await comeTrue(hand, "document.querySelectorAll('bdi').length > 0");
  await hand.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })");
  await holds(hand, "the page of whoever was moderated");
  await host.reload();
  await shows(host, "#appeals .said");
  await holds(host, "the moderator's page with an appeal");

  // On air: chat, announcement, chapter, captions, a raised hand.
  const { people } = await call<{ people: PersonView[] }>(host, `/api/events/${slug}/people`);
  const linkOf = (wanted: string) => people.find(({ role }) => role === wanted)?.link ?? assert.fail(wanted);
  await Promise.all([host.goto(`${house.backstage}/studio/${slug}`), producer.goto(linkOf("producer")), captioner.goto(linkOf("captioner"))]);
  await shows(captioner, "#start-card");
  await holds(captioner, "what somebody backstage is told of the move");
  await takeSeat(host);
  await comeTrue(host, "document.querySelectorAll('.seats li:not(.away)').length === 1");
  await host.click("#go-live");
  await host.waitForSelector("body.on-air");
  const [line, announcement, chapter] = [hostile(500), hostile(160), hostile(80)];
  await producer.fill('#chat input[name="line"]', line);
  await producer.press('#chat input[name="line"]', "Enter");
  await producer.fill('#announce input[name="announcement"]', announcement);
  await producer.press('#announce input[name="announcement"]', "Enter");
  await producer.fill('#chapter input[name="title"]', chapter);
  await producer.press('#chapter input[name="title"]', "Enter");
  await hand.goto(`${house.backstage}/hand/${slug}`);
  await hand.fill('input[name="name"]', hostile(80));
  await hand.fill('input[name="topic"]', hostile(140));
  await hand.click("#raise");
  await shows(hand, "section p[dir]");
  await holds(hand, "the page of a raised hand");
  await listener.goto(`${house.front}/e/${slug}`);
  await listener.click("#play");
  await comeTrue(listener, "window.earshot.player.status === 'playing'");
  await come("a caption at the listener's", async () => {
    await captioner.fill('#captions input[name="caption"]:not([disabled])', hostile(120));
    await captioner.press('#captions input[name="caption"]', "Enter");
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    return (await listener.evaluate("/[\\u0590-\\u05ff]/.test(document.querySelector('#captions').textContent)")) === true ? true : undefined;
  });
  await shows(listener, ".news");
  await holds(listener, "the event page on air");
  for (const selector of ["#chat .log", "#announce", "#hands .hand"]) await shows(host, selector);
  await host.evaluate("document.querySelectorAll('details').forEach((box) => { box.open = true; })");
  await holds(host, "the studio on air");
  await holds(producer, "the producer's studio");
  await shows(captioner, "#captions .log");
  await holds(captioner, "the captioner's desk");
  await look(host, "studio-hebrew");

  // To hear again.
  await host.click("#end");
  await host.click("#end-yes");
  await come("the replay", async () => ((await fetch(`${house.front}/e/${slug}/replay.json`)).status === 200 ? true : undefined));
  await listener.goto(`${house.front}/e/${slug}`);
  await shows(listener, "#replay .chapters");
  await holds(listener, "the replay");
  await listener.goto(`${house.front}/e/${slug}/clip/0-2?lang=de`);
  await listener.waitForSelector("#copy:not(:empty)");
  await holds(listener, "a clip");
  await look(listener, "clip-de");
  await listener.goto(`${house.front}/e/${slug}/embed?lang=de`);
  await listener.waitForSelector("#open:not(:empty)");
  await holds(listener, "the player in other pages");
  await look(listener, "embed-de");
  await host.goto(`${house.backstage}/studio/${slug}`);
  await shows(host, "h1");
  await holds(host, "the studio after the end");
  assert.deepEqual(faults, []);
  assert.deepEqual(alerts, []);
  assert.ok(used >= PAYLOADS.length, `only ${used} payloads fitted anywhere`);
});
