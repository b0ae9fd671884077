import assert from "node:assert/strict";
import { mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { samples } from "../../core/units.ts";
import { GRIDS, openArchive, partSamples, RENDITIONS, VoiceTrack, writeChunk } from "../../programme/mod.ts";
import type { EventView } from "../../wire/api.ts";
import type { ProblemDetails } from "../../wire/problem.ts";
import type { RecordingAnswer, RecordingSettings } from "../../wire/recording.ts";
import type { StorageAnswer } from "../../wire/storage.ts";
import type { VoicesAnswer } from "../../wire/voices.ts";
import { goodDraft, TEST_NOW_MS, TestHouse, type Visitor } from "./test-house.ts";

const DAY_MS = 86_400_000;
const PARTS = 40;
const SETTINGS = ["events", "recording.json"] as const;

/** An event that is over, with twenty seconds of recording. */
async function ended(house: TestHouse, operator: Visitor): Promise<EventView> {
  const event = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  await operator.call("POST", `/api/events/${event.slug}/seat`);
  const folder = join(house.folder, "events", event.id);
  const archive = await openArchive({ folder: join(folder, "archive"), numberOfChannels: 1 });
  for (let sequenceNumber = 0; sequenceNumber < PARTS; sequenceNumber++)
    for (const rendition of RENDITIONS) {
      const timestamp = samples(sequenceNumber * partSamples(rendition));
      const packets = Array.from({ length: GRIDS[rendition].framesPerPart }, () => Uint8Array.of(1, 2, 3));
      const data = rendition === "mp3" ? Buffer.concat(packets) : writeChunk({ rendition, sequenceNumber, timestamp, packets });
      await archive.append({
        eventId: event.id,
        rendition,
        epoch: 1,
        sequenceNumber,
        timestamp,
        duration: partSamples(rendition),
        filler: false,
        last: false,
        data,
      });
    }
  await archive.finish({ durationSamples: samples(PARTS * 24_000), title: event.title, date: "2026-10-03T19:00:00Z" });
  await archive.close();
  for (const name of ["peaks.json", "chapters.json", "talk-time.json"]) await writeFile(join(folder, name), "{}");
  const originUnixMs = house.clock.wallMs();
  const state = {
    eventId: event.id,
    slug: event.slug,
    phase: "ended",
    epoch: 1,
    originUnixMs,
    endedUnixMs: originUnixMs + 20_000,
    durationSamples: PARTS * 24_000,
    onStage: [],
    revision: 3,
  };
  await writeFile(join(folder, "state.json"), JSON.stringify(state));
  await house.control.round();
  assert.equal((await operator.call<EventView>("GET", `/api/events/${event.slug}`)).body.status, "ended");
  return event;
}
const settingsOf = async (house: TestHouse, id: string) => await house.readJson<RecordingSettings>(SETTINGS[0], id, SETTINGS[1]);
const filesOf = async (house: TestHouse, id: string) =>
  (await readdir(join(house.folder, "events", id), { recursive: true })).filter((name) => !name.startsWith("ledger") && name !== "archive").sort();

test("the host decides where the replay begins, whether clips are shared and how long all is kept, and it is written down", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const path = `/api/events/${slug}/recording`;
  const first = (await operator.call<RecordingAnswer>("GET", path)).body;
  assert.deepEqual([first.trimStartSeconds, first.clips, first.keepDays, first.durationSeconds], [0, true, null, 20]);
  assert.ok(first.bytes > 16_384);
  const changed = await operator.call<RecordingAnswer>("PATCH", path, { trimStartSeconds: 4.5, keepDays: 30 });
  assert.deepEqual([changed.status, changed.body.trimStartSeconds, changed.body.clips, changed.body.keepDays], [200, 4.5, true, 30]);
  await operator.call("PATCH", path, { clips: false });
  assert.deepEqual(await settingsOf(house, id), { version: 1, trimStartSeconds: 4.5, clips: false, keepDays: 30, keepTracks: false, keepLossless: false });
  for (const broken of [{ trimStartSeconds: 20 }, { trimStartSeconds: -1 }, { keepDays: 0 }, { clips: "no" }, { deleted: true }])
    assert.equal((await operator.call("PATCH", path, broken)).status, 422, JSON.stringify(broken));
  const { acts } = (await operator.call<{ acts: { act: string }[] }>("GET", `/api/events/${slug}/acts`)).body;
  assert.equal(acts.filter(({ act }) => act === "edit-recording").length, 2);
});

