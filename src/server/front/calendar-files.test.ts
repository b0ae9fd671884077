import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { PublicEvent } from "../../wire/public-state.ts";
import { ask, EVENT, openFront } from "./test-front.ts";

test("the calendar of an event and of the house are files that every cache may keep for a minute", async () => {
  const house = await openFront();
  try {
    for (const path of [`/e/${EVENT.slug}/event.ics`, "/calendar.ics"]) {
      const { status, headers, body } = await ask(`${house.url}${path}`);
      assert.deepEqual([status, headers["content-type"], headers["cache-control"]], [200, "text/calendar; charset=utf-8", "public, max-age=60"], path);
      assert.match(body.toString(), /\r\nUID:ev1\r\n/);
      assert.match(body.toString().replaceAll("\r\n ", ""), /\r\nURL:http:\/\/listen\.test\/e\/evening\r\n/);
    }
    assert.equal((await ask(`${house.url}/e/evening/event.ics`)).headers["content-disposition"], 'inline; filename="evening.ics"');
    assert.equal((await ask(`${house.url}/e/nobody/event.ics`)).status, 404);
  } finally {
    await house.close();
  }
});

test("an unlisted event answers at its address and asks search engines to leave it out", async () => {
  const house = await openFront();
  try {
    const unlisted: PublicEvent = { ...EVENT, visibility: "unlisted" };
    await writeFile(join(house.dataFolder, "public/evening.json"), JSON.stringify(unlisted));
    house.passTime(1_000);
    for (const path of ["/e/evening", "/e/evening/event.ics"]) {
      const { status, headers } = await ask(`${house.url}${path}`);
      assert.deepEqual([status, headers["x-robots-tag"]], [200, "noindex"], path);
    }
  } finally {
    await house.close();
  }
});

test("who wants to speak is led from the event's page to the house's own page for it", async () => {
  const house = await openFront();
  try {
    const { status, headers } = await ask(`${house.url}/e/evening/ask`);
    assert.deepEqual([status, headers.location, headers["cache-control"]], [302, "http://backstage.test/hand/evening", "no-store"]);
  } finally {
    await house.close();
  }
});
