import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { TestPushService } from "../../src/server/push/test-push-service.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import type { PushNotice } from "../../src/wire/reminders.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse, WHOLE_CHROMIUM } from "./house.ts";
import { look } from "./look.ts";
import { call, come, openDevice, says } from "./walk.ts";

const slug = "looms-and-numbers";

let house: RunningHouse;
let browser: Browser;
let pushes: TestPushService;
let host: Page;

before(async () => {
  pushes = await TestPushService.open();
  house = await startHouse({ EARSHOT_PRIVATE_PUSH: "1" });
  browser = await openBrowser(undefined, WHOLE_CHROMIUM);
});
after(async () => {
  await browser?.close();
  await house?.stop();
  pushes.close();
});

const notice = async (number: number) => JSON.parse((await come("a push", () => pushes.received[number])).text) as PushNotice;
const state = async () => (await (await fetch(`${house.front}/live/${slug}/state.json`)).json()) as PublicState;

/** Answers the open question of the plan and waits until it was done. */
async function answer(): Promise<void> {
  await host.click("#plan-do");
  await host.waitForSelector("#plan dialog", { state: "detached" });
}

test("an evening called off and taken back is told on the device of whoever asked, until one tap ends it; made once more in two clicks it is at its address but, unlisted, in no list", {
  timeout: 400_000,
}, async () => {
  host = await openDevice(browser, "en-GB");
  await host.goto(house.hostLink);
  await host.waitForURL("**/studio");
  const times = { startDate: "2031-03-04T20:00:00+01:00", timeZone: "Europe/Berlin" };
  await call(host, "/api/events", { title: "Looms and numbers", ...times, language: "en", speakers: [{ name: "Ada", role: "host" }] });
  await host.goto(`${house.backstage}/studio/${slug}`);

  // The page's own policy holds here: the one address it may call beside its own is the backstage's.
  const listener = await openDevice(browser, "en-GB", { bypassCSP: false });
  // A headless browser reaches no push service: its answer is put in its place, everything else is real.
  const subscription = pushes.subscribe("/device");
  await listener.context().grantPermissions(["notifications"], { origin: house.front });
  await listener.addInitScript(`PushManager.prototype.subscribe = async function (options) {
    document.documentElement.dataset.subscribed = (options.userVisibleOnly ? "visible" : "hidden") + ", " + options.applicationServerKey.length + " bytes of key";
    return { toJSON: () => (${JSON.stringify({ endpoint: subscription.endpoint, keys: { p256dh: subscription.p256dh, auth: subscription.auth } })}) };
  };`);
  await listener.goto(`${house.front}/e/${slug}`);
  await listener.click("#remind summary");
  await listener.click("#remind-device");
  await listener.locator("#remind-device", { hasText: "Stop telling me" }).waitFor();
  assert.equal(await listener.getAttribute("html", "data-subscribed"), "visible, 65 bytes of key");
  await comeTrue(host, "document.querySelector('#reminders p')?.textContent.includes('1 on devices')");

  // Called off, and the way back, in steps: what was taken back is told like what was done.
  await host.click("#plan-cancel");
  await host.fill('#plan input[name="reason"]', "The hall is flooded.");
  await look(host, "studio-cancel");
  await answer();
  await listener.locator("#mood", { hasText: "Cancelled" }).waitFor();
  const cancelled = await notice(0);
  assert.deepEqual([cancelled.title, cancelled.url], ["Called off: Looms and numbers", `/e/${slug}`]);
  const german = await openDevice(browser, "de-DE");
  await german.goto(`${house.front}/e/${slug}`);
  await says(german, "#mood", "Abgesagt");
  await look(german, "event-cancelled-de");
  await german.context().close();
  await host.click("#plan-undo");
  await answer();
  await listener.waitForSelector("#before del", { state: "detached" });
  await listener.waitForSelector("#before time");
  assert.equal((await notice(1)).title, "Back again: Looms and numbers");
  assert.deepEqual(pushes.wrong, []);
  const { event } = await state();
  assert.equal(event.startDate, "2031-03-04T20:00:00+01:00");
  assert.equal(event.schedule?.history.filter(({ undoneDate }) => undoneDate !== undefined).length, 1);

  // The worker shows what the push service would deliver: handed to it by the browser's own tools.
  const tools = await listener.context().newCDPSession(listener);
  const registered = new Promise<string>((resolve) =>
    tools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      const [found] = registrations.filter(({ isDeleted }) => !isDeleted);
      if (found !== undefined) resolve(found.registrationId);
    }),
  );
  await tools.send("ServiceWorker.enable");
  await tools.send("ServiceWorker.deliverPushMessage", { origin: house.front, registrationId: await registered, data: JSON.stringify(cancelled) });
  const expression = `navigator.serviceWorker.ready.then((worker) => worker.getNotifications()).then((all) => all.map(({ title, body, tag, data }) => title + " | " + body + " | " + tag + " | " + data.url))`;
  const shown = await come("the notice on the device", async () => {
    const { result } = await tools.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
    return (result.value as string[])[0];
  });
  assert.equal(shown, `${cancelled.title} | ${cancelled.body} | ${slug} | /e/${slug}`);
  await listener.click("#remind-device");
  await listener.locator("#remind-status", { hasText: "You will not be told any more." }).waitFor();
  await comeTrue(host, "document.querySelector('#reminders p')?.textContent.includes('Nobody has asked')");

  // The same evening again, a week later.
  await host.goto(`${house.backstage}/studio/${slug}?lang=de`);
  await host.click("#plan-duplicate");
  await host.fill('#plan input[name="start"]', "2031-03-11T20:00");
  await look(host, "studio-duplicate-de");
  await host.click("#plan-do");
  await host.waitForURL(`**/studio/${slug}-2`);
  await listener.goto(house.front);
  assert.equal(await listener.locator("li a").filter({ hasText: "Looms" }).count(), 2);
  await host.click("#plan-edit");
  await host.selectOption('#plan select[name="visibility"]', "unlisted");
  await answer();
  await come("the list without it", async () => {
    await listener.reload();
    return (await listener.locator("li a").filter({ hasText: "Looms" }).count()) === 1 || undefined;
  });
  assert.equal((await fetch(`${house.front}/e/${slug}-2`)).status, 200);
});