test("while on air the host sees what was recorded so far, with its chapters, in a few hundred points however long it is", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  await operator.call("POST", `/api/events/${slug}/seat`);
  const folder = join(house.folder, "events", id);
  const path = `/api/events/${slug}/recording`;
  assert.equal((await operator.call<RecordingAnswer>("GET", path)).body.soFar, undefined);
  const state = { eventId: id, slug, phase: "live", epoch: 1, originUnixMs: house.clock.wallMs(), onStage: [], revision: 3 };
  await writeFile(join(folder, "state.json"), JSON.stringify(state));
  await house.control.round();
  assert.equal((await operator.call<EventView>("GET", `/api/events/${slug}`)).body.status, "live");
  const peaks = Array.from({ length: 6_000 }, (_, index) => (index === 3_000 ? 97 : index % 50));
  await writeFile(join(folder, "peaks.json"), JSON.stringify({ version: 1, samplesPerPoint: 4_800, durationSamples: 600 * 48_000, peaks }));
  const chapter = { startTime: 0, endTime: 600, title: "Ada", by: "talk" };
  await writeFile(join(folder, "chapters.json"), JSON.stringify({ version: "1.2.0", chapters: [chapter] }));
  const { soFar, durationSeconds } = (await operator.call<RecordingAnswer>("GET", path)).body;
  assert.deepEqual([durationSeconds, soFar?.seconds, soFar?.peaks.length, soFar?.peaks[200], soFar?.chapters], [null, 600, 400, 97, [chapter]]);
});

test("hosts and producers read how everybody's voice came in and how they talked, while on air and after; it goes with the recording", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const at = `/api/events/${slug}/voices`;
  assert.deepEqual((await operator.call<VoicesAnswer>("GET", at)).body, { path: null, talk: null, over: true });
  const folder = join(house.folder, "events", id);
  const turn = { longestTurnSeconds: 61, interruptionsMade: 2, interruptionsSuffered: 0 };
  const ada = { id: "ada", name: "Ada", talkSeconds: 78, share: 1, ...turn };
  const talk = { durationSamples: 480_000, silences: { count: 1, seconds: 3, longestSeconds: 3 } };
  const turns = [
    [48_000, 96_000],
    [144_000, 480_000],
  ];
  await writeFile(join(folder, "talk-time.json"), JSON.stringify({ version: 1, ...talk, speakers: [{ ...ada, turns }] }));
  const cut = { kind: "cut", hop: "microphone", verdict: "path", value: 7_100, startUnixMs: 1, endUnixMs: 2 };
  const seat = { id: "ada", name: "Ada", microphones: [{ atUnixMs: 1, device: "Headset" }], findings: [cut], omitted: 0, minutes: [] };
  const path = { version: 1, writtenUnixMs: 2, programme: { findings: [], omitted: 0 }, seats: [seat] };
  await writeFile(join(folder, "path.json"), JSON.stringify(path));
  assert.deepEqual((await operator.call<VoicesAnswer>("GET", at)).body, { path, talk: { ...talk, speakers: [{ ...ada, turns: 2 }] }, over: true });
  await operator.call("DELETE", `/api/events/${slug}/recording`);
  const gone = await operator.call<ProblemDetails>("GET", at);
  assert.deepEqual([gone.status, gone.body.code], [410, "recording-deleted"]);
  assert.ok(!(await filesOf(house, id)).includes("path.json"));
});

test("a deleted recording leaves fingerprints and no sound, once and for good", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const path = `/api/events/${slug}/recording`;
  await mkdir(join(house.folder, "events", id, "sounds"));
  for (const name of ["sounds/a.json", "sounds/a.sound", "archive/captions.vtt"]) await writeFile(join(house.folder, "events", id, name), "x");
  const answer = await operator.call<RecordingAnswer>("DELETE", path);
  assert.deepEqual([answer.status, answer.body.durationSeconds, answer.body.deletedBy], [200, null, "operator"]);
  assert.deepEqual(await filesOf(house, id), [
    "archive/aac.idx",
    "archive/low.idx",
    "archive/mp3.idx",
    "archive/opus.idx",
    "event.json",
    "recording.json",
    "state.json",
  ]);
  for (const method of ["DELETE", "PATCH"] as const) {
    const again = await operator.call<ProblemDetails>(method, path, method === "PATCH" ? { clips: true } : undefined);
    assert.deepEqual([again.status, again.body.code], [410, "recording-deleted"]);
  }
});

