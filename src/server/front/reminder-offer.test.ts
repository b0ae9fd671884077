import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { writeReminderOffer } from "../adapters/reminder-offer.ts";
import { ask, EVENT, openFront } from "./test-front.ts";

const OFFER = { at: "http://backstage.test", mail: true, push: "BKey" };

test("the page of an event to come offers reminders and may call where they are taken; state.json, which everybody asks for, says nothing of it", async (t) => {
  const front = await openFront();
  t.after(() => front.close());
  const page = async () => await ask(`${front.url}/e/evening`);
  assert.doesNotMatch((await page()).body.toString(), /"reminders"/);
  await writeReminderOffer(front.dataFolder, OFFER);
  front.passTime(1_000);
  const offered = await page();
  assert.ok(offered.body.toString().includes(`"reminders":${JSON.stringify(OFFER)}`));
  assert.match(String(offered.headers["content-security-policy"]), /connect-src 'self' http:\/\/backstage\.test;/);
  assert.doesNotMatch((await ask(`${front.url}/live/evening/state.json`)).body.toString(), /"reminders"/);
  // On air a wall may still be opened; of what was called off nothing goes to the house any more.
  for (const [change, policy] of [
    [{ status: "live" }, /connect-src 'self' http:\/\/backstage\.test;/],
    [{ status: "cancelled" }, /connect-src 'self';/],
  ] as const) {
    await writeFile(join(front.dataFolder, "public/evening.json"), JSON.stringify({ ...EVENT, ...change }));
    front.passTime(1_000);
    const silent = await page();
    assert.doesNotMatch(silent.body.toString(), /"reminders"/, JSON.stringify(change));
    assert.match(String(silent.headers["content-security-policy"]), policy);
  }
});
