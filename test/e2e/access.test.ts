import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { openBrowser, type RunningHouse, startHouse } from "./house.ts";
import { look } from "./look.ts";

let house: RunningHouse;
let browser: Browser;
let operator: Page;
let receiver: Server;
const told: string[] = [];

before(async () => {
  house = await startHouse();
  browser = await openBrowser();
  operator = await (await browser.newContext({ locale: "en-GB", bypassCSP: true, viewport: { width: 1280, height: 800 } })).newPage();
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
  receiver.close();
  await browser.close();
  await house.stop();
});

test("the operator gives one program a token and has another one told, in the studio, in both languages", { timeout: 180_000 }, async () => {
  await operator.goto(house.hostLink);
  await operator.waitForURL("**/studio");
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
  await operator.waitForFunction("/event\\.made.*delivered/.test(document.querySelector('#access').innerText)");
  await operator.click('#access button[aria-label="Take away: Door display"]');
  await operator.waitForSelector('#access button[aria-label="Take away: Door display"]', { state: "detached" });
  assert.equal((await make("Too late", token)).status, 401);
  await operator.goto(`${house.backstage}/studio?lang=de`);
  await operator.click("#access summary");
  await operator.waitForSelector("#add-hook");
  await look(operator, "studio-access-de");
});
