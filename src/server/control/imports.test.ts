import assert from "node:assert/strict";
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { EarshotError } from "../../core/errors.ts";
import type { EventView } from "../../wire/api.ts";
import type { ExportManifest } from "../../wire/export.ts";
import type { PathRecord } from "../../wire/path-record.ts";
import type { PublicEvent } from "../../wire/public-state.ts";
import type { VoicesAnswer } from "../../wire/voices.ts";
import { EVENT, openFront, writeArchive } from "../front/test-front.ts";
import { exportEvent } from "../transfer/export-event.ts";
import { importEvent } from "../transfer/import-event.ts";
import { goodDraft, TestHouse } from "./test-house.ts";

const SOUND = "01890a5d-ac96-7000-8000-000000000001";
const STREAM = "01890a5d-ac96-7000-8000-000000000002";
const ADA = { id: "seat-ada", name: "Ada", microphones: [{ atUnixMs: 1, device: "Ada's earbuds", sampleRate: 16_000, noiseSuppression: true }] };
const PATHS: PathRecord = {
  version: 1,
  writtenUnixMs: 2,
  programme: { findings: [], omitted: 0 },
  seats: [{ ...ADA, findings: [{ kind: "cut", hop: "microphone", verdict: "path", value: 7_100, startUnixMs: 1, endUnixMs: 2 }], omitted: 0, minutes: [] }],
};
let root = "";
let exported = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "earshot-transfer-"));
  exported = join(root, "out");
  const old = await openFront();
  await writeArchive(old.dataFolder, 20);
  const folder = join(old.dataFolder, "events", EVENT.id);
  const state = JSON.parse(await readFile(join(folder, "state.json"), "utf8")) as object;
  await writeFile(join(folder, "state.json"), JSON.stringify({ ...state, endedUnixMs: Date.parse(EVENT.startDate) + 10_000 }));
  await writeFile(join(folder, "event.json"), "personal");
  await writeFile(join(folder, "recording.json"), JSON.stringify({ version: 1, trimStartSeconds: 2, clips: false, keepDays: null }));
  await mkdir(join(folder, "sounds"));
  const sound = { id: SOUND, name: "Jingle", levelDb: 0, loop: false, ducks: false, language: "", addedUnixMs: 1, gainDb: 0 };
  await writeFile(join(folder, "sounds", `${SOUND}.json`), JSON.stringify({ ...sound, kind: "file", codec: "mp3", seconds: 2, bytes: 6 }));
  await writeFile(join(folder, "sounds", `${SOUND}.sound`), "jingle");
  const stream = { ...sound, id: STREAM, kind: "stream", url: "http://ada:secret@10.0.0.9/live", seconds: null, bytes: 0 };
  await writeFile(join(folder, "sounds", `${STREAM}.json`), JSON.stringify(stream));
  await writeFile(join(folder, "archive/captions.vtt"), "WEBVTT\n");
  await writeFile(join(folder, "path.json"), JSON.stringify(PATHS));
  await exportEvent({ dataFolder: old.dataFolder, slug: "evening", folder: exported });
  await assert.rejects(exportEvent({ dataFolder: old.dataFolder, slug: "evening", folder: exported }), { code: "folder-not-empty" });
  await assert.rejects(exportEvent({ dataFolder: old.dataFolder, slug: "nobody", folder: join(root, "x") }), { code: "event-unknown" });
  await assert.rejects(exportEvent({ dataFolder: old.dataFolder, slug: "../evening", folder: join(root, "x") }), { code: "event-unknown" });
  await old.close();
});
after(() => rm(root, { recursive: true, force: true }));

test("an export holds jingles and captions too, but no stream's address, which may lead into the old house's network or hold a password", async () => {
  const { files } = JSON.parse(await readFile(join(exported, "earshot-export.json"), "utf8")) as ExportManifest;
  const named = files.map(({ path }) => path).filter((path) => path.startsWith("sounds/") || path.endsWith(".vtt"));
  assert.deepEqual(named.sort(), ["archive/captions.vtt", `sounds/${SOUND}.json`, `sounds/${SOUND}.sound`]);
  assert.match(await readFile(join(exported, "index.html"), "utf8"), /href="archive\/captions\.vtt"/);
});

