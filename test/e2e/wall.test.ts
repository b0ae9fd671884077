import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { PersonView } from "../../src/wire/api.ts";
import type { PublicWall } from "../../src/wire/wall.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";
import { PAYLOADS } from "./payloads.ts";
import { write } from "./posts.ts";
import { call, openDevice } from "./walk.ts";

let house: RunningHouse;
let browser: Browser;
let moderator: Page;
let eve: Page;
let ben: Page;
let listener: Page;
const slug = "questions";
const alerts: string[] = [];

before(async () => {
  house = await startHouse();
  browser = await openBrowser();
  const person = async (locale: string) => {
    const context = await browser.newContext({ locale, bypassCSP: true, viewport: { width: 1280, height: 800 } });
    // Pages ask every few seconds; with a clock of our own nobody waits for the next time.
    await context.clock.install();
    return context;
  };
  const open = async (context: BrowserContext) => {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    // What is routed is not kept by the browser's cache: each time asked, the wall as it is now.
    await page.route("**/wall.json", (route) => route.continue());
    page.on("dialog", (dialog) => {
      alerts.push(dialog.message());
      void dialog.dismiss();
    });
    return page;
  };
  const [host, guest, other] = await Promise.all([person("de-DE"), person("en-GB"), person("de-DE")]);
  // Eve has the event page open beside the page where she writes.
  [moderator, eve, ben, listener] = await Promise.all([open(host), open(guest), open(other), open(guest)]);
});
after(async () => {
  await browser.close();
  await house.stop();
});

/** Waits until an expression is true on a page, letting the page ask the server again and again. */
const until = async (page: Page, expression: string) => {
  while (!(await page.evaluate(`Boolean(${expression})`))) {
    await page.clock.fastForward(8_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
};
const says = (page: Page, selector: string, ...texts: readonly string[]) =>
  until(page, `${JSON.stringify(texts)}.every((text) => document.querySelector(${JSON.stringify(selector)})?.textContent.includes(text))`);

describe("a wall of posts", { timeout: 400_000 }, () => {
  test("the host opens the wall; listeners post and ask, another votes, and all of it stands on the event page before the start", async () => {
    await moderator.goto(house.hostLink);
    await moderator.waitForURL("**/studio");
    const times = { startDate: "2031-01-01T20:00:00Z", timeZone: "UTC" };
    await call(moderator, "/api/events", { title: "Questions", ...times, speakers: [{ name: "Grace", role: "host" }] });
    await moderator.goto(`${house.backstage}/moderate/${slug}`);
    await moderator.check('#wall-settings input[value="everyone"]');
    await moderator.click("#save-wall");
    await says(moderator, "#wall-settings [role=status]", "Gespeichert.");
    await Promise.all([eve, ben].map((page) => page.goto(`${house.backstage}/wall/${slug}`)));
    await Promise.all([...[eve, ben].map((page) => until(page, "document.querySelector('#write') !== null")), listener.goto(`${house.front}/e/${slug}`)]);
    await write(eve, "Eve", "What did the loom weave?", "question");
    await says(ben, "main", "What did the loom weave?");
    await ben.click('[data-act="vote"]');
    await ben.waitForSelector('[data-act="vote"][aria-pressed="true"]');
    await ben.click('[data-act="clap"]');
    await ben.waitForSelector('[data-act="clap"][aria-pressed="true"]');
    await ben.click('[data-act="reply"]');
    await ben.fill('#write input[name="name"]', "Ben");
    await ben.fill("#text", "Flowers, I was told.");
    await ben.click("#send");
    await ben.click('[data-act="report"]');
    await ben.fill("#report textarea", "Wurde schon gefragt.");
    await ben.click('[data-act="send-report"]');
    await says(ben, "#done", "Danke. Die Moderation sieht es.");
    await says(moderator, "#posts", "What did the loom weave?");
    await moderator.locator("#posts li", { hasText: "What did the loom weave?" }).locator('[data-act="pin"]').click();
    await says(ben, "main", "Angeheftet", "Flowers, I was told.");
    await look(ben, "wall-de");
    await says(moderator, "#reports", "Wurde schon gefragt.");
    await moderator.click('#reports [data-act="dismiss"]');
    await moderator.waitForSelector("#reports li", { state: "detached" });
    await says(listener, "#wall", "Pinned", "wanted by 1", "👏 1", "Flowers, I was told.");
    await look(listener, "event-wall");
    // Who listens writes on the very page they listen on.
    await listener.click("#wall-join");
    await listener.waitForSelector("#wall #write");
    await write(listener, "Eve", "Written where one listens");
    await says(ben, "main", "Written where one listens");
    await says(listener, "#wall", "Written where one listens", "Pinned");
    assert.equal(new URL(listener.url()).pathname, `/e/${slug}`);
    await look(listener, "event-wall-writing");
  });

  test("at an event by invitation whoever has a seat reads and writes on the page backstage", async () => {
    const closed = { title: "Among us", startDate: "2031-01-01T20:00:00Z", timeZone: "UTC", visibility: "invited" };
    await call(moderator, "/api/events", {
      ...closed,
      speakers: [
        { name: "Grace", role: "host" },
        { name: "Paul", role: "producer" },
      ],
    });
    await call(moderator, "/api/events/among-us/wall", { opening: "everyone" }, "PATCH");
    const { people } = await call<{ people: PersonView[] }>(moderator, "/api/events/among-us/people");
    const paul = await openDevice(browser, "en-GB");
    await paul.goto(people.find(({ name }) => name === "Paul")?.link ?? assert.fail());
    await paul.waitForSelector("#join");
    await paul.goto(`${house.backstage}/wall/among-us`);
    await paul.fill("#write #text", "Are we ready?");
    await paul.click("#send");
    await paul.locator(".said", { hasText: "Are we ready?" }).waitFor();
    await paul.context().close();
  });

  test("whatever strangers write is letters: nothing runs, nothing is loaded, no link of theirs can be followed", async () => {
    const written =
      (await eve.evaluate(`Promise.all(${JSON.stringify([PAYLOADS.slice(0, 6).join("\n"), PAYLOADS.slice(6, 12).join("\n"), PAYLOADS.slice(12).join("\n")])}.map((text) =>
      fetch("/api/events/${slug}/wall/posts", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ kind: "post", text, name: "<b>Eve</b>" }) }).then(({ status }) => status)))`)) as number[];
    assert.deepEqual(written, [201, 201, 201]);
    for (const page of [eve, listener, moderator]) {
      await says(page, "body", "gnp.exe", "constructor.constructor");
      assert.deepEqual(await page.evaluate("[...document.querySelectorAll('.said *, bdi b, bdi *:not(strong)')].map((element) => element.outerHTML)"), []);
      assert.doesNotMatch((await page.evaluate("document.body.textContent")) as string, /\u202E/);
    }
    assert.deepEqual(alerts, []);
    const file = await (await fetch(`${house.front}/e/${slug}/wall.json`)).text();
    assert.doesNotMatch(file, /[<>]/);
    const { posts } = JSON.parse(file) as PublicWall;
    assert.ok(
      posts.some(({ text }) => text.includes("<script>alert(1)</script>")),
      "and not one letter is lost",
    );
    const { headers } = await fetch(`${house.front}/e/${slug}/wall.json`);
    const again = await fetch(`${house.front}/e/${slug}/wall.json`, { headers: { "if-none-match": headers.get("etag") ?? "" } });
    assert.ok([200, 304].includes(again.status) && headers.get("etag") !== null && /max-age=\d/.test(headers.get("cache-control") ?? ""));
  });
});
