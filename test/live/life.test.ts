import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type ReceivedMail, TestSmtp } from "../../src/server/mail/test-smtp.ts";
import type { PublicState } from "../../src/wire/public-state.ts";
import { speak } from "../material/speech.ts";
import { addAuthenticator, openPasskeys } from "../e2e/authenticator.ts";
import { comeTrue } from "../e2e/come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "../e2e/house.ts";
import { look } from "../e2e/look.ts";
import { moderate, write } from "../e2e/posts.ts";
import { startRecording } from "../e2e/record.ts";
import { come, hears, hearsNothing, onStage, openDevice, says, sure } from "../e2e/walk.ts";

/** How long before the start the doors open, and when the evening at last begins. Minutes: the doors are open at once. */
const DOORS_MINUTES = 60;
const SOON_MINUTES = 40;
const ZONE = "Europe/Berlin";
const TITLE = "Looms and numbers";
const slug = "looms-and-numbers";

let folder = "";
let house: RunningHouse;
let browser: Browser;
let smtp: TestSmtp;
/** Host, guest, co-host, and two of the audience: each a device of its own. */
let grace: Page;
let ada: Page;
let jean: Page;
let lena: Page;
let eve: Page;
/** Beside their event pages: the host's queue of posts, Eve's hand and what she writes. */
let moderation: Page;
let hand: Page;
let wall: Page;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "earshot-life-"));
  smtp = await TestSmtp.open();
  house = await startHouse({ EARSHOT_MAIL_URL: smtp.url, EARSHOT_MAIL_FROM: "Evenings <events@example.org>" });
  browser = await openBrowser(
    speak(folder, "voice", "en-gb", "Good evening. Tonight we talk about looms, about numbers, and about what a machine can weave out of them.", 40),
  );
});
after(async () => {
  await browser?.close();
  await house?.stop();
  smtp.close();
  await rm(folder, { recursive: true, force: true });
});

const event = () => `${house.front}/e/${slug}`;
const state = async () => (await (await fetch(`${house.front}/live/${slug}/state.json`)).json()) as PublicState;
const mailNamed = (subject: string, before = 0) =>
  come<ReceivedMail>(
    `the mail "${subject}"`,
    () => smtp.to("lena@example.com").filter(({ headers }) => headers.get("subject") === `${subject}: ${TITLE}`)[before],
  );

/** Puts a new time into the plan's question, with a reason, and waits until it is done. */
async function postpone(start: string | undefined, reason: string): Promise<void> {
  await grace.click("#plan-postpone");
  if (start === undefined) await grace.check('#plan input[value="no"]');
  else await grace.fill('#plan input[name="start"]', start);
  if (reason !== "") await grace.fill('#plan input[name="reason"]', reason);
  if (start === undefined) await look(grace, "life-studio-postpone");
  await grace.click("#plan-do");
  await grace.waitForSelector("#plan dialog", { state: "detached" });
}

/** Waits for a notice of moderation on Eve's page. Its clock is ours: nobody waits for the next time it asks. */
async function isTold(selector: string): Promise<void> {
  await come(selector, async () => {
    if ((await wall.locator(selector).count()) > 0) return true;
    await wall.clock.fastForward(8_000);
    return undefined;
  });
}

let broken = false;
/** A step of the walk; after one that failed none can hold. */
function step(claim: string, walk: (context: TestContext) => Promise<void>): void {
  test(claim, async (context) => {
    if (broken) return context.skip("an earlier step failed");
    broken = true;
    await walk(context);
    broken = false;
  });
}

