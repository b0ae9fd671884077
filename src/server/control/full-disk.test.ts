import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { EventView } from "../../wire/api.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import type { PublicEvent } from "../../wire/public-state.ts";
import { goodDraft, TestHouse } from "./test-house.ts";

/** Size of the database after which it meets a full disk. Pages of 4 KiB; the empty schema takes about 45. */
const FEW_PAGES = 120;

test("a full disk is told to the host as such; nothing half is made and what was there goes on", async () => {
  await using house = await TestHouse.open(FEW_PAGES);
  const operator = await house.operator();
  const made: string[] = [];
  let refused: { status: number; body: ProblemDetails } | undefined;
  for (let number = 0; refused === undefined && number < 200; number++) {
    const reply = await operator.call("POST", "/api/events", { ...goodDraft, title: `Evening ${number}`, description: "x".repeat(4_000) });
    if (reply.status === 201) made.push((reply.body as unknown as EventView).slug);
    else refused = reply;
  }
  assert.deepEqual([refused?.status, refused?.body.code], [507, "disk-full"]);
  assert.ok(made.length > 0);
  const { events } = (await operator.call<{ events: EventView[] }>("GET", "/api/events")).body;
  assert.deepEqual(events.map((event) => event.slug).sort(), made.sort());
  assert.equal((await house.readJson<PublicEvent[]>("public", "index.json")).length, made.length + 1);
  assert.equal((await operator.call<EventView>("GET", `/api/events/${made[0]}`)).body.speakers.length, 3);
});

test("a public file that cannot be written is tried again until it can; the event stands meanwhile", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  // A folder where the file belongs: the rename fails as it does on a broken disk.
  const path = join(house.folder, "public", "an-evening-with-ada.json");
  await mkdir(path);
  const { status, body } = await operator.call<EventView>("POST", "/api/events", goodDraft);
  assert.equal(status, 201);
  await operator.call("POST", `/api/events/${body.slug}/seat`);
  await house.control.round();
  assert.match(await house.registry.metrics(), /earshot_public_file_failures_total [2-9]/);
  assert.deepEqual(
    house.wanted.at(-1)?.map((stage) => stage.slug),
    ["sound-check"],
    "a stage is not wanted before its files are there",
  );
  await rm(path, { recursive: true });
  await house.control.round();
  assert.equal((await house.readJson<PublicEvent>("public", "an-evening-with-ada.json")).title, goodDraft.title);
  assert.equal((await house.readJson<PublicEvent[]>("public", "index.json")).length, 2);
  assert.ok(house.wanted.at(-1)?.some((stage) => stage.slug === body.slug));
});
