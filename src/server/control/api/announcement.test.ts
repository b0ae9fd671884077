import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { drawCard } from "../../../record/mod.ts";
import type { ActList, AudienceAnswer, EventView } from "../../../wire/api.ts";
import type { ListenerRecord, ListenerView } from "../../../wire/listeners.ts";
import type { PublicEvent, SeriesRecord } from "../../../wire/public-state.ts";
import type { RepeatAnswer, SeriesView } from "../../../wire/series.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

let house: TestHouse;
let operator: Visitor;
let slug = "";
let at = "";
beforeEach(async () => {
  house = await TestHouse.open();
  operator = await house.operator();
  ({ slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body);
  at = `/api/events/${slug}`;
});
afterEach(async () => await house[Symbol.asyncDispose]());

const told = (address = slug) => house.readJson<PublicEvent>("public", `${address}.json`);
const listed = async () => (await house.readJson<PublicEvent[]>("public", "index.json")).filter(({ permanent }) => !permanent).map((event) => event.slug);
const picture = (seed: string) => drawCard({ width: 200, height: 100, peaks: [], seed });

async function upload(path: string, body: Uint8Array, visitor = operator): Promise<{ status: number; body: { code?: string } }> {
  const response = await fetch(`${house.control.url}${path}`, { method: "POST", headers: { cookie: visitor.cookie ?? "" }, body: new Uint8Array(body) });
  return { status: response.status, body: (await response.json()) as { code?: string } };
}

test("an evening that repeats is a series of evenings at the same wall-clock time, each of which can be moved alone", async () => {
  await operator.call("PATCH", at, { mostListeners: 500, embed: false });
  const { status, body } = await operator.call<RepeatAnswer>("POST", `${at}/repeat`, { every: "week", count: 5, title: "Saturdays with Ada" });
  assert.equal(status, 201);
  assert.deepEqual([body.series.slug, body.series.events], ["saturdays-with-ada", 5]);
  assert.deepEqual(
    body.made.map((event) => event.slug),
    ["2026-10-10", "2026-10-17", "2026-10-24", "2026-10-31"].map((date) => `an-evening-with-ada-${date}`),
  );
  const events = await Promise.all([slug, ...body.made.map((event) => event.slug)].map((one) => told(one)));
  // The clocks go back on 25 October.
  assert.deepEqual(
    events.map(({ startDate }) => startDate.slice(10)),
    ["T21:00:00+02:00", "T21:00:00+02:00", "T21:00:00+02:00", "T21:00:00+02:00", "T21:00:00+01:00"],
  );
  assert.ok(events.every(({ series, mostListeners, embed }) => series?.title === "Saturdays with Ada" && mostListeners === 500 && embed === false));
  assert.deepEqual(
    events.map(({ speakers }) => speakers.length),
    [3, 3, 3, 3, 3],
  );
  assert.equal(new Set(events.flatMap(({ speakers }) => speakers.map(({ id }) => id))).size, 15, "everybody has a link of their own to each evening");
  assert.deepEqual(await house.readJson<SeriesRecord[]>("public", "series.json"), [
    { slug: "saturdays-with-ada", title: "Saturdays with Ada", description: "" },
  ]);
  const third = body.made[1]?.slug ?? "";
  await operator.call("POST", `/api/events/${third}/reschedule`, { startDate: "2026-10-18T18:00", timeZone: "Europe/Berlin" });
  assert.equal((await told(third)).startDate, "2026-10-18T18:00:00+02:00");
  assert.equal((await told(body.made[2]?.slug)).startDate, "2026-10-24T21:00:00+02:00");
});

test("a series that goes on takes up the evenings that are added, its new title stands on all of them, and leaving it can be undone", async () => {
  await operator.call("POST", `${at}/repeat`, { every: "day", count: 2 });
  const more = (await operator.call<RepeatAnswer>("POST", `${at}/repeat`, { every: "day", count: 2 })).body;
  assert.equal(more.series.events, 3);
  assert.equal(new Set(await listed()).size, 3, "an address that is taken gets a number");
  const { body: renamed } = await operator.call<SeriesView>("PATCH", `/api/series/${more.series.slug}`, { title: "Nights", description: "Three of them" });
  assert.deepEqual([renamed.title, renamed.description], ["Nights", "Three of them"]);
  for (const one of await listed()) assert.equal((await told(one)).series?.title, "Nights");
  await operator.call("PATCH", at, { series: "" });
  assert.equal((await told()).series, undefined);
  await operator.call("POST", `${at}/undo`, {});
  assert.equal((await told()).series?.slug, more.series.slug);
  const copied = (await operator.call<EventView>("POST", `${at}/duplicate`, { startDate: "2026-12-01T20:00:00+01:00" })).body;
  assert.equal(copied.series?.slug, more.series.slug);
  assert.equal((await operator.call("PATCH", at, { series: "nowhere" })).body.code, "invalid-field");
});

test("a picture is checked, named by its content, told with its sides, goes along with a copy, and taking it away can be undone", async () => {
  const first = await upload(`${at}/artwork`, picture("one"));
  assert.equal(first.status, 200);
  const { artwork } = await told();
  assert.deepEqual([artwork?.width, artwork?.height, artwork?.type], [200, 100, "image/png"]);
  assert.deepEqual(await readdir(join(house.folder, "pictures")), [artwork?.file]);
  assert.equal((await upload(`${at}/artwork?as=cover`, picture("small"))).status, 200);
  const manifest = await house.readJson<{ cover?: string }>("events", (await told()).id, "event.json");
  assert.ok(manifest.cover !== undefined && manifest.cover !== artwork?.file);
  assert.deepEqual((await told()).artwork, artwork, "the small copy stands for nothing on the page");
  const copied = (await operator.call<EventView>("POST", `${at}/duplicate`, { startDate: "2026-12-01T20:00:00+01:00" })).body;
  assert.deepEqual((await told(copied.slug)).artwork, artwork);
  await operator.call("DELETE", `${at}/artwork`);
  assert.equal((await told()).artwork, undefined);
  await operator.call("POST", `${at}/undo`, {});
  assert.deepEqual((await told()).artwork, artwork);
  for (const wrong of [Buffer.from("<svg onload='alert(1)'/>"), Buffer.alloc(5_000_000), Buffer.from("\xff\xd8\xff<script>", "latin1")]) {
    const refused = await upload(`${at}/artwork`, wrong).catch(() => undefined);
    assert.ok(refused === undefined || refused.body.code === "picture-unusable" || refused.body.code === "body-too-large");
  }
  assert.deepEqual((await told()).artwork, artwork);
  assert.equal((await readdir(join(house.folder, "pictures"))).length, 2);
  assert.equal((await upload(`${at}/artwork`, picture("two"), house.visitor())).status, 401);
});

test("an event by invitation stands in no list; its links are each for one name, and one that was taken away is told to the fronts", async () => {
  await operator.call("PATCH", at, { visibility: "invited" });
  assert.deepEqual(await listed(), []);
  assert.equal((await told()).embed, false);
  const made = (await operator.call<{ listeners: ListenerView[] }>("POST", `${at}/listeners`, { names: ["Eve", "Mallory"] })).body.listeners;
  assert.match(made[0]?.link ?? "", new RegExp(`^http://listen.test/e/${slug}\\?invite=[\\w-]{12}\\.[\\w-]{24}$`));
  assert.equal((await operator.call("DELETE", `${at}/listeners/${made[1]?.id}`)).status, 204);
  assert.equal((await operator.call("DELETE", `${at}/listeners/${made[1]?.id}`)).status, 404);
  const { listeners } = (await operator.call<{ listeners: ListenerView[] }>("GET", `${at}/listeners`)).body;
  assert.deepEqual(listeners, [made[0]], "the link can be read again");
  assert.deepEqual(await house.readJson<ListenerRecord>("events", (await told()).id, "listeners.json"), { revoked: [made[1]?.id] });
  const text = await readFile(join(house.folder, "public", `${slug}.json`), "utf8");
  assert.ok(!text.includes("Eve") && !text.includes("Mallory"), "nobody reads who was invited");
});

test("what a host tells those who wait is public until the evening is moved, taken back or on air, and no calendar follows", async () => {
  const sequence = async () => (await told()).schedule?.sequence;
  const before = await sequence();
  await operator.call("POST", `${at}/notice`, { message: "Ada's train is late.", expectedMinutes: 75 });
  assert.deepEqual((await told()).notice, { message: "Ada's train is late.", expectedDate: "2026-10-03T21:15:00+02:00" });
  assert.equal(await sequence(), before);
  await operator.call("POST", `${at}/notice`, { message: "" });
  assert.equal((await told()).notice, undefined);
  await operator.call("POST", `${at}/notice`, { message: "Soon." });
  await operator.call("POST", `${at}/reschedule`, { startDate: "2026-10-04T21:00:00+02:00" });
  assert.equal((await told()).notice, undefined);
  const { acts } = (await operator.call<ActList>("GET", `${at}/acts`)).body;
  assert.deepEqual(
    acts.filter(({ act }) => act === "notice").map(({ reason }) => reason),
    ["Ada's train is late.", "", "Soon."],
  );
  await operator.call("POST", `${at}/cancel`, {});
  assert.equal((await operator.call("POST", `${at}/notice`, { message: "Late." })).body.code, "transition-invalid");
});

test("an event's cap is what the doors begin with, and the doors' own number is stronger", async () => {
  await operator.call("PATCH", at, { mostListeners: 300 });
  const orders = async () => (await operator.call<AudienceAnswer>("GET", `${at}/audience`)).body.orders;
  assert.deepEqual(await orders(), { mode: "auto", mostListeners: 300 });
  await operator.call("POST", `${at}/doors`, { mode: "open", mostListeners: 50 });
  assert.equal((await orders()).mostListeners, 50);
  assert.equal((await told()).mostListeners, 300);
});