describe("the whole life of one event", { timeout: 1_200_000 }, () => {
  step("the host makes an account with a passkey, signs out, and is back by the passkey alone", async () => {
    grace = await openDevice(browser, "en-GB");
    await addAuthenticator(await openPasskeys(grace), "internal");
    await grace.goto(house.hostLink);
    await grace.waitForURL("**/studio");
    await grace.click("earshot-account-hint a");
    await grace.fill('input[name="name"]', "Grace");
    await grace.click("#make-first");
    await grace.waitForSelector("#passkeys .warn");
    await look(grace, "life-account");
    await grace.click("#sign-out");
    await grace.waitForURL("**/sign-in");
    await grace.waitForSelector("#passkey");
    await look(grace, "life-sign-in");
    await grace.click("#passkey");
    await grace.waitForURL("**/studio");
  });

  step("the event is made in a zone of the host's choice; a listener elsewhere sees their own time, a countdown and the way into a calendar", async () => {
    await grace.fill('input[name="title"]', TITLE);
    await grace.fill('input[name="start"]', "2031-03-04T20:00");
    await grace.fill('textarea[name="description"]', "Ada and Jean talk about looms.");
    await grace.click("earshot-event-form summary");
    await grace.fill('input[name="doors"]', String(DOORS_MINUTES));
    await grace.fill('input[name="host"]', "Grace");
    await grace.fill('input[name="speaker"]', "Ada");
    await look(grace, "life-studio-form");
    await grace.click("#make");
    await grace.waitForURL(`**/studio/${slug}`);
    await grace.waitForSelector("#plan-time");
    [eve, lena] = [await openDevice(browser, "en-GB", { timezoneId: "America/New_York" }), await openDevice(browser, "de-DE")];
    await Promise.all([eve.goto(event()), lena.goto(event())]);
    await eve.waitForSelector("#start:not(:empty)");
    assert.match(await eve.innerText("#before"), /2031.*14:00, your time\s+.*20:00 where it is announced \(Europe\/Berlin\)/s);
    assert.match(await eve.innerText("#start"), /^in [\d,]+ days$/);
    assert.equal(await eve.getAttribute("#before a.button", "href"), `/e/${slug}/event.ics`);
    await look(eve, "life-event-before");
  });

  step("a co-host is invited, opens the personal link on a device of their own, and makes an account there", async () => {
    await grace.fill('#people form input[name="name"]', "Jean");
    await grace.selectOption('#people select[name="role"]', "co-host");
    await grace.click("#people form > button");
    jean = await openDevice(browser, "de-DE");
    await addAuthenticator(await openPasskeys(jean), "internal");
    await jean.goto(await grace.inputValue('#people input[data-person="Jean"]'));
    await jean.waitForSelector("#phase");
    assert.equal(new URL(jean.url()).hash, "", "the secret leaves the address bar");
    await jean.click("earshot-account-hint a");
    await jean.click("#make-first");
    await jean.waitForSelector("#passkeys");
    await look(jean, "life-account-de");
    await jean.click("#sign-out");
    await jean.waitForSelector("#passkey");
    await look(jean, "life-sign-in-de");
    await jean.click("#passkey");
    await jean.waitForURL("**/studio");
    await jean.waitForSelector(`a.item[href="/studio/${slug}"]`);
    assert.equal(await jean.locator("earshot-event-form").count(), 0, "who runs one event makes no others");
    await look(jean, "life-studio-list-de");
    await jean.click(`a.item[href="/studio/${slug}"]`);
    await jean.waitForSelector("#phase");
  });

  step("a listener asks on the event page to be reminded, and confirms by the mail's link", async () => {
    await lena.click("#remind summary");
    await lena.fill("#remind-mail", "lena@example.com");
    await lena.click("#remind-send");
    await says(lena, "#remind-status", "lena@example.com");
    await look(lena, "life-event-remind-de");
    const asked = await mailNamed("Bitte bestätigen");
    const link = /http:\/\/localhost:\d+\/reminder\/[\w-]{43}/.exec(asked.text)?.[0] ?? assert.fail(asked.text);
    const reminder = await lena.context().newPage();
    await reminder.goto(link);
    await reminder.waitForSelector("#confirm");
    await look(reminder, "life-reminder-de");
    await reminder.click("#confirm");
    await comeTrue(reminder, "document.querySelector('#confirm') === null && document.querySelector('#end') !== null");
    await reminder.goto(`${link}?lang=en`);
    await reminder.waitForSelector("#end");
    await look(reminder, "life-reminder");
    await reminder.close();
    await says(grace, "#reminders", "1 by e-mail");
  });

  step("postponed to a new time, and again without one: page, calendar entry and mail tell it, nobody reloads", async () => {
    await postpone("2031-03-05T21:30", "The line to Ada is broken.");
    await eve.waitForSelector("#before del");
    const moved = await eve.innerText("#before");
    assert.match(moved, /Was announced for Tue,? 4 March 2031.*14:00/);
    assert.match(moved, /New time: Wed,? 5 March 2031.*15:30/);
    assert.match(moved, /The line to Ada is broken\./);
    const newTime = await mailNamed("Neue Zeit");
    assert.match(newTime.text, /Beginn ist jetzt Mittwoch, 5\. März 2031.*nicht mehr Dienstag, 4\. März 2031[\s\S]*The line to Ada is broken\./);
    await look(eve, "life-event-moved");
    await look(grace, "life-studio-moved");

    await postpone(undefined, "The hall is flooded.");
    await says(lena, "#before .news", "Die neue Zeit steht bald hier");
    await look(lena, "life-event-postponed-de");
    assert.match((await mailNamed("Verschoben")).text, /The hall is flooded\./);
    const calendar = await (await fetch(`${event()}/event.ics`)).text();
    assert.match(calendar, /SEQUENCE:2\r/);
  });

  step("at last it has a time that holds: the doors open, and whoever wants to be reminded is told", async () => {
    const soon = Temporal.Now.zonedDateTimeISO(ZONE).add({ minutes: SOON_MINUTES }).toPlainDateTime().toString({ smallestUnit: "minute" });
    await postpone(soon, "");
    await come("the doors", async () => (await state()).status === "doors" || undefined);
    await says(lena, "#before", "Der Einlass ist offen.");
    assert.match(await lena.innerText("#start"), /^in \d\d:\d\d$/);
    await look(lena, "life-event-doors-de");
  });

  step("host and guest come through the green room; the wall and the queue of hands are opened", async () => {
    ada = await openDevice(browser, "de-DE");
    await ada.goto(await grace.inputValue('input[data-person="Ada"]'));
    await ada.waitForSelector("#join:not([disabled])");
    await look(ada, "life-green-room-de");
    await grace.click("#join:not([disabled])");
    await ada.click("#join");
    await Promise.all([comeTrue(grace, onStage(2)), comeTrue(ada, onStage(2))]);
    [moderation] = await Promise.all([grace.context().waitForEvent("page"), grace.click("#to-moderation")]);
    await moderation.check('#wall-settings input[value="everyone"]');
    await moderation.click("#save-wall");
    await says(moderation, "#wall-settings [role=status]", "Saved.");
    await grace.check("#hands-open");
    // The notice goes out before the first word does.
    await mailNamed("Gleich");
  });

  step("Go live: the same page goes on air, and after one tap a listener hears them", async () => {
    await grace.click("#go-live");
    await grace.waitForSelector("body.on-air");
    await lena.click("#play");
    await comeTrue(lena, "window.earshot.player.status === 'playing'");
    await startRecording(lena, "window.earshot.audio");
    await hears(lena);
    await mailNamed("Jetzt auf Sendung");
    await lena.waitForSelector("#wall-join");
    await look(lena, "life-event-live-de");
    await eve.waitForSelector("#ask:not([hidden])");
    await look(eve, "life-event-live");
    await look(grace, "life-studio-live");
    await look(ada, "life-studio-live-de");
  });

  step("while it plays a listener writes and reacts on the very page they listen on, and the sound goes on", async () => {
    const cuts = "['pause', 'emptied', 'ended'].forEach((type) => window.earshot.audio.addEventListener(type, () => window.cuts.push(type)))";
    await lena.evaluate(`window.cuts = []; ${cuts}`);
    await lena.click("#wall-join");
    await lena.waitForSelector("#wall #write");
    await write(lena, "Lena", "Wer hat den Webstuhl erfunden?");
    await says(moderation, "#posts", "Wer hat den Webstuhl erfunden?");
    await lena.click('[data-moment="clap"]');
    await says(lena, '[data-moment="clap"]', "1");
    await hears(lena);
    assert.deepEqual(await lena.evaluate("window.cuts"), [], "one page and one sound all the time");
    assert.equal(await lena.evaluate("window.earshot.player.status"), "playing");
  });

  step("a listener's hand is seen, brought on stage and arrives muted; who is muted by the host is heard again only by their own hand", async () => {
    [hand] = await Promise.all([eve.context().waitForEvent("page"), eve.click("#ask")]);
    await hand.waitForSelector("#raise");
    const form = await lena.context().newPage();
    await form.goto(`${house.backstage}/hand/${slug}`);
    await form.waitForSelector("#raise");
    await look(form, "life-hand-de");
    await form.close();
    await hand.fill('input[name="name"]', "Eve");
    await hand.fill('input[name="topic"]', "What did the loom weave?");
    await hand.click("#raise");
    await says(hand, "#place", "You are next.");
    await look(hand, "life-hand");
    await grace.waitForSelector('.hand [data-act="bring"]');
    assert.match(await grace.innerText(".hand"), /Eve\s+\d:\d\d\s+What did the loom weave\?/);
    await grace.click('.hand [data-act="bring"]');
    await hand.click("#accept");
    await hand.waitForURL(`**/studio/${slug}`);
    await hand.click("#join:not([disabled])");
    await says(hand, "#sound", "You are muted.");
    await comeTrue(grace, onStage(3));
    // With everybody else muted, what listeners hear is Eve.
    await grace.click(`.seats li:has([data-level]) button:text-is("Mute Ada")`);
    await says(ada, "#sound", "stumm");
    await grace.click("#mute");
    await says(grace, "#sound", "You are muted.");
    await hearsNothing(lena);
    await hand.click("#mute");
    await says(hand, "#sound", "Your sound is on stage.");
    await hears(lena);
    await look(hand, "life-studio-guest");
  });

  step("removed, a guest is silent at once and told so; the one who was muted unmutes and is heard", async () => {
    await grace.click('#people button[aria-label="Remove: Eve"]');
    await look(grace, "life-studio-remove");
    await sure(grace);
    await hand.waitForSelector('.wrong[role="alert"]');
    assert.equal(await hand.locator(".seats li, #phase, #leave").count(), 0, "nothing on the page says that they are still on stage");
    await hearsNothing(lena);
    await look(hand, "life-studio-removed");
    await ada.click("#mute");
    await hears(lena);
  });

  step("a post is held, let out and removed, its author suspended: each act is told at once, with its reason and the way to appeal", async () => {
    wall = await eve.context().newPage();
    await wall.clock.install();
    // What is routed is not kept by the browser's cache: each time asked, the wall as it is now.
    await wall.route("**/wall.json", (route) => route.continue());
    await wall.goto(`${house.backstage}/wall/${slug}`);
    await write(wall, "Eve", "Give me back my microphone");
    await moderate(moderation, "hold", "Give me back my microphone");
    await isTold('[data-told="hold"]');
    await moderation.click('#waiting [data-act="show"]');
    await isTold('[data-told="release"]');
    await moderate(moderation, "remove", "Give me back my microphone");
    await isTold('[data-told="remove"]');
    await comeTrue(moderation, "!document.querySelector('#posts')?.textContent.includes('Give me back my microphone')");
    await write(wall, "Eve", "My microphone, now!");
    // A form stays with the post it was opened at, whatever arrives above it meanwhile.
    await moderate(moderation, "suspend", "My microphone, now!", async () => {
      const other = await lena.context().newPage();
      await other.goto(`${house.backstage}/wall/${slug}`);
      await write(other, "Lena", "Was webt man aus Zahlen?");
      await says(other, "main", "Was webt man aus Zahlen?");
      await look(other, "life-wall-de");
      await other.close();
      await says(moderation, "#posts", "Was webt man aus Zahlen?");
      await look(moderation, "life-moderate");
    });
    await isTold('[data-told="suspend"]');
    await wall.waitForSelector("#write", { state: "detached" });
    assert.match(await wall.innerText('[data-told="suspend"]'), /Please keep to the subject\.[\s\S]*Until /);
    await wall.click('[data-told="suspend"] summary');
    await wall.fill('[data-told="suspend"] textarea', "I was carried away.");
    await look(wall, "life-wall-suspended");
    await wall.click('[data-told="suspend"] [data-act="appeal"]');
  });

  step("the co-host reads the appeal and reinstates the author, who writes again", async () => {
    const desk = await jean.context().newPage();
    await desk.goto(`${house.backstage}/moderate/${slug}`);
    await says(desk, "#appeals", "I was carried away.");
    await look(desk, "life-moderate-de");
    await desk.fill("#appeals textarea", "All right then.");
    await desk.click('#appeals [data-act="grant"]');
    await isTold('[data-told="suspend"][data-appeal="granted"]');
    await write(wall, "Eve", "Thank you");
    await says(desk, "#posts", "Thank you");
    await desk.close();
  });

  step("the operator sees who listens, with its course and what the number means", async () => {
    const desk = await grace.context().newPage();
    await desk.goto(`${house.backstage}/operate`);
    await desk.waitForSelector("earshot-audience .now:not(.old)");
    await desk.waitForSelector("earshot-audience svg.chart");
    await desk.click("earshot-audience summary");
    await says(desk, "earshot-audience details", "at least 8 seconds of sound");
    await look(desk, "life-operate");
    await desk.close();
  });

  step("the host hands over: the co-host's page gets End without a reload, the old host's loses it", async () => {
    assert.equal(await jean.locator("#end").count(), 0);
    await grace.click('#people button[aria-label="Make host: Jean"]');
    await look(grace, "life-studio-hand-over");
    await sure(grace);
    await jean.waitForSelector("#end");
    await jean.waitForSelector("#people input[data-person]");
    await grace.waitForSelector("#end", { state: "detached" });
    await look(jean, "life-studio-host-de");
  });

  step("ended: the replay is at the same address, for those who listened too, and whoever asked is told", async (context) => {
    await jean.click("#end");
    await jean.click("#end-yes");
    const asked = performance.now();
    await come("the replay", async () => (await fetch(`${event()}/replay.m3u8`)).status === 200 || undefined);
    context.diagnostic(`replay there after ${Math.round(performance.now() - asked)} ms`);
    await Promise.all([says(lena, "#mood", "Beendet"), says(eve, "#mood", "Ended")]);
    await lena.waitForSelector("#wave:not([hidden])");
    await lena.click("#play");
    await comeTrue(lena, "window.earshot.audio.currentTime > 0.5");
    await eve.waitForSelector("#wave:not([hidden])");
    await look(eve, "life-event-after");
    await look(lena, "life-event-after-de");
    await comeTrue(jean, "document.querySelector('#mute') === null && !document.body.classList.contains('on-air')");
    await look(jean, "life-studio-after-de");
    await mailNamed("Zum Nachhören");
    const subjects = smtp.to("lena@example.com").map(({ headers }) => headers.get("subject")?.split(":")[0]);
    assert.deepEqual(subjects, ["Bitte bestätigen", "Neue Zeit", "Verschoben", "Neue Zeit", "Gleich", "Jetzt auf Sendung", "Zum Nachhören"]);
  });
});