test("an export holds a page, the sound and its proofs, and nothing of people backstage", async () => {
  const page = await readFile(join(exported, "index.html"), "utf8");
  assert.match(page, /<h1 dir="auto">An evening &#60;b&#62;<\/h1>/);
  assert.doesNotMatch(page, /<b>|https?:/);
  await assert.rejects(readFile(join(exported, "event.json")), { code: "ENOENT" });
});

test("an exported event is at home in another house within one round, every byte the same, with what its host decided", async () => {
  await using house = await TestHouse.open();
  assert.equal((await importEvent(house.folder, exported)).slug, "evening");
  await assert.rejects(importEvent(house.folder, exported), { code: "import-known" });
  await house.control.round();
  const operator = await house.operator();
  const event = (await operator.call<EventView>("GET", "/api/events/evening")).body;
  assert.deepEqual([event.id, event.title, event.status], [EVENT.id, EVENT.title, "ended"]);
  assert.equal((await operator.call("POST", "/api/events/evening/seat")).status, 200, "the operator can sit in the host's seat");
  const announced = await house.readJson<PublicEvent>("public", "evening.json");
  assert.equal(Date.parse(announced.startDate), Date.parse(EVENT.startDate));
  const { files } = JSON.parse(await readFile(join(exported, "earshot-export.json"), "utf8")) as ExportManifest;
  assert.ok(files.length >= 8);
  for (const { path } of files) assert.deepEqual(await readFile(join(house.folder, "events", EVENT.id, path)), await readFile(join(exported, path)), path);
  const recording = (await operator.call<{ trimStartSeconds: number; durationSeconds: number }>("GET", "/api/events/evening/recording")).body;
  assert.deepEqual([recording.trimStartSeconds, recording.durationSeconds], [2, 10]);
  await house.control.round();
  assert.deepEqual(
    house.wanted.at(-1)?.map(({ slug }) => slug),
    ["sound-check"],
    "nobody starts a stage for it",
  );
});

test("an imported event says how its voices came in, without what people call their devices: an exported folder may be on the web", async () => {
  assert.doesNotMatch(await readFile(join(exported, "path.json"), "utf8"), /earbuds/);
  await using house = await TestHouse.open();
  await importEvent(house.folder, exported);
  await house.control.round();
  const { path } = (await (await house.operator()).call<VoicesAnswer>("GET", "/api/events/evening/voices")).body;
  assert.deepEqual(path?.seats[0]?.findings, PATHS.seats[0]?.findings);
  assert.deepEqual(path?.seats[0]?.microphones, [{ ...ADA.microphones[0], device: "" }]);
});

test("where its address is given already it gets one of its own", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  await operator.call("POST", "/api/events", { ...goodDraft, slug: "evening" });
  await importEvent(house.folder, exported);
  await house.control.round();
  const { events } = (await operator.call<{ events: EventView[] }>("GET", "/api/events")).body;
  const slug = events.find(({ id }) => id === EVENT.id)?.slug;
  assert.equal(slug, "evening-2");
  assert.equal((await house.readJson<{ slug: string }>("events", EVENT.id, "state.json")).slug, slug);
});

test("a folder that was changed, cut short or made up is refused, with the file's name, and leaves nothing behind", async () => {
  await using house = await TestHouse.open();
  const copy = join(root, "copy");
  const refused = async (spoil: (folder: string) => Promise<void>, file: RegExp) => {
    await rm(copy, { recursive: true, force: true });
    await cp(exported, copy, { recursive: true });
    await spoil(copy);
    await assert.rejects(importEvent(house.folder, copy), (error: EarshotError) => error.code === "import-invalid" && file.test(String(error.details.file)));
    await assert.rejects(readFile(join(house.folder, "events", EVENT.id, "state.json")), { code: "ENOENT" });
  };
  await refused((folder) => appendFile(join(folder, "archive/aac.mp4"), "x"), /aac\.mp4/);
  await refused((folder) => rm(join(folder, "archive/recording.mp3")), /recording\.mp3/);
  await refused((folder) => rm(join(folder, "earshot-export.json")), /earshot-export/);
  const edit = (change: (manifest: { event: Record<string, unknown>; files: { path: string }[] }) => void) => async (folder: string) => {
    const path = join(folder, "earshot-export.json");
    const manifest = JSON.parse(await readFile(path, "utf8")) as { event: Record<string, unknown>; files: { path: string }[] };
    change(manifest);
    await writeFile(path, JSON.stringify(manifest));
  };
  for (const path of ["archive/captions.vtt", "archive/opus.mp4"])
    await refused(async (folder) => {
      const secret = join(root, "secret");
      await cp(join(folder, "archive/opus.mp4"), secret);
      await rm(join(folder, path), { force: true });
      await symlink(secret, join(folder, path));
      if (path !== "archive/opus.mp4")
        await edit(({ files }) => files.push({ ...(files.find((one) => one.path === "archive/opus.mp4") as { path: string }), path }))(folder);
    }, /archive/);
  for (const path of ["stored.json", "event.json", "listeners.json"])
    await refused(
      edit(({ files }) => Object.assign(files[0] as object, { path })),
      /stored|event|listeners/,
    );
  for (const path of ["../../keys/house.key", "/etc/passwd", "archive/../../x", "a//b", "..", "archive\\x"])
    await refused(
      edit(({ files }) => {
        (files[0] as { path: string }).path = path;
      }),
      /earshot-export/,
    );
  for (const id of ["../x", "", "a/b"])
    await refused(
      edit(({ event }) => Object.assign(event, { id })),
      /earshot-export/,
    );
});