test("a deletion brings the stage of an ended event back until it has entered it in the ledger, also after a restart of control", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const wanted = () => house.wanted.at(-1)?.some((stage) => stage.slug === slug);
  const path = join(house.folder, "events", id, "state.json");
  const say = async (more: object) => await writeFile(path, JSON.stringify({ ...(await house.readJson<object>("events", id, "state.json")), ...more }));
  // Without a ledger there is nothing to enter.
  await operator.call("DELETE", `/api/events/${slug}/recording`);
  await house.control.round();
  assert.equal(wanted(), false);
  await say({ ledgerFinal: true });
  await house.stop();
  await house.start();
  await house.control.round();
  await house.control.round();
  assert.equal(wanted(), true);
  await say({ deletionEntered: true });
  await house.control.round();
  await house.control.round();
  assert.equal(wanted(), false);
});

test("the host alone downloads a speaker's track, as an Ogg file as long as the programme; it goes with the recording", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const folder = join(house.folder, "events", id, "archive");
  const track = await VoiceTrack.open({ folder, seatId: "seat-ada", position: () => samples(0), onFault: (error) => assert.fail(String(error)) });
  for (let at = 0; at < PARTS * 24_000; at += 960) {
    track.put(at, Uint8Array.of(0xf8, 0xff, 0xfe), false);
    track.advance(at);
  }
  await track.finish(samples(PARTS * 24_000));
  await track.close();
  const list = { version: 1, tracks: [{ seat: "seat-ada", name: "Ada Ö. Canary", skipSamples: 873, stereo: false }] };
  await writeFile(join(folder, "tracks.json"), JSON.stringify(list));
  const { tracks } = (await operator.call<RecordingAnswer>("GET", `/api/events/${slug}/recording`)).body;
  assert.deepEqual(
    tracks.map(({ seat, name }) => [seat, name]),
    [["seat-ada", "Ada Ö. Canary"]],
  );
  const address = `${house.control.url}/api/events/${slug}/tracks/seat-ada`;
  const stranger = await fetch(address);
  assert.equal(stranger.status, 401);
  const answer = await fetch(address, { headers: { cookie: operator.cookie } });
  assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "audio/ogg"]);
  assert.equal(answer.headers.get("content-disposition"), `attachment; filename="${slug}-Ada-O-Canary.opus"`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const lastPage = bytes.subarray(bytes.lastIndexOf("OggS"));
  assert.equal(Number(lastPage.readBigUInt64LE(6)) - bytes.readUInt16LE(28 + 10), PARTS * 24_000, "as long as the programme");
  assert.equal((await operator.call("GET", `/api/events/${slug}/tracks/seat-ben`)).status, 404);
  await operator.call("DELETE", `/api/events/${slug}/recording`);
  assert.equal((await fetch(address, { headers: { cookie: operator.cookie } })).status, 410);
  assert.deepEqual(
    (await filesOf(house, id)).filter((name) => name.includes("track")),
    ["archive/track-seat-ada.idx"],
  );
});

test("deleting takes the sound of every language the event was interpreted into", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const german = join(house.folder, "events", id, "archive/lang/de");
  await mkdir(german, { recursive: true });
  for (const name of ["opus.mp4", "low.mp4", "recording.mp3", "opus.idx", "end.json"]) await writeFile(join(german, name), "x".repeat(100));
  assert.equal((await operator.call("DELETE", `/api/events/${slug}/recording`)).status, 200);
  assert.deepEqual(await readdir(german), ["opus.idx"]);
});

test("an event that is not over has no recording to delete", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug } = (await operator.call<EventView>("POST", "/api/events", goodDraft)).body;
  const { status, body } = await operator.call<ProblemDetails>("DELETE", `/api/events/${slug}/recording`);
  assert.deepEqual([status, body.code], [409, "replay-not-ready"]);
  assert.equal((await operator.call<RecordingAnswer>("GET", `/api/events/${slug}/recording`)).body.durationSeconds, null);
});

