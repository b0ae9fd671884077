import assert from "node:assert/strict";
import { readdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { PLAIN_HOUSE } from "../../../core/house-config.ts";
import { drawCard } from "../../../record/mod.ts";
import type { EventView } from "../../../wire/api.ts";
import type { HouseHealth, HouseLook, LogLine } from "../../../wire/house.ts";
import type { ProblemDetails } from "../../../wire/problem.ts";
import { goodDraft, TestHouse, type Visitor } from "../test-house.ts";

const picture = (seed: string) => drawCard({ width: 128, height: 64, peaks: [], seed });
const told = (house: TestHouse) => house.readJson<HouseLook>("public", "house.json");
const logo = async (house: TestHouse, { cookie = "" }: Visitor, body: Uint8Array) =>
  (await fetch(`${house.control.url}/api/house/logo`, { method: "POST", headers: { cookie }, body: new Uint8Array(body) })).status;

test("the operator names the house; the fronts read it at once, it is there after a restart, and an emptied choice goes back to the settings file", async () => {
  await using house = await TestHouse.open();
  await house.stop();
  const settings = { ...PLAIN_HOUSE, name: "Our evenings", accent: "#2d4a6e", imprintUrl: "https://example.org/imprint" };
  await house.start({ house: settings });
  const operator = await house.operator();
  assert.equal((await told(house)).name, "Our evenings");
  const changed = (await operator.call<HouseLook>("PATCH", "/api/house", { name: "Radio Ada", accent: "#1B6B3A", languages: ["de"] })).body;
  assert.deepEqual([changed.name, changed.accent, changed.languages, changed.imprintUrl], ["Radio Ada", "#1b6b3a", ["de"], "https://example.org/imprint"]);
  assert.deepEqual(await told(house), changed);
  await house.stop();
  await house.start({ house: settings });
  assert.deepEqual(await told(house), changed);
  const again = house.visitor();
  again.cookie = operator.cookie;
  const back = (await again.call<HouseLook>("PATCH", "/api/house", { name: null, accent: null })).body;
  assert.deepEqual([back.name, back.accent, back.languages], ["Our evenings", "#2d4a6e", ["de"]]);
});

test("a colour that cannot be read, one that means on air, and an address that is none are refused by name, and nothing changes", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const before = await told(house);
  for (const [field, value, rule] of [
    ["accent", "#ffcc00", /contrast of at least 4\.5/],
    ["accent", "#c3001a", /on air/],
    ["accent", "green", /such as #2d4a6e/],
    ["accentDark", "#2d4a6e", /contrast/],
    ["imprintUrl", "javascript:alert(1)", /http/],
    ["privacyUrl", "/privacy", /http/],
    ["languages", [], /./],
    ["languages", ["en", "en"], /once/],
    ["name", "", /1 to 60/],
    ["logo", "x.png", /./],
  ] as const) {
    const { status, body } = await operator.call<ProblemDetails>("PATCH", "/api/house", { [field]: value });
    assert.equal(status, 422, field);
    assert.match(String(body.details.rule), rule, `${field} ${String(value)}`);
  }
  assert.deepEqual(await told(house), before);
});

test("the house's own pages carry its name and colours, and its name cannot break them", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  await operator.call("PATCH", "/api/house", { name: '</title><script>alert("1")</script>', accent: "#1b6b3a" });
  for (const path of ["/studio", "/operate"]) {
    const { body } = await operator.call<string>("GET", path);
    assert.ok(!String(body).includes("<script>alert"), path);
  }
  assert.equal((await house.visitor().call("GET", "/operate")).status, 200, "the page is for everybody, what it shows is not");
  assert.equal((await house.visitor().call("GET", "/api/house/log")).status, 401);
});

test("a logo is checked like every picture, named by its content, and pictures that nothing shows leave after thirty days", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  assert.equal(await logo(house, operator, Buffer.from("<svg/>")), 422);
  assert.equal(await logo(house, operator, picture("one")), 200);
  const { logo: shown } = await told(house);
  assert.deepEqual([shown?.width, shown?.height], [128, 64]);
  assert.equal(await logo(house, operator, picture("two")), 200);
  const pictures = join(house.folder, "pictures");
  await writeFile(join(pictures, "x.1.tmp"), "a writing that broke off");
  assert.equal((await readdir(pictures)).length, 3);
  const old = new Date(house.clock.wallMs() - 31 * 86_400_000);
  for (const name of await readdir(pictures)) await utimes(join(pictures, name), old, old);
  house.clock.advance(3_600_001);
  await house.control.round();
  assert.deepEqual(await readdir(pictures), [(await told(house)).logo?.file]);
  assert.equal((await operator.call("DELETE", "/api/house/logo")).status, 200);
  assert.equal((await told(house)).logo, null);
});

test("the operator reads how the processes stand, what of the disk is free, and the log of all of them; a line that is none of ours is shown as it is", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  house.control.setStages(
    [],
    [
      { name: "control", ready: true, restarts: 0 },
      { name: "front", ready: false, restarts: 3 },
    ],
  );
  house.clock.advance(90_000);
  const health = (await operator.call<HouseHealth>("GET", "/api/house/health")).body;
  assert.deepEqual(health.processes[1], { name: "front", ready: false, restarts: 3 });
  assert.ok(health.disk.totalBytes > health.disk.freeBytes && health.disk.freeBytes > 0);
  assert.deepEqual([health.upSeconds, health.live, health.failures], [90, [], { files: 0, rounds: 0 }]);
  house.control.hearLog([
    `${JSON.stringify({ at: "2026-10-03T18:00:00.000Z", level: "error", process: "front", message: "it broke", port: 8080 })}\n`,
    "Segmentation fault",
  ]);
  const { lines } = (await operator.call<{ lines: LogLine[] }>("GET", "/api/house/log")).body;
  assert.deepEqual(lines, [
    { at: "2026-10-03T18:00:00.000Z", level: "error", process: "front", message: "it broke", more: '{"port":8080}' },
    { at: "", level: "", process: "", message: "Segmentation fault", more: "" },
  ]);
  house.control.hearLog(Array.from({ length: 700 }, (_, index) => `line ${index}`));
  const kept = (await operator.call<{ lines: LogLine[] }>("GET", "/api/house/log")).body.lines;
  assert.deepEqual([kept.length, kept.at(-1)?.message], [500, "line 699"]);
});

test("a host sees nothing of the house", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const { people } = (await operator.call<{ people: { role: string; link: string }[] }>("GET", `/api/events/${slug}/people`)).body;
  const host = house.visitor();
  await host.call("POST", "/api/enter", { secret: people.find(({ role }) => role === "host")?.link.split("#")[1] });
  for (const path of ["/api/house", "/api/house/health", "/api/house/log", "/api/series"]) assert.equal((await host.call("GET", path)).status, 403, path);
  assert.equal((await host.call("PATCH", "/api/house", { name: "Mine" })).status, 403);
});
