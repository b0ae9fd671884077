import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, CDPSession, Page } from "playwright-core";
import { TestProvider } from "../../src/server/control/accounts/test-provider.ts";
import { TestSmtp } from "../../src/server/mail/test-smtp.ts";
import { addAuthenticator, openPasskeys } from "./authenticator.ts";
import { comeTrue } from "./come-true.ts";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

/** Longest anything is waited for. Milliseconds; seconds as a rule, but the machine may be busy. */
const PATIENCE_MS = 60_000;

let house: RunningHouse;
let browser: Browser;
let smtp: TestSmtp;
let provider: TestProvider;
let folder: string;

before(async () => {
  smtp = await TestSmtp.open();
  provider = await TestProvider.open();
  folder = await mkdtemp(join(tmpdir(), "earshot-settings-"));
  const settings = { sign_in: { provider: { name: "Our house", issuer: provider.issuer, client_id: provider.clientId } } };
  const file = join(folder, "earshot.yaml");
  await writeFile(file, JSON.stringify(settings));
  const mail = { EARSHOT_MAIL_URL: smtp.url, EARSHOT_MAIL_FROM: "house@listen.test" };
  house = await startHouse({ ...mail, EARSHOT_SOUND_CHECK: "1", EARSHOT_CONFIG: file, EARSHOT_PROVIDER_SECRET: provider.secret });
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  await house.stop();
  smtp.close();
  provider.close();
  await rm(folder, { recursive: true });
});

async function openPage(): Promise<{ page: Page; devtools: CDPSession }> {
  const context = await browser.newContext({ locale: "en-GB", bypassCSP: true, viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return { page, devtools: await openPasskeys(page) };
}

test("an operator with two passkeys and printed codes, somebody who posts, and whoever the house's own service knows come back to their accounts", {
  timeout: 300_000,
}, async () => {
  const { page: operator, devtools } = await openPage();
  const first = await addAuthenticator(devtools, "internal");
  await operator.goto(house.hostLink);
  await operator.waitForURL("**/studio");
  await operator.click("earshot-account-hint a");
  await operator.fill('input[name="name"]', "Olga");
  await operator.click("#make-first");
  await operator.waitForSelector("#passkeys .warn");

  // The second one is another device: the first says that it already has a passkey here.
  await operator.click("#add-passkey");
  await comeTrue(operator, "/already has a passkey of yours/.test(document.querySelector('[role=alert]').innerText)");
  await devtools.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: first });
  const second = await addAuthenticator(devtools, "usb");
  await operator.click("#add-passkey");
  await comeTrue(operator, "document.querySelectorAll('#passkeys li').length === 2");
  assert.equal(await operator.locator("#passkeys .warn").count(), 0);
  await operator.click("#make-codes");
  await operator.waitForSelector("#sheet li");
  const earlier = await operator.locator("#sheet li").allInnerTexts();
  assert.equal(new Set(earlier).size, 10);
  await look(operator, "account-codes");
  await operator.goto(`${house.backstage}/account?lang=de`);
  await operator.click("#make-codes");
  await operator.click('dialog[open] [data-sure="yes"]');
  await operator.waitForSelector("#sheet li");
  const codes = await operator.locator("#sheet li").allInnerTexts();
  assert.equal(new Set([...earlier, ...codes]).size, 20, "a new sheet has new codes");
  await look(operator, "account-codes-de");
  await operator.click("#codes-done");
  await operator.click("#sign-out");
  await operator.waitForURL("**/sign-in");
  await operator.waitForSelector("#passkey");
  await operator.click("#passkey");
  await operator.waitForURL("**/studio");
  await operator.click("#accounts summary");
  await comeTrue(operator, "/Olga.*helps run the house, 2 passkeys, 10 codes/s.test(document.querySelector('#accounts').innerText)");
  await devtools.send("WebAuthn.setUserVerified", { authenticatorId: second, isUserVerified: false });
  await operator.goto(`${house.backstage}/sign-in`);
  await operator.click("#passkey");
  await comeTrue(operator, "document.querySelector('[role=alert]').innerText.length > 10");

  // Somebody who posts: by e-mail, and back to the event.
  const { page: listener } = await openPage();
  await listener.goto(`${house.backstage}/sign-in?event=sound-check`);
  await listener.fill('input[name="address"]', "eve@example.org");
  await listener.click("#send-link");
  await comeTrue(listener, "/on its way/.test(document.querySelector('[role=status]').innerText)");
  for (const until = Date.now() + PATIENCE_MS; smtp.mails.length === 0 && Date.now() < until; ) await sleep(50);
  const link = /http\S+#\S+/.exec(smtp.to("eve@example.org")[0]?.text ?? "")?.[0] ?? "";
  const { page: scanner } = await openPage();
  await scanner.goto(link);
  await scanner.waitForSelector("#open");
  await listener.goto(link);
  await listener.fill('input[name="name"]', "Eve");
  await listener.click("#open");
  await listener.waitForURL("**/e/sound-check");
  await listener.goto(`${house.backstage}/account`);
  assert.equal(await listener.inputValue('input[name="name"]'), "Eve");
  await scanner.click("#open");
  await comeTrue(scanner, "/does not work any more/.test(document.querySelector('[role=alert]').innerText)");

  // Somebody whom the house's own service knows, and who holds no seat yet.
  const { page: staff } = await openPage();
  await staff.goto(`${house.backstage}/sign-in`);
  await staff.click("#provider");
  await staff.waitForURL("**/account");
  assert.equal(await staff.inputValue('input[name="name"]'), "Ada Lovelace");

  // All devices lost: paper.
  const { page: paper } = await openPage();
  await paper.goto(`${house.backstage}/sign-in`);
  await paper.click("details summary");
  await paper.fill('input[name="code"]', codes[7] ?? "");
  await paper.click("#use-code");
  await paper.waitForURL("**/account");
  await comeTrue(paper, "/9 of ten codes/.test(document.querySelector('#codes')?.innerText)");
});