test("a recording goes by itself on the day that was decided, not before, and a deletion that was broken off is finished", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  await operator.call("PATCH", `/api/events/${slug}/recording`, { keepDays: 2 });
  house.clock.advance(2 * DAY_MS - 60_000);
  await house.control.round();
  assert.equal((await settingsOf(house, id)).deleted, undefined);
  house.clock.advance(DAY_MS);
  await house.control.round();
  assert.equal((await settingsOf(house, id)).deleted?.by, "retention");
  assert.deepEqual(
    (await filesOf(house, id)).filter((name) => name.startsWith("archive")),
    ["archive/aac.idx", "archive/low.idx", "archive/mp3.idx", "archive/opus.idx"],
  );

  await mkdir(join(house.folder, "events", id, "archive"), { recursive: true });
  await writeFile(join(house.folder, "events", id, "archive/opus.mp4"), "left over");
  house.clock.advance(DAY_MS);
  await house.control.round();
  assert.ok(!(await filesOf(house, id)).includes("archive/opus.mp4"));
});

test("the house's rule deletes what nobody decided about, an event's own decision is stronger, and the panel says the day", async () => {
  await using house = await TestHouse.open();
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const path = `/api/events/${slug}/recording`;
  assert.equal((await operator.call<RecordingAnswer>("GET", path)).body.keptUntilUnixMs, undefined);
  await house.stop();
  await house.start({ storage: { recordingDays: 3, localDays: null, place: undefined }, hostSecret: "another-start-another-secret" });
  await house.control.round();
  const again = house.visitor();
  await again.call("POST", "/api/enter", { secret: "another-start-another-secret" });
  const endedMs = TEST_NOW_MS + 20_000;
  const told = (await again.call<RecordingAnswer>("GET", path)).body;
  assert.deepEqual([told.keepDays, told.houseKeepDays, told.keptUntilUnixMs, told.store], [null, 3, endedMs + 3 * DAY_MS, undefined]);
  await again.call("PATCH", path, { keepDays: 5 });
  house.clock.advance(4 * DAY_MS);
  await house.control.round();
  assert.equal((await settingsOf(house, id)).deleted, undefined);
  await again.call("PATCH", path, { keepDays: null });
  house.clock.advance(3_600_001);
  await house.control.round();
  assert.equal((await settingsOf(house, id)).deleted?.by, "retention");
});

test("a host deletes: the store has it no more either, and the operator sees what waits when the store is away", async () => {
  await using house = await TestHouse.open();
  const share = join(house.folder, "share");
  await mkdir(share);
  await house.stop();
  const storage = { recordingDays: null, localDays: 0, place: { kind: "folder", folder: share } } as const;
  await house.start({ storage });
  const operator = await house.operator();
  const { slug, id } = await ended(house, operator);
  const path = `/api/events/${slug}/recording`;
  house.clock.advance(21_000);
  await house.control.round();
  const stored = (await operator.call<RecordingAnswer>("GET", path)).body;
  assert.deepEqual([stored.store, stored.durationSeconds], ["store-only", 20]);
  assert.ok(stored.bytes > 16_384, "what is in the store is counted");
  assert.ok(!(await filesOf(house, id)).includes("archive/aac.mp4"));
  await rename(share, `${share}.away`);
  const deleted = await operator.call<RecordingAnswer>("DELETE", path);
  assert.deepEqual([deleted.status, deleted.body.store], [200, "deleting"]);
  await house.control.round();
  assert.equal((await operator.call<RecordingAnswer>("GET", path)).body.store, "deletion-waits");
  const waiting = (await operator.call<StorageAnswer>("GET", "/api/storage")).body;
  assert.deepEqual([waiting.place, waiting.deletions, waiting.lost?.code, waiting.lost?.reason], [share, 1, "store-away", "ENOENT"]);
  assert.equal((await house.visitor().call("GET", "/api/storage")).status, 401);
  await rename(`${share}.away`, share);
  house.clock.advance(2_000);
  await house.control.round();
  assert.equal((await operator.call<RecordingAnswer>("GET", path)).body.store, "deleted");
  assert.deepEqual(
    (await readdir(share, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()),
    [],
  );
  const after = (await operator.call<StorageAnswer>("GET", "/api/storage")).body;
  assert.deepEqual([after.deletions, after.waitingSinceUnixMs, after.lost], [0, null, null]);
});
