import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { TestSmtp } from "../../src/server/mail/test-smtp.ts";
import { TestPushService } from "../../src/server/push/test-push-service.ts";
import type { PushNotice } from "../../src/wire/reminders.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

let house: RunningHouse;
let browser: Browser;
let smtp: TestSmtp;
let pushes: TestPushService;

before(async () => {
  smtp = await TestSmtp.open();
  pushes = await TestPushService.open();
  house = await startHouse({ EARSHOT_MAIL_URL: smtp.url, EARSHOT_MAIL_FROM: "Evenings <events@example.org>", EARSHOT_PRIVATE_PUSH: "1" });
  browser = await openBrowser();
});
after(async () => {
  await browser?.close();
  await house?.stop();
  smtp.close();
  pushes.close();
});

/** Waits for what comes over real sockets. */
async function come<Thing>(look: () => Thing | undefined): Promise<Thing> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("a listener asks on the event page to be reminded, confirms by the mail's link, hears of the postponement by mail and on the device, and ends it by one tap", {
  timeout: 240_000,
}, async () => {
  const open = async (locale: string) =>
    await (await browser.newContext({ locale, timezoneId: "Europe/Berlin", bypassCSP: false, viewport: { width: 1280, height: 800 } })).newPage();
  const host = await (
    await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", bypassCSP: true, viewport: { width: 1280, height: 800 } })
  ).newPage();
  await host.goto(house.hostLink);
  await host.waitForURL("**/studio");
  const made = (await host.evaluate(`fetch("/api/events", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({
    title: "Looms and numbers", startDate: "2031-03-04T20:00:00+01:00", timeZone: "Europe/Berlin", description: "", language: "en", speakers: [{ name: "Ada", role: "host" }] }) }).then((answer) => answer.json())`)) as {
    slug: string;
  };
  const { slug } = made;

  // The page's own policy holds here: the one address it may call beside its own is the backstage's.
  const listener: Page = await open("en-GB");
  // A headless browser reaches no push service: its answer is put in its place, everything else is real.
  const subscription = pushes.subscribe("/device");
  await listener.context().grantPermissions(["notifications"], { origin: house.front });
  await listener.addInitScript(`PushManager.prototype.subscribe = async function (options) {
    document.documentElement.dataset.subscribed = (options.userVisibleOnly ? "visible" : "hidden") + ", " + options.applicationServerKey.length + " bytes of key";
    return { toJSON: () => (${JSON.stringify({ endpoint: subscription.endpoint, keys: { p256dh: subscription.p256dh, auth: subscription.auth } })}) };
  };`);
  await listener.goto(`${house.front}/e/${slug}`);
  await listener.click("#remind summary");
  await listener.fill("#remind-mail", "eve@example.com");
  await listener.click("#remind-send");
  await listener.locator("#remind-status", { hasText: "eve@example.com" }).waitFor();
  await listener.click("#remind-device");
  await listener.locator("#remind-device", { hasText: "Stop telling me" }).waitFor();
  assert.equal(await listener.getAttribute("html", "data-subscribed"), "visible, 65 bytes of key");
  const kept = await browser.newContext({ locale: "en-GB", timezoneId: "Europe/Berlin", bypassCSP: true });
  const shown = await kept.newPage();
  await shown.goto(`${house.front}/e/${slug}`);
  await shown.click("#remind summary");
  await shown.goto(`${house.front}/e/${slug}?lang=de`);
  await shown.click("#remind summary");
  await shown.waitForFunction("document.querySelector('#remind-send').textContent === 'Per E-Mail erinnern'");
  await look(shown, "event-remind-de");

  const asked = await come(() => smtp.to("eve@example.com")[0]);
  const link = /http:\/\/localhost:\d+\/reminder\/[\w-]{43}/.exec(asked.text)?.[0] ?? assert.fail(asked.text);
  await shown.goto(link);
  await shown.waitForSelector("#confirm");
  await look(shown, "reminder-asked");
  await shown.click("#confirm");
  await shown.waitForFunction("document.querySelector('#confirm') === null && document.querySelector('#end') !== null");
  await shown.goto(`${link}?lang=de`);
  await shown.waitForFunction("document.querySelector('#end')?.textContent === 'Keine Erinnerungen mehr'");

  await host.goto(`${house.backstage}/studio/${slug}`);
  await host.waitForFunction("document.querySelector('#reminders p')?.textContent.includes('1 by e-mail, 1 on devices')");
  await host.click("#plan-postpone");
  await host.check('#plan input[value="no"]');
  await host.fill('#plan input[name="reason"]', "The hall is flooded.");
  await host.click("#plan-do");
  const news = await come(() => smtp.to("eve@example.com")[1]);
  assert.equal(news.headers.get("subject"), "Postponed: Looms and numbers");
  assert.match(news.text, /The hall is flooded\./);
  const push = JSON.parse((await come(() => pushes.received[0])).text) as PushNotice;
  assert.deepEqual([push.title, push.url], ["Postponed: Looms and numbers", `/e/${slug}`]);
  assert.deepEqual(pushes.wrong, []);
  await host.waitForFunction("document.querySelector('#reminders li')?.textContent.includes('2 sent, 0 waiting, 0 failed')");

  // The worker shows what the push service would deliver: handed to it by the browser's own tools.
  const tools = await listener.context().newCDPSession(listener);
  const registered = new Promise<string>((resolve) =>
    tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [found] = registrations.filter(({ isDeleted }) => !isDeleted);
      if (found !== undefined) resolve(found.registrationId);
    }),
  );
  await tools.send("ServiceWorker.enable");
  await tools.send("ServiceWorker.deliverPushMessage", { origin: house.front, registrationId: await registered, data: JSON.stringify(push) });
  const notices = `navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) => all.map(({ title, body, tag, data }) => title + " | " + body + " | " + tag + " | " + data.url))`;
  const shownNotices = async () =>
    (await tools.send("Runtime.evaluate", { expression: notices, awaitPromise: true, returnByValue: true })).result.value as string[];
  while ((await shownNotices()).length === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(await shownNotices(), [`${push.title} | ${push.body} | ${slug} | /e/${slug}`]);

  // The one tap of a mail program, and the button on the page.
  const one = /^<(.+)>$/.exec(news.headers.get("list-unsubscribe") ?? "")?.[1] ?? "";
  assert.equal((await fetch(one, { method: "POST", body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) })).status, 204);
  await shown.reload();
  await shown.waitForFunction("document.querySelector('#reminder-state')?.textContent.startsWith('Es gibt keine Erinnerung mehr')");
  await listener.click("#remind-device");
  await listener.locator("#remind-status", { hasText: "You will not be told any more." }).waitFor();
  await host.waitForFunction("document.querySelector('#reminders p')?.textContent.includes('Nobody has asked')");
});
